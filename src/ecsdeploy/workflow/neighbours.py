"""The other environments of the config: what they share must not be deleted with one of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ecsdeploy.asked import ask
from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.aws.session import Aws
from ecsdeploy.config.load import others
from ecsdeploy.core.remains import Neighbour
from ecsdeploy.core.target import Target
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.read import hidden_if_denied


def neighbours(run: Run) -> tuple[Target, ...]:
    """Return the config's other environments in the same account, as far as it says."""
    ours = run.loaded.config.account
    return tuple(
        Target(each.config, each.names, run.options.region or each.config.region)
        for each in others(run.loaded)
        if ours is None or each.config.account in (None, ours)
    )


def aws_of(run: Run, target: Target) -> Aws:
    """Return the way to AWS in the Region of another environment."""
    return run.aws.elsewhere(target.region)


def with_services(run: Run, found: Iterable[Neighbour]) -> tuple[Neighbour, ...]:
    """Return the neighbours, and whether each has a service, or that we lack permission."""
    asked = [(each, ask(lambda target=each.target: _has_service(run, target))) for each in found]  # type: ignore[misc]
    return tuple(replace(each, service=hidden_if_denied(answer)) for each, answer in asked)


def _has_service(run: Run, target: Target) -> bool:
    service = Ecs(aws_of(run, target), target.names.cluster).service(target.names.service)
    return service is not None and service.status != "INACTIVE"
