"""Which tasks are a deployment's own: the id that they carry, where two deployments roll out one revision."""

from __future__ import annotations

from datetime import timedelta

from ecsdeploy.core.rollout.identity import of_deployment, of_newest
from ecsdeploy.core.service import Deployment
from tests.unit.core import builders as a

REVISION = f"{a.ARN}:task-definition/hello:2"


def entry(number: int, *, status: str = "PRIMARY", made: float | None = None) -> Deployment:
    """Return the service's deployment of that number, made so many seconds after `a.AT`."""
    return Deployment(
        id=f"ecs-svc/{number}", status=status, task_definition=REVISION, desired=1, running=1, pending=0, failed=0,
        rollout_state="", rollout_reason="", created_at=a.AT + timedelta(seconds=made) if made is not None else None,
    )  # fmt: skip


def test_an_answer_that_still_shows_the_deployment_before_does_not_name_ours() -> None:
    service = a.service(deployments=(entry(1),))
    assert of_newest(service, REVISION, {"ecs-svc/1"}) == ""
    assert of_newest(service, REVISION) == "ecs-svc/1"


def test_a_deployment_that_is_over_is_not_taken_for_the_next_one_of_the_same_revision() -> None:
    over = a.rollout("STOPPED", finished_at=a.AT + timedelta(seconds=60))
    assert of_deployment(a.service(deployments=(entry(2, made=300),)), over, REVISION) == ""


def test_a_restart_is_told_from_what_it_replaces() -> None:
    service = a.service(deployments=(entry(2, made=1), entry(1, status="ACTIVE", made=-3600)))
    assert of_deployment(service, a.rollout("IN_PROGRESS"), REVISION) == "ecs-svc/2"


def test_two_that_cannot_be_told_apart_name_none() -> None:
    service = a.service(deployments=(entry(2), entry(1, status="ACTIVE")))
    assert of_deployment(service, a.rollout("IN_PROGRESS"), REVISION) == ""
