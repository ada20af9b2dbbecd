"""At the end of a command: tell who wants to know. It takes a few seconds at most, and changes nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress

from ecsdeploy.config.notify import Notify
from ecsdeploy.core.record import Record
from ecsdeploy.core.word import Actor, Word, word
from ecsdeploy.errors import ExitCode
from ecsdeploy.events import Note, Report, Warn
from ecsdeploy.github.environment import read_runner
from ecsdeploy.notify.post import NotTold, post
from ecsdeploy.notify.shapes import SHAPES, Body

SECONDS = 5.0
INTERRUPTED_SECONDS = 0.6
"""Somebody waits for the end: an interrupted command is over within 1.5 s (`cli.signals`)."""
_INTERRUPTED = (ExitCode.HUNG_UP, ExitCode.INTERRUPTED, ExitCode.TERMINATED)
Post = Callable[[str, Body, float], None]


def tell_team(record: Record, notify: Notify, environ: Mapping[str, str], report: Report, send: Post = post) -> None:
    """Tell of a run, if it deployed anything and `notify` wants to know; what goes wrong is one line."""
    runner = read_runner(environ)
    told = word(record, Actor(commit=runner.commit, name=runner.actor, run_url=runner.run_url))
    if told is None or not _wanted(told, notify):
        return
    url = environ.get(notify.variable, "").strip()
    if not url:
        report(Note(f"[notify] told nobody: {notify.variable} is not set."))
        return
    seconds = INTERRUPTED_SECONDS if record.exit_code in _INTERRUPTED else SECONDS
    problem = _sent(lambda: send(url, SHAPES[notify.format](told), seconds), seconds)
    if problem:
        report(Warn(f"The address in {notify.variable} was not told of this: {problem}."))


def _wanted(told: Word, notify: Notify) -> bool:
    return ("success" if told.succeeded else "failure") in notify.on


def _sent(send: Callable[[], None], seconds: float) -> str:
    """Do it in `seconds` at most, whatever it waits for (a name server has no time limit); return what went wrong.

    A second thread, which is not waited for longer: a signal ends the waiting too.
    """
    over, problems = threading.Event(), ["it did not answer in time"]

    def run() -> None:
        try:
            send()
            problems.clear()
        except NotTold as error:
            problems[:] = [str(error)]
        except Exception as error:  # its text may quote the address
            problems[:] = [f"{type(error).__name__} while it was sent"]
        finally:
            over.set()

    with suppress(RuntimeError):  # the machine allows no further thread
        threading.Thread(target=run, name="notify", daemon=True).start()
        over.wait(seconds)
    return problems[0] if problems else ""
