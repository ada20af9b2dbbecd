"""Nothing is wanted: the fewest writes that delete what exists of a target.

Only what has the app's tags is deleted, in the reverse order of creation; everything else is kept, and
the decision says why.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ecsdeploy.core.plan import Plan
from ecsdeploy.core.remains import Remains
from ecsdeploy.core.removal import foundation, running, shared
from ecsdeploy.core.removal.unwanted import Unwanted
from ecsdeploy.core.things.outcome import Decision, Question
from ecsdeploy.core.things.service import Awaited

__all__ = ["Unwanted", "make_removal"]


def make_removal(unwanted: Unwanted, remains: Remains) -> Plan:
    """Return what is deleted, in a possible order, and what is kept. A plan without a write asks nothing."""
    decisions = tuple(_decided(unwanted, remains))
    going = [each for each in decisions if is_going(each)]
    if going:
        first, rest = decisions[0], decisions[1:]
        decisions = (_asked(first, unwanted, len(going), remains.place.account), *rest)
    return Plan(decisions=decisions, awaited=Awaited(until="nothing"))


def is_going(decision: Decision) -> bool:
    """Return whether the resource is there now and will not be when the decision is carried out."""
    return bool(decision.steps) or decision.wait is not None


def _decided(unwanted: Unwanted, remains: Remains) -> Iterator[Decision]:
    service = running.service(unwanted, remains)
    if service is not None:
        yield service
    standing = running.standing(unwanted, remains, service)
    yield from running.revisions(unwanted, remains, standing)
    yield from foundation.log_group(unwanted, remains, standing)
    yield from foundation.security_groups(unwanted, remains, standing)
    yield from running.cluster(unwanted, remains, standing)
    roles = tuple(foundation.roles(unwanted, remains, standing))
    yield from roles
    yield from shared.repository(unwanted, remains, standing)
    yield from shared.provider(unwanted, remains, frozenset(each.ref.name for each in roles if each.steps))


def _asked(decision: Decision, unwanted: Unwanted, count: int, account: str) -> Decision:
    """Return the plan's first decision with the one question for all: what is deleted cannot be restored."""
    target = unwanted.target
    what = f"{count} resource{'s' if count > 1 else ''}"
    text = f"This deletes {what} of {unwanted.target.title} in {target.region} of account {account}, for good."
    question = Question(text, unattended=False, expects=unwanted.target.title)
    return replace(decision, questions=(*decision.questions, question))
