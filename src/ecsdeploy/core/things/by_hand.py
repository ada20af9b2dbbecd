"""Policies of our roles that somebody changed by hand: nothing is done about them without being told to."""

from __future__ import annotations

from collections.abc import Iterable

from ecsdeploy.changes import Change
from ecsdeploy.core.account import RoleSeen, seen
from ecsdeploy.core.documents import document_changes
from ecsdeploy.core.role import Role, WantedRole
from ecsdeploy.core.upkeep import Upkeep, owned
from ecsdeploy.errors import Refused
from ecsdeploy.policy import Document
from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.audit import audit_task_trust, audit_trust
from ecsdeploy.policy.deploy_actions import EVER
from ecsdeploy.policy.narrower import Relation, relation
from ecsdeploy.policy.origin import permissions_of_ours, task_trust_of_ours, trust_of_ours

SHOWN = 160
LETS_IN: dict[Relation, str] = {
    "same": "It lets in the same as the config does.",
    "narrower": "It lets in less than the config does.",
    "wider": "It lets in all that the config does, and more.",
    "other": "It lets in others than the config does.",
}
ALLOWS: dict[Relation, str] = {
    "same": "They allow the same as the config does.",
    "narrower": "They allow less than the config does.",
    "wider": "They allow all that the config does, and more.",
    "other": "They allow other things than the config does.",
}


def require_no_hand(wanted: WantedRole, found: RoleSeen, place: Place, upkeep: Upkeep) -> None:
    """Raise `Refused`, with the difference, if a policy of a role of ours is none that a config ever gave it.

    That is the trust policy of every role, and what the deploy role may do. What somebody gave a role of the task stays
    in any case (`role_rights`).
    """
    if upkeep.repair or not owned(found.role.tags, wanted.tags):
        return
    trust = found.role.trust
    changes = document_changes(trust, wanted.trust, "trust")
    ours = trust_of_ours if wanted.kind == "deploy role" else task_trust_of_ours
    if changes and not ours(trust, place):
        why = (LETS_IN[relation(trust, wanted.trust)], *dangers(wanted, trust, place))
        raise _by_hand("trust policy", wanted, changes, why)
    policy = seen(found.policy)
    if wanted.kind != "deploy role" or wanted.permissions is None or policy is None:
        return
    changes = document_changes(policy, wanted.permissions, "permissions")
    if changes and not permissions_of_ours(policy, EVER):
        raise _by_hand("permissions", wanted, changes, (ALLOWS[relation(policy, wanted.permissions)],))


def trusts_more(wanted: WantedRole, role: Role, place: Place, upkeep: Upkeep) -> bool:
    """Return whether the config lets in somebody whom the deploy role does not trust yet, and nobody has said so.

    `--adopt` says so of a role that is not ours, `--repair` of one that was changed by hand: unless by that it lets in
    less than the config does, it is to be narrowed.
    """
    if wanted.kind != "deploy role" or (upkeep.adopt and not owned(role.tags, wanted.tags)):
        return False
    said = relation(wanted.trust, role.trust)
    if upkeep.repair and not trust_of_ours(role.trust, place):
        return said == "wider"
    return said not in ("same", "narrower")


def dangers(wanted: WantedRole, trust: Document, place: Place) -> list[str]:
    """Return whom a trust policy lets in who should not be, one line for each."""
    found = audit_trust(trust, place) if wanted.kind == "deploy role" else audit_task_trust(trust, place)
    return [f"{each.what} {each.why}" for each in found if each.severity != "note"]


def _by_hand(what: str, wanted: WantedRole, changes: Iterable[Change], why: Iterable[str]) -> Refused:
    has = "have" if what == "permissions" else "has"
    return Refused(
        f"The {what} of the {wanted.kind} {wanted.name} {has} been changed by hand.",
        why="\n".join([*why, "What the role has, and what the config says:", *difference(changes)]),
        fix="To set it to what the config says, add --repair. To keep what was added, write it into the config.",
    )


def difference(changes: Iterable[Change]) -> list[str]:
    """Return changes as lines, each short enough to be read."""
    return [f"  {change.path}: {_short(change.before)} -> {_short(change.after)}" for change in changes]


def _short(value: object) -> str:
    text = "nothing" if value is None else " ".join(str(value).split())
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."
