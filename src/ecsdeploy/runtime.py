"""One run of one command: its config, its reporter, its clock, its way to AWS."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ecsdeploy.clock import Clock, SystemClock
from ecsdeploy.errors import Refused
from ecsdeploy.hidden import Hidden

if TYPE_CHECKING:
    from ecsdeploy.aws.session import Aws
    from ecsdeploy.config.load import Loaded
    from ecsdeploy.core.interrupted import InAws
    from ecsdeploy.core.target import Target
    from ecsdeploy.events import Report, RolloutState
    from ecsdeploy.report import OutputMode, Reporter

CONFIG = "ecsdeploy.toml"
"""The config file, where none is named."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options that every command takes, and its clock: the machine's, unless a test passes another.

    `command` is its name, `reports` are the files that are to tell of the run, and `hidden` are the keys and tokens
    that nothing of it may show. `watches` is its --timeout if it watches a rollout ("" for the config's), else None.
    """

    config: Path = Path(CONFIG)
    env: str | None = None
    region: str | None = None
    profile: str | None = None
    role_arn: str | None = None
    output: OutputMode = "auto"
    no_color: bool = False
    debug: bool = False
    yes: bool = False
    command: str = ""
    reports: tuple[Path, ...] = ()
    watches: str | None = None
    clock: Clock = field(default_factory=SystemClock)
    hidden: Hidden = field(default_factory=Hidden)

    @property
    def place(self) -> str:
        """Return the options that say what a command is about, for a shell, with a space before each; "" for none."""
        default = "" if self.config == Path(CONFIG) else str(self.config)
        given = {
            "--config": default,
            "--env": self.env,
            "--region": self.region,
            "--profile": self.profile,
            "--role-arn": self.role_arn,
        }
        return "".join(f" {name} {shlex.quote(value)}" for name, value in given.items() if value)


@dataclass
class Journal:
    """What this run has done so far and is doing now: shown when interrupted, with how to continue.

    `target` is the service that it is about, and `aws` its way to AWS, once its config is read.
    `in_aws` is what AWS goes on with whatever becomes of this run, None as long as there is nothing to say of it,
    `seen` how far a deployment was seen last, and `gave_up` says that this run gave it up. `options` are those that
    another command needs to be about the same.
    """

    done: list[str] = field(default_factory=list)
    doing: str = ""
    resume: str = ""
    target: Target | None = None
    aws: Aws | None = None
    in_aws: InAws | None = None
    seen: RolloutState | None = None
    gave_up: bool = False
    options: str = ""

    def command(self, verb: str) -> str:
        """Return the command line of `verb` about the same service, to be pasted into a shell in the same folder."""
        return f"ecsdeploy {verb}{self.options}"


class Watcher(Protocol):
    """The part of a run that watching needs: AWS, the clock and the reporter."""

    @property
    def aws(self) -> Aws:
        """Return the way to AWS."""
        ...

    @property
    def clock(self) -> Clock:
        """Return the clock."""
        ...

    @property
    def report(self) -> Report:
        """Return what takes events."""
        ...


@dataclass(frozen=True, kw_only=True)
class Run:
    """Everything that a command's story needs, and the only thing it is passed."""

    loaded: Loaded
    aws: Aws
    report: Reporter
    clock: Clock
    environ: Mapping[str, str]
    options: Options
    journal: Journal = field(default_factory=Journal)

    @property
    def target(self) -> Target:
        """Return the service that the config is about."""
        from ecsdeploy.core.target import Target

        return Target(self.loaded.config, self.loaded.names, self.aws.region)

    def confirm(self, question: str, *, unattended: bool, expects: str = "") -> None:
        """Continue if the user agrees, or `--yes` was given; `unattended` says what happens if nobody can answer.

        `expects` is what has to be typed to agree, "" for a yes or no. Raises `Refused`.
        """
        if self.options.yes:
            return
        answer = self.report.ask(question, expects)
        if answer or (answer is None and unattended):
            return
        so = "so it was left as it is." if self.journal.done else "so nothing was changed."
        if expects and answer is not None:
            raise Refused(f"That is not {expects}, {so}", why=question, fix=f"Type {expects}, or confirm with --yes.")
        raise Refused(f"This needs your consent, {so}", why=question, fix="Confirm with --yes.")


def open_run(options: Options, report: Reporter, *, journal: Journal, changes: bool, of_deployment: str = "") -> Run:
    """Load the config and prepare the way to AWS; no call is made yet.

    `changes` says that the command writes: then a config with environments needs one named. Where the config is not
    that of the service deployment `of_deployment`, if one is given, what its ARN says takes its place.
    Raises `ConfigError`, `UsageError`, `CredentialsError`, `WrongAccount`.
    """
    from ecsdeploy.access import sign_in_of
    from ecsdeploy.aws.session import Aws
    from ecsdeploy.config.load import load
    from ecsdeploy.config.stand_in import load_for

    found = load_for(of_deployment, options.config, options.env) if of_deployment else None
    loaded = found or load(options.config, options.env)
    if changes:
        loaded.require_environment_for_change()
    aws = Aws(options.region or loaded.config.region, sign_in_of(options, loaded, os.environ))
    return Run(
        loaded=loaded,
        aws=aws,
        report=report,
        clock=options.clock,
        environ=os.environ,
        options=options,
        journal=journal,
    )
