"""Carries out a plan: warns, asks, and applies."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from ecsdeploy.aws.write import write
from ecsdeploy.core.account import Account
from ecsdeploy.core.plan import Plan, make_plan
from ecsdeploy.core.step import Ref
from ecsdeploy.core.target import Target
from ecsdeploy.core.things.outcome import Decision
from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.errors import PermissionDenied
from ecsdeploy.events import Note, Warn
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.apply import Applier
from ecsdeploy.workflow.look import Look
from ecsdeploy.workflow.release import follow_release
from ecsdeploy.workflow.settling import Settling

LIMITED = ("iam:CreateRole", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:PutRolePermissionsBoundary")
"""Actions that an account may allow on roles with a certain boundary only (condition key iam:PermissionsBoundary)."""


def consent(run: Run, decisions: Iterable[Decision], *, before: frozenset[str] = frozenset()) -> frozenset[str]:
    """Show a plan's warnings and ask its questions; return them, so that they are not shown or asked twice.

    `before` is what was already shown. Raises `Refused` if the user does not agree.
    """
    every = tuple(decisions)
    warnings = [text for each in every for text in each.warnings if text not in before]
    questions = [question for each in every for question in each.questions if question.text not in before]
    run.report(*map(Warn, warnings))
    for question in questions:
        run.confirm(question.text, unattended=question.unattended, expects=question.expects)
    return before | {*warnings, *(question.text for question in questions)}


def tell_unchecked(run: Run, plan: Plan) -> None:
    """Say what could not be read, and which permission is missing."""
    by_action: dict[str, list[str]] = {}
    for each in plan.unchecked:
        by_action.setdefault(str(each.hidden), []).append(str(each.ref))
    for action, refs in sorted(by_action.items()):
        run.report(Note(f"Not checked, no permission for {action}: {', '.join(refs)}."))


def applier(
    run: Run, target: Target, upkeep: Upkeep, replan: Callable[[], Plan], settling: Settling | None = None
) -> Applier:
    """Return what carries out plans in this run; `settling` are the roles that were written before."""
    return Applier(
        write=partial(write, run.aws),
        look=Look(run.aws, target, run.clock),
        report=run.report,
        journal=run.journal,
        clock=run.clock,
        settling=settling or Settling.of(run.environ),
        replan=replan,
        ask=partial(consent, run),
        follow=partial(follow_release, run, target),
        missing=partial(_admin_lacks if upkeep.reconcile else _setup_makes_it, target),
    )


def replanning(wanted: Wanted, upkeep: Upkeep, read: Callable[[], Account]) -> Callable[[], Plan]:
    """Return what reads the account and decides again."""
    return lambda: make_plan(wanted, read(), upkeep)


def _admin_lacks(target: Target, _ref: Ref, error: PermissionDenied) -> PermissionDenied:
    """Return what an admin is told: whoever may make roles with a permissions boundary alone is refused without one.

    AWS refuses both in the same words (IAM User Guide, "Permissions boundaries for IAM entities").
    """
    if error.action not in LIMITED:
        return error
    boundary = target.config.iam.permissions_boundary
    if boundary:
        fix = f"The account may demand another permissions boundary than {boundary}. {error.fix}"
    else:
        fix = (
            "Where an account demands a permissions boundary of every role, name it: --permissions-boundary ARN "
            f"(or [iam] permissions_boundary in the config). Else: {error.fix[:1].lower()}{error.fix[1:]}"
        )
    return PermissionDenied(error.what, action=error.action, resource=error.resource, why=error.why, fix=fix)


def _setup_makes_it(target: Target, ref: Ref, error: PermissionDenied) -> PermissionDenied:
    by = f"ecsdeploy setup{target.env_option}"
    lacks = "is missing, and these credentials cannot create it"
    if ":Create" not in error.action:
        lacks = "lacks what the config needs, and these credentials cannot change it"
    if ref.kind == "service":
        lacks, by = (
            "lacks tags of ours, and these credentials cannot take it over",
            f"ecsdeploy deploy{target.env_option} --adopt",
        )
    return PermissionDenied(
        f"The {ref} {lacks}: they lack {error.action}.",
        action=error.action,
        resource=error.resource,
        why=error.why,
        fix=f"Ask an admin to run this once: {by}",
    )
