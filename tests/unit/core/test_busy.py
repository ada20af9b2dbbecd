"""Whose deployment is in the way, and what is said about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ecsdeploy.core.account import Account, ServiceSeen
from ecsdeploy.core.busy import IfBusy, busy, in_words, is_rollback, replaces, still_busy, whose
from ecsdeploy.core.plan import Plan, make_plan
from ecsdeploy.core.service import ServiceDeployment
from ecsdeploy.core.task_definition import TaskDefinition
from ecsdeploy.core.upkeep import FILL
from ecsdeploy.core.wanted import DEPLOY
from ecsdeploy.errors import Busy
from tests.unit.core import builders as a
from tests.unit.core.situations import UNBUILT, WEB, wants

URL = "https://github.com/acme/web/actions/runs/1"
TAGS = {"ecsdeploy:commit": "3f2c1ab" + "0" * 33, "ecsdeploy:actor": "octocat", "ecsdeploy:run": URL}
NOW = a.AT + timedelta(seconds=130)
OTHER = f"{a.ARN}:task-definition/hello:2"


def flying(**changed: str) -> ServiceDeployment:
    """Return a deployment that began two minutes and ten seconds ago."""
    return replace(a.rollout(**{"status": "IN_PROGRESS", **changed}), finished_at=None, created_at=a.AT)


def revision(tags: dict[str, str], *, before: float = 5) -> TaskDefinition:
    return replace(a.revision(2, {}), tags=tags, registered_at=a.AT - timedelta(seconds=before))


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        (TAGS, f"3f2c1ab by octocat, {URL}, 2 min 10 s old"),
        ({"ecsdeploy:commit": "3f2c1ab"}, "3f2c1ab, 2 min 10 s old"),
        ({"ecsdeploy:actor": "octocat"}, "by octocat, 2 min 10 s old"),
        ({**TAGS, "ecsdeploy:run": "javascript:alert(1)"}, "3f2c1ab by octocat, 2 min 10 s old"),
        ({}, "2 min 10 s old"),
    ],
)
def test_its_revision_says_whose_it_is(tags: dict[str, str], said: str) -> None:
    assert whose(flying(), revision(tags), NOW) == said


def test_who_registered_a_revision_long_ago_is_not_who_deploys_it() -> None:
    assert whose(flying(), revision(TAGS, before=86_400)) == f"3f2c1ab registered before by octocat, {URL}"


def test_what_may_not_be_read_says_nothing() -> None:
    assert whose(flying(), None) == ""
    assert busy("hello", flying(), "").what == "Another deployment of hello is in flight."


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "0 s"), (59, "59 s"), (130, "2 min 10 s"), (3600, "1 h 0 min"), (90_000, "25 h 0 min")],
)
def test_a_time_is_said_in_two_units(seconds: int, said: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == said


def test_the_refusal_says_whose_it_is_and_every_way_on() -> None:
    error = busy("hello", flying(), OTHER, revision(TAGS), NOW)
    assert error.what == "Another deployment of hello is in flight: 3f2c1ab by octocat."
    assert error.why == f"{flying().id} of hello:2 is IN_PROGRESS, 2 min 10 s old: {URL}"
    for way in ("--if-busy wait", "--if-busy supersede", f"--service-deployment-arn {flying().arn}`"):
        assert way in error.fix


def test_what_ecs_keeps_no_record_of_cannot_be_stopped() -> None:
    assert "stop-service-deployment" not in busy("hello", flying(arn="ecs-svc/1"), OTHER).fix


@pytest.mark.parametrize("status", ["ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "STOP_REQUESTED"])
def test_a_rollback_is_called_one(status: str) -> None:
    back = flying(status=status)
    assert is_rollback(back)
    assert busy("hello", back, OTHER).what == "hello is being rolled back."
    assert "nothing to roll back to" in replaces("hello", back, "")
    assert "exit code 7" in replaces("hello", flying(), "")


def test_it_says_how_long_it_waited() -> None:
    assert still_busy("hello", flying(), "", 600).what == "hello is still busy after 10m."


def planned(if_busy: IfBusy, *, to: str = OTHER, status: str = "IN_PROGRESS", unbuilt: bool = True) -> Plan:
    """Return the plan for a service that is moving to `to`."""
    now = flying(status=status)
    service = a.service(tags=WEB.tags)
    seen = ServiceSeen(service=service, deployments=(now, replace(a.rollout(), arn="older")), flying_to=to)
    account = a.account(WEB, service=seen, flying=revision(TAGS), at=NOW)
    image = {"image": UNBUILT} if unbuilt else {}
    return make_plan(wants(parts=DEPLOY, if_busy=if_busy, **image), account, FILL)


def test_by_default_another_deployment_is_left_alone() -> None:
    with pytest.raises(Busy, match="in flight: 3f2c1ab by octocat"):
        planned("fail")


@pytest.mark.parametrize("if_busy", ["fail", "wait", "supersede"])
def test_one_of_our_revision_is_watched_in_every_mode(if_busy: IfBusy) -> None:
    running = a.service().task_definition
    found = planned(if_busy, to=running, unbuilt=False)
    assert (found.awaited.until, found.steps) == ("flight", ())


def test_waiting_is_planned_as_if_it_were_over() -> None:
    found = planned("wait")
    assert [step.call for step in found.steps] == ["ecs:RegisterTaskDefinition", "ecs:UpdateService"]
    assert not any("replaces" in text for text in found.warnings)
    with pytest.raises(Busy):
        make_plan(wants(parts=DEPLOY, if_busy="wait").in_turn, _flown(), FILL)


def _flown() -> Account:
    seen = ServiceSeen(service=a.service(tags=WEB.tags), deployments=(flying(),), flying_to=OTHER)
    return a.account(WEB, service=seen)


def test_superseding_says_whose_it_was_and_starts_ours() -> None:
    found = planned("supersede")
    assert found.awaited.until == "rollout"
    assert f"in flight (3f2c1ab by octocat, {URL})" in found.warnings[-1]


def test_superseding_a_rollback_to_our_revision_starts_a_deployment_all_the_same() -> None:
    found = planned("supersede", status="ROLLBACK_IN_PROGRESS", unbuilt=False)
    (update,) = found.steps
    assert update.parameters["forceNewDeployment"] is True
    assert found.awaited.until == "rollout"
