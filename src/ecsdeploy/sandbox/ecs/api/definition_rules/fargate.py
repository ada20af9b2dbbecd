"""What a definition for Fargate cannot have, though ECS has it elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from ecsdeploy.sandbox.ecs.api.definition_rules.logs import check_logs
from ecsdeploy.sandbox.ecs.api.definition_rules.place import Form, Place
from ecsdeploy.sandbox.ecs.api.definition_rules.sizes import check_size
from ecsdeploy.sandbox.ecs.api.lookup import client_error

CAPABILITIES = ("SYS_PTRACE",)
_STORAGE = (21, 200)


def check_fargate(form: Form, place: Place) -> None:
    """Raise ClientException for what ECS has, and Fargate has not."""
    if form.get("networkMode") != "awsvpc":
        raise client_error("Fargate only supports network mode 'awsvpc'.")
    for name in _unsupported(form):
        raise client_error(f"Fargate compatible task definitions do not support {name}")
    if form.get("pidMode") == "host":
        raise client_error(
            "Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for pidMode is "
            "'task'."
        )
    check_size(form)
    _check_storage((form.get("ephemeralStorage") or {}).get("sizeInGiB", _STORAGE[0]))
    for container in form["containerDefinitions"]:
        _check_container(container)
        _check_execution_role(container, form, place)
    check_logs(form)


def _unsupported(form: Form) -> Iterator[str]:
    """Yield the fields that Fargate lacks; swappiness and fsxWindowsFileServerVolumeConfiguration by analogy."""
    if form.get("placementConstraints"):
        yield "constraints"
    if form.get("ipcMode"):
        yield "ipcMode"
    for volume in form["volumes"]:
        if (volume.get("host") or {}).get("sourcePath"):
            yield "sourcePath"
        for key in ("dockerVolumeConfiguration", "fsxWindowsFileServerVolumeConfiguration"):
            if volume.get(key):
                yield key
    for container in form["containerDefinitions"]:
        if container.get("dockerSecurityOptions"):
            yield "dockerSecurityOptions"
        linux = container.get("linuxParameters") or {}
        yield from (key for key in ("devices", "sharedMemorySize", "maxSwap", "swappiness") if linux.get(key))


def _check_storage(size: int) -> None:
    least, most = _STORAGE
    if size < least:
        raise client_error(f"EphemeralStorage size should be at least {least}")
    if size > most:
        raise client_error(f"EphemeralStorage size should be at most {most}")


def _check_container(container: Form) -> None:
    if container.get("privileged"):
        # The quotation marks are typographic: where AWS's answer was seen they had become question marks.
        raise client_error(
            "Fargate requires that the \u2018privileged\u2019 setting be \u2018false\u2019 at the container level."
        )
    for requirement in container.get("resourceRequirements", ()):
        raise client_error(
            f"Tasks using the Fargate launch type do not support {requirement['type']} resource requirements."
        )
    capabilities = (container.get("linuxParameters") or {}).get("capabilities") or {}
    for added in capabilities.get("add") or []:
        if added not in CAPABILITIES:
            raise client_error(f"{added} is not allowed on Fargate.")


def _check_execution_role(container: Form, form: Form, place: Place) -> None:
    if form.get("executionRoleArn"):
        return
    if container.get("secrets"):
        raise client_error(
            "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
        )
    if ".dkr.ecr." in container["image"] or container["image"].startswith(f"{place.registry}/"):
        raise client_error("Fargate requires task definition to have execution role ARN to support ECR images.")
