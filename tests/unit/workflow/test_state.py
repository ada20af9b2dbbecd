"""Two accounts of one service that do not agree yet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ecsdeploy.workflow.state import read_state

from ecsdeploy.core.service import Service, ServiceDeployment
from tests.unit.core import builders as a
from tests.unit.fakes import FakeClock


class Lagging:
    """An ECS whose service moves already, and whose list shows that from the look `listed` on (0: never)."""

    def __init__(self, listed: int) -> None:
        self._listed = listed
        self.looks = 0
        self.status = "IN_PROGRESS"
        self.moving = "IN_PROGRESS"
        self.older = ""

    def service(self, name: str) -> Service:
        """Return the service on its way."""
        (primary,) = a.service().deployments
        return a.service(deployments=(replace(primary, rollout_state=self.moving),))

    def deployments(self, service: str) -> list[ServiceDeployment]:
        """Return what is listed so far."""
        self.looks += 1
        flying = [a.rollout("IN_PROGRESS", arn="new")] if self.older or 0 < self._listed <= self.looks else []
        return [*flying, a.rollout("SUCCESSFUL", arn="old")]

    def deployment(self, arn: str) -> ServiceDeployment:
        """Return the one in flight."""
        return a.rollout(self.status, arn=arn)

    def take_older_view(self, service: str) -> None:
        """Take it."""
        self.older = service


class Reading:
    """What reading asks of a run."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.config = a.config()
        self.names = a.names(self.config)


def flying(ecs: Any) -> str:
    run: Any = Reading()
    state = read_state(run, ecs, adopt=False)
    return state.in_flight.arn if state.in_flight else ""


def test_a_deployment_that_the_service_shows_is_waited_for_until_it_is_listed() -> None:
    ecs = Lagging(listed=3)
    assert flying(ecs) == "new"
    assert not ecs.older


def test_a_service_that_moves_is_believed_where_the_list_never_shows_it() -> None:
    ecs = Lagging(listed=0)
    assert flying(ecs) == "new"
    assert ecs.older == "hello"


def test_a_list_that_agrees_is_read_once() -> None:
    ecs = Lagging(listed=1)
    assert flying(ecs) == "new"
    assert ecs.looks == 1


def test_a_deployment_that_is_over_and_still_listed_is_not_in_flight() -> None:
    ecs = Lagging(listed=1)
    ecs.status, ecs.moving = "SUCCESSFUL", "COMPLETED"
    assert not flying(ecs)
    assert ecs.looks == 1
