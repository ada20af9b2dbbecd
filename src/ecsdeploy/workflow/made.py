"""What an admin creates once: read, decided, asked and applied, in the same way for every part."""

from __future__ import annotations

from dataclasses import dataclass

from ecsdeploy.core.account import Account, RoleSeen
from ecsdeploy.core.plan import Plan, make_plan
from ecsdeploy.core.planned import planned, summary
from ecsdeploy.core.step import Later, Ref
from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.events import Note, Warn
from ecsdeploy.policy.arns import GITHUB_ISSUER
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.apply import Applier
from ecsdeploy.workflow.carry_out import applier, consent, replanning
from ecsdeploy.workflow.read import Need, read


@dataclass(frozen=True)
class Made:
    """What exists now; values that were not asked for are empty. `account` is what was read last."""

    account: Account
    plan: Plan
    hands: Applier

    @property
    def repository_uri(self) -> str:
        """Return where images are pushed."""
        seen, ref = self.account.repository, Ref("repository", self._names("repository"))
        return seen.uri if seen is not None else self.hands.resolved(Later(ref, "uri"))

    @property
    def deploy_role(self) -> str:
        """Return the ARN of the role that GitHub Actions assumes."""
        name = self._names("deploy role")
        seen = self.account.roles.get(name)
        return (
            seen.role.arn if isinstance(seen, RoleSeen) else self.hands.resolved(Later(Ref("deploy role", name), "arn"))
        )

    @property
    def wrote_deploy_role(self) -> bool:
        """Return whether the deploy role was created or changed."""
        return any(step.about.kind == "deploy role" for step in self.plan.steps)

    def _names(self, kind: str) -> str:
        return next((each.ref.name for each in self.plan.decisions if each.ref.kind == kind), "")


def bring_up(run: Run, wanted: Wanted, upkeep: Upkeep) -> Made:
    """Update every wanted part to match the config, and return what exists then.

    Raises `Refused`, `PermissionDenied`, `ConfigError` before the first write if that can be known.
    """
    found: list[Account] = []

    def account() -> Account:
        found.append(seen(run, wanted, upkeep))
        return found[-1]

    plan = make_plan(wanted, account(), upkeep)
    consent(run, plan.decisions)
    hands = applier(run, wanted.target, upkeep, replanning(wanted, upkeep, account))
    hands.apply(plan)
    hands.settle()
    return Made(found[-1], plan, hands)  # somebody else may have created what was missing at first


def seen(run: Run, wanted: Wanted, upkeep: Upkeep) -> Account:
    """Return what the account has of the wanted parts."""
    issuer = wanted.source.issuer if wanted.source else GITHUB_ISSUER
    need = Need(parts=wanted.parts, reconcile=upkeep.reconcile, issuer=issuer)
    return read(run.aws, wanted.target, run.clock, need)


def foresee(run: Run, wanted: Wanted, upkeep: Upkeep, command: str, account: Account | None = None) -> Plan:
    """Show what `bring_up` would do and ask, and return it; `command` is what does it. Raises what it would raise.

    `account` is what was read already.
    """
    plan = make_plan(wanted, account or seen(run, wanted, upkeep), upkeep)
    told = [planned(each) for each in plan.decisions]
    run.report(*told, *map(Warn, plan.warnings), *(Note(text) for each in plan.decisions for text in each.notes))
    for question in plan.questions:
        run.report(Note(f"`{command}` asks first: {question.in_a_plan}"))
    run.report(summary(told, "", command))
    return plan
