"""What is done to each scenario at each of its calls, and whether it survived."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.tool.hard.lab import Lab, Trial
from tests.tool.hard.look import State, differences
from tests.tool.hard.rows import Row
from tests.tool.hard.scenarios import Scenario

READ = re.compile(
    r"[\w-]+:(Describe|List|Get|Filter|Batch(Get|Check))"
    r"|docker:(GET |DELETE .*/images/)|cli:(buildx version|build$)"  # a probe, and taking back what is ours
)
MOST = 150
TRANSIENT = ("throttle", "server-error", "unavailable", "drop", "lost-answer")
LASTING = ("access-denied", "throttle", "server-error", "drop")
LONGEST = 600.0
"""Seconds in which a run that cannot succeed has to be over."""


Judge = Callable[[Lab, Trial], list[str]]


@dataclass(frozen=True)
class Harm:
    """Something that is done to a run: a plan for the call number n, and who says whether the run bore it."""

    name: str
    plan: Callable[[Lab, int], Mapping[str, Any]]
    judge: Judge
    again: bool = True
    """Whether the run is expected to be over, and another one to bring it to its end."""


def at_every_call(lab: Lab, scenario: Scenario, table: str, harms: list[Harm], *, every: int = 1) -> Row:
    """Return how `scenario` bears each of `harms` at each of its calls (with `every` > 1: at some of them)."""
    row = Row(table, str(scenario))
    expected = undisturbed(lab, scenario)
    for number, harm in enumerate(harms):
        for at in range(1 + number % every, MOST, every):  # not all of them at the same calls
            command = scenario.prepare(lab)
            try:
                trial = lab.trial(*command, plan=harm.plan(lab, at))
            finally:
                lab.sandbox.faults.heal()
            if not trial.fired:
                break
            problems = harm.judge(lab, trial)
            if harm.again:
                problems += go_on(lab, scenario, command)
            found = differences(expected, lab.state())
            if harm.again and scenario.repeats:
                found = [line for line in found if not line.startswith("service.service deployments: ")]
            problems += [f"state: {line}" for line in found]
            row.case(f"{harm.name} call {at} ({trial.until_fired[-1]})", problems)
    return row


def undisturbed(lab: Lab, scenario: Scenario) -> State:
    """Return what a run to which nothing happens leads to."""
    lab.require(*scenario.prepare(lab))
    return lab.state()


def go_on(lab: Lab, scenario: Scenario, command: tuple[str, ...]) -> list[str]:
    """Run the command again, as a user would; return what is wrong with that."""
    again = lab.trial(*command)
    if scenario.patient and again.code in (3, 9, 12):
        lab.wait_until_steady()
        again = lab.trial(*command)
    return [] if again.code == 0 else [f"again: ended with {again.code}: {again.err.strip()}"]


# ---- killed


def kills() -> list[Harm]:
    """Return: killed before a call is sent, and after the server acted upon it."""
    return [Harm(f"killed {when}", _signalled("kill", when), _was_killed) for when in ("before", "after")]


def _signalled(kind: str, when: str) -> Callable[[Lab, int], Mapping[str, Any]]:
    return lambda _lab, at: {"kind": kind, "at": at, "when": when}


def _was_killed(_lab: Lab, trial: Trial) -> list[str]:
    return [] if trial.code == -9 else [f"ended with {trial.code}"]


# ---- interrupted


def interruptions() -> list[Harm]:
    """Return: Ctrl-C and SIGTERM, before a call is sent and after the server acted upon it."""
    return [
        Harm(f"{name} {when}", _signalled(kind, when), _interrupted_with(code, when))
        for kind, name, code in (("int", "Ctrl-C", 130), ("term", "SIGTERM", 143))
        for when in ("before", "after")
    ]


def _interrupted_with(code: int, when: str) -> Judge:
    def judge(_lab: Lab, trial: Trial) -> list[str]:
        problems = [] if trial.code == code else [f"ended with {trial.code}, not {code}: {trial.err.strip()[-300:]}"]
        problems += [f"went on with {call}" for call in trial.after_fired if not READ.match(call)]
        last = trial.until_fired[-1]
        if when == "after" and not READ.match(last) and "Not finished: " not in trial.err:
            problems.append(f"does not tell that {last} was not finished")
        return [*problems, *_truth(trial), *_plain(trial)]

    return judge


def _truth(trial: Trial) -> list[str]:
    """Return where a run that ended early does not tell what it has done."""
    written = [call for call in trial.until_fired[:-1] if not READ.match(call)]
    if written and "Done" not in trial.err and "Not finished: " not in trial.err:
        return [f"does not tell of {', '.join(written)}: {trial.err.strip()[-300:]}"]
    return []


def _plain(trial: Trial) -> list[str]:
    """Return whether a user gets to see what only we understand."""
    found = [word for word in ("Traceback", "Something unexpected", "Aborted!") if word in trial.err]
    return [f"shows {word!r}: {trial.err.strip()[-600:]}" for word in found]


# ---- broken once


def transient(**more: Any) -> list[Harm]:
    """Return each fault that passes, once; `more` goes into the plan."""
    return [Harm(kind, _broken(kind, **more), _succeeds, again=False) for kind in TRANSIENT]


def _broken(kind: str, **more: Any) -> Callable[[Lab, int], Mapping[str, Any]]:
    return lambda lab, at: lab.fault(kind, at, **more)


def _succeeds(_lab: Lab, trial: Trial) -> list[str]:
    ended = [] if trial.code == 0 else [f"ended with {trial.code}: {trial.err.strip()[-400:]}"]
    return [*ended, *_plain(trial)]


# ---- broken for good


def lasting() -> list[Harm]:
    """Return each fault that stays, for the operation that it met first."""
    more = {"scope": "operation", "times": 100_000}
    return [Harm(f"{kind} from", _broken(kind, **more), _ends_well) for kind in LASTING]


def outages() -> list[Harm]:
    """Return: from one call on, AWS does not answer any more."""
    return [Harm("outage from", _broken("drop", times=100_000), _ends_well)]


def expiries() -> list[Harm]:
    """Return: from one call on, the credentials have expired."""
    return [Harm("expired from", _broken("expired-token", times=100_000), _expired)]


def _ends_well(_lab: Lab, trial: Trial) -> list[str]:
    problems = (
        [f"ended with {trial.code}: {trial.err.strip()[-400:]}"] if trial.code in (1, -14) or trial.code > 130 else []
    )
    if trial.took > LONGEST:
        problems.append(f"took {trial.took:.0f} s")
    if trial.code not in (0, 12):
        problems += _truth(trial)
    return [*problems, *_plain(trial)]


def _expired(_lab: Lab, trial: Trial) -> list[str]:
    if trial.code == 0:  # what it still wanted to know was a courtesy
        return _plain(trial)
    changed = 5 if "Done before that: " in trial.err else 3
    wanted = 6 if "Lost sight of" in trial.err else changed  # 6: a deployment goes on without us
    problems = [] if trial.code == wanted else [f"ended with {trial.code}, not {wanted}: {trial.err.strip()[-400:]}"]
    if "have expired" not in trial.err:
        problems.append(f"does not say that the credentials have expired: {trial.err.strip()[-400:]}")
    return [*problems, *_truth(trial), *_plain(trial)]


def named() -> Iterator[tuple[str, list[Harm]]]:
    """Yield each table with its harms."""
    yield "killed", kills()
    yield "interrupted", interruptions()
    yield "one fault", transient()
    yield "a lasting fault", lasting()
    yield "an outage", outages()
    yield "expired credentials", expiries()
