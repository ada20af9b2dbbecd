"""`ecsdeploy sandbox github-token` and `github-job`: a GitHub job, without GitHub."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, ParamSpec

import typer

from ecsdeploy.cli.sandbox_shared import DebugOption, NameOption, errors, named, run_and_exit
from ecsdeploy.errors import Refused

if TYPE_CHECKING:
    from ecsdeploy.sandbox.github.job import Job

P = ParamSpec("P")

Described = Callable[[], dict[str, Any]]
"""Gives the fields of the `sandbox.github.job.Job` that the options describe. Raises `UsageError`."""


def _option(flag: str, text: str, metavar: str) -> Any:
    return typer.Option(flag, help=text, metavar=metavar)


def _job(  # noqa: PLR0917 - Typer reads the options off this signature
    repository: Annotated[str, _option("--repository", "Whose workflow it is.", "OWNER/NAME")],
    ref: Annotated[
        str, _option("--ref", "The branch or tag it runs for; of a pull request, its branch.", "REF")
    ] = "refs/heads/main",
    environment: Annotated[str, _option("--environment", "The job's environment.", "NAME")] = "",
    event: Annotated[str, _option("--event", "What triggered it: push, pull_request, ...", "EVENT")] = "push",
    repository_id: Annotated[
        str, _option("--repository-id", "GitHub's number of the repository; else one made of its name.", "N")
    ] = "",
    owner_id: Annotated[
        str, _option("--owner-id", "GitHub's number of the owner; else one made of the name.", "N")
    ] = "",
    immutable: Annotated[
        bool,
        typer.Option(
            "--immutable/--legacy",
            help="The subject with both numbers (repositories since 2026-07-15), or with the names alone.",
        ),
    ] = True,
    workflow_ref: Annotated[
        str, _option("--workflow-ref", "The workflow: OWNER/NAME/.github/workflows/FILE@REF.", "WORKFLOW")
    ] = "",
    job_workflow_ref: Annotated[
        str, _option("--job-workflow-ref", "The reusable workflow that the job calls.", "WORKFLOW")
    ] = "",
    actor: Annotated[str, _option("--actor", "Who triggered it.", "NAME")] = "",
    run_id: Annotated[str, _option("--run-id", "The number of the workflow's run.", "N")] = "1000000001",
    issuer: Annotated[
        str,
        _option("--issuer", "Who issues the token, for an enterprise or a server of one's own.", "URL"),
    ] = "https://token.actions.githubusercontent.com",
    subject_claims: Annotated[
        str,
        _option("--subject-claims", "The customised subject: repo,context,job_workflow_ref, ...", "CLAIM,CLAIM"),
    ] = "",
    claim: Annotated[
        list[str] | None, _option("--claim", "Another claim, or another value of one. Repeatable.", "NAME=VALUE")
    ] = None,
    expires_in: Annotated[
        int, _option("--expires-in", "How long a token is valid; below 1: it has expired.", "SECONDS")
    ] = 300,
    forged: Annotated[bool, typer.Option("--forged", help="Sign with a key that is not the issuer's.")] = False,
    fork: Annotated[
        str, _option("--fork", "Who owns the fork that a pull request comes from; its jobs get no id token.", "OWNER")
    ] = "",
) -> dict[str, Any]:
    return dict(
        repository=repository,
        ref=ref,
        environment=environment,
        event=event,
        repository_id=repository_id,
        owner_id=owner_id,
        immutable=immutable,
        workflow_ref=workflow_ref,
        job_workflow_ref=job_workflow_ref,
        actor=actor,
        run_id=run_id,
        issuer=issuer,
        subject_claims=tuple(each for each in subject_claims.split(",") if each),
        claims=named(claim),
        seconds=expires_in,
        forged=forged,
        fork=fork,
    )


def _is_kept_out(job: Job) -> bool:
    """Return whether GitHub gives no id token: a fork's job runs what a stranger wrote, unless it is the base's own."""
    return bool(job.fork) and job.event != "pull_request_target"


def _with_job_options(command: Callable[Concatenate[Described, P], None]) -> Callable[..., None]:
    """Return `command` with the options of a job after its own; its first parameter makes the job of them."""
    shared = inspect.signature(_job, eval_str=True).parameters
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]

    @wraps(command)
    def wrapper(**given: Any) -> None:
        asked = {name: given.pop(name) for name in shared}
        command(lambda: _job(**asked), **given)  # type: ignore[call-arg]

    parameters = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (*own, *shared.values())]
    wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    wrapper.__annotations__ = {each.name: each.annotation for each in parameters}
    del wrapper.__wrapped__  # Typer must read the signature above, not the command's
    return wrapper


@_with_job_options
def github_token(
    job: Described,
    audience: Annotated[
        str, _option("--audience", "Whom the token is for; GitHub's own default is the owner's address.", "AUDIENCE")
    ] = "sts.amazonaws.com",
    name: NameOption = "default",
    debug: DebugOption = False,
) -> None:
    """Print an id token as GitHub gives it to a job: signed, with GitHub's claims, valid for five minutes.

    AssumeRoleWithWebIdentity of the sandbox takes it where a role trusts the job, and refuses it as AWS does where
    none does:

    aws sts assume-role-with-web-identity --role-arn ROLE --role-session-name me --web-identity-token "$(ecsdeploy
    sandbox github-token --repository acme/hello)"

    Exit codes: 0; 2 GitHub could have no such job; 3 the sandbox is not up.
    """
    with errors(debug):
        from ecsdeploy.sandbox.github.job import as_json, job_of
        from ecsdeploy.sandbox.lifecycle import running
        from ecsdeploy.sandbox.remote import ask

        wanted = {"job": as_json(job_of(job())), "audience": audience}
        typer.echo(ask(running(name, os.environ), "github-token", wanted)["token"])


@_with_job_options
def github_job(
    job: Described,
    *,
    command: Annotated[list[str], typer.Argument(metavar="COMMAND...", help="What to run, and its arguments.")],
    id_token: Annotated[
        bool,
        typer.Option(
            "--id-token/--no-id-token",
            help="Without: as where `permissions` lack id-token: write.",
        ),
    ] = True,
    raw: Annotated[bool, typer.Option("--raw", help="Show what the job masks, and give it this terminal.")] = False,
    name: NameOption = "default",
    debug: DebugOption = False,
) -> None:
    """Run a command as a step of a GitHub job, with the sandbox in AWS's place; its exit code is the command's.

    It finds what GitHub's runner gives a job (CI, GITHUB_*, RUNNER_*, the address and the token for id tokens), the
    sandbox's endpoint and Region, and no key of AWS: what it wants to do there, it does with a role that trusts it.
    HOME and everything else stays. GITHUB_OUTPUT and its like are files that are deleted afterwards, unless the
    variables are set already. As in GitHub's logs, what the job masks is shown as ***.

    Exit codes: the command's; 2 GitHub could have no such job; 3 the sandbox is not up; 126 and 127 as in shells.
    """
    with errors(debug):
        from pathlib import Path
        from tempfile import TemporaryDirectory

        from ecsdeploy.sandbox.github.environment import job_environment
        from ecsdeploy.sandbox.github.job import as_json, job_of
        from ecsdeploy.sandbox.github.log import Masks
        from ecsdeploy.sandbox.lifecycle import running
        from ecsdeploy.sandbox.remote import ask

        state, wanted = running(name, os.environ), job_of(job())
        given = ask(state, "github-job", {"job": as_json(wanted)})
        asking = (given["url"], given["token"]) if id_token and not _is_kept_out(wanted) else None
        with ExitStack() as stack:
            with _room():
                folder = Path(stack.enter_context(TemporaryDirectory(prefix="github-job-")))
                environ = job_environment(
                    wanted, state.endpoint(), state.region, asking=asking, folder=folder, environ=os.environ
                )
            run_and_exit(command, environ, None if raw else Masks([given["token"]]).shown)


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Refused(
            "There is no place for the job's files.",
            why=f"{error.strerror or error}.",
            fix="Set TMPDIR to a folder that can be written.",
        ) from error
