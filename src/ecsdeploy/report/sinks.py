"""Who takes the record of a run when it is over: the files of `--report`, and those of GitHub's runner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from ecsdeploy.core.record import Record
from ecsdeploy.report.file import ReportFile
from ecsdeploy.report.github.ending import StepFiles


class Sink(Protocol):
    """Takes the record of a run."""

    @property
    def name(self) -> str:
        """Return what it writes, to begin a sentence with: `The report run.html`."""
        ...

    def __call__(self, record: Record) -> None:
        """Take it. Raises `OSError` where it cannot be written."""
        ...


def sinks(reports: Sequence[Path], environ: Mapping[str, str]) -> list[Sink]:
    """Return everything that takes the record of a run; each is ready to. Raises `UsageError` for one that is not.

    What another step waits for comes first: little time may be left.
    """
    step = StepFiles.of(environ)
    return [*([step] if step is not None else []), *map(ReportFile.at, reports)]
