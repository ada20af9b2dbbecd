"""`ecsdeploy sandbox`: a local AWS, from `up` to `down`."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from ecsdeploy.cli import values
from ecsdeploy.cli.sandbox_ci import ci_token
from ecsdeploy.cli.sandbox_github import github_job, github_token
from ecsdeploy.cli.sandbox_shared import DebugOption, NameOption, errors, run_and_exit
from ecsdeploy.errors import Refused, UsageError

if TYPE_CHECKING:
    from ecsdeploy.sandbox.state import State
    from ecsdeploy.sandbox.wish import Wish

sandbox_app = typer.Typer(
    name="sandbox",
    help="A local AWS: ECS with a real scheduler, ECR with a registry, logs, and tasks as real containers.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


class RuntimeChoice(StrEnum):
    """How tasks run."""

    DOCKER = "docker"
    SIMULATED = "simulated"


class StatusOutput(StrEnum):
    """How `status` is shown."""

    PLAIN = "plain"
    JSON = "json"


@sandbox_app.command()
def up(
    *,
    name: NameOption = "default",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port on 127.0.0.1; 0: any free one.", metavar="PORT")
    ] = 4566,
    runtime: Annotated[
        RuntimeChoice, typer.Option(help="Tasks as real containers, or the same states without any.")
    ] = RuntimeChoice.DOCKER,
    speed: Annotated[
        float, typer.Option(min=0.01, help="Divides AWS's waits, not the containers' work.", metavar="N")
    ] = 1.0,
    region: Annotated[
        str, typer.Option(help="The Region to simulate.", metavar="REGION", autocompletion=values.regions)
    ] = "us-east-1",
    account: Annotated[str, typer.Option(help="The account to simulate.", metavar="ID")] = "123456789012",
    enforce_iam: Annotated[
        bool, typer.Option("--enforce-iam", help="Refuse what IAM's policies do not allow; off by default.")
    ] = False,
    detach: Annotated[bool, typer.Option("--detach", "-d", help="Return once it answers; keep it running.")] = False,
    debug: DebugOption = False,
) -> None:
    """Start a sandbox; in the foreground, Ctrl-C takes it down again."""
    with errors(debug):
        _check_installed()
        from ecsdeploy.sandbox.lifecycle import already_up, start_detached
        from ecsdeploy.sandbox.wish import Wish

        if not (account.isdecimal() and len(account) == 12):
            raise UsageError(f"{account!r} is not an AWS account id.", why="An account id has 12 digits.")
        _require_region(region)
        wish = Wish(
            name=name,
            port=port,
            runtime=runtime.value,
            speed=speed,
            region=region,
            account=account,
            enforce_iam=enforce_iam,
        )
        state = already_up(wish, os.environ)
        if state is not None:
            typer.echo(f"Sandbox {name} is up already at {state.endpoint()}.", err=True)
        elif detach:
            _tell(start_detached(wish, os.environ))
        else:
            _run_here(wish)


@sandbox_app.command()
def down(name: NameOption = "default", debug: DebugOption = False) -> None:
    """Stop a sandbox and remove everything that it created."""
    with errors(debug):
        from ecsdeploy.sandbox.lifecycle import take_down

        was_up = take_down(name, os.environ)
        typer.echo(f"Sandbox {name} is down." if was_up else f"Sandbox {name} was not up.", err=True)


@sandbox_app.command()
def status(
    name: Annotated[
        str | None,
        typer.Option("--name", help="Only this sandbox.", metavar="NAME", autocompletion=values.sandboxes),
    ] = None,
    output: Annotated[StatusOutput, typer.Option(help="As lines, or as one JSON object per sandbox.")] = (
        StatusOutput.PLAIN
    ),
    debug: DebugOption = False,
) -> None:
    """Show the sandboxes that are up; exit 3 if none is."""
    with errors(debug):
        from ecsdeploy.sandbox.lifecycle_errors import NotUpError
        from ecsdeploy.sandbox.report import status_lines, statuses

        found = statuses(name, os.environ)
        for line in status_lines(found, as_json=output is StatusOutput.JSON):
            typer.echo(line)
        if not found:
            raise NotUpError(name or "default")


@sandbox_app.command(short_help="Print what points a shell at the sandbox.")
def env(name: NameOption = "default", debug: DebugOption = False) -> None:
    """Print what points a shell at the sandbox: eval "$(ecsdeploy sandbox env)"."""
    with errors(debug):
        from ecsdeploy.sandbox.env import sandbox_environment, shell_lines
        from ecsdeploy.sandbox.lifecycle import running

        state = running(name, os.environ)
        typer.echo(shell_lines(*sandbox_environment(state.endpoint(), state.region, os.environ)))


@sandbox_app.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    options_metavar="[--name NAME] --",
)
def run(
    command: Annotated[list[str], typer.Argument(metavar="COMMAND...", help="What to run, and its arguments.")],
    name: NameOption = "default",
    debug: DebugOption = False,
) -> None:
    """Run a command against the sandbox; its exit code is the command's."""
    with errors(debug):
        from ecsdeploy.sandbox.env import applied, sandbox_environment
        from ecsdeploy.sandbox.lifecycle import running

        state = running(name, os.environ)
        exports, unset = sandbox_environment(state.endpoint(), state.region, os.environ)
        run_and_exit(command, applied(exports, unset, os.environ))


@sandbox_app.command("break", short_help="Make a deployment, or calls of an operation, fail.")
def break_(
    fault: Annotated[
        str | None,
        typer.Argument(help="The fault: a name from --list.", metavar="FAULT", autocompletion=values.faults),
    ] = None,
    *,
    name: NameOption = "default",
    tag: Annotated[str | None, typer.Option(help="Only tasks whose image has this tag.", metavar="TAG")] = None,
    times: Annotated[
        int | None, typer.Option(min=1, help="How many deployments, or API calls, it affects.", metavar="N")
    ] = None,
    operation: Annotated[
        str | None, typer.Option(help="For API calls: UpdateService, ecs:UpdateService, iam:*...", metavar="NAME")
    ] = None,
    show: Annotated[bool, typer.Option("--list", help="List all faults, and those still pending.")] = False,
    debug: DebugOption = False,
) -> None:
    """Make the next deployment, or the next calls of an operation, fail in a way of your choice."""
    with errors(debug):
        from ecsdeploy.sandbox.lifecycle import running
        from ecsdeploy.sandbox.remote import ask
        from ecsdeploy.sandbox.report import fault_lines, waiting_lines

        if fault is None and not show:
            raise UsageError("Name a fault.", fix="ecsdeploy sandbox break --list shows them all.")
        if fault is None:
            typer.echo("\n".join(fault_lines()))
            return
        state = running(name, os.environ)
        params = {"fault": fault, "tag": tag, "times": times, "operation": operation}
        answer = ask(state, "break", {key: value for key, value in params.items() if value is not None})
        typer.echo("\n".join(waiting_lines(answer["faults"])), err=True)


@sandbox_app.command()
def heal(name: NameOption = "default", debug: DebugOption = False) -> None:
    """Forget every fault that has not happened yet."""
    with errors(debug):
        from ecsdeploy.sandbox.lifecycle import running
        from ecsdeploy.sandbox.remote import ask

        number = ask(running(name, os.environ), "heal", {})["healed"]
        typer.echo(f"{number} fault{'' if number == 1 else 's'} forgotten.", err=True)


sandbox_app.command("ci-token", short_help="Print an id token of another CI.")(ci_token)
sandbox_app.command("github-token", short_help="Print an id token as GitHub gives it to a job.")(github_token)
sandbox_app.command(
    "github-job",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    options_metavar="--repository OWNER/NAME [OPTIONS] --",
    short_help="Run a command as a step of a GitHub job.",
)(github_job)


def _run_here(wish: Wish) -> None:
    import signal
    import threading

    from ecsdeploy.sandbox.lifecycle import run_here

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    run_here(wish, os.environ, _tell, stop)
    typer.echo(f"Sandbox {wish.name} is down.", err=True)


def _tell(state: State) -> None:
    option = "" if state.name == "default" else f" --name {state.name}"
    kind = "real containers" if state.runtime == "docker" else "simulated tasks"
    enforced = ", IAM enforced" if state.enforce_iam else ""
    typer.echo(
        f"Sandbox {state.name} is up at {state.endpoint()} ({kind}, speed {state.speed:g}, {state.region}{enforced}).\n"
        f'  Point this shell at it:  eval "$(ecsdeploy sandbox env{option})"\n'
        f"  Run one command:         ecsdeploy sandbox run{option} -- aws ecs list-clusters\n"
        f"  End it:                  ecsdeploy sandbox down{option}",
        err=True,
    )


def _check_installed() -> None:
    from importlib.util import find_spec

    missing = [
        module
        for module in ("cheroot", "moto", "flask", "flask_cors", "jwt", "cryptography")
        if find_spec(module) is None
    ]
    if missing:
        raise Refused(
            "The sandbox is not installed.",
            why=f"Missing: {', '.join(missing)}.",
            fix="Install the extra named sandbox, from the checkout: pip install -e '.[sandbox]'",
        )


def _require_region(region: str) -> None:
    import difflib

    from ecsdeploy.sandbox.regions import regions

    known = regions()
    if region not in known:
        near = difflib.get_close_matches(region, known, n=1)
        raise UsageError(
            f"There is no AWS Region {region!r} with ECS.",
            fix=f"Did you mean {near[0]!r}?" if near else "Choose one such as 'us-east-1' or 'eu-central-1'.",
        )
