"""Carrying out a plan: what is sent how often, what is told of it, and what an end in the middle leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from ecsdeploy.core.account import Account, LogGroupSeen, ServiceSeen
from ecsdeploy.core.repository import RepositoryDetails, Share, lifecycle
from ecsdeploy.core.step import Later, Ref, Step
from ecsdeploy.core.upkeep import FILL, RECONCILE, Upkeep
from ecsdeploy.core.wanted import DEPLOY, SETUP, Part
from ecsdeploy.errors import AwsError, Busy, ConfigError, CredentialsError, PermissionDenied, TimedOut, Unreachable
from tests.unit.core import builders as a
from tests.unit.core.situations import SITUATIONS, WEB, wants
from tests.unit.imagined import Imagined
from tests.unit.workflow.hands import Hands

LOST = Unreachable("AWS does not answer.", code="ConnectionClosedError", operation="")
DENIED = PermissionDenied("You may not.", action="some:Action")


def refusal(code: str, message: str = "no") -> AwsError:
    return AwsError("AWS refused it.", code=code, operation="", message=message)


def over(parts: tuple[Part, ...], account: Account, upkeep: Upkeep = RECONCILE, **wanted: Any) -> Hands:
    """Return a run that is responsible for these parts."""
    return Hands.over(account, wants(parts=parts, **wanted), upkeep)


# ---- every plan


@pytest.mark.parametrize("name", [name for name, (wanted, _, _) in SITUATIONS.items() if wanted.image == a.IMAGE])
def test_what_was_applied_leaves_nothing_to_do(name: str) -> None:
    wanted, account, upkeep = SITUATIONS[name]
    hands = Hands.over(account, replace(wanted, force=False), upkeep)
    steps = hands.plan().steps
    hands.apply()
    assert hands.aws.sent == [step.call for step in steps]
    assert hands.plan().steps == ()
    assert hands.journal.doing == ""
    assert hands.replanned == 0


def test_what_a_plan_was_about_is_known_when_it_is_done() -> None:
    hands = over(DEPLOY, a.empty(), FILL)
    applied = hands.apply()
    assert applied.task_definition == f"{a.ARN}:task-definition/hello:1"
    assert applied.service is not None
    assert applied.service.arn == f"{a.ARN}:service/hello/hello"
    assert hands.applier.resolved(Later(Ref("execution role", "hello-execution"), "arn")) == a.PLACE.role(
        "hello-execution"
    )


def test_what_was_made_goes_into_what_comes_after_it() -> None:
    hands = over(DEPLOY, a.empty(), FILL)
    hands.apply()
    (created,) = (sent for sent in hands.aws.tried if "serviceName" in sent)
    assert created["taskDefinition"] == f"{a.ARN}:task-definition/hello:1"
    assert created["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"] == ["sg-made"]


# ---- what may be sent once


class Sightless(Imagined):
    """An AWS at which nobody has a reason to look whether a write arrived."""

    def arrived(self, step: Step, known: frozenset[str]) -> Mapping[str, Any] | None:
        raise AssertionError("nothing is in doubt")


ONCE: dict[str, Callable[[], Hands]] = {
    "ecs:RegisterTaskDefinition": lambda: over(("task definition",), a.empty()),
    "ecs:UpdateService": lambda: over(("task definition", "service"), a.account(WEB), force=True),
}
"""Writes that AWS gives no token for and that do it twice when they are sent twice."""
PASSES = {
    "ecs:RegisterTaskDefinition": refusal("ClientException", "Too many concurrent attempts"),
    "ecs:UpdateService": refusal("ClientException", "TaskDefinition not found."),
}
once = pytest.mark.parametrize("call", ONCE)


@once
def test_an_answer_is_taken_without_a_second_look(call: str) -> None:
    hands = ONCE[call]()
    hands = Hands(Sightless(hands.aws.account), hands.wanted)
    hands.apply()
    assert hands.aws.sent == [call]


@once
def test_what_arrived_is_not_sent_again(call: str) -> None:
    hands = ONCE[call]()
    hands.aws.lose[call] = [LOST]
    applied = hands.apply()
    assert hands.aws.sent == [call]
    assert len(hands.aws.tried) == 1
    assert hands.plan().awaited.task_definition == applied.task_definition


@once
def test_what_did_not_arrive_is_sent_again(call: str) -> None:
    hands = ONCE[call]()
    hands.aws.refuse[call] = [LOST, LOST]
    hands.apply()
    assert hands.aws.sent == [call]
    assert len(hands.aws.tried) == 3


@once
def test_an_error_that_passes_is_waited_for(call: str) -> None:
    hands = ONCE[call]()
    hands.aws.refuse[call] = [PASSES[call]]
    hands.apply()
    assert hands.aws.sent == [call]
    assert len(hands.aws.tried) == 2


@once
@pytest.mark.parametrize("error", [refusal("ServerException"), DENIED, CredentialsError("expired")])
def test_any_other_error_is_the_end(call: str, error: Exception) -> None:
    hands = ONCE[call]()
    hands.aws.refuse[call] = [error]
    with pytest.raises(type(error)):
        hands.apply()
    assert len(hands.aws.tried) == 1
    assert hands.clock.slept == []


@once
def test_after_a_minute_it_gives_up(call: str) -> None:
    hands = ONCE[call]()
    hands.aws.refuse[call] = [LOST] * 99
    with pytest.raises(Unreachable):
        hands.apply()
    assert 60 <= hands.clock.seconds <= 64


def test_only_those_are_sent_without_retries() -> None:
    class Counting(Imagined):
        def __call__(self, call: str, parameters: Mapping[str, Any], *, once: bool) -> Mapping[str, Any]:
            if once:
                sent.append(call)
            return super().__call__(call, parameters, once=once)

    sent: list[str] = []
    Hands(Counting(a.empty()), wants()).apply()
    Hands(Counting(a.account(WEB)), wants(force=True)).apply()
    Hands(Counting(a.account(WEB)), wants(count=3)).apply()
    assert sent == ["ecs:RegisterTaskDefinition", "ecs:UpdateService"]


# ---- what may be sent again


CALLS = sorted({step.call for step in over(SETUP, a.empty()).plan().steps} | {"ecs:CreateService"})


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fate", ["lose", "refuse"])
def test_a_lost_answer_is_asked_for_again_and_nothing_is_made_twice(call: str, fate: str) -> None:
    hands = over((*SETUP, "task definition", "service"), a.empty())
    getattr(hands.aws, fate)[call] = [LOST]
    hands.apply()
    assert hands.plan().steps == ()
    assert len(hands.aws.account.service.deployments if hands.aws.account.service else ()) == 1


@pytest.mark.parametrize("call", CALLS)
def test_where_no_answer_comes_at_all_it_gives_up(call: str) -> None:
    hands = over((*SETUP, "task definition", "service"), a.empty())
    hands.aws.refuse[call] = [LOST] * 99
    with pytest.raises(Unreachable):
        hands.apply()
    assert 20 <= hands.clock.seconds <= 31  # with what roles take to settle
    assert hands.journal.doing.startswith("setting up ")


@pytest.mark.parametrize("name", SITUATIONS)
def test_whatever_is_made_has_an_answer_to_being_made_twice(name: str) -> None:
    for step in Hands.over(SITUATIONS[name][1], *SITUATIONS[name][::2]).plan().steps:
        if step.action == "created":
            assert step.repeat.once or step.repeat.token or step.repeat.taken, step.call


# ---- what was made a moment ago, and what somebody else is writing


def test_a_cluster_of_a_moment_ago_is_waited_for_with_the_same_token() -> None:
    hands = over(("task definition", "service"), replace(a.account(WEB), service=None))
    hands.aws.refuse["ecs:CreateService"] = [refusal("ClusterNotFoundException", "Cluster not found.")]
    hands.apply()
    assert [sent["clientToken"] for sent in hands.aws.tried] == ["token-1", "token-1"]


@pytest.mark.parametrize("force", [False, True])
def test_a_task_definition_of_a_moment_ago_is_waited_for(force: bool) -> None:
    hands = over(("task definition", "service"), a.account(WEB), count=2, force=force)
    hands.aws.refuse["ecs:UpdateService"] = [refusal("ClientException", "TaskDefinition not found.")]
    hands.apply()
    assert hands.aws.sent == ["ecs:UpdateService"]


def test_another_refusal_is_final() -> None:
    hands = over(("task definition", "service"), replace(a.account(WEB), service=None))
    hands.aws.refuse["ecs:CreateService"] = [refusal("InvalidParameterException", "The subnet does not exist.")]
    with pytest.raises(AwsError):
        hands.apply()
    assert hands.clock.slept == []


COLLIDED = refusal("ConcurrentModification", "collided")


def retagged() -> Hands:
    """Return a run that has one thing to do: to describe a role."""
    roles = a.roles_of(WEB)
    role = roles["hello-task"]
    drifted = replace(role, role=replace(role.role, description="mine"))
    return over(("task roles",), a.account(WEB, roles={**roles, "hello-task": drifted}))


def test_a_write_that_collides_is_made_again() -> None:
    hands = retagged()
    hands.aws.refuse["iam:UpdateRole"] = [COLLIDED, COLLIDED]
    hands.apply()
    assert hands.aws.sent == ["iam:UpdateRole"]
    assert hands.clock.slept == [1.0, 1.0]


def test_a_collision_that_stays_is_told_in_the_end() -> None:
    hands = retagged()
    hands.aws.refuse["iam:UpdateRole"] = [COLLIDED] * 99
    with pytest.raises(AwsError) as caught:
        hands.apply()
    assert caught.value is COLLIDED
    assert sum(hands.clock.slept) == 20.0
    hands = retagged()
    hands.aws.refuse["iam:UpdateRole"] = [refusal("NoSuchEntity")]
    with pytest.raises(AwsError):
        hands.apply()
    assert hands.clock.slept == []


def test_a_cluster_that_is_being_made_is_waited_for() -> None:
    status = ""

    class Slow(Imagined):
        looks = 0

        def __call__(self, call: str, parameters: Mapping[str, Any], *, once: bool) -> Mapping[str, Any]:
            super().__call__(call, parameters, once=once)
            return {"cluster": {"clusterArn": "arn", "status": status}}

        def cluster(self) -> Any:
            self.looks += 1
            return super().cluster()

    for state, looks in (("PROVISIONING", 1), ("ACTIVE", 0)):
        status = state
        aws = Slow(a.account(cluster=None, service=None))
        Hands(aws, wants(parts=("cluster",))).apply()
        assert aws.looks == looks


# ---- answers that are no errors


def test_a_rule_that_is_there_already_is_as_good_as_a_new_one() -> None:
    drifted = a.security_group(ingress=frozenset(), tags=WEB.tags)
    hands = over(("security group",), a.account(WEB, security_groups=(drifted,)))
    hands.aws.refuse["ec2:AuthorizeSecurityGroupIngress"] = [refusal("InvalidPermission.Duplicate")]
    hands.apply()
    assert hands.report.resources == [("security group", "hello", "updated")]


@pytest.mark.parametrize("raw", [{}, {"enableExecuteCommand": True}])
def test_a_setting_that_ecs_does_not_take_is_a_mistake_in_the_config(raw: dict[str, Any]) -> None:
    target = a.target(service={"raw": raw})
    hands = over(("task definition", "service"), a.account(target), target=target, count=2)
    hands.aws.refuse["ecs:UpdateService"] = [refusal("InvalidParameterException", "Fargate has none.")]
    with pytest.raises(ConfigError if raw else AwsError) as caught:
        hands.apply()
    if raw:
        assert (caught.value.what, caught.value.why, caught.value.fix) == (
            "ECS does not accept these service settings.",
            "Fargate has none.",
            "Correct [service.raw] in the config.",
        )


def test_a_task_definition_that_ecs_does_not_take_is_a_mistake_in_the_config() -> None:
    hands = over(("task definition",), a.empty())
    hands.aws.refuse["ecs:RegisterTaskDefinition"] = [refusal("ClientException", "Invalid cpu.")]
    with pytest.raises(ConfigError, match="ECS does not accept this task definition"):
        hands.apply()
    hands.aws.refuse["ecs:RegisterTaskDefinition"] = [PASSES["ecs:RegisterTaskDefinition"]] * 99
    with pytest.raises(AwsError) as caught:  # nobody can correct that in a config
        hands.apply()
    assert not isinstance(caught.value, ConfigError)


# ---- who may not


@pytest.mark.parametrize("call", [call for call in CALLS if call != "ecs:CreateService"])
def test_what_may_not_be_made_is_told_with_who_makes_it(call: str) -> None:
    hands = over(SETUP, a.empty())
    about = next(step.about for step in hands.plan().steps if step.call == call)
    hands.aws.refuse[call] = [DENIED]
    with pytest.raises(PermissionDenied) as caught:
        hands.apply()
    assert (caught.value.what, caught.value.action) == (f"an admin makes the {about}", DENIED.action)


@pytest.mark.parametrize("call", ["ecs:RegisterTaskDefinition", "ecs:CreateService"])
def test_revisions_and_services_are_made_by_whoever_deploys(call: str) -> None:
    hands = over(DEPLOY, a.empty(), FILL)
    hands.aws.refuse[call] = [DENIED]
    with pytest.raises(PermissionDenied) as caught:
        hands.apply()
    assert caught.value is DENIED


def test_what_may_not_be_changed_is_told_with_who_changes_it() -> None:
    hands = retagged()
    hands.aws.refuse["iam:UpdateRole"] = [DENIED]
    with pytest.raises(PermissionDenied, match="an admin makes the task role hello-task"):
        hands.apply()


# ---- what is told


def test_each_resource_is_told_once_with_what_changed() -> None:
    wanted, account, upkeep = SITUATIONS["setup, all drifted"]
    hands = Hands.over(account, wanted, upkeep)
    hands.apply()
    kinds = [each.ref.kind for each in hands.plan().decisions]
    assert [kind for kind, _, _ in hands.report.resources] == kinds
    assert hands.report.changes("log group") == {"retentionInDays": (7, 30), "tags.ecsdeploy:env": (None, "default")}
    assert hands.report.changes("cluster") == {"capacityProviders": (["mine"], ["mine", "FARGATE", "FARGATE_SPOT"])}
    assert hands.journal.done[0] == "updated repository hello"
    hands = Hands.over(hands.aws.account, wanted)
    hands.apply()
    assert {action for _, _, action in hands.report.resources} == {"unchanged"}
    assert hands.journal.done == []
    (group,) = (each for each in hands.report.events if getattr(each, "kind", "") == "security group")
    assert getattr(group, "detail", "") == "sg-1"


def test_what_a_deployment_does_is_told_in_its_words() -> None:
    hands = over(DEPLOY, replace(a.account(WEB), service=None, newest=None, running=None), FILL)
    hands.apply()
    assert hands.report.resources == [("task definition", "hello:1", "created"), ("service", "hello", "created")]
    assert hands.report.texts == ["Deploying hello:1 to hello/hello"]
    assert hands.journal.done == ["registered hello:1", "created the service hello"]
    hands = over(DEPLOY, replace(hands.aws.account, running=None, newest=None), FILL)
    hands.apply()
    assert hands.journal.done == ["registered hello:1", "updated the service hello"]


def test_a_change_to_what_is_made_only_now_is_told_with_its_name() -> None:
    hands = over((*DEPLOY,), a.account(WEB, security_groups=()), FILL)
    hands.apply()
    path = "networkConfiguration.awsvpcConfiguration.securityGroups"
    assert hands.report.changes("service") == {path: ("sg-1", "sg-made")}
    (created,) = (each for each in hands.report.events if getattr(each, "kind", "") == "security group")
    assert getattr(created, "detail", "") == "sg-made in vpc-1: tcp 3000 from 0.0.0.0/0, tcp 3000 from ::/0"


def test_notes_come_after_what_they_are_about() -> None:
    hands = over(("repository",), a.empty())
    hands.apply()
    assert hands.report.texts[0].startswith("ECR keeps the newest 30 images")


def test_what_could_not_be_looked_at_is_not_called_unchanged() -> None:
    hands = over(DEPLOY, a.account(WEB, log_group=a.hidden("logs:DescribeLogGroups")), FILL)
    hands.apply()
    assert [kind for kind, _, _ in hands.report.resources] == ["task definition", "service"]


# ---- an end in the middle


def test_an_end_between_two_writes_of_a_making_leaves_what_was_made_told() -> None:
    hands = over(("task roles",), replace(a.account(WEB), roles=dict.fromkeys(a.roles_of(WEB))))
    hands.aws.refuse["iam:PutRolePolicy"] = [DENIED]
    with pytest.raises(PermissionDenied):
        hands.apply()
    assert hands.journal.done == ["created execution role hello-execution"]
    assert hands.journal.doing == "setting up execution role hello-execution"
    assert hands.report.resources == [("execution role", "hello-execution", "created")]


@pytest.mark.parametrize("end", [LOST, DENIED, KeyboardInterrupt()])
def test_an_end_between_two_changes_tells_the_ones_that_were_made(end: Any) -> None:
    """Else a run that has written would say that nothing was changed."""
    drifted = RepositoryDetails(lifecycle(Share(5)), {"ecsdeploy:app": "hello"})
    account = a.account(WEB, repository=a.repository(mutability="MUTABLE"), repository_details=drifted)
    hands = over(("repository",), account)
    hands.aws.refuse["ecr:PutLifecyclePolicy"] = [end] * 99
    with pytest.raises(type(end)):
        hands.apply()
    assert hands.aws.sent == ["ecr:PutImageTagMutability"]
    assert hands.journal.done == ["changed imageTagMutability of the repository hello"]
    assert hands.journal.doing == "updating repository hello"
    assert hands.report.changes("repository") == {"imageTagMutability": ("MUTABLE", "IMMUTABLE")}


def test_an_end_before_the_first_change_tells_of_none() -> None:
    hands = retagged()
    hands.aws.refuse["iam:UpdateRole"] = [DENIED]
    with pytest.raises(PermissionDenied):
        hands.apply()
    assert hands.journal.done == []
    assert hands.journal.doing == "updating task role hello-task"
    assert hands.report.resources == [("execution role", "hello-execution", "unchanged")]


# ---- roles settle


def test_new_roles_are_waited_for_once_before_they_are_named() -> None:
    hands = over(DEPLOY, a.empty(), FILL)
    hands.apply()
    hands.applier.settle()
    assert hands.clock.slept == [10.0]
    told = [each for each in hands.report.texts if "IAM" in each]
    assert told == ["Waiting until the roles are known everywhere in IAM"]
    assert hands.report.texts.index(told[0]) < hands.report.texts.index("Deploying hello:1 to hello/hello")


def test_nothing_settles_where_no_role_was_written() -> None:
    hands = over(DEPLOY, replace(a.account(WEB), service=None), FILL)
    hands.apply()
    assert hands.clock.slept == []


def test_roles_that_were_written_long_enough_ago_are_not_waited_for() -> None:
    hands = over(("task roles",), replace(a.account(WEB), roles=dict.fromkeys(a.roles_of(WEB))))
    hands.apply()
    hands.clock.seconds += 10
    hands.applier.settle()
    assert hands.clock.slept == []
    assert hands.report.texts == []


def test_a_role_that_iam_never_shows_is_not_relied_on() -> None:
    class Blind(Imagined):
        def role(self, name: str, *, policy: bool, others: bool) -> None:
            return None

    hands = Hands(Blind(a.empty()), wants(parts=("task roles",)))
    hands.apply()
    with pytest.raises(TimedOut, match="IAM says that the role hello-execution exists"):
        hands.applier.settle()
    assert sum(hands.clock.slept) == 20.0


# ---- somebody was faster


TAKEN = [call for call in CALLS if ":Create" in call and call not in ("ecs:CreateCluster", "ecs:CreateService")]


def faster(hands: Hands, call: str) -> None:
    """Let somebody else do `call` just before this run does it."""

    def first() -> None:
        step = next(step for step in hands.plan().steps if step.call == call)
        hands.aws(call, step.parameters, once=False)
        hands.aws.sent.clear()
        hands.aws.sent += before

    before = [step.call for step in hands.plan().steps]
    del before[before.index(call) :]
    hands.aws.meanwhile[call] = first


def test_a_cluster_that_somebody_else_has_made_with_other_capacity_gets_fargate_too() -> None:
    hands = over(SETUP, a.empty())

    def first() -> None:
        made = {"clusterName": "hello-service", "capacityProviders": ["FARGATE_SPOT"], "tags": []}
        hands.aws("ecs:CreateCluster", made, once=False)

    hands.aws.meanwhile["ecs:CreateCluster"] = first
    hands.apply()
    assert hands.aws.sent.count("ecs:CreateCluster") == 1
    assert "ecs:PutClusterCapacityProviders" in hands.aws.sent
    assert hands.plan().steps == ()


@pytest.mark.parametrize("call", TAKEN)
def test_what_somebody_else_has_made_is_taken_and_completed(call: str) -> None:
    hands = over(SETUP, a.empty())
    faster(hands, call)
    calls = [step.call for step in hands.plan().steps]
    hands.apply()
    calls.remove(call)
    assert hands.aws.sent == calls
    assert hands.plan().steps == ()
    assert hands.replanned == 1
    (asked,) = hands.asked
    assert asked.ref.kind == next(step.about.kind for step in over(SETUP, a.empty()).plan().steps if step.call == call)
    assert len(hands.report.resources) == 9


def test_what_aws_says_is_there_is_waited_for_until_it_shows_it() -> None:
    hands = over(("log group",), a.empty())
    hands.aws.refuse["logs:CreateLogGroup"] = [refusal("ResourceAlreadyExistsException")] * 99
    with pytest.raises(TimedOut) as caught:
        hands.apply()
    assert caught.value.what == "AWS says that the log group /ecs/hello exists, but does not show it."
    assert sum(hands.clock.slept) == 20.0


def test_what_was_done_before_is_not_done_again_although_it_is_read_again() -> None:
    hands = over(SETUP, a.empty())
    faster(hands, "logs:CreateLogGroup")
    hands.apply()
    assert hands.report.resources.count(("cluster", "hello", "created")) == 1
    assert [each for each in hands.report.resources if each[2] == "unchanged"] == []
    assert ("log group", "/ecs/hello", "updated") in hands.report.resources


def test_a_service_that_somebody_else_has_created_is_updated() -> None:
    """Its deployment is over already: what is awaited is the one that comes of our update."""
    hands = over(DEPLOY, replace(a.account(WEB), service=None), FILL, count=3)

    def first() -> None:
        service = ServiceSeen(service=a.service(), deployments=(a.rollout(),))
        hands.aws.account = replace(hands.aws.account, service=service)

    hands.aws.meanwhile["ecs:CreateService"] = first
    applied = hands.apply()
    assert hands.aws.sent == ["ecs:UpdateService"]
    assert hands.plan().steps == ()
    assert applied.awaited.until == "count"
    assert applied.awaited.seen is not None
    assert applied.awaited.seen.known == {a.rollout().arn, "ecs-svc/1"}


def test_a_service_that_somebody_else_is_creating_is_not_crossed() -> None:
    hands = over(DEPLOY, replace(a.account(WEB), service=None), FILL)

    def first() -> None:
        service = ServiceSeen(service=a.service(), deployments=(a.rollout("IN_PROGRESS"),), flying_to="hello:9")
        hands.aws.account = replace(hands.aws.account, service=service)

    hands.aws.meanwhile["ecs:CreateService"] = first
    with pytest.raises(Busy):
        hands.apply()


def test_somebody_elses_is_asked_about_before_it_is_changed() -> None:
    hands = over(("log group",), a.empty())
    group = LogGroupSeen(group=a.log_group(retention_days=7), tags=WEB.tags)

    def first() -> None:
        hands.aws.account = replace(hands.aws.account, log_group=group)

    hands.aws.meanwhile["logs:CreateLogGroup"] = first
    hands.apply()
    (asked,) = hands.asked
    assert [step.call for step in asked.steps] == ["logs:PutRetentionPolicy"] == hands.aws.sent
