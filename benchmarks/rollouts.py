"""What becomes of a thousand seeded rollouts, in virtual time; its figures are the same on every machine."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator, Sequence
from itertools import count, islice

from benchmarks.figure import Figure
from ecsdeploy.events import Event
from tests.support.rollouts.cases import CRASH_LOG, HOPELESS, RECOVERING, Case, Happening, Setting, case
from tests.support.rollouts.lab import LabAws, LabClock
from tests.support.rollouts.lives import Life
from tests.support.rollouts.outcome import Outcome, Stage, Told, alone, play, steady, watched

ROLLOUTS = 500
TO_CARD, TO_EXIT, LATE = 3.0, 15.0, 1.0
"""Seconds that are promised, at most."""
SIZES = {1: 30, 2: 30, 10: 30, 100: 10, 1000: 2}
"""How many tasks -> how many good deployments of that size."""
CALLS = 35
"""What a good deployment may ask, of all services."""
HOUR, GROWTH = 3600, 5.0


def figures() -> Iterator[Figure]:
    """Yield what was aborted and continued wrongly, how soon it was told, and what many tasks and an hour cost."""
    passing = [play(each, expected="SUCCESSFUL") for each in islice(_recovering(), ROLLOUTS)]
    yield _none("what passes by itself, given up", passing, [each for each in passing if each.aborted])
    hopeless = [play(case(seed, HOPELESS)) for seed in range(ROLLOUTS)]
    yield _none("what cannot succeed, gone on with", hopeless, [each for each in hopeless if each.continued])
    yield _seconds("first failure to its card, of those", [each.to_card for each in hopeless], TO_CARD)
    yield _seconds("first failure to the exit, of those", [each.to_exit for each in hopeless], TO_EXIT)
    kept = [each.from_proof for each in hopeless if each.case.setting.minimum]
    yield _seconds("the failure that proves it to the exit, where old tasks are kept", kept, TO_EXIT)
    back = [each.from_proof for each in hopeless if not each.case.setting.minimum]
    yield _seconds("the same where none is: they have to be started again", back, None)
    for size, times in SIZES.items():
        yield _good(size, [play(steady(size, seed), expected="SUCCESSFUL") for seed in range(times)])
    yield _hour()


def _recovering() -> Iterator[Case]:
    """Yield rollouts in which ECS gets there when nobody watches."""
    return (each for each in (case(seed, RECOVERING) for seed in count()) if alone(each) == "SUCCESSFUL")


def _none(what: str, played: Sequence[Outcome], wrong: Sequence[Outcome]) -> Figure:
    names = ", ".join(sorted({f"{each.case.kind} ({each.case.seed})" for each in wrong})[:5])
    measured = f"{len(wrong)} of {len(played)}" + (f": {names}" if wrong else "")
    return Figure(f"{what} (seeded rollouts)", f"0 of {ROLLOUTS}", measured, not wrong)


def _seconds(what: str, found: Sequence[float | None], promised: float | None) -> Figure:
    known = sorted(each for each in found if each is not None)
    middle, most, late = known[len(known) // 2], known[-1], known[round(len(known) * 0.95) - 1]
    missing = f"; {len(found) - len(known)} without" if len(known) < len(found) else ""
    measured = f"{middle:.1f} s, 95 % within {late:.1f} s, at most {most:.1f} s{missing}"
    if promised is None:
        return Figure(what, "-", measured)
    return Figure(what, f"95 % within {promised:.0f} s", measured, late <= promised)


def _good(size: int, found: Sequence[Outcome]) -> Figure:
    calls = sorted(sum(each.calls.values()) for each in found)
    late = sorted(each.late if each.late is not None else float("inf") for each in found)
    tasks = f"{size:,} tasks" if size != 1 else "1 task"
    measured = (
        f"{calls[len(calls) // 2]} calls, {late[len(late) // 2]:.1f} s late (of {len(found)}: at most {calls[-1]} "
        f"calls, {late[-1]:.1f} s)"
    )
    kept = calls[-1] <= CALLS and late[len(late) // 2] <= LATE
    promised = f"at most {CALLS} calls, {LATE:.0f} s late in the middle"
    return Figure(f"a good deployment of {tasks}", promised, measured, kept)


class Forgetting(Told):
    """Drops what is reported, as a terminal does."""

    def __call__(self, *events: Event) -> None:
        """Keep nothing."""


def _hour() -> Figure:
    """Watch a crash loop for an hour that neither ECS nor the tool ends."""
    setting = Setting(count=2, breaker={"enable": False, "rollback": False}, give_up=False)
    life = Life(ends=20.0, log=CRASH_LOG)
    stage = Stage(Case(seed=0, kind="hour", setting=setting, happening=Happening(life=lambda number, since: life)))
    aws, clock, held = LabAws(stage.lab), LabClock(stage.lab), list[float]()
    for seconds in (60, HOUR - 10):
        stage.lab.later(seconds, lambda: held.append(_held()))
    tracemalloc.start()
    try:
        watched(stage, aws, clock, Forgetting(clock), timeout=HOUR)
    finally:
        tracemalloc.stop()
    first, last = held
    measured = f"{last - first:+.2f} MiB ({last:.2f} after it, {first:.2f} after the first minute)"
    what = "memory of the tool in a watched hour of a crash loop of 2 tasks"
    return Figure(what, f"an hour adds less than {GROWTH:.0f} MiB", measured, last - first < GROWTH)


def _held() -> float:
    """Return the MiB that the tool's own code has taken since the start, without the sandbox."""
    gc.collect()
    mine = tracemalloc.Filter(True, "*/ecsdeploy/*")
    sandbox = tracemalloc.Filter(False, "*/ecsdeploy/sandbox/*")
    found = tracemalloc.take_snapshot().filter_traces((mine, sandbox)).statistics("filename")
    return float(sum(each.size for each in found)) / 2**20
