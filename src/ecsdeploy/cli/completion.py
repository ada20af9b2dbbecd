"""Completion in the shell: commands and options by Typer, values by `values`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated

import typer

PROGRAM = "ecsdeploy"
VARIABLE = "_ECSDEPLOY_COMPLETE"
"""What the shell sets when it asks: `complete_bash`, say."""
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
