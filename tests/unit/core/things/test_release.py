"""The release command in a plan: when it runs, where, and what is remembered of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ecsdeploy.core.account import Account, NetworkSeen, ServiceSeen
from ecsdeploy.core.image import Unbuilt
from ecsdeploy.core.plan import Plan, make_plan
from ecsdeploy.core.released import mark_of
from ecsdeploy.core.step import Later
from ecsdeploy.core.things.task_definition import rendered
from ecsdeploy.core.upkeep import FILL
from ecsdeploy.core.wanted import DEPLOY, Wanted
from ecsdeploy.policy.grants.deploying import RELEASED
from tests.unit.core import builders as a

MIGRATE = ["python", "manage.py", "migrate"]
OTHER = "sha256:" + "b" * 64


def wants(**changed: Any) -> Wanted:
    known = {
        "target": a.target(release={"command": MIGRATE}),
        "parts": DEPLOY,
        "revision_tags": {"ecsdeploy:commit": "3f2c1ab"},
    }
    return a.wanted(**{**known, **changed})  # fmt: skip


def runs(digest: str, *marks: str) -> Account:
    """Return an account that runs the image of this digest, in a revision with these marks."""
    seen = a.account(wants().target)
    tags = {RELEASED: " ".join(marks)} if marks else {}
    revision = a.revision(1, rendered(wants(image=replace(a.IMAGE, digest=digest)), seen), tags=tags)
    return replace(seen, running=revision, newest=revision)


def plan_of(wanted: Wanted, account: Account) -> Plan:
    return make_plan(wanted, account, FILL)


def release_of(plan: Plan) -> list[str]:
    """Return the calls of the release command, and of what comes after it."""
    calls = [(step.about.kind, step.call) for step in plan.steps]
    return [f"{kind} {call}" for kind, call in calls if kind in ("task definition", "release command", "service")]


def test_it_runs_between_the_registration_and_the_update() -> None:
    assert release_of(plan_of(wants(), runs(OTHER))) == [
        "task definition ecs:RegisterTaskDefinition",
        "release command ecs:RunTask",
        "release command ecs:TagResource",
        "service ecs:UpdateService",
    ]


def test_it_runs_before_a_first_service_with_what_the_plan_makes() -> None:
    plan = plan_of(wants(target=a.target(task={"port": 3000}, release={"command": MIGRATE})), a.empty())
    assert release_of(plan)[-3:] == [
        "release command ecs:RunTask",
        "release command ecs:TagResource",
        "service ecs:CreateService",
    ]
    step = next(step for step in plan.steps if step.call == "ecs:RunTask")
    assert isinstance(step.parameters["taskDefinition"], Later)
    (group,) = step.parameters["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"]
    assert isinstance(group, Later)


def test_its_task_is_one_of_the_new_revision_and_says_whose_it_is() -> None:
    step = next(step for step in plan_of(wants(), runs(OTHER)).steps if step.call == "ecs:RunTask")
    asked, mark = step.parameters, mark_of(wants())
    assert asked["startedBy"] == f"ecsdeploy/release/{mark}"
    assert asked["overrides"] == {"containerOverrides": [{"name": "hello", "command": MIGRATE}]}
    assert (asked["launchType"], asked["networkConfiguration"]) == ("FARGATE", a.NETWORK)
    tags = {tag["key"]: tag["value"] for tag in asked["tags"]}
    assert tags == {"ecsdeploy:app": "hello", "ecsdeploy:env": "default", "ecsdeploy:commit": "3f2c1ab", RELEASED: mark}
    assert step.ends is not None
    assert (step.ends.container, step.ends.seconds) == ("hello", 600)


def test_nothing_runs_where_nothing_is_rolled_out() -> None:
    assert release_of(plan_of(wants(), runs(a.DIGEST))) == []


def test_it_does_not_run_again_for_the_same_image() -> None:
    plan = plan_of(wants(force=True), runs(a.DIGEST, mark_of(wants())))
    assert release_of(plan) == ["service ecs:UpdateService"]
    told = next(each for each in plan.decisions if each.ref.kind == "release command")
    assert (told.steps, told.detail) == ((), "it has succeeded for this image")


def test_another_command_runs_for_the_same_image() -> None:
    plan = plan_of(wants(force=True), runs(a.DIGEST, "0123456789ab"))
    assert "release command ecs:RunTask" in release_of(plan)


def test_a_new_revision_remembers_what_the_older_ones_did() -> None:
    known = mark_of(wants())
    plan = plan_of(wants(), runs(OTHER, known, "0123456789ab"))
    (registration,) = (step for step in plan.steps if step.call == "ecs:RegisterTaskDefinition")
    assert {"key": RELEASED, "value": f"{known} 0123456789ab"} in registration.parameters["tags"]
    assert release_of(plan) == ["task definition ecs:RegisterTaskDefinition", "service ecs:UpdateService"]


def test_success_is_added_to_what_is_known() -> None:
    (tagging,) = (s for s in plan_of(wants(), runs(OTHER, "0123456789ab")).steps if s.call == "ecs:TagResource")
    assert tagging.parameters["tags"] == [{"key": RELEASED, "value": f"{mark_of(wants())} 0123456789ab"}]


def test_an_image_that_is_not_built_yet_has_no_history() -> None:
    unbuilt = wants(image=Unbuilt("hello:1", "1"))
    assert "release command ecs:RunTask" in release_of(plan_of(unbuilt, runs(OTHER, mark_of(wants()))))


def test_nothing_of_it_is_done_before_the_build() -> None:
    plan = plan_of(wants(image=Unbuilt("hello:1", "1")), runs(OTHER))
    assert all(step.call != "ecs:RunTask" for step in plan.before_the_build.steps)


@pytest.mark.parametrize(
    "verb",
    [
        {"revision": f"{a.ARN}:task-definition/hello:7", "settings": False},
        {"count": 5, "settings": False},
        {"force": True, "settings": False},
    ],
)
def test_a_verb_that_rolls_out_no_new_image_does_not_run_it(verb: dict[str, Any]) -> None:
    plan = plan_of(wants(parts=("service",), image=None, **verb), runs(a.DIGEST))
    assert release_of(plan) == ["service ecs:UpdateService"]


def test_it_runs_where_the_service_runs_if_the_network_cannot_be_read() -> None:
    hidden = a.hidden("ec2:DescribeSubnets")
    plan = plan_of(wants(), replace(runs(OTHER), network=hidden))
    step = next(step for step in plan.steps if step.call == "ecs:RunTask")
    assert step.parameters["networkConfiguration"] == a.NETWORK


def test_it_runs_on_the_capacity_that_the_config_names() -> None:
    spot = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    of = a.target(release={"command": MIGRATE}, service={"raw": {"capacityProviderStrategy": spot}})
    step = next(s for s in plan_of(wants(target=of), runs(OTHER)).steps if s.call == "ecs:RunTask")
    assert step.parameters["capacityProviderStrategy"] == spot
    assert "launchType" not in step.parameters


def test_a_deployment_in_flight_is_watched_and_nothing_runs() -> None:
    seen = runs(a.DIGEST)
    assert seen.service is not None
    flying = ServiceSeen(
        service=seen.service.service,
        deployments=(a.rollout(status="IN_PROGRESS"),),
        flying_to=seen.service.service.task_definition,
    )
    assert plan_of(wants(), replace(seen, service=flying)).steps == ()


def test_the_network_of_the_default_vpc_is_the_one_that_was_read() -> None:
    subnets = (replace(a.SUBNETS[0], id="subnet-c"),)
    account = replace(runs(OTHER), network=NetworkSeen(default_vpc=a.VPC, subnets=subnets))
    step = next(s for s in plan_of(wants(), account).steps if s.call == "ecs:RunTask")
    assert step.parameters["networkConfiguration"]["awsvpcConfiguration"]["subnets"] == ["subnet-c"]
