"""Completion in the shell: commands and options by Typer, the names in the config and what runs by us.

A suggestion is worth less than a second and never a word: what fails or takes longer suggests nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ecsdeploy.aws.session import Aws
    from ecsdeploy.config.load import Loaded

PROGRAM = "ecsdeploy"
VARIABLE = "_ECSDEPLOY_COMPLETE"
"""What the shell sets when it asks: `complete_bash`, say."""
SECONDS = 0.9
"""How long somebody who has pressed Tab waits for AWS."""
SHELLS = ("bash", "zsh", "fish")


def prepare(environ: Mapping[str, str]) -> None:
    """Where the shell asks for suggestions: know the shells, and keep whatever goes wrong off the terminal."""
    if not environ.get(VARIABLE):
        return
    from typer.completion import completion_init  # type: ignore[attr-defined]

    completion_init()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def environments(context: typer.Context, incomplete: str) -> list[str]:
    """Return the environments of the config that begin so."""
    import tomllib

    try:
        document = tomllib.loads(_config(context).read_bytes().decode("utf-8-sig"))
        found = list(document["environments"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return []
    return [name for name in found if name.startswith(incomplete)]


def tasks(context: typer.Context, incomplete: str) -> list[str]:
    """Return the ids of running tasks of the service that begin so."""
    return answered(context, incomplete, running_tasks)


def revisions(context: typer.Context, incomplete: str) -> list[str]:
    """Return the newest revisions whose number begins so."""
    return answered(context, incomplete, newest_revisions)


def running_tasks(aws: Aws, loaded: Loaded) -> list[str]:
    """Return the ids of the running tasks."""
    from ecsdeploy.aws.suggestions import task_ids

    return task_ids(aws, loaded.names.cluster, loaded.names.service)


def newest_revisions(aws: Aws, loaded: Loaded) -> list[str]:
    """Return the numbers of the newest revisions."""
    from ecsdeploy.aws.suggestions import revisions as newest

    return newest(aws, loaded.names.family)


def answered(
    context: typer.Context,
    incomplete: str,
    question: Callable[[Aws, Loaded], list[str]],
    *,
    seconds: float = SECONDS,
) -> list[str]:
    """Return what AWS answers within `seconds` and begins so, [] otherwise.

    Only with keys in the environment: a profile may have to ask for a code, or start a program that does.
    """
    from ecsdeploy.asked import ask
    from ecsdeploy.errors import EcsdeployError

    if not os.environ.get("AWS_ACCESS_KEY_ID"):
        return []

    def found() -> list[str]:
        from ecsdeploy.aws.errors import aws_errors
        from ecsdeploy.aws.session import Aws
        from ecsdeploy.config.load import load

        loaded = load(_config(context), context.params.get("env"))
        aws = Aws(context.params.get("region") or loaded.config.region)
        with aws_errors("ecs"):
            return question(aws, loaded)

    answer = ask(found)
    answer.wait(seconds)
    try:
        names = answer() if answer.is_over else []
    except EcsdeployError:
        return []
    return [name for name in names if name.startswith(incomplete)]


def _config(context: typer.Context) -> Path:
    return Path(context.params.get("config") or "ecsdeploy.toml")


def _install(wanted: bool) -> None:
    if not wanted:
        return
    from typer.completion import install  # type: ignore[attr-defined]

    from ecsdeploy.cli.boundary import boundary
    from ecsdeploy.errors import Refused
    from ecsdeploy.runtime import Options

    with boundary(Options()):
        shell = _shell()
        try:
            _, path = install(shell=shell, prog_name=PROGRAM, complete_var=VARIABLE)
        except UnicodeDecodeError as error:
            raise Refused(
                "The shell's start-up file is not UTF-8, so nothing was added to it.",
                why=f"{error}.",
                fix=f"Add it yourself: {PROGRAM} --show-completion prints the lines.",
            ) from error
        typer.echo(f"Completion for {shell} is in {path}. It works in the next terminal.", err=True)
        raise typer.Exit


def _show(wanted: bool) -> None:
    if not wanted:
        return
    from typer.completion import get_completion_script  # type: ignore[attr-defined]

    from ecsdeploy.cli.boundary import boundary
    from ecsdeploy.runtime import Options

    with boundary(Options()):
        typer.echo(get_completion_script(prog_name=PROGRAM, complete_var=VARIABLE, shell=_shell()))
        raise typer.Exit


def _shell() -> str:
    """Return the shell that this was typed in, or else the user's own. Raises `UsageError`."""
    import shellingham  # type: ignore[import-untyped]

    try:
        return known(str(shellingham.detect_shell()[0]))
    except (shellingham.ShellDetectionFailure, OSError):
        return known(os.path.basename(os.environ.get("SHELL", "")))


def known(shell: str) -> str:
    """Return the name of a shell that there is completion for. Raises `UsageError`."""
    from ecsdeploy.errors import UsageError

    if shell not in SHELLS:
        raise UsageError(
            f"There is no completion for the shell {shell or '(none was found)'}.",
            why=f"There is one for {', '.join(SHELLS)}.",
            fix=f"Run the command in one of them, such as: bash -c '{PROGRAM} --show-completion; true'",
        )
    return shell


Install = Annotated[
    bool,
    typer.Option("--install-completion", callback=_install, is_eager=True, help="Complete on Tab in this shell."),
]
Show = Annotated[
    bool,
    typer.Option("--show-completion", callback=_show, is_eager=True, help="Show the lines that completion needs."),
]
