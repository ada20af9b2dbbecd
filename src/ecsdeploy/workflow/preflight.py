"""What could stop a deployment, looked at before anything is built, made or written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ecsdeploy.aws.cluster import Clusters
from ecsdeploy.aws.ecr_images import EcrImages, ImageArchived
from ecsdeploy.aws.parameters import require_parameters
from ecsdeploy.core.capacity import require_providers
from ecsdeploy.core.image import is_digest
from ecsdeploy.core.network import Subnet
from ecsdeploy.core.plan import Plan, Seen
from ecsdeploy.core.service_settings import CAPACITY
from ecsdeploy.events import Warn
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.ensure.network import find_subnets
from ecsdeploy.workflow.task_definition import find_secrets, short_name


@dataclass(frozen=True)
class Ready:
    """What was found on the way: where tasks can run, and what their secrets are (`valueFrom` by variable)."""

    subnets: tuple[Subnet, ...]
    secrets: Mapping[str, str]


def require_known_parameters(run: Run) -> None:
    """Raise `ConfigError` where a raw table says what ECS does not take."""
    if run.config.task.raw:
        require_parameters(run.aws, "task.raw", "RegisterTaskDefinition", run.config.task.raw)
    if run.config.service.raw:
        require_parameters(run.aws, "service.raw", "CreateService", run.config.service.raw)


def preflight(run: Run) -> Ready:
    """Return what a deployment needs and cannot make. Only reads. Raises `Refused`."""
    strategy = run.config.service.raw.get(CAPACITY)
    if strategy:
        cluster = Clusters(run.aws).find(run.names.cluster)
        if cluster is not None and not cluster.is_gone:
            require_providers(cluster, strategy)
    return Ready(find_subnets(run), find_secrets(run))


def warn_without_way_back(run: Run, plan: Plan, seen: Seen) -> None:
    """Say so when ECS could not roll back, because the image that runs has left ECR.

    That is no reason to stop: a service whose image expired needs nothing as much as a new one.
    """
    running = seen.running
    if running is None or plan.task_definition.reuse == running.arn:
        return
    images = EcrImages(run.aws, run.names.repository)
    used = [str(container.get("image", "")) for container in running.document.get("containerDefinitions", [])]
    for image in used:
        repository, _, digest = image.partition("@")
        if repository == images.uri and is_digest(digest) and not _is_there(images, digest):
            run.report(
                Warn(
                    f"The image of {short_name(running.arn)}, which runs now, is no longer in ECR: if this deployment "
                    "fails, ECS cannot start those tasks again. Raise [image] keep."
                )
            )
            return


def _is_there(images: EcrImages, digest: str) -> bool:
    """Return whether tasks can be started from the image."""
    try:
        return images.find(digest) is not None
    except ImageArchived:
        return False
