"""The command line: one module per command, thin; this one holds them together.

Heavy imports (boto3, docker, rich, pydantic) stay inside the functions that need them, so that `--help` and
`--version` answer at once.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Annotated, NoReturn

import typer

from ecsdeploy import __version__
from ecsdeploy.cli import completion
from ecsdeploy.cli.bootstrap_oidc import bootstrap_oidc
from ecsdeploy.cli.build_push import build_push
from ecsdeploy.cli.chaos_stop import chaos_stop
from ecsdeploy.cli.cost import cost
from ecsdeploy.cli.create_repo import create_repo
from ecsdeploy.cli.deploy import deploy
from ecsdeploy.cli.destroy import destroy
from ecsdeploy.cli.doctor import doctor
from ecsdeploy.cli.explain import explain
from ecsdeploy.cli.history import history
from ecsdeploy.cli.iam import iam
from ecsdeploy.cli.logs import logs
from ecsdeploy.cli.plan import plan
from ecsdeploy.cli.prune import prune
from ecsdeploy.cli.register_task import register_task
from ecsdeploy.cli.restart import restart
from ecsdeploy.cli.rollback import rollback
from ecsdeploy.cli.run import ContainerCommand, run
from ecsdeploy.cli.sandbox import sandbox_app
from ecsdeploy.cli.scale import scale
from ecsdeploy.cli.setup import setup
from ecsdeploy.cli.status import status
from ecsdeploy.cli.streams import prepare
from ecsdeploy.cli.usage import Commands
from ecsdeploy.cli.watch import watch
from ecsdeploy.cli.workflow import workflow
from ecsdeploy.errors import ExitCode

app = typer.Typer(
    name="ecsdeploy",
    cls=Commands,
    help="From a folder with a Dockerfile to a running, observed, self-healing service on Amazon ECS Fargate.",
    epilog="To start, write an ecsdeploy.toml next to the Dockerfile (its app, its region, [task] port) and run "
    "`ecsdeploy deploy`. Without an AWS account, run `ecsdeploy sandbox up` first.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ecsdeploy {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    install_completion: completion.Install = False,
    show_completion: completion.Show = False,
) -> None:
    """From a folder with a Dockerfile to a running, observed, self-healing service on Amazon ECS Fargate."""


_COMMANDS = (
    (setup, "Create everything an administrator creates once."),
    (bootstrap_oidc, "Let GitHub Actions deploy without a stored key."),
    (workflow, "Write the workflow that deploys from GitHub Actions."),
    (doctor, "Find what is in the way, and who could deploy."),
    (create_repo, "Create the ECR repository."),
    (build_push, "Build the image and push it to ECR."),
    (register_task, "Register the task definition, if it differs."),
    (plan, "Show what `deploy` would do."),
    (deploy, "Do all of it, and watch it to its verdict."),
    (watch, "Follow a deployment that is under way."),
    (explain, "Show why the last deployment failed."),
    (status, "Show the state of the service."),
    (history, "Show past deployments and how they ended."),
    (rollback, "Go back to the last revision that worked."),
    (scale, "Change the number of tasks."),
    (restart, "Replace every task by a new one."),
    (logs, "Show the logs of all tasks, merged."),
    (iam, "Show the permissions that a command needs."),
    (cost, "Show what the service costs a month."),
    (destroy, "Delete everything that belongs to the app."),
    (prune, "Delete old revisions and images."),
    (chaos_stop, "Stop a task on purpose and watch it heal."),
)
for _command, _short in _COMMANDS:
    app.command(short_help=_short)(_command)
app.command(
    cls=ContainerCommand,
    context_settings={"allow_interspersed_args": False},
    options_metavar="[OPTIONS] --",
    short_help="Run a command in a task of its own.",
)(run)
app.add_typer(sandbox_app, short_help="A local AWS, for trying things out and testing.")


def main() -> NoReturn:
    """Run the command line; the process ends with an exit code of `errors.ExitCode`."""
    prepare()
    completion.prepare(os.environ)
    try:
        app(prog_name="ecsdeploy")  # also where it was started as `python -m ecsdeploy`
    except OSError as error:  # of help and usage: a command's own errors end at its boundary
        _end(_unwritten(error))
    except SystemExit as end:
        if isinstance(end.code, int):
            _end(_code(end.code, end.__context__))
        raise
    _end(0)


def _code(code: int, cause: BaseException | None) -> int:
    """Return the exit code; Click has one of its own where nobody reads its help, and for Ctrl-C outside a command."""
    if isinstance(cause, BrokenPipeError):
        return ExitCode.DONE
    return ExitCode.INTERRUPTED if isinstance(cause, typer.Abort) else code


def _unwritten(error: OSError) -> ExitCode:
    """Say that the output cannot be written, if that can be; return the exit code."""
    if isinstance(error, BrokenPipeError):
        return ExitCode.DONE
    with suppress(OSError, ValueError):
        sys.stderr.write(f"error: The output cannot be written.\n  {error.strerror or error}.\n")
    return ExitCode.REFUSED


def _end(code: int) -> NoReturn:
    """End the process at once: taking boto3 and docker-py apart module by module would take a tenth of a second.

    Where something is left that cannot be written, "done" would be a lie.
    """
    try:
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        code = code or _unwritten(error if isinstance(error, OSError) else OSError(str(error)))
    with suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(code)
