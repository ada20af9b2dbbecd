"""Writes that AWS refuses for a moment: somebody else is writing, or a new name is not known everywhere yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ecsdeploy.errors import AwsError
from ecsdeploy.poll import DeadlineReached, poll
from ecsdeploy.runtime import Run

T = TypeVar("T")

SECONDS = 20.0
EVERY = 1.0


def retry(
    run: Run,
    write: Callable[[], T],
    *,
    codes: tuple[str, ...],
    when: Callable[[AwsError], bool] = lambda _error: True,
) -> T:
    """Return what `write` returns, trying again for up to 20 seconds while AWS answers with one of `codes`.

    Raises the last error when it does not pass.
    """
    refused: list[AwsError] = []

    def attempt() -> tuple[T] | None:
        try:
            return (write(),)
        except AwsError as error:
            if error.code not in codes or not when(error):
                raise
            refused.append(error)
            return None

    def judge(answer: tuple[T] | None) -> tuple[T] | None:
        return answer

    try:
        (result,) = poll(attempt, judge, clock=run.clock, every=EVERY, deadline=run.clock.monotonic() + SECONDS)
    except DeadlineReached:
        raise refused[-1] from None
    return result
