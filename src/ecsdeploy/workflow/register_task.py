"""`ecsdeploy register-task`: render, show the difference, register only a difference."""

from __future__ import annotations

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.core.plan import plan_task_definition
from ecsdeploy.events import Result
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.choose_image import choose_image
from ecsdeploy.workflow.preflight import require_known_parameters
from ecsdeploy.workflow.ship_image import BuildOptions, find_shipped
from ecsdeploy.workflow.task_definition import find_secrets, registered, rendered


def register_task(run: Run, build: BuildOptions, image: str | None) -> str:
    """Register the task definition of the config if no ACTIVE revision equals it; return its ARN.

    Without `image`, it takes the source's own, which has to be in ECR already. Raises `Refused`.
    """
    require_known_parameters(run)
    run.aws.require_account(run.config.account)
    shipped = choose_image(run, image) if image is not None else find_shipped(run, build)
    document = rendered(run, shipped.image, shipped.commit, find_secrets(run))
    ecs = Ecs(run.aws, run.names.cluster)
    service = ecs.service(run.names.service)
    running = ecs.task_definition(service.task_definition) if service and service.status == "ACTIVE" else None
    plan = plan_task_definition(document, running, ecs.task_definition(run.names.family))
    run.journal.resume = "Run the same command again: it registers nothing twice."
    arn = registered(run, ecs, plan, document, shipped.commit)
    run.report(Result("task-definition-arn", arn))
    return arn
