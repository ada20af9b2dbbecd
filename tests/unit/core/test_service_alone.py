"""Plans of the service alone: a revision, a count or new tasks, and nothing else of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ecsdeploy.core.account import Account, Hidden, ServiceSeen
from ecsdeploy.core.plan import Plan, make_plan
from ecsdeploy.core.service import ServiceDeployment
from ecsdeploy.core.things.foresight import held_back
from ecsdeploy.core.upkeep import FILL
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.errors import Busy, PermissionDenied, Refused
from ecsdeploy.policy.arns import Place
from tests.unit.core import builders as a

ONE, TWO = (f"{a.ARN}:task-definition/hello:{number}" for number in (1, 2))
RAW = {"service": {"raw": {"enableExecuteCommand": True, "platformVersion": "1.4.0"}}}
TAG = "ecsdeploy:count-before"


def seen(*deployments: ServiceDeployment, flying_to: str = "", **service: Any) -> ServiceSeen:
    return ServiceSeen(service=a.service(**service), deployments=deployments or (a.rollout(),), flying_to=flying_to)


def plan(found: ServiceSeen | None, *, scalable: Any = None, tables: Any = None, **wanted: Any) -> Plan:
    account = Account(place=Place("aws", "us-east-1", "123456789012"), service=found, scalable=scalable)
    target = a.target(**(tables or {}))
    return make_plan(Wanted(target=target, parts=("service",), settings=False, **wanted), account, FILL)


def calls(of: Plan) -> list[tuple[str, dict[str, Any]]]:
    return [(step.call, dict(step.parameters)) for step in of.steps]


UPDATE = {"cluster": "hello", "service": "hello"}
FLYING = a.rollout("IN_PROGRESS", arn=f"{a.ARN}:service-deployment/hello/hello/d2")
VERBS: list[dict[str, Any]] = [{"revision": TWO}, {"count": 5}, {"force": True}]


@pytest.mark.parametrize(
    ("wanted", "parameters", "until"),
    [
        ({"revision": TWO}, {"taskDefinition": TWO}, "rollout"),
        ({"count": 5}, {"desiredCount": 5}, "count"),
        ({"count": 0}, {"desiredCount": 0}, "count"),
        ({"force": True}, {"forceNewDeployment": True}, "rollout"),
    ],
)
def test_each_sends_what_was_asked_for_and_nothing_more(
    wanted: dict[str, Any], parameters: dict[str, Any], until: str
) -> None:
    """Whatever else differs from the config: its [service.raw], a tag that is missing, the circuit breaker."""
    found = seen(tags={"ecsdeploy:app": "hello"}, raw={})
    made = plan(found, tables=RAW, **wanted)
    assert calls(made) == [("ecs:UpdateService", {**UPDATE, **parameters})]
    assert made.awaited.until == until
    assert made.steps[0].blame is None


def test_only_new_tasks_of_the_same_revision_are_asked_for_once() -> None:
    assert [plan(seen(), **verb).steps[0].repeat.once for verb in VERBS] == [False, False, True]


def test_what_is_so_already_is_left_alone() -> None:
    for wanted in ({"revision": ONE}, {"count": 1}):
        made = plan(seen(), ask="Sure?", **wanted)
        assert (made.steps, made.questions, made.awaited.until) == ((), (), "nothing")


def test_a_question_is_asked_where_something_changes() -> None:
    assert [each.text for each in plan(seen(), revision=TWO, ask="Sure?").questions] == ["Sure?"]


@pytest.mark.parametrize("status", ["STOPPED", "ROLLBACK_FAILED"])
def test_another_count_is_no_second_try_of_what_failed(status: str) -> None:
    (primary,) = a.service().deployments
    failed = seen(a.rollout(status), deployments=(replace(primary, rollout_state="FAILED"),))
    assert calls(plan(failed, count=5)) == [("ecs:UpdateService", {**UPDATE, "desiredCount": 5})]
    assert calls(plan(failed, count=1)) == []
    assert calls(plan(failed, revision=ONE)) == [
        ("ecs:UpdateService", {**UPDATE, "taskDefinition": ONE, "forceNewDeployment": True})
    ]


def test_a_deployment_in_flight_is_crossed_by_a_count_alone() -> None:
    flying = seen(FLYING, flying_to=ONE)
    assert calls(plan(flying, count=5)) == [("ecs:UpdateService", {**UPDATE, "desiredCount": 5})]
    assert plan(flying, revision=ONE).awaited.until == "flight"
    for wanted in ({"revision": TWO}, {"force": True}):
        with pytest.raises(Busy, match="Another deployment of hello is in flight") as busy:
            plan(flying, **wanted)
        assert f"aws ecs stop-service-deployment --service-deployment-arn {FLYING.arn}" in busy.value.fix


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("service", "words"),
    [
        ({"tags": {}}, "was not made by ecsdeploy"),
        ({"tags": {"ecsdeploy:app": "shop"}}, "belongs to the app 'shop'"),
        ({"tags": {"ecsdeploy:app": "hello", "ecsdeploy:env": "staging"}}, "belongs to the environment 'staging'"),
        ({"controller": "CODE_DEPLOY"}, "is deployed by CODE_DEPLOY"),
    ],
)
def test_what_is_not_ours_is_left_alone(verb: dict[str, Any], service: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words):
        plan(seen(**service), **verb)


@pytest.mark.parametrize("verb", VERBS)
def test_there_has_to_be_a_service(verb: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="There is no service hello in the cluster hello"):
        plan(None, **verb)
    with pytest.raises(Busy, match="is being deleted"):
        plan(seen(status="DRAINING"), **verb)


def test_a_tag_is_written_before_the_count_and_taken_away_after_it() -> None:
    arn = a.service().arn
    assert calls(plan(seen(), count=0, service_tags={TAG: "1"})) == [
        ("ecs:TagResource", {"resourceArn": arn, "tags": [{"key": TAG, "value": "1"}]}),
        ("ecs:UpdateService", {**UPDATE, "desiredCount": 0}),
    ]
    tagged = {**a.service().tags, TAG: "3"}
    assert calls(plan(seen(tags=tagged, desired=0), count=3, service_tags={TAG: None})) == [
        ("ecs:UpdateService", {**UPDATE, "desiredCount": 3}),
        ("ecs:UntagResource", {"resourceArn": arn, "tagKeys": [TAG]}),
    ]
    assert calls(plan(seen(), count=1, service_tags={TAG: None})) == []


def warnings(count: int, scalable: Any = None, configured: int | None = None) -> tuple[str, ...]:
    return plan(seen(), count=count, scalable=scalable, tables={"service": {"count": configured}}).warnings


def test_whoever_else_decides_the_count_is_named() -> None:
    assert warnings(5) == ()
    assert warnings(5, configured=5) == ()
    assert warnings(5, configured=2) == (
        "The config says [service] count = 2: the next `ecsdeploy deploy` sets it back to that.",
    )
    assert warnings(5, (2, 6)) == (
        "Autoscaling keeps this service between 2 and 6 tasks: it may change 5 again at any time.",
    )
    assert warnings(0, (2, 6)) == (
        "0 is below autoscaling's minimum: it goes to 2 as soon as one of its policies acts.",
    )
    assert warnings(7, (2, 6)) == (
        "7 is above autoscaling's maximum: it goes to 6 as soon as one of its policies acts.",
    )
    action = "application-autoscaling:DescribeScalableTargets"
    assert warnings(7, Hidden(PermissionDenied("no", action=action))) == (
        f"Whether autoscaling will change the count again was not checked, no permission for {action}.",
    )


def foreseen(running: int, newest: int, **wanted: Any) -> tuple[str, ...]:
    document: dict[str, Any] = {"family": "hello"}
    account = Account(place=Place("aws", "us-east-1", "123456789012"), running=a.revision(running, document))
    arn = a.revision(newest, document).arn
    return tuple(held_back(Wanted(target=a.target(), parts=("service",), **wanted), account, arn))


def test_deploying_the_config_again_after_a_rollback_is_warned_of() -> None:
    assert foreseen(1, 2) == (
        "hello runs hello:1, and the config says hello:2, which was registered before: if it was rolled back, this "
        "deploys it again.",
    )
    assert foreseen(2, 2) == ()
    assert foreseen(2, 1) == ()
    assert foreseen(1, 2, settings=False) == ()  # somebody names the revision: they know
