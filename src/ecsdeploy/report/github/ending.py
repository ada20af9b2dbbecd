"""What a command leaves for GitHub when it has ended: the step's outputs and its summary.

A job that was cancelled has a few seconds left for it (docs.github.com, "Workflow cancellation reference"): nothing
here waits for anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ecsdeploy.core.record import Record
from ecsdeploy.core.timeline import chart
from ecsdeploy.report import on_github
from ecsdeploy.report.github.files import append, outputs, room
from ecsdeploy.report.github.outputs import outputs_of
from ecsdeploy.report.github.summary import summary


@dataclass(frozen=True)
class StepFiles:
    """The files that the runner reads after a step; a path is "" where it has none."""

    output: str = ""
    step_summary: str = ""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> StepFiles | None:
        """Return the files of this step, None outside GitHub's runner."""
        if not on_github(environ):
            return None
        return cls(environ.get("GITHUB_OUTPUT", ""), environ.get("GITHUB_STEP_SUMMARY", ""))

    @property
    def name(self) -> str:
        """Return what it writes, in the words of a warning."""
        return "A file of GitHub's runner"

    def __call__(self, record: Record) -> None:
        """Write what is known of a run. Raises `OSError` after trying both if one of them cannot be written."""
        problems = [_add(self.output, outputs(outputs_of(record)))]  # first: they are what another step waits for
        if record.outcome is not None or record.error is not None:
            problems.append(_add(self.step_summary, summary(record, chart(record), room(self.step_summary))))
        if found := next(filter(None, problems), None):
            raise found


def _add(path: str, text: str) -> OSError | None:
    return append(path, text) if path and text else None
