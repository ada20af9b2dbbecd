"""What a run that a signal ends says and leaves behind: once, whichever thread comes to it first.

Where the command does not come to its own end (`signals`), what is known is handed over all the same: the outputs of
GitHub's step first, then the reports, while the words are said beside it, since nobody may be reading them.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from ecsdeploy.cli.signals import told_of
from ecsdeploy.core.interrupted import in_words
from ecsdeploy.errors import EcsdeployError, ExitCode
from ecsdeploy.report import Reporter
from ecsdeploy.runtime import Journal

if TYPE_CHECKING:
    from ecsdeploy.report.recording import Recording


class LastWords:
    """The end of a run that `report` shows and `kept`, if anybody wants a record, records."""

    def __init__(self, report: Reporter, kept: Recording | None, journal: Journal) -> None:
        self._report = report
        self._kept = kept
        self._journal = journal
        self._said = threading.Lock()

    def say(self, stop: BaseException) -> ExitCode:
        """Say what became of the run; return the exit code."""
        error = _interrupted(stop, self._journal)
        if self._said.acquire(blocking=False):
            self._report.error(error)
        return error.exit_code

    def at_once(self, stop: BaseException) -> None:
        """Say it, and hand over what is known, from a thread that the process does not outlive."""
        error = _interrupted(stop, self._journal)
        words = threading.Thread(target=self._show, args=(stop,), daemon=True)
        with suppress(RuntimeError):  # the machine allows no further thread
            words.start()
        if self._kept is not None:
            self._kept.ended_by(error)
            self._kept.deliver(error.exit_code, self._journal.target)
        if words.ident is not None:
            words.join()

    def _show(self, stop: BaseException) -> None:
        self.say(stop)
        self._report.close()


def _interrupted(stop: BaseException, journal: Journal) -> EcsdeployError:
    """Return the last words of a run that a signal ends: what it did, what AWS goes on with, and what to do now."""
    what, code = told_of(stop)
    done = f"Done: {'; '.join(journal.done)}." if journal.done else "Nothing was changed."
    why = done + (f" Not finished: {journal.doing}." if journal.doing else "")
    fix = journal.resume or "Run the same command again to continue."
    if journal.in_aws is not None:
        goes_on, offers = in_words(journal.in_aws, journal.seen, gave_up=journal.gave_up)
        why, fix = f"{why}\n{goes_on}", offers or fix
    error = EcsdeployError(what, why=why, fix=fix)
    error.exit_code = code
    return error
