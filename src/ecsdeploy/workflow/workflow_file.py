"""`ecsdeploy workflow`: writes the workflow that deploys, or says how it differs from the one that is there."""

from __future__ import annotations

import difflib
import secrets
import shlex
from dataclasses import dataclass
from pathlib import Path

from ecsdeploy.config.load import Loaded, load
from ecsdeploy.errors import Refused, UsageError
from ecsdeploy.events import Note, Outcome, Result
from ecsdeploy.github.action import Action, named, used_by
from ecsdeploy.github.workflow_file import Job, workflow
from ecsdeploy.image.revision import Git
from ecsdeploy.runtime import CONFIG, Run
from ecsdeploy.workflow.deploy_jobs import host_of, jobs_of, role_variable
from ecsdeploy.workflow.own_action import NAME, own_action

FOLDER = Path(".github", "workflows")
DEFAULT = FOLDER / "deploy.yml"
BRANCH = "main"


@dataclass(frozen=True, kw_only=True)
class WorkflowOptions:
    """The options: the file ("-": standard output), the action, the branches, and whether only to compare."""

    file: Path = DEFAULT
    action: str = ""
    branches: tuple[str, ...] = ()
    check: bool = False


def write_workflow(run: Run, options: WorkflowOptions) -> bool:
    """Write the workflow into the repository that the config lies in; return whether it differed from what was there.

    Where it differs from an existing file, the difference is shown and has to be agreed to.
    Raises `ConfigError`, `UsageError`, and `Refused` if it cannot be written there or the action is not known.
    """
    root = _repository(run)
    place = _Place(root, options.file)
    to_stdout = str(options.file) == "-"
    before = "" if to_stdout else place.read()
    every = _every(run)
    jobs = jobs_of(every, _config_input(run, root), options.branches or (BRANCH,), options.file.as_posix())
    text = workflow(jobs, _action(run, options, host_of(every), before), _command(run, options))
    if to_stdout:
        run.report(*(Result("workflow", line) for line in text.splitlines()))
        return False
    if text == before:
        run.report(Outcome(True, f"{options.file} is as the config wants it."))
        return False
    if before or options.check:
        run.report(Note(_difference(before, text, str(options.file))))
    if options.check:
        run.report(Outcome(True, f"{options.file} is not as the config wants it: {_command(run, options)}"))
        return True
    if before:
        run.confirm(f"Change {options.file} as shown?", unattended=False)
    place.write(text)
    run.report(Result("workflow", str(options.file)), *map(Note, _next_steps(jobs, run)))
    run.report(Outcome(True, f"{options.file} is written. Commit it, and push."))
    return True


def _every(run: Run) -> list[Loaded]:
    """Return the config as it applies in each environment that has a job: the chosen one, or all."""
    names = [run.options.env] if run.options.env else run.loaded.environments or [None]
    return [load(run.loaded.path, name) for name in names]


def _action(run: Run, options: WorkflowOptions, host: str, before: str) -> Action:
    if options.action:
        return named(options.action)
    found = own_action(run.environ, host) or used_by(before)
    if found is None:
        raise Refused(
            "This ecsdeploy does not know which commit of which repository it is.",
            why="A workflow uses it from there; it was not installed from git, and is in no checkout with a remote.",
            fix=f"Name the repository that has its action.yml, and the commit: {NAME}",
        )
    return found


def _repository(run: Run) -> Path:
    folder = run.loaded.root.resolve()
    try:
        return Path(Git(folder, run.environ).lines("rev-parse", "--show-toplevel")[0]).resolve()
    except Refused as error:
        raise Refused(
            f"{folder} is in no git repository that can be read, so there is no place for a workflow.",
            why=error.why,
            fix="Run it in a checkout of the repository that deploys.",
        ) from error


def _config_input(run: Run, root: Path) -> str:
    path = (run.loaded.root.resolve() / run.loaded.path.name).relative_to(root).as_posix()
    return "" if path == CONFIG else path


def _command(run: Run, options: WorkflowOptions) -> str:
    """Return the command that writes the same file again, as long as the tool is at the commit that the file names."""
    config = run.loaded.path.as_posix()
    words = [
        *(["--config", config] if config != CONFIG else []),
        *(["--env", run.options.env] if run.options.env else []),
        *(word for name in options.branches for word in ("--branch", name)),
        *(["--output-file", options.file.as_posix()] if options.file not in (DEFAULT, Path("-")) else []),
    ]
    return " ".join(["ecsdeploy workflow", *map(shlex.quote, words)])


def _difference(before: str, after: str, name: str) -> str:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), f"{name} (now)", f"{name} (new)", lineterm="")
    return "\n".join(lines)


def _next_steps(jobs: tuple[Job, ...], run: Run) -> list[str]:
    """Return what else has to be there before the first run."""
    variables = {
        role_variable(job.environment, job.protected_by): f" --env {shlex.quote(job.protected_by)}"
        if job.protected_by
        else ""
        for job in jobs
        if job.role
    }
    return [
        f"Set {name} to the ARN that `ecsdeploy setup` prints: gh variable set {name}{where} --body ARN"
        for name, where in variables.items()
    ]


@dataclass(frozen=True)
class _Place:
    """Where the file belongs: inside the repository, and behind no symbolic link."""

    root: Path
    file: Path

    @property
    def _path(self) -> Path:
        return self.root / self.file

    def read(self) -> str:
        """Return what is there, "" for nothing. Raises `UsageError` and `Refused`."""
        self._require_inside()
        try:
            return self._path.read_text("utf-8")
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise Refused(
                f"{self.file} can't be read.",
                why=f"{getattr(error, 'strerror', None) or 'It is not UTF-8'}.",
                fix="Move it away, or name another file with --output-file.",
            ) from None

    def write(self, text: str) -> None:
        """Put `text` there, whole or not at all. Raises `Refused`."""
        beside = self._path.with_name(f".{self._path.name[:100]}.{secrets.token_hex(8)}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._require_inside()
            try:
                with beside.open("x", encoding="utf-8", newline="\n") as file:
                    file.write(text)
                beside.replace(self._path)
            finally:
                beside.unlink(missing_ok=True)
        except OSError as error:
            raise Refused(
                f"{self.file} can't be written.",
                why=f"{error.strerror}.",
                fix="Make its folder writable, or print it: ecsdeploy workflow --output-file -",
            ) from None

    def _require_inside(self) -> None:
        if self.file.is_absolute() or ".." in self.file.parts:
            raise UsageError(
                f"--output-file {self.file} is not inside the repository.",
                why=f"It is a path from the repository's folder, {self.root}.",
                fix=f"For example: --output-file {DEFAULT}",
            )
        links = [part for part in (self.file, *self.file.parents) if (self.root / part).is_symlink()]
        if links:
            raise Refused(
                f"{links[-1]} is a symbolic link.",
                why="The workflow would be written somewhere else than where its name says.",
                fix="Make it a file or folder of its own, or name another file with --output-file.",
            )
