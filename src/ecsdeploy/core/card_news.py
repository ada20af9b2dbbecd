"""What a failure card says that the one before did not: a card is completed as more is known, and never repeated."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from ecsdeploy.core.log_choice import is_mark
from ecsdeploy.events import FailureCard


def more(before: FailureCard, after: FailureCard) -> FailureCard | None:
    """Return what is new in `after`, a later card of the same cause, with the rest left empty; None if nothing is.

    One more task that failed alike is no news of its own: its log says what the first one's did, in other words.
    """
    if after.times > before.times and after.log_lines == before.log_lines != ():
        return None
    same_task = before.task == after.task
    cause = after.cause if after.cause != before.cause else ""
    fix = after.fix if after.fix != before.fix else ""
    target = after.target_health if after.target_health != before.target_health else ""
    news = replace(
        after,
        part="more",
        cause=cause,
        fix=fix,
        stop_code=after.stop_code if same_task and after.stop_code != before.stop_code else "",
        stopped_reason=after.stopped_reason if same_task and after.stopped_reason != before.stopped_reason else "",
        containers=_new(before.containers, after.containers) if same_task else (),
        log_lines=_new_lines(before, after),
        check=after.check if after.check != before.check else "",
        target_health=target,
    )
    nothing = replace(news, cause="", fix="", stop_code="", stopped_reason="", containers=(), log_lines=(), check="")
    return None if news == nothing and not target else news


def _new(before: tuple[str, ...], after: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in after if each not in before)


def _new_lines(before: FailureCard, after: FailureCard) -> tuple[str, ...]:
    """Return the log's lines that were not shown; of another task's, only where nothing of a log was shown at all."""
    if before.task != after.task and before.log_lines:
        return ()
    if after.log_lines[: len(before.log_lines)] == before.log_lines:
        return after.log_lines[len(before.log_lines) :]
    shown = Counter(before.log_lines)
    new = []
    for line in after.log_lines:
        if shown[line]:
            shown[line] -= 1
        elif not is_mark(line):
            new.append(line)
    return tuple(new)
