"""`ecsdeploy sandbox ci-token`: a job of GitLab, Bitbucket, CircleCI or Buildkite, without any of them."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated

import typer

from ecsdeploy.cli.sandbox_shared import DebugOption, NameOption, errors, named


class Ci(StrEnum):
    """Whose token it is."""

    BITBUCKET = "bitbucket"
    BUILDKITE = "buildkite"
    CIRCLECI = "circleci"
    GITLAB = "gitlab"


def ci_token(
    ci: Annotated[Ci, typer.Argument(help="Whose token it is.", metavar="CI")],
    *,
    project: Annotated[
        str,
        typer.Option(
            help="GROUP/PROJECT, WORKSPACE/REPOSITORY, OWNER/REPOSITORY or ORGANIZATION/PIPELINE.", metavar="PROJECT"
        ),
    ],
    ref: Annotated[str, typer.Option(help="The branch or tag that it runs for.", metavar="REF")] = "refs/heads/main",
    environment: Annotated[
        str, typer.Option(help="GitLab's environment, or the UUID of Bitbucket's.", metavar="NAME")
    ] = "",
    project_id: Annotated[str, typer.Option(help="The project's id; else one made of its name.", metavar="ID")] = "",
    owner_id: Annotated[
        str, typer.Option(help="The namespace's, workspace's or organisation's id; else one made.", metavar="ID")
    ] = "",
    audience: Annotated[str, typer.Option(help="Whom it is for; else as usual at this CI.", metavar="AUDIENCE")] = "",
    issuer: Annotated[str, typer.Option(help="A GitLab of one's own.", metavar="URL")] = "",
    claim: Annotated[
        list[str] | None,
        typer.Option(help="Another claim, or another value of one. Repeatable.", metavar="NAME=VALUE"),
    ] = None,
    expires_in: Annotated[
        int, typer.Option(help="How long it is valid; below 1: it has expired.", metavar="SECONDS")
    ] = 3600,
    forged: Annotated[bool, typer.Option("--forged", help="Sign with a key that is not the issuer's.")] = False,
    name: NameOption = "default",
    debug: DebugOption = False,
) -> None:
    """Print an id token as GitLab, Bitbucket, CircleCI or Buildkite gives it to a job.

    With the claims that each of them documents, signed with the key of the sandbox's issuer: for trying whom a role
    lets in. Any AWS client takes it from a file: AWS_WEB_IDENTITY_TOKEN_FILE, with AWS_ROLE_ARN.

    Exit codes: 0; 2 there can be no such job; 3 the sandbox is not up.
    """
    with errors(debug):
        from ecsdeploy.sandbox.ci.job import CiJob, as_json
        from ecsdeploy.sandbox.lifecycle import running
        from ecsdeploy.sandbox.remote import ask

        job = CiJob(
            ci=ci.value,
            project=project,
            project_id=project_id,
            owner_id=owner_id,
            ref=ref,
            environment=environment,
            issuer=issuer,
            audience=audience,
            claims=named(claim),
            seconds=expires_in,
            forged=forged,
        )
        typer.echo(ask(running(name, os.environ), "ci-token", {"job": as_json(job)})["token"])
