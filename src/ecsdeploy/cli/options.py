"""The options that every command shares, passed to each command as one value."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, ParamSpec

import typer

from ecsdeploy.cli import values
from ecsdeploy.errors import UsageError
from ecsdeploy.runtime import Options

if TYPE_CHECKING:
    from ecsdeploy.core.rollout.seen import Until

P = ParamSpec("P")


class Output(StrEnum):
    """How progress is shown."""

    AUTO = "auto"
    PLAIN = "plain"
    RICH = "rich"
    JSON = "json"


class IfBusy(StrEnum):
    """What to do about another deployment in flight."""

    FAIL = "fail"
    WAIT = "wait"
    SUPERSEDE = "supersede"


IfBusyOption = Annotated[
    IfBusy,
    typer.Option(
        "--if-busy",
        help="If another deployment is in flight: fail; wait for its end, for as long as --timeout says, "
        "and decide again; or supersede it at once.",
    ),
]


class WaitUntil(StrEnum):
    """What to wait for."""

    STARTED = "started"
    HEALTHY = "healthy"
    STABLE = "stable"
    ROLLED_BACK = "rolled-back"


WaitUntilOption = Annotated[
    WaitUntil,
    typer.Option(
        "--wait-until",
        help="Wait until the new tasks are started, or healthy; until the deployment is stable (if it fails, until "
        "what ran before is seen to serve); or until a rollback is over too.",
    ),
]
NoWait = Annotated[
    bool, typer.Option("--no-wait", help="End as soon as ECS has taken the deployment; `watch` follows it.")
]
Timeout = Annotated[
    str | None,
    typer.Option(
        "--timeout",
        help="How long to watch, such as 10m, instead of the config's [service] timeout.",
        metavar="DURATION",
    ),
]
ReportFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--report",
        help="Write a report of the run: FILE.html to read, FILE.json for programs. Repeatable.",
        metavar="FILE",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Answer yes to every question.")]


def _shared(  # noqa: PLR0917 - Typer reads the options off this signature
    config: Annotated[Path, typer.Option("--config", "-c", help="The config file.", metavar="FILE")] = Path(
        "ecsdeploy.toml"
    ),
    env: Annotated[
        str | None,
        typer.Option(
            "--env",
            "-e",
            help="The environment: a table under [environments].",
            metavar="NAME",
            autocompletion=values.environments,
        ),
    ] = None,
    region: Annotated[
        str | None,
        typer.Option(
            "--region", help="Use this Region, not the config's.", metavar="REGION", autocompletion=values.regions
        ),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            "--profile",
            help="A profile from your AWS configuration.",
            metavar="NAME",
            autocompletion=values.profiles,
        ),
    ] = None,
    role_arn: Annotated[
        str | None,
        typer.Option(
            "--role-arn",
            help="Assume this role: by the job's id token on GitHub Actions, else with your own credentials.",
            metavar="ARN",
        ),
    ] = None,
    output: Annotated[
        Output, typer.Option("--output", help="Plain lines, a rich terminal, or JSON lines on stdout.")
    ] = Output.AUTO,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours; NO_COLOR does the same.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the API calls, and where an error came from.")] = False,
) -> Options:
    return Options(
        config=config,
        env=env,
        region=region,
        profile=profile,
        role_arn=role_arn,
        output=output.value,
        no_color=no_color,
        debug=debug,
    )


def with_shared_options(command: Callable[Concatenate[Options, P], None]) -> Callable[..., None]:
    """Return `command` with the shared options after its own; its first parameter gets them as one `Options`.

    A command that asks questions declares `yes: Yes` as a parameter of its own, and one that can be reported
    `report: ReportFiles`; they arrive in the `Options` as well.
    The object with which the command line is called (`app(obj=...)`), if any, is the clock.
    """
    shared = inspect.signature(_shared, eval_str=True).parameters
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]

    @wraps(command)
    def wrapper(context: typer.Context, **given: Any) -> None:
        options = _shared(**{name: given.pop(name) for name in shared})
        options = replace(
            options,
            yes=given.get("yes", False),
            command=context.info_name or "",
            reports=tuple(given.get("report") or ()),
            watches=None if given.get("no_wait") or "timeout" not in given else given["timeout"] or "",
            clock=context.obj or options.clock,
        )
        command(options, **given)  # type: ignore[call-arg]

    context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in (context, *own, *shared.values())]
    wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    wrapper.__annotations__ = {p.name: p.annotation for p in parameters}
    del wrapper.__wrapped__  # Typer must read the signature above, not the command's
    return wrapper


def until(wait_until: WaitUntil, no_wait: bool) -> Until:
    """Return what to wait for. Raises `UsageError`."""
    if no_wait and wait_until is not WaitUntil.STABLE:
        raise UsageError("--no-wait and --wait-until exclude each other.", fix="Leave one of them out.")
    return "submitted" if no_wait else wait_until.value


def duration(option: str, text: str) -> int:
    """Return the seconds that an option's `text` means, such as `10m`. Raises `UsageError`."""
    from ecsdeploy.config.duration import parse

    try:
        return parse(text)
    except ValueError as error:
        raise UsageError(
            f"{option} {text!r} is not a duration.", why=f"{error}.".capitalize(), fix=f"For example: {option} 10m"
        ) from None
