"""What every command of `ecsdeploy sandbox` shares."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, NoReturn

import typer

from ecsdeploy.cli import values
from ecsdeploy.errors import Failed, Refused, UsageError

NameOption = Annotated[
    str,
    typer.Option(
        "--name",
        help="Which sandbox: several can run at once.",
        metavar="NAME",
        autocompletion=values.sandboxes,
    ),
]
DebugOption = Annotated[bool, typer.Option("--debug", help="On an error, show where it came from.")]


@contextmanager
def errors(debug: bool) -> Iterator[None]:
    """Turn the sandbox's own exceptions into the tool's."""
    from ecsdeploy.cli.boundary import boundary
    from ecsdeploy.runtime import Options
    from ecsdeploy.sandbox.ci.job import BadCiJobError
    from ecsdeploy.sandbox.faults import UnknownFaultError
    from ecsdeploy.sandbox.github.job import BadJobError
    from ecsdeploy.sandbox.lifecycle_errors import CannotStartError, NotUpError, SandboxError
    from ecsdeploy.sandbox.remote import RefusedByControlError
    from ecsdeploy.sandbox.state import BadNameError

    with boundary(Options(debug=debug)):
        try:
            yield
        except (CannotStartError, NotUpError) as error:
            raise Refused(error.what, why=error.why, fix=error.fix) from error
        except SandboxError as error:
            raise Failed(error.what, why=error.why, fix=error.fix) from error
        except (BadNameError, BadCiJobError, BadJobError, UnknownFaultError, RefusedByControlError) as error:
            text = str(error)
            raise UsageError(f"{text[:1].upper()}{text[1:]}.") from error
        except ConnectionError as error:
            raise Failed("The sandbox does not answer.", why=f"{error}.", fix="ecsdeploy sandbox down") from error


def run_and_exit(
    command: Sequence[str], environ: Mapping[str, str], shown: Callable[[bytes], bytes] | None = None
) -> NoReturn:
    """Run a command in `environ`, and end with its exit code; with `shown`, each line of its output goes through it."""
    from ecsdeploy.sandbox.run import NOT_EXECUTABLE, NOT_FOUND, run_command, run_shown

    if shown is None:
        code = run_command(command, environ)
    else:
        code = run_shown(command, environ, shown, sys.stdout.buffer, sys.stderr.buffer)
    if code in (NOT_FOUND, NOT_EXECUTABLE):
        typer.echo(f"{command[0]}: no such command, or it cannot be executed", err=True)
    raise typer.Exit(code)


def named(claims: Sequence[str] | None) -> dict[str, str]:
    """Return what `--claim NAME=VALUE` says, name by name. Raises `UsageError`."""
    found = {}
    for text in claims or ():
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise UsageError(f"--claim {text!r} names no claim.", fix="For example: --claim actor=octocat")
        found[name] = value
    return found
