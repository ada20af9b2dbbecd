"""IAM roles: made, compared and brought to what the config says, one way for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsdeploy.aws.iam import Iam
from ecsdeploy.core.role import Role, WantedRole, role_changes
from ecsdeploy.core.upkeep import Upkeep, is_gap
from ecsdeploy.events import Change, Warn
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.ensure.retry import retry
from ecsdeploy.workflow.ensure.settling import Settling, visible_role
from ecsdeploy.workflow.ensure.telling import created, doing, making, unchanged, updated

CONTENDED = ("ConcurrentModification", "ConcurrentModificationException")
NOT_YET = (*CONTENDED, "NoSuchEntity")
SHOWN = 160


def ensure_role(run: Run, wanted: WantedRole, upkeep: Upkeep) -> Settling:
    """Return the role, created or brought to what the config says, and when IAM will have settled."""
    iam = Iam(run.aws)
    found = iam.role(wanted.name)
    if found is None:
        with making(run, upkeep, wanted.kind, wanted.name):
            made = iam.create_role(wanted)
            if made:
                created(run, wanted.kind, wanted.name)
                _put_policy(run, iam, wanted)
                return Settling(made, run.clock.monotonic())
        found = visible_role(run, iam, wanted.name)
    policy = iam.policy(wanted.name) if wanted.permissions is not None else None
    changes = role_changes(found, policy, wanted)
    due = upkeep.due(wanted.kind, wanted.name, found.tags, wanted.tags, changes)
    if upkeep.reconcile and wanted.permissions is not None:
        _warn_of_others(run, iam, wanted)
    if not due:
        unchanged(run, upkeep, wanted.kind, wanted.name)
        return Settling(found, None)
    _ask(run, wanted, due)
    with doing(run, f"updating {wanted.kind} {wanted.name}"):
        _apply(run, iam, found, wanted, due)
    updated(run, wanted.kind, wanted.name, due)
    return Settling(found, run.clock.monotonic())


def _apply(run: Run, iam: Iam, found: Role, wanted: WantedRole, due: tuple[Change, ...]) -> None:
    """Write trust and permissions first: an interruption must not leave a role half narrowed."""
    paths = {change.path.partition(".")[0] for change in due}
    if "trust" in paths:
        retry(run, lambda: iam.put_trust(wanted.name, wanted.trust), codes=CONTENDED)
    if "permissions" in paths:
        _put_policy(run, iam, wanted)
    if paths & {"description", "maxSessionDuration"}:
        retry(run, lambda: iam.describe(wanted.name, wanted.description), codes=CONTENDED)
    if "tags" in paths:
        retry(run, lambda: iam.tag_role(wanted.name, wanted.tags), codes=CONTENDED)


def _put_policy(run: Run, iam: Iam, wanted: WantedRole) -> None:
    policy: Mapping[str, Any] | None = wanted.permissions
    if policy is not None:
        retry(run, lambda: iam.put_policy(wanted.name, policy), codes=NOT_YET)


def _ask(run: Run, wanted: WantedRole, due: tuple[Change, ...]) -> None:
    """Show what will change before it does, where somebody can answer: this is who may do what."""
    if all(map(is_gap, due)):
        return
    shown = [f"  {change.path}: {_short(change.before)} -> {_short(change.after)}" for change in due]
    lines = [f"The {wanted.kind} {wanted.name} differs from the config:", *shown, "Make it what the config says?"]
    run.confirm("\n".join(lines), unattended=True)


def _short(value: object) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


def _warn_of_others(run: Run, iam: Iam, wanted: WantedRole) -> None:
    for policy in iam.other_policies(wanted.name):
        run.report(
            Warn(
                f"The {wanted.kind} {wanted.name} also has the policy {policy}, which the config does not know. "
                "It stays; remove it unless you put it there."
            )
        )
