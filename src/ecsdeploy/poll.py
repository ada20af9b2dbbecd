"""The one loop that sleeps: rollout, log follow, chaos, one-off tasks and waits all use it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ecsdeploy.clock import Clock
from ecsdeploy.errors import Unreachable

T = TypeVar("T")
V = TypeVar("V")

PATIENCE = 60.0
"""Seconds for which reads may go unanswered before the loop gives up: a deployment outlives a network hiccup."""


class DeadlineReached(Exception):
    """The deadline passed without a verdict."""


def poll(
    read: Callable[[], T],
    judge: Callable[[T], V | None],
    *,
    clock: Clock,
    every: float | Callable[[], float],
    deadline: float | None = None,
    patience: float = PATIENCE,
) -> V:
    """Read, judge, sleep, until `judge` returns something that is not None; return that.

    `every` is seconds between two reads, or what says so after each of them; `deadline` is a value of
    `clock.monotonic()` (None: no end).
    A read that AWS does not answer is tried again for `patience` seconds.
    Raises `DeadlineReached`, or at the deadline the `Unreachable` of a read that is still without an answer, and
    whatever `read` and `judge` raise.
    """
    answered = clock.monotonic()
    while True:
        began = clock.monotonic()
        silence: Unreachable | None = None
        try:
            snapshot = read()
        except Unreachable as error:
            if began - answered > patience:
                raise
            silence = error
        else:
            answered = clock.monotonic()
            verdict = judge(snapshot)
            if verdict is not None:
                return verdict
        now = clock.monotonic()
        if deadline is not None and now >= deadline:
            raise silence or DeadlineReached
        pause = max(0.0, (every() if callable(every) else every) - (now - began))
        clock.sleep(pause if deadline is None else min(pause, max(0.0, deadline - now)))
