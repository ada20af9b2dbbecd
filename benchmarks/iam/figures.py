"""Sufficient, minimal and narrow, as figures; each run of a command is made by a session of the role, under IAM."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks.figure import Figure
from benchmarks.iam.scenes import scenes
from benchmarks.iam.siblings import siblings
from benchmarks.iam.stage import Played, play, reduced
from ecsdeploy.policy import Document
from ecsdeploy.policy.evaluate import Decision, Request, evaluate
from ecsdeploy.policy.grants import document
from tests.support.authorized import refused
from tests.support.beyond import BEYOND
from tests.support.other_engine import Question, concrete, other_engine
from tests.tool.states.table import Row

TRIES = 4
"""In how many states at most the lack of an action is looked for."""
UNASKED = {"kms:Decrypt"}
"""What no caller asks for: nothing here could miss it."""
Pair = tuple[str, str]
"""A statement's `sid`, and one of its actions."""


@dataclass(frozen=True)
class Judged:
    """A request with the policy that is asked, and what that shall say."""

    policy: Document
    request: Request
    allowed: bool

    @property
    def well(self) -> bool:
        """Return whether our own evaluator says so."""
        return (evaluate([self.policy], self.request) is Decision.ALLOWED) is self.allowed


def figures() -> Iterator[Figure]:
    """Yield what the role's sessions were allowed, what each action is for, and what siblings are denied."""
    rows = {row.id: row for row in scenes()}
    played = {name: play(row) for name, row in rows.items()}
    yield _sufficient(list(played.values()))
    yield _minimal(rows, played)
    own = [Judged(document(each.about.role()), request, True) for each in played.values() for request in _asked(each)]
    beside = list(_beside(played.values()))
    yield _narrow(beside)
    yield _agreed([*own, *(judged for _, judged in beside)])


def _sufficient(played: Sequence[Played]) -> Figure:
    calls = sum(len(each.calls) for each in played)
    lost = [call for each in played for call in each.refused]
    admins = {(each.verb, each.action) for each in BEYOND}
    left = sum((each.about.command, call) in admins for each in played for call in each.refused)
    commands = len({each.about.command for each in played})
    wrong = [each.row for each in played if not each.well]
    measured = f"{calls - len(lost)} of {calls - left} in {len(played)} states"
    measured += f"; {left} more are an admin's, as tests/support/beyond.py says" if left else ""
    measured += f"; not well: {', '.join(wrong)}" if wrong else ""
    what = f"calls of the role's sessions that its policy allows ({commands} commands)"
    return Figure(what, "all", measured, not wrong and len(lost) == left)


def _minimal(rows: Mapping[str, Row], played: Mapping[str, Played]) -> Figure:
    every = sorted({pair for each in played.values() for pair in _pairs(each)})
    pairs = [pair for pair in every if pair[1] not in UNASKED]
    missed = [pair for pair in pairs if not _is_missed(pair, rows, played)]
    told = "; not " + ", ".join(f"{action} ({sid})" for sid, action in missed) if missed else ""
    measured = f"{len(pairs) - len(missed)} of {len(pairs)}{told}"
    apart = f" (without {', '.join(sorted(UNASKED))}, which AWS asks in the name of SSM and Secrets Manager)"
    what = f"actions of its statements without which a command fails, or says what it lacks{apart}"
    return Figure(what, "all", measured, not missed)


def _is_missed(pair: Pair, rows: Mapping[str, Row], played: Mapping[str, Played]) -> bool:
    """Return whether a command fails without one action of the policy, or names it."""
    asking = [each for each in played.values() if pair in _pairs(each) and _needs(each, pair)]
    for each in sorted(asking, key=lambda one: len(one.calls))[:TRIES]:
        again = play(rows[each.row], without=pair)
        if again.refused and (not again.well or pair[1] in again.ran.err + again.ran.out):
            return True
        sys.stderr.write(f"{each.row} shows nothing without {pair[1]} ({pair[0]})\n")
    if not asking:
        sys.stderr.write(f"no state asks for {pair[1]} ({pair[0]})\n")
    return False


def _pairs(played: Played) -> set[Pair]:
    return {(grant.sid, action) for grant in played.about.role() for action in grant.actions}


def _needs(played: Played, pair: Pair) -> bool:
    without = refused(played.calls, [document(reduced(played.about.role(), pair))])
    return len(without) > len(refused(played.calls, [document(played.about.role())]))


def _asked(played: Played) -> list[Request]:
    everywhere: dict[str, str | tuple[str, ...]] = {"aws:SecureTransport": "true"}
    found = [
        replace(request, context={**everywhere, "aws:RequestedRegion": call.region, **request.context})
        for call in played.calls
        for request in call.requests
    ]
    return [request for number, request in enumerate(found) if request not in found[:number]]


def _beside(played: Iterable[Played]) -> Iterator[tuple[str, Judged]]:
    for each in played:
        policy = document(each.about.role())
        for request in _asked(each):
            for sibling in siblings(request, each.about.scopes[0]):
                yield sibling.kind, Judged(policy, sibling.request, False)


def _narrow(beside: Sequence[tuple[str, Judged]]) -> Figure:
    wrong = [(kind, each) for kind, each in beside if not each.well]
    for kind, each in wrong:
        sys.stderr.write(f"{each.request.action} is allowed on another {kind}: {each.request}\n")
    kinds = ", ".join(sorted({kind for kind, _ in beside}))
    denied = f"{len(beside) - len(wrong)} of {len(beside)}"
    return Figure(f"the same requests on siblings, denied ({kinds})", "all", denied, not wrong)


def _agreed(judged: Sequence[Judged]) -> Figure:
    with other_engine() as other:
        agreed = 0
        for each in judged:
            question = Question(concrete(each.request), (each.policy,))
            ours = evaluate([each.policy], each.request) is Decision.ALLOWED
            agreed += (other.answer(question) == "Allowed") is ours
    measured = f"{agreed} of {len(judged)}"
    what = "of these decisions, the same by another engine (@cloud-copilot/iam-simulate)"
    return Figure(what, "all", measured, agreed == len(judged))
