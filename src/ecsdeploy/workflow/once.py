"""Writes that must not be done twice and that AWS gives no token for: sent once, and looked for when in doubt."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ecsdeploy.errors import AwsError, Unreachable
from ecsdeploy.poll import DeadlineReached, poll
from ecsdeploy.runtime import Run

T = TypeVar("T")

SECONDS = 60.0
EVERY = 2.0


def send_once(
    run: Run,
    send: Callable[[], T],
    arrived: Callable[[], T | None],
    *,
    passes: Callable[[AwsError], bool] = lambda _error: False,
) -> T:
    """Return what `send` returns, or what `arrived` finds of it.

    `send` makes one request that nobody retries. Where its fate is in doubt, or where it was refused with an error
    that `passes`, it is sent again for up to a minute, and before each time `arrived` looks whether it was not lost.
    Raises the last error.
    """
    doubt: AwsError | None = None

    def attempt() -> T | None:
        nonlocal doubt
        if doubt is not None and (found := arrived()) is not None:
            return found
        try:
            return send()
        except AwsError as error:
            if not isinstance(error, Unreachable) and not passes(error):
                raise
            doubt = error
        return None

    def judge(result: T | None) -> T | None:
        return result

    deadline = run.clock.monotonic() + SECONDS
    try:
        return poll(attempt, judge, clock=run.clock, every=EVERY, deadline=deadline)
    except DeadlineReached as end:
        raise doubt or end from None
