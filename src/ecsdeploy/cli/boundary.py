"""The one boundary that turns an error into an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

from ecsdeploy.cli import machine
from ecsdeploy.cli.last_words import LastWords
from ecsdeploy.cli.noticing import Noticing
from ecsdeploy.cli.permitted import what_to_do
from ecsdeploy.cli.recorded import delivered, foretell, prepare, recording
from ecsdeploy.cli.signals import HungUp, Signals, Terminated
from ecsdeploy.cli.streams import announced, guarded, problem_of
from ecsdeploy.errors import AwsError, CredentialsError, EcsdeployError, ExitCode, PermissionDenied, Unreachable
from ecsdeploy.events import Note
from ecsdeploy.hidden import Hidden
from ecsdeploy.report import Reporter, choose_reporter, on_github
from ecsdeploy.runtime import Journal, Options, Run


@contextmanager
def boundary(
    options: Options, journal: Journal | None = None, *, changes: bool = False, failed: ExitCode | None = None
) -> Iterator[Reporter]:
    """Give a reporter; turn what is raised inside into a message and the right exit code.

    `changes` says that the command must reach a result: it does not stop half-way. With a `journal`, a signal ends it
    soon, whatever it does then. `failed` is the exit code of every error, where the others belong to somebody else; an
    interruption keeps its own.
    """
    hidden = options.hidden
    hidden.know(os.environ)
    # A command that changes something continues to its verdict even if its output can no longer be written.
    out, err = guarded(sys.stdout, patient=changes, hidden=hidden), guarded(sys.stderr, patient=True, hidden=hidden)
    if on_github(os.environ):
        hidden.announce_to(announced)
    shown = choose_reporter(options.output, out, err, os.environ, no_color=options.no_color)
    kept = recording(shown, options)
    report, known = kept or shown, journal or Journal()
    words = LastWords(report, kept, known)
    signals = Signals(words.at_once if journal is not None else None)
    try:
        with delivered(kept, known), _translated(report, options, known, failed, words=words, signals=signals):
            signals.open()
            prepare(kept, options)
            yield report
    finally:
        signals.calm()
        report.close()
        if changes and (problem := problem_of(out)):
            err.write(f"warning: Standard output was not written in full: {problem}.\n")
        signals.close()


@contextmanager
def _translated(
    report: Reporter, options: Options, known: Journal, failed: ExitCode | None, *, words: LastWords, signals: Signals
) -> Iterator[None]:
    """Turn what is raised inside into a message and the right exit code."""
    try:
        yield
    except EcsdeployError as error:
        signals.calm()
        _leave(report, options, _tell(report, options, error, known, failed), error)
    except (KeyboardInterrupt, Terminated, HungUp) as stop:
        signals.calm()
        _leave(report, options, words.say(stop), stop)
    except BrokenPipeError:
        # The reader of our output is gone (`logs | head`): nobody would see a message.
        sys.stderr.close()
        raise typer.Exit(int(ExitCode.DONE)) from None
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        signals.calm()
        found = machine.told(error)
        code = failed or ExitCode.UNEXPECTED
        if found is None:
            report.error(_told(_unexpected(error), code, options.hidden))
        else:
            code = _tell(report, options, found, known, failed)
        _leave(report, options, code, error)


@contextmanager
def command(
    options: Options, *, changes: bool, of_deployment: str = "", failed: ExitCode | None = None
) -> Iterator[Run]:
    """Open a run inside the boundary; `changes` says that the command writes to AWS. `failed` is the boundary's.

    `of_deployment` is the ARN of the service deployment that it is about: then it needs no config.
    """
    from ecsdeploy.runtime import open_run

    journal = Journal(options=options.place)
    with boundary(options, journal, changes=changes, failed=failed) as report:
        noticing = Noticing(report, journal)
        run = open_run(options, noticing, journal=journal, changes=changes, of_deployment=of_deployment)
        journal.target, journal.aws = run.target, run.aws
        foretell(report, options, run)
        try:
            yield run
        finally:
            tell_calls(run)


def tell_calls(run: Run) -> None:
    """With --debug, say which API calls a run has made."""
    if run.options.debug:
        told = ", ".join(f"{call} {count}" for call, count in sorted(run.aws.calls.items()))
        run.report(Note(f"API calls: {told or 'none'}"))


def _leave(report: Reporter, options: Options, code: ExitCode, error: BaseException) -> NoReturn:
    if options.debug:
        # Through the reporter: the messages in it are AWS's, and may quote untrusted text.
        report(Note(options.hidden.redacted("".join(traceback.format_exception(error)).rstrip())))
    raise typer.Exit(int(code)) from None


def _tell(
    report: Reporter, options: Options, error: EcsdeployError, journal: Journal, failed: ExitCode | None
) -> ExitCode:
    """Report an error and what it leaves; return the exit code."""
    code = failed or _exit_code(error, journal)
    if isinstance(error, PermissionDenied):
        error.fix = what_to_do(error, options)
    report.error(_told(error, code, options.hidden))
    report(*_left(error, journal))
    return code


def _told(error: EcsdeployError, code: ExitCode, hidden: Hidden) -> EcsdeployError:
    """Return what is shown of an error, with the process's exit code instead of the error's own."""
    what, why, fix = map(hidden.redacted, (error.what, error.why, error.fix))
    told = EcsdeployError(what, why=why, fix=fix)
    told.exit_code = code
    return told


def _left(error: EcsdeployError, journal: Journal) -> list[Note]:
    """Return what a run that failed has done, and what it leaves undone or in doubt."""
    notes = [Note(f"Done before that: {'; '.join(journal.done)}.")] if journal.done else []
    if journal.doing and isinstance(error, AwsError | CredentialsError | PermissionDenied | machine.MachineError):
        notes.append(Note(f"Not finished: {journal.doing}."))
    return notes


def _exit_code(error: EcsdeployError, journal: Journal) -> ExitCode:
    """Return the error's own code; but nothing is "refused before anything changed" once something was written.

    A write that AWS did not answer may have happened too.
    """
    if isinstance(error, Unreachable):
        return ExitCode.FAILED if journal.done or journal.doing else ExitCode.REFUSED
    if journal.done and error.exit_code in (ExitCode.REFUSED, ExitCode.UNEXPECTED):
        return ExitCode.FAILED
    return error.exit_code


def _unexpected(error: Exception) -> EcsdeployError:
    return EcsdeployError(
        f"Something unexpected happened: {type(error).__name__}: {error}",
        fix="This is a bug in ecsdeploy. Run the command again with --debug and report what it prints.",
    )
