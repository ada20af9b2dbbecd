"""`ecsdeploy doctor`: everything is looked at, whatever else is wrong; only reads.

A command stops at the first thing that is in its way. This one tells them all, each on a line of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ecsdeploy.core.doctor import of_error, verdict
from ecsdeploy.errors import ConfigError, ExitCode
from ecsdeploy.facts import Check
from ecsdeploy.github.lint import Lint, lint_workflows, repository_root
from ecsdeploy.report import Reporter
from ecsdeploy.runtime import Journal, Options, Run, open_run
from ecsdeploy.workflow.checkup import checkup
from ecsdeploy.workflow.oidc_checkup import oidc_checkup


@dataclass(frozen=True, kw_only=True)
class DoctorOptions:
    """The options: whether to check how GitHub Actions signs in, and a trust policy to judge instead of the role's."""

    oidc: bool = False
    trust: Path | None = None


@dataclass(frozen=True)
class Patient:
    """What is looked at: the run, or why its config cannot be read, which leaves some things to look at."""

    options: Options
    report: Reporter
    run: Run | None
    broken: ConfigError | None

    @classmethod
    def open(cls, options: Options, report: Reporter, journal: Journal) -> Patient:
        """Return the patient. Raises `UsageError` for what is wrong with the command line."""
        try:
            run = open_run(options, report, journal=journal, changes=False)
        except ConfigError as error:
            return cls(options, report, None, error)
        return cls(options, report, run, None)


def doctor(patient: Patient, options: DoctorOptions) -> ExitCode:
    """Report every check as it is made, and the verdict; return the exit code."""
    found: list[Check] = []
    for check in _checks(patient, options):
        found.append(check)
        patient.report(check)
    end = verdict(found)
    patient.report(end)
    return ExitCode(end.exit_code or 0)


def _checks(patient: Patient, options: DoctorOptions) -> Iterator[Check]:
    run = patient.run
    if patient.broken is not None:
        yield of_error("config", patient.broken)
    if run is not None:
        target = run.target
        yield Check(about="config", status="ok", text=f"{run.loaded.path} is for {target} in {target.region}.")
    if options.oidc:
        if run is not None:
            yield from oidc_checkup(run, run.target, options.trust)
        yield from _workflows(patient.options.config.parent)
    else:
        yield from checkup(run, patient.options.config.parent)


def _workflows(folder: Path) -> Iterator[Check]:
    root = repository_root(folder)
    if root is None:
        yield Check(about="workflows", status="unchecked", text="This is not a git repository.")
        return
    count, found = lint_workflows(root)
    yield from map(_of_lint, found)
    if not count:
        text = "The repository has no workflow in .github/workflows."
        yield Check(about="workflows", status="note", text=text)
    elif not found:
        text = "Its workflow breaks no rule." if count == 1 else f"None of its {count} workflows breaks a rule."
        yield Check(about="workflows", status="ok", text=text)


def _of_lint(each: Lint) -> Check:
    return Check(
        about="workflow",
        status=each.severity,
        text=each.what,
        why=each.why,
        fix=each.fix,
        rule=each.rule,
        file=each.file,
        line=each.line,
    )
