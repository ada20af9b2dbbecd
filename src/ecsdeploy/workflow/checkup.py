"""What keeps a deployment from working: on this machine, with these credentials, and in the account."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from ecsdeploy.core.account import Account, Hidden, RoleSeen
from ecsdeploy.core.doctor import hidden, of_error, of_plan
from ecsdeploy.core.plan import make_plan
from ecsdeploy.core.planned import planned
from ecsdeploy.core.target import Target
from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.core.wanted import SETUP, Part, Wanted
from ecsdeploy.errors import EcsdeployError, PermissionDenied, Refused, UsageError
from ecsdeploy.facts import Check
from ecsdeploy.github.lint import repository_root
from ecsdeploy.image.engine import connect
from ecsdeploy.image.revision import head
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.read import Need, place_of, read

_MADE: tuple[Part, ...] = tuple(part for part in SETUP if part != "github")


def checkup(run: Run | None, folder: Path) -> Iterator[Check]:
    """Yield what is in the way of a deployment of the project in `folder`; without a `run`, of the machine alone."""
    environ = run.environ if run is not None else os.environ
    yield _git(folder, environ)
    yield _docker(environ)
    if run is None:
        return
    identity = credentials(run, run.target)
    yield identity
    if identity.status == "ok":
        yield from _made(run, run.target)


def credentials(run: Run, target: Target) -> Check:
    """Return whose credentials these are, or why they are of no use."""
    try:
        place = place_of(run.aws, target)
    except EcsdeployError as error:
        return of_error("credentials", error)
    guard = "" if target.config.account else " The config names no account, so any is accepted."
    text = f"Signed in to account {place.account} as {run.aws.identity.arn}.{guard}"
    return Check(about="credentials", status="ok", text=text)


def _git(folder: Path, environ: Mapping[str, str]) -> Check:
    if repository_root(folder) is None:
        return Check(
            about="git",
            status="warning",
            text="This is not a git repository.",
            why="An image is named after its commit.",
            fix="Run it in a checkout, or name each image with --tag.",
        )
    commit = head(folder, environ)
    if not commit:
        return Check(
            about="git",
            status="warning",
            text="No commit is checked out, or git cannot be run.",
            why="An image is named after its commit.",
            fix="Install git and commit, or name each image with --tag.",
        )
    return Check(about="git", status="ok", text=f"Commit {commit[:7]} is checked out.")


def _docker(environ: Mapping[str, str]) -> Check:
    try:
        engine = connect(environ)
    except Refused as error:
        return replace(
            of_error("docker", error), status="warning", why=f"Nothing can be built here. {error.why}".strip()
        )
    engine.client.close()
    return Check(about="docker", status="ok", text=f"A Docker Engine answers at {engine.host}.")


def _made(run: Run, target: Target) -> Iterator[Check]:
    """Yield what `setup` makes, as it is."""
    setup = run.journal.command("setup")
    try:
        run.loaded.require_environment_for_change()
    except UsageError as error:
        yield replace(of_error("environment", error), status="unchecked")
        return
    parts: tuple[Part, ...] = (*_MADE, "github") if target.has_ci else _MADE
    try:
        account = read(run.aws, target, run.clock, Need(parts=parts, reconcile=True, issuer=target.issuer.name))
    except PermissionDenied as error:
        yield hidden("setup", error.action, "What it makes could not be looked at")
        return
    except EcsdeployError as error:
        yield of_error("setup", error)
        return
    for part in _MADE:
        yield from _part(part, target, account, setup)
    if target.has_ci:
        yield from _github(target, account, setup)


def _part(part: Part, target: Target, account: Account, setup: str) -> Iterator[Check]:
    try:
        plan = make_plan(Wanted(target=target, parts=(part,)), account, Upkeep())
    except PermissionDenied as error:
        yield hidden(part, error.action, "Not looked at")
    except EcsdeployError as error:
        yield of_error(part, error)
    else:
        yield from (of_plan(planned(each), setup) for each in plan.decisions)
        yield from (Check(about=part, status="warning", text=text) for text in plan.warnings)


def _github(target: Target, account: Account, setup: str) -> Iterator[Check]:
    name = target.names.deploy_role
    role = account.roles.get(name)
    about = f"deploy role {name}"
    if isinstance(role, Hidden):
        yield hidden(about, str(role), "Not looked at")
    elif isinstance(role, RoleSeen):
        yield Check(about=about, status="ok", text="It exists; `ecsdeploy doctor --oidc` says whom it lets in.")
    else:
        yield Check(about=about, status="problem", text="It does not exist.", fix=f"Run `{setup}`.")
