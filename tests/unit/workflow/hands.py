"""What carries out plans, over an imagined AWS and a clock that never waits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from ecsdeploy.core.account import Account
from ecsdeploy.core.plan import Plan, make_plan
from ecsdeploy.core.step import Ends, Ref, Step
from ecsdeploy.core.things.outcome import Decision
from ecsdeploy.core.upkeep import RECONCILE, Upkeep
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.errors import Failed, PermissionDenied
from ecsdeploy.runtime import Journal
from ecsdeploy.workflow.apply import Applied, Applier
from ecsdeploy.workflow.settling import Settling
from tests.support.clocks import FakeClock
from tests.unit.imagined import Imagined
from tests.unit.workflow.fakes import FakeReporter


def nothing_to_follow(step: Step, ends: Ends, answer: Mapping[str, Any], *, begun: bool) -> None:
    """Fail: no task is started here."""
    raise AssertionError(step.call)


@dataclass
class Hands:
    """One run that brings an imagined AWS to what is wanted, and all that can be seen of it."""

    aws: Imagined
    wanted: Wanted
    upkeep: Upkeep = RECONCILE
    report: FakeReporter = field(default_factory=FakeReporter)
    journal: Journal = field(default_factory=Journal)
    clock: FakeClock = field(default_factory=FakeClock)
    asked: list[Decision] = field(default_factory=list)
    replanned: int = 0
    followed: list[tuple[str, bool]] = field(default_factory=list)
    """The tasks that were followed to their end, and whether an earlier run had started them."""
    fails: Failed | None = None
    """How a task ends that is followed; None: well."""

    def __post_init__(self) -> None:
        tokens = count(1)
        self.applier = Applier(
            write=self.aws,
            look=self.aws,
            report=self.report,
            journal=self.journal,
            clock=self.clock,
            settling=Settling(),
            replan=self.replan,
            ask=self.ask,
            follow=self.follow,
            missing=self.missing,
            token=lambda: f"token-{next(tokens)}",
        )

    @classmethod
    def over(cls, account: Account, wanted: Wanted, upkeep: Upkeep = RECONCILE) -> Hands:
        """Return a run over an AWS that has this account."""
        return cls(Imagined(account), wanted, upkeep)

    def plan(self) -> Plan:
        """Return what there is to do."""
        return make_plan(self.wanted, self.aws.account, self.upkeep)

    def apply(self) -> Applied:
        """Do all that there is to do."""
        return self.applier.apply(self.plan())

    def replan(self) -> Plan:
        """Return what there is to do now."""
        self.replanned += 1
        return self.plan()

    def ask(self, decisions: Iterable[Decision]) -> None:
        """Remember what was asked."""
        self.asked += decisions

    def follow(self, step: Step, ends: Ends, answer: Mapping[str, Any], *, begun: bool) -> None:
        """Remember which task was followed."""
        self.followed.append((answer["tasks"][0]["taskArn"], begun))
        if self.fails is not None:
            raise self.fails

    @staticmethod
    def missing(ref: Ref, error: PermissionDenied) -> PermissionDenied:
        """Return the refusal to make `ref`."""
        return PermissionDenied(f"an admin makes the {ref}", action=error.action)
