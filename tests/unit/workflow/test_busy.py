"""Waiting for one's turn: what is told, when it ends, and that nothing decided before is used after it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.aws.session import Aws
from ecsdeploy.core.account import Account, ServiceSeen
from ecsdeploy.core.busy import IfBusy
from ecsdeploy.core.plan import Plan, make_plan
from ecsdeploy.core.service import ServiceDeployment
from ecsdeploy.core.upkeep import FILL
from ecsdeploy.core.wanted import DEPLOY
from ecsdeploy.errors import Busy, PermissionDenied, Unreachable
from ecsdeploy.workflow.busy import Turn, builds_meanwhile, waits_first
from tests.support.clocks import FakeClock
from tests.unit.core import builders as a
from tests.unit.core.situations import UNBUILT, WEB, wants
from tests.unit.workflow.fakes import FakeReporter, Unlit

OTHER = f"{a.ARN}:task-definition/hello:2"
GONE, SILENT = "gone", "silent"


class Flights(Ecs):
    """Shows each deployment with these statuses one after the other, the last one for ever."""

    def __init__(self, *looks: str) -> None:
        self._looks = list(looks)
        self.asked: list[str] = []
        self.older = False

    def deployment(self, arn: str) -> ServiceDeployment | None:
        """Return the next look."""
        self.asked.append(arn)
        look = self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]
        if look == SILENT:
            raise Unreachable("AWS does not answer.", code="ConnectTimeoutError", operation="")
        return None if look == GONE else flying(look, arn)

    def take_older_view(self, service: str) -> None:
        """Note that the service itself is asked."""
        self.older = True


def flying(status: str = "IN_PROGRESS", arn: str = "arn:theirs") -> ServiceDeployment:
    return a.rollout(status, arn=arn, reason="ECS says so.")


def busy_account(arn: str = "arn:theirs") -> Account:
    seen = ServiceSeen(service=a.service(tags=WEB.tags), deployments=(flying(arn=arn),), flying_to=OTHER)
    revision = replace(a.revision(2, {}), tags={"ecsdeploy:commit": "3f2c1ab", "ecsdeploy:actor": "octocat"})
    return a.account(WEB, service=seen, flying=revision, at=a.AT + timedelta(seconds=70))


def free_account(*newest: ServiceDeployment) -> Account:
    seen = ServiceSeen(service=a.service(tags=WEB.tags), deployments=(*newest, flying("SUCCESSFUL")))
    return a.account(WEB, service=seen)


@dataclass
class Waiting:
    """Somebody whose turn it is not, with what is read after each wait."""

    looks: tuple[str, ...]
    after: Iterable[Account]
    if_busy: IfBusy = "wait"
    first: Account = field(default_factory=busy_account)
    seconds: int = 600
    aws: Aws = field(default_factory=Unlit)
    clock: FakeClock = field(default_factory=FakeClock)
    report: FakeReporter = field(default_factory=FakeReporter)

    def __post_init__(self) -> None:
        self.ecs = Flights(*self.looks)
        self.decided: list[Account] = []

    def plan(self) -> Plan:
        wanted, read = wants(parts=DEPLOY, image=UNBUILT), iter(self.after)

        def decide(account: Account) -> Plan:
            self.decided.append(account)
            return make_plan(wanted, account, FILL)

        turn = Turn(self, WEB, self.if_busy, self.seconds, ecs=self.ecs)
        return turn.take(decide, self.first, lambda: next(read))


def test_it_waits_reads_again_and_decides_from_that() -> None:
    free = free_account()
    waiting = Waiting(("IN_PROGRESS", "IN_PROGRESS", "SUCCESSFUL"), [free])
    plan = waiting.plan()
    assert plan.awaited.seen is free.service
    assert waiting.decided == [waiting.first, free]
    assert waiting.report.texts == [
        "Waiting up to 10m for the deployment of hello:2 in flight (3f2c1ab by octocat, 1 min 10 s old)",
        "The other deployment of hello:2 succeeded. Reading and deciding again.",
    ]


@pytest.mark.parametrize(
    ("status", "newest", "said"),
    [
        ("SUCCESSFUL", (), "succeeded"),
        ("ROLLBACK_SUCCESSFUL", (), "failed, and ECS rolled back to what ran before: ECS says so"),
        ("ROLLBACK_FAILED", (), "failed, and was not rolled back: ECS says so"),
        ("STOPPED", (), "failed, and was not rolled back: ECS says so"),
        ("STOPPED", (a.rollout(arn="arn:newer"),), "was replaced by a newer one: ECS says so"),
        (GONE, (), "is gone"),
    ],
)
def test_it_tells_how_the_other_one_ended(status: str, newest: tuple[ServiceDeployment, ...], said: str) -> None:
    over = flying("SUCCESSFUL" if status == GONE else status)
    seen = ServiceSeen(service=a.service(tags=WEB.tags), deployments=(*newest, over))
    waiting = Waiting((status,), [a.account(WEB, service=seen)])
    waiting.plan()
    assert waiting.report.texts[-1] == f"The other deployment of hello:2 {said}. Reading and deciding again."


def test_a_further_one_is_waited_for_in_the_same_time() -> None:
    waiting = Waiting(("IN_PROGRESS",) * 100 + ("SUCCESSFUL", "IN_PROGRESS"), [busy_account(), free_account()])
    with pytest.raises(Busy, match="hello is still busy after 10m: 3f2c1ab by octocat"):
        waiting.plan()
    assert waiting.clock.seconds == 600


def test_it_gives_up_after_the_time_and_says_which_options_help() -> None:
    waiting = Waiting(("IN_PROGRESS",), [], seconds=90)
    with pytest.raises(Busy) as caught:
        waiting.plan()
    assert caught.value.exit_code == 9
    assert "theirs is IN_PROGRESS" in caught.value.why
    assert "--timeout" in caught.value.fix
    assert waiting.clock.seconds == 90


def test_it_shows_that_it_still_waits_and_what_changes() -> None:
    looks = ("IN_PROGRESS",) * 3 + ("ROLLBACK_IN_PROGRESS",) * 12 + ("ROLLBACK_SUCCESSFUL",)
    waiting = Waiting(looks, [free_account()])
    waiting.plan()
    assert waiting.report.texts[1:-1] == [
        "Waiting for 9 s: it is ROLLBACK_IN_PROGRESS, 1 of 1 tasks run.",
        "Waiting for 39 s: it is ROLLBACK_IN_PROGRESS, 1 of 1 tasks run.",
    ]


def test_aws_may_be_silent_for_a_while() -> None:
    waiting = Waiting((SILENT,) * 5 + ("SUCCESSFUL",), [free_account()])
    waiting.plan()
    assert waiting.report.texts[-1].startswith("The other deployment of hello:2 succeeded")


def test_one_that_is_not_shown_for_a_moment_is_not_gone() -> None:
    waiting = Waiting(("IN_PROGRESS", GONE, GONE, "SUCCESSFUL"), [free_account()])
    waiting.plan()
    assert waiting.report.texts[-1].startswith("The other deployment of hello:2 succeeded")


@pytest.mark.parametrize("if_busy", ["fail", "supersede"])
def test_who_does_not_want_to_wait_does_not(if_busy: IfBusy) -> None:
    waiting = Waiting(("IN_PROGRESS",), [], if_busy=if_busy)
    with pytest.raises(Busy, match="Another deployment of hello is in flight: 3f2c1ab by octocat"):
        waiting.plan()
    assert waiting.ecs.asked == []


def test_a_service_that_is_being_deleted_is_not_waited_for() -> None:
    deleted = ServiceSeen(service=a.service(tags=WEB.tags, status="DRAINING"), deployments=())
    waiting = Waiting(("IN_PROGRESS",), [], first=a.account(WEB, service=deleted))
    with pytest.raises(Busy, match="is being deleted"):
        waiting.plan()


def test_other_refusals_come_through() -> None:
    def denied(_account: Account) -> Plan:
        raise PermissionDenied("no", action="ecs:UpdateService")

    waiting = Waiting(("IN_PROGRESS",), [])
    with pytest.raises(PermissionDenied):
        Turn(waiting, WEB, "wait", 60, ecs=waiting.ecs).take(denied, waiting.first, busy_account)


def test_where_ecs_keeps_no_record_the_service_is_asked() -> None:
    waiting = Waiting(("SUCCESSFUL",), [free_account()], first=busy_account("ecs-svc/2"))
    waiting.plan()
    assert (waiting.ecs.older, waiting.ecs.asked) == (True, ["ecs-svc/2"])


def test_plan_says_that_deploy_waits_and_a_build_that_it_does_not() -> None:
    account = busy_account()
    plan = make_plan(wants(parts=DEPLOY, image=UNBUILT, if_busy="wait"), account, FILL)
    (first,) = waits_first(account, plan, "wait")
    assert first.text.startswith("`deploy` first waits for the end of the deployment of hello:2 in flight (3f2c1ab by")
    (meanwhile,) = builds_meanwhile(account, "wait")
    assert meanwhile.text.startswith("The image is built meanwhile")
    assert [*waits_first(free_account(), plan, "wait"), *builds_meanwhile(free_account(), "wait")] == []
    assert [*waits_first(account, plan, "supersede"), *builds_meanwhile(account, "fail")] == []
