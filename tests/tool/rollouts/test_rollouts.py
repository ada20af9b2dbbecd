"""Rollouts as recordings: what ECS shows, what a user sees, and the verdict (`recorded.py` says what they hold)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.core.rollout.attention import BURST
from ecsdeploy.core.service import ServiceDeployment, ServiceRevision
from ecsdeploy.errors import Failed
from ecsdeploy.workflow.sight import find_deployment
from tests.tool.rollouts.recorded import Player
from tests.unit.core import builders as a

HERE = Path(__file__).parent
CASES = sorted(HERE.glob("*.json"))


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_each_rollout_tells_its_story(path: Path) -> None:
    case = json.loads(path.read_text())
    player = Player(case)
    ended = player.play()
    assert player.lines == case["shown"]
    assert ended == case["verdict"]
    explaining = 4  # once it is over: the service, its lists and tasks
    assert player.aws.requests("ecs") <= player.clock.seconds + BURST + explaining


class Unlisted(Ecs):
    """An ECS that lists no service deployments; `primary` is what the service shows of its newest one."""

    def __init__(self, primary: str) -> None:
        self._primary = primary
        self._older = False

    def deployments(self, service: str, **_: object) -> list[ServiceDeployment]:
        """Return what the older view has, once it is taken."""
        return [a.rollout("IN_PROGRESS", arn=self._primary, target_revision="hello:2")] if self._older else []

    def take_older_view(self, service: str) -> None:
        """Take it."""
        self._older = True

    def revision(self, arn: str) -> ServiceRevision:
        """Return the target itself."""
        return ServiceRevision(arn=arn, task_definition=arn)


def test_a_deployment_that_is_never_listed_is_found_on_the_service() -> None:
    run = Player({})
    ecs = Unlisted("ecs-svc/2")
    found = find_deployment(run, ecs, "hello", "hello:2", frozenset({"ecs-svc/1"}))
    assert found.arn == "ecs-svc/2"
    assert "ECS lists no service deployment of ours" in run.err.getvalue()


class Terse(Ecs):
    """An ECS whose list does not say what a deployment rolls out."""

    def __init__(self) -> None:
        """Reach no AWS."""

    def deployments(self, service: str, **_: object) -> list[ServiceDeployment]:
        """Return the brief form, without a target."""
        return [a.rollout("PENDING", arn="ours", target_revision="")]

    def deployment(self, arn: str) -> ServiceDeployment:
        """Return the whole of it."""
        return a.rollout("PENDING", arn=arn, target_revision="revision")

    def revision(self, arn: str) -> ServiceRevision:
        """Return the revision, by its ARN only."""
        assert arn == "revision"
        return ServiceRevision(arn=arn, task_definition="hello:2")


def test_a_list_that_names_no_target_is_looked_behind() -> None:
    run = Player({})
    ecs = Terse()
    assert find_deployment(run, ecs, "hello", "hello:2", frozenset()).arn == "ours"


def test_what_the_service_showed_before_is_not_ours() -> None:
    run = Player({})
    ecs = Unlisted("ecs-svc/1")
    with pytest.raises(Failed, match="does not show a deployment of hello:2"):
        find_deployment(run, ecs, "hello", "hello:2", frozenset({"ecs-svc/1"}))


def test_there_are_rollouts_to_try() -> None:
    assert len(CASES) >= 10
