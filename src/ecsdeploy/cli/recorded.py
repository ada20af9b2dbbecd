"""A run that is recorded while it goes on, and told of when it is over, however it ends."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

import typer

from ecsdeploy.cli.options import duration
from ecsdeploy.cli.signals import HungUp, Terminated
from ecsdeploy.report import Reporter, on_github
from ecsdeploy.runtime import Journal, Options, Run

if TYPE_CHECKING:
    from ecsdeploy.events import Note, Report, Warn
    from ecsdeploy.report.recording import Recording

DEPLOYING = ("deploy", "rollback", "restart")
"""The commands that start a deployment, which a team may want to know of: whether it does is in the config."""
WATCHING = (*DEPLOYING, "scale", "watch", "chaos-stop")
"""The commands that go on as long as ECS does; credentials may end before."""


def recording(report: Reporter, options: Options) -> Recording | None:
    """Return what records a run beside `report`; None if nobody wants a record."""
    if not (options.reports or options.command in DEPLOYING or on_github(os.environ)):
        return None
    from ecsdeploy.report.recording import Recording

    return Recording(report, options.clock, options.command, options.hidden)


def prepare(kept: Recording | None, options: Options) -> None:
    """Find out who takes the record, before anything happens. Raises `UsageError` for what cannot be written."""
    if kept is not None:
        from ecsdeploy.report.sinks import sinks

        kept.sinks = deque(sinks(options.reports, os.environ))


def foretell(report: Report, options: Options, run: Run) -> None:
    """Say before anything happens how long the keys last that are there, and if the team will not be told of it."""
    target = run.target
    if said := _lasting(options, run):
        report(said)
    if target.config.notify is not None and options.command in DEPLOYING:
        from ecsdeploy.events import Note
        from ecsdeploy.notify.tell import nobody

        if why := nobody(target.config.notify, os.environ):
            report(Note(why))


def _lasting(options: Options, run: Run) -> Note | Warn | None:
    """Return what is known of the keys in the environment, where something is watched."""
    if options.watches is None or options.command not in WATCHING:
        return None
    from ecsdeploy.access import lasting

    seconds = duration("--timeout", options.watches) if options.watches else run.target.config.service.timeout
    return lasting(run.aws.sign_in, run.environ, now=options.clock.now(), seconds=seconds)


@contextmanager
def delivered(kept: Recording | None, journal: Journal) -> Iterator[None]:
    """Hand the record over when the command is over, with its exit code and what it was about."""
    code = 0
    try:
        yield
    except typer.Exit as end:
        code = end.exit_code
        raise
    except BaseException:
        code = 1
        raise
    finally:
        if kept is not None:
            with _undisturbed():
                kept.deliver(code, journal.target)
            with suppress(KeyboardInterrupt, Terminated, HungUp):  # the verdict stays; who waits, waits no longer
                _tell(kept, code, journal)


def _tell(kept: Recording, code: int, journal: Journal) -> None:
    """Tell the team, if the config says whom."""
    target, aws = journal.target, journal.aws
    if target is None or aws is None or target.config.notify is None:
        return
    from ecsdeploy.aws.secret_value import secret_value
    from ecsdeploy.notify.tell import tell_team

    tell_team(kept.record(code, target), target.config.notify, os.environ, kept, secret=partial(secret_value, aws))


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let no signal leave a report half written: what is left to do is local and short."""
    before = {each: signal.signal(each, signal.SIG_IGN) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
