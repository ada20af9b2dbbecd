"""Carrying out a plan that takes something away: what takes minutes, what is refused in part, what is begun."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

import pytest

from ecsdeploy.core.account import RoleSeen
from ecsdeploy.core.cluster import Cluster
from ecsdeploy.core.plan import Plan
from ecsdeploy.core.step import Ends, Ref, Step
from ecsdeploy.core.things.outcome import Decision
from ecsdeploy.errors import AwsError, PermissionDenied, TimedOut, Unreachable
from ecsdeploy.runtime import Journal
from ecsdeploy.workflow.apply import Applier
from ecsdeploy.workflow.settling import Settling
from tests.support.clocks import FakeClock
from tests.unit.core.removal.parts import plan, remains, revision
from tests.unit.core.test_pruning import plan as pruning
from tests.unit.core.test_pruning import stock
from tests.unit.workflow.fakes import FakeReporter
from tests.unit.workflow.hands import nothing_to_follow

STOPPED = "ecs:DeregisterTaskDefinition"


def refusal(code: str, message: str = "") -> AwsError:
    return AwsError(f"AWS refused it: {code}.", code=code, operation="X", message=message)


@dataclass
class Account:
    """An AWS that does as it is told, but for what it `answers` to a call, in order; `left` is what there still is."""

    answers: dict[str, list[Mapping[str, Any] | Exception]] = field(default_factory=dict)
    left: Iterator[str] = field(default_factory=lambda: repeat(""))
    sent: list[str] = field(default_factory=list)

    def __call__(self, call: str, parameters: Mapping[str, Any], *, once: bool) -> Mapping[str, Any]:
        self.sent.append(call)
        answer = self.answers[call].pop(0) if self.answers.get(call) else {}
        if isinstance(answer, Exception):
            raise answer
        return answer

    def left_of(self, ref: Ref) -> str:
        assert str(ref) == "service hello"
        return next(self.left)

    def cluster(self) -> Cluster | None:
        raise AssertionError("nobody asked for it")

    def role(self, name: str, *, policy: bool, others: bool) -> RoleSeen | None:
        raise AssertionError("nobody asked for it")

    def arrived(self, step: Step, known: frozenset[str]) -> Mapping[str, Any] | None:
        raise AssertionError("no deletion is in doubt: it can be sent again")

    def under_way(self, step: Step, ends: Ends) -> Mapping[str, Any] | None:
        raise AssertionError("no deletion starts a task")


@dataclass
class Deleting:
    """One run that deletes everything of hello."""

    aws: Account = field(default_factory=Account)
    report: FakeReporter = field(default_factory=FakeReporter)
    journal: Journal = field(default_factory=lambda: Journal(resume="Run it again."))
    clock: FakeClock = field(default_factory=FakeClock)

    def apply(self, what: Plan | None = None) -> None:
        Applier(
            write=self.aws,
            look=self.aws,
            report=self.report,
            journal=self.journal,
            clock=self.clock,
            settling=Settling(),
            replan=lambda: pytest.fail("nobody else makes what is deleted"),
            ask=lambda _: pytest.fail("everything was asked before"),
            follow=nothing_to_follow,
            missing=lambda _ref, error: error,
        ).apply(what or plan(remains()))


def deleting(**answers: list[Mapping[str, Any] | Exception]) -> Deleting:
    """Return a run in which AWS answers so to the operation of that name."""
    by_call = {step.call: answers[step.call.partition(":")[2]] for step in plan(remains(), images=True).steps
               if step.call.partition(":")[2] in answers}  # fmt: skip
    return Deleting(Account(by_call))


def failures(*reasons: str) -> Mapping[str, Any]:
    return {"failures": [{"arn": "arn:x", "reason": reason} for reason in reasons]}


# ---- what there is to see


def test_every_resource_is_told_once_it_is_gone() -> None:
    run = Deleting()
    run.apply()
    assert run.report.resources == [
        ("service", "hello", "deleted"),
        ("task definition", "hello", "deleted"),
        ("log group", "/ecs/hello", "deleted"),
        ("security group", "hello", "deleted"),
        ("cluster", "hello", "deleted"),
        ("execution role", "hello-execution", "deleted"),
        ("task role", "hello-task", "deleted"),
        ("deploy role", "hello-github-deploy", "deleted"),
    ]
    assert run.journal.done[:2] == ["deleted the service hello", "deleted task definition hello"]
    assert run.journal.doing == ""


# ---- what is gone only a while later


def test_a_service_is_waited_for_until_its_tasks_have_stopped() -> None:
    run = Deleting(Account(left=iter(["it is DRAINING", "it is DRAINING", "1 task is stopping", ""])))
    run.apply()
    assert run.report.texts == [
        "Waiting until the service hello is gone",
        "  it is DRAINING",
        "  1 task is stopping",
    ]
    assert run.aws.sent[:2] == ["ecs:DeleteService", STOPPED]
    assert run.clock.slept == [2.0, 2.0, 2.0]


def test_a_service_that_stays_is_given_up_after_a_quarter_of_an_hour() -> None:
    run = Deleting(Account(left=repeat("1 task is stopping")))
    with pytest.raises(TimedOut) as caught:
        run.apply()
    assert (caught.value.what, caught.value.why, caught.value.fix) == (
        "The service hello is not gone after 15 minutes.",
        "1 task is stopping.",
        "Run it again.",
    )
    assert sum(run.clock.slept) == 900
    assert run.aws.sent == ["ecs:DeleteService"]
    assert run.journal.done == ["deleted the service hello"]
    assert run.journal.doing == "waiting until the service hello is gone"


# ---- what AWS refuses for a while


def test_a_security_group_may_be_in_use_for_minutes() -> None:
    run = deleting(DeleteSecurityGroup=[refusal("DependencyViolation", "it has a dependent object")] * 60)
    run.apply()
    assert run.aws.sent.count("ec2:DeleteSecurityGroup") == 61
    assert sum(run.clock.slept) == 180
    assert run.report.texts[-1] == "Not yet: it has a dependent object. Trying again."


def test_a_security_group_that_stays_in_use_ends_the_run() -> None:
    run = deleting(DeleteSecurityGroup=[refusal("DependencyViolation", "it has a dependent object")] * 1000)
    with pytest.raises(AwsError) as caught:
        run.apply()
    assert caught.value.code == "DependencyViolation"
    assert 290 <= sum(run.clock.slept) <= 300
    assert run.journal.doing == "deleting security group hello"


def test_a_refusal_that_passes_at_once_is_not_spoken_of() -> None:
    run = deleting(DeleteRole=[refusal("DeleteConflict", "delete policies first")])
    run.apply()
    assert run.clock.slept == [1.0]
    assert run.report.texts == ["Waiting until the service hello is gone"]


# ---- what is gone already


@pytest.mark.parametrize(
    ("operation", "code", "message"),
    [
        ("DeleteService", "ServiceNotFoundException", ""),
        ("DeleteService", "ClusterNotFoundException", ""),
        ("DeregisterTaskDefinition", "ClientException", "The specified task definition does not exist."),
        ("DeleteLogGroup", "ResourceNotFoundException", ""),
        ("DeleteSecurityGroup", "InvalidGroup.NotFound", ""),
        ("DeleteCluster", "ClusterNotFoundException", ""),
        ("DeleteRolePolicy", "NoSuchEntity", ""),
        ("DeleteRole", "NoSuchEntity", ""),
    ],
)
def test_what_is_gone_already_was_deleted(operation: str, code: str, message: str) -> None:
    answers: dict[str, list[Mapping[str, Any] | Exception]] = {operation: [refusal(code, message)]}
    run = deleting(**answers)
    run.apply()
    assert len(run.report.resources) == 8


# ---- what is refused in part


def test_a_revision_that_ecs_still_takes_for_active_is_tried_again() -> None:
    still = "The specified task definition is still in ACTIVE status. Please deregister the target and try again."
    run = deleting(DeleteTaskDefinitions=[failures(still), failures(still)])
    run.apply()
    assert run.aws.sent.count("ecs:DeleteTaskDefinitions") == 3


def test_a_revision_that_is_gone_is_no_failure() -> None:
    run = deleting(DeleteTaskDefinitions=[failures("The specified task definition does not exist. Specify another.")])
    run.apply()
    assert run.aws.sent.count("ecs:DeleteTaskDefinitions") == 1


def test_any_other_failure_of_a_part_is_told_and_ends_the_run() -> None:
    run = deleting(DeleteTaskDefinitions=[failures("The specified task definition does not exist.", "It is cursed.")])
    with pytest.raises(AwsError) as caught:
        run.apply()
    assert (caught.value.what, caught.value.why) == (
        "AWS refused ecs:DeleteTaskDefinitions for arn:x.",
        "It is cursed.",
    )
    assert int(caught.value.exit_code) == 5
    assert run.journal.done == ["deleted the service hello", "began deleting task definition hello"]


def test_an_image_that_is_named_by_another_is_tried_again() -> None:
    named = {"failures": [{"imageId": {"imageDigest": "sha256:1"}, "failureCode": "ImageReferencedByManifestList"}]}
    gone = {"failures": [{"imageId": {"imageDigest": "sha256:1"}, "failureCode": "ImageNotFound"}]}
    run = Deleting(Account({"ecr:BatchDeleteImage": [named, gone]}))
    run.apply(pruning(stock(), images=True))
    assert run.aws.sent.count("ecr:BatchDeleteImage") == 2
    assert run.report.resources == [("task definition", "hello", "deregistered"), ("image", "hello", "deleted")]


# ---- what ends in the middle


def test_what_was_begun_is_told_when_a_permission_is_missing() -> None:
    run = deleting(DeleteTaskDefinitions=[PermissionDenied("no", action="ecs:DeleteTaskDefinitions")])
    with pytest.raises(PermissionDenied):
        run.apply()
    assert run.journal.done == ["deleted the service hello", "began deleting task definition hello"]
    assert run.journal.doing == "deleting task definition hello"


def test_nothing_was_done_where_the_first_write_is_refused() -> None:
    run = deleting(DeleteService=[PermissionDenied("no", action="ecs:DeleteService")])
    with pytest.raises(PermissionDenied):
        run.apply()
    assert run.journal.done == []


def test_an_answer_that_is_lost_is_asked_for_again() -> None:
    lost = Unreachable("AWS does not answer.", code="ConnectionClosedError", operation="DeleteCluster")
    run = deleting(DeleteCluster=[lost])
    run.apply()
    assert run.aws.sent.count("ecs:DeleteCluster") == 2


# ---- many


def test_many_revisions_go_as_fast_as_ecs_takes_them() -> None:
    run = Deleting()
    run.apply(plan(remains(revisions=tuple(map(revision, range(1, 51))))))
    assert run.aws.sent.count(STOPPED) == 50
    assert sum(run.clock.slept) == pytest.approx(30)  # 20 at once, and one a second after that


def test_a_few_revisions_wait_for_nothing() -> None:
    run = Deleting()
    run.apply(plan(remains(revisions=tuple(map(revision, range(1, 21))))))
    assert run.clock.slept == []


def test_what_is_kept_is_not_told_again() -> None:
    run = Deleting()
    kept = Decision(ref=Ref("cluster", "hello"), kept="it has 2 container instances")
    run.apply(Plan(decisions=(kept,), awaited=plan(remains()).awaited))
    assert run.report.events == []
