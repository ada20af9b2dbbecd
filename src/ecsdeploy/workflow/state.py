"""What ECS has of our service before anything is written, read until its two accounts of it agree.

DescribeServices and ListServiceDeployments are eventually consistent, each for itself: for a second or two after an
update, the service already is on its way to what the list does not show. Taken for the truth, that list would say that
nothing is in flight and that the last deployment succeeded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.config.tags import tags_for
from ecsdeploy.core.ownership import require_deployable
from ecsdeploy.core.service import Service, ServiceDeployment
from ecsdeploy.poll import DeadlineReached, poll
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.sight import POLL_SECONDS

AGREE_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class State:
    """What ECS has of our service, as it was read before anything was written."""

    service: Service | None
    deployments: tuple[ServiceDeployment, ...] = ()

    @property
    def known(self) -> frozenset[str]:
        """Return what tells older deployments from ours: their ARNs, and their ids on the service (`ecs-svc/N`)."""
        on_service = self.service.deployments if self.service is not None else ()
        return frozenset((*(each.arn for each in self.deployments), *(each.id for each in on_service)))

    @property
    def in_flight(self) -> ServiceDeployment | None:
        """Return the deployment that is not over yet, if there is one."""
        return next((d for d in self.deployments if d.ongoing), None)

    @property
    def agrees(self) -> bool:
        """Return whether the list has the deployment that the service says it is in."""
        primary = self.service.primary if self.service is not None else None
        moving = primary is not None and primary.rollout_state == "IN_PROGRESS"
        return not moving or self.in_flight is not None


def read_state(run: Run, ecs: Ecs, *, adopt: bool) -> State:
    """Return what ECS has of the service. Raises `Refused` where it may not be deployed to.

    Where the list never comes to agree, the service itself is believed.
    """
    deadline = run.clock.monotonic() + AGREE_SECONDS
    try:
        return poll(
            lambda: _read(run, ecs, adopt=adopt),
            lambda state: state if state.agrees else None,
            clock=run.clock,
            every=POLL_SECONDS,
            deadline=deadline,
        )
    except DeadlineReached:
        ecs.take_older_view(run.names.service)
        return _read(run, ecs, adopt=adopt)


def _read(run: Run, ecs: Ecs, *, adopt: bool) -> State:
    service = ecs.service(run.names.service)
    if service is None or service.status == "INACTIVE":
        return State(service=None)
    require_deployable(service, tags_for(run.config, run.names.environment), adopt=adopt)
    listed = State(service=service, deployments=tuple(ecs.deployments(service.name)))
    flying = listed.in_flight
    # Asked for itself, one that is over may say so before the list does: it need not be waited for.
    now = ecs.deployment(flying.arn) if flying is not None else None
    if now is None or now.ongoing:
        return listed
    return replace(listed, deployments=tuple(now if each is flying else each for each in listed.deployments))
