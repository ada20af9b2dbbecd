"""Log drivers and their options."""

from __future__ import annotations

from collections.abc import Sequence

from ecsdeploy.sandbox.ecs.api.definition_rules.place import Form, check_arn
from ecsdeploy.sandbox.ecs.api.lookup import client_error

DRIVERS = ("awslogs", "splunk", "awsfirelens")
"""What Fargate has (Developer Guide, "Task definition differences for Fargate")."""


def check_logs(form: Form) -> None:
    """Raise ClientException for log configurations that Fargate does not have.

    The texts for options that exclude each other and for `mode` are the sandbox's own.
    """
    containers: Sequence[Form] = form["containerDefinitions"]
    routers = [container["firelensConfiguration"] for container in containers if container.get("firelensConfiguration")]
    for router in routers:
        _check_router(router)
    for container in containers:
        configuration = container.get("logConfiguration")
        if configuration is not None:
            _check_driver(configuration["logDriver"], routers=bool(routers))
        if configuration is not None and configuration["logDriver"] == "awslogs":
            _check_awslogs(configuration.get("options", {}), form)


def _check_driver(driver: str, *, routers: bool) -> None:
    if driver not in DRIVERS:
        raise client_error(f"{driver} is not a valid log driver. Must be one of [{','.join(DRIVERS)}]")
    if driver == "awsfirelens" and not routers:
        raise client_error(
            "When awsfirelens log driver is specified in log configuration, a firelens configuration object must be "
            "configured in one of the containers."
        )


def _check_router(router: Form) -> None:
    options = router.get("options", {})
    if options.get("config-file-type") == "s3":
        check_arn(options.get("config-file-value", ""))


def _check_awslogs(options: Form, form: Form) -> None:
    missing = [key for key in ("awslogs-region", "awslogs-group") if not options.get(key)]
    if missing:
        raise client_error(f"Log driver awslogs requires options: {', '.join(missing)}")
    if not options.get("awslogs-stream-prefix"):
        raise client_error(
            "Fargate requires log configuration options to include awslogs-stream-prefix to support log driver awslogs."
        )
    if "awslogs-datetime-format" in options and "awslogs-multiline-pattern" in options:
        raise client_error("Log driver awslogs takes awslogs-datetime-format or awslogs-multiline-pattern, not both.")
    if options.get("mode", "blocking") not in ("blocking", "non-blocking"):
        raise client_error("Log driver option 'mode' must be blocking or non-blocking.")
    if not form.get("executionRoleArn"):
        raise client_error("Fargate requires task definition to have execution role ARN to support log driver awslogs.")
