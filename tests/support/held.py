"""What a command called, held against the policy that is made from the very config that it ran with.

A call that the policy lacks fails the test that made it. What the deploy role lacks on purpose stands in `BEYOND`, one
by one, and has to be in an administrator's policy of the same config.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ecsdeploy.config.load import Loaded, load
from ecsdeploy.core.scope import scope_of
from ecsdeploy.core.target import Target
from ecsdeploy.errors import ConfigError
from ecsdeploy.policy import Document
from ecsdeploy.policy.arns import Place, partition_of
from ecsdeploy.policy.grants import Grant, document
from ecsdeploy.policy.grants.needs import NEEDS
from ecsdeploy.policy.grants.policies import deploy_grants, grants_for
from ecsdeploy.policy.grants.scope import DeployScope
from tests.support.authorized import RecordedCall, Refused, refused
from tests.support.beyond import BEYOND, Beyond

ACCOUNT = "123456789012"
FindArn = Callable[[str, str], str]
"""(`role`, its name) -> its ARN, "" if there is none."""


def nobody(kind: str, name: str) -> str:
    """Return that an account has nothing of that name."""
    del kind, name
    return ""


@dataclass(frozen=True)
class Named:
    """What a command line is about: its command, and the scope of its policies; of each environment, if of all."""

    command: str
    place: Place
    scopes: tuple[DeployScope, ...]

    def role(self) -> tuple[Grant, ...]:
        """Return what the deploy role has, with [iam] grants for the command where that takes one."""
        granted = (self.command,) if NEEDS[self.command].who == "by [iam] grants" else ()
        scopes = [replace(each, grants=tuple(sorted({*each.grants, *granted}))) for each in self.scopes]
        return tuple(grant for each in scopes for grant in deploy_grants(self.place, each))

    def alone(self, command: str) -> Document:
        """Return the policy that `ecsdeploy iam --for` prints of a command."""
        return document(grant for each in self.scopes for grant in grants_for(command, self.place, each))

    def policies(self) -> Iterator[Document]:
        """Yield what has to allow its calls: its own policy, and unless an admin runs it that of the deploy role."""
        if NEEDS[self.command].who != "an admin":
            yield document(self.role())
        if self.command != "deploy":
            yield self.alone(self.command)


def command_of(arguments: Sequence[str]) -> str:
    """Return the name of the command in a command line, "" where there is none."""
    return next((each for each in arguments if re.fullmatch(r"[a-z][a-z-]*", each)), "")


def named(folder: Path, arguments: Sequence[str], find: FindArn = nobody) -> Named:
    """Return what a command line in `folder` is about. Raises `EcsdeployError` where its config cannot be read."""
    path = folder / (_option(arguments, "--config") or "ecsdeploy.toml")
    found = load(path, _option(arguments, "--env"))
    region = _option(arguments, "--region") or found.config.region or "us-east-1"
    place = Place(partition_of(region), region, found.config.account or ACCOUNT)
    environments = found.environments if "--all-envs" in arguments else ()
    every = [load(path, each) for each in environments] or [found]
    scopes = tuple(_overridden(_scope(each, place, find), arguments) for each in every)
    return Named(command_of(arguments), place, scopes)


def lacking(
    folder: Path, arguments: Sequence[str], calls: Sequence[RecordedCall], find: FindArn = nobody
) -> list[Refused]:
    """Return what a command called and its policies lack, without what is in `BEYOND`."""
    # How somebody becomes the role is a matter of theirs, and of its trust policy.
    asking = [call for call in calls if call.requests and (call.service, call.operation) != ("sts", "AssumeRole")]
    if not asking:
        return []
    if command_of(arguments) not in NEEDS:
        return refused(asking, [])
    try:
        about = named(folder, arguments, find)
    except ConfigError:  # a command that does without a config: no policy is made for it
        return []
    found = [each for policy in about.policies() for each in refused(asking, [policy])]
    return [each for each in found if not any(_excuses(entry, each, about) for entry in BEYOND)]


def require(folder: Path, arguments: Sequence[str], calls: Sequence[RecordedCall], find: FindArn = nobody) -> None:
    """Fail if the command called anything that its policies lack: with the action, the resource, and the keys."""
    found = list(dict.fromkeys(str(each) for each in lacking(folder, arguments, calls, find)))
    assert not found, f"the policy of `ecsdeploy {' '.join(arguments)}` lacks:\n" + "\n".join(found)


def unused(row: str, asked: Sequence[tuple[str, RecordedCall]]) -> list[str]:
    """Return the entries that `row` is to show and does not; `asked` are its commands, each with a call."""
    made = [(verb, each) for verb, call in asked for each in call.requests]
    return [
        str(entry)
        for entry in BEYOND
        if entry.row == row
        and not any(
            (verb, each.action) == (entry.verb, entry.action) and entry.on in each.resource for verb, each in made
        )
    ]


def _excuses(entry: Beyond, found: Refused, about: Named) -> bool:
    asked = found.request
    if (entry.verb, entry.action) != (about.command, asked.action) or entry.on not in asked.resource:
        return False
    return entry.by == "nobody" or found.request not in [
        each.request for each in refused([found.call], [about.alone(entry.by)])
    ]


def _scope(found: Loaded, place: Place, find: FindArn) -> DeployScope:
    names, path = (found.names.execution_role, found.names.task_role), found.config.iam.path
    passed = tuple(find("role", name) or place.role(name, path) for name in names)
    return scope_of(Target(found.config, found.names, place.region), place, passed)


def _overridden(scope: DeployScope, arguments: Sequence[str]) -> DeployScope:
    """Return the scope of a config that says what options say for one run: a policy is made from the config alone."""
    boundary = _option(arguments, "--permissions-boundary") or scope.boundary
    return replace(scope, scans=scope.scans or "--fail-on" in arguments, boundary=boundary)


def _option(arguments: Sequence[str], name: str) -> str | None:
    """Return the value of an option, as tests write it: two words, before any `--`."""
    given = list(arguments[: arguments.index("--")] if "--" in arguments else arguments)
    return given[given.index(name) + 1] if name in given[:-1] else None
