"""What this run has made or seen a moment ago, and ECS does not know everywhere yet."""

from __future__ import annotations

from typing import Any

import pytest
from ecsdeploy.workflow.state import State

from ecsdeploy.core.plan import Plan, TaskDefinitionPlan
from ecsdeploy.core.service import Service
from ecsdeploy.errors import AwsError
from ecsdeploy.workflow.deploy import _create, _update
from tests.unit.core import builders as a
from tests.unit.fakes import FakeClock

PLAN = Plan(task_definition=TaskDefinitionPlan(reuse="hello:1", changes=()), create={}, starts_deployment=True)


class Forgetful:
    """An ECS that refuses the first write, and says why."""

    def __init__(self, code: str, message: str) -> None:
        self._refusals = [AwsError("no", code=code, operation="", message=message)]
        self.tokens: list[str] = []

    def create_service(self, name: str, task_definition: str, parameters: Any, tags: Any, token: str) -> Service:
        """Create the service, at the second time."""
        self.tokens.append(token)
        return self._answer()

    def update_service(self, name: str, parameters: Any, *, once: bool = False) -> Service:
        """Update the service, at the second time."""
        return self._answer()

    def deployments(self, name: str) -> list[Any]:
        """Return none."""
        return []

    def _answer(self) -> Service:
        if self._refusals:
            raise self._refusals.pop()
        return a.service()


class Writing:
    """What a write asks of a run."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.names = a.names(a.config())


def test_a_cluster_of_a_moment_ago_is_waited_for_with_the_same_token() -> None:
    run: Any = Writing()
    ecs: Any = Forgetful("ClusterNotFoundException", "Cluster not found.")
    assert _create(run, ecs, PLAN, "hello:1", {}) == a.service()
    assert len(ecs.tokens) == 2
    assert len(set(ecs.tokens)) == 1


@pytest.mark.parametrize("parameters", [{}, {"forceNewDeployment": True}])
def test_a_task_definition_of_a_moment_ago_is_waited_for(parameters: dict[str, Any]) -> None:
    run: Any = Writing()
    ecs: Any = Forgetful("ClientException", "TaskDefinition not found.")
    assert _update(run, ecs, State(service=a.service()), parameters) == a.service()


def test_another_refusal_is_final() -> None:
    run: Any = Writing()
    ecs: Any = Forgetful("InvalidParameterException", "The subnet does not exist.")
    with pytest.raises(AwsError):
        _create(run, ecs, PLAN, "hello:1", {})
    assert run.clock.slept == []
