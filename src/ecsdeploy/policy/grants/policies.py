"""The policies: that of the deploy role, and that of each command alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ecsdeploy.policy import Document, PolicyError
from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.grants import Grant, document, joined
from ecsdeploy.policy.grants.beyond import beyond
from ecsdeploy.policy.grants.deploying import deploying
from ecsdeploy.policy.grants.needs import ADMIN_DESTROYS, NEEDS
from ecsdeploy.policy.grants.reading import read_roles, reading
from ecsdeploy.policy.grants.scope import DeployScope
from ecsdeploy.policy.grants.setting_up import setting_up
from ecsdeploy.policy.size import fits_inline, require_inline_size

SHORTEN = "give shorter names in [names], name fewer secrets, or leave out some of [iam] grants"
DEPLOY = "deploy"
"""The name under which the deploy role's whole policy is asked for."""
BY_DEFAULT = tuple(name for name, need in NEEDS.items() if need.who == "deploy role")
"""The commands that the deploy role is for."""


def deploy_permissions(place: Place, scope: DeployScope) -> Document:
    """Return the deploy role's inline policy. Raises `TooLong` if IAM has no room for it."""
    found = document(deploy_grants(place, scope))
    require_inline_size(found)
    return found


def deploy_grants(place: Place, scope: DeployScope) -> tuple[Grant, ...]:
    """Return what the deploy role is granted: what deploying takes, and what the config grants besides.

    Where IAM has no room for a statement by purpose, some are joined. Where that is not enough, looking at the roles is
    left out: it spares a build that cannot be deployed, and no more. At last the statements lose their names.
    """
    grants = tuple(_of(place, scope, (*BY_DEFAULT, *scope.grants)))
    spare = tuple(each for each in grants if each.sid != "ReadRoles")
    nameless = tuple(replace(each, sid="") for each in joined(spare))
    forms = (grants, joined(grants), joined(spare), nameless)
    return next((each for each in forms if fits_inline(document(each))), forms[-1])


def grants_for(command: str, place: Place, scope: DeployScope) -> tuple[Grant, ...]:
    """Return what `command` takes; of `deploy`, all that the deploy role has.

    Raises `PolicyError` if no command is called so.
    """
    if command == DEPLOY:
        return deploy_grants(place, scope)
    if command not in NEEDS:
        raise PolicyError(f"there is no policy for {command!r}")
    more = ADMIN_DESTROYS if command == "destroy" else ()
    return tuple(_of(place, scope, (command,), more))


def _of(place: Place, scope: DeployScope, commands: Iterable[str], more: tuple[str, ...] = ()) -> Iterator[Grant]:
    needs = [NEEDS[command] for command in commands]
    reads = frozenset(action for need in needs for action in need.reads)
    looks = (each.only(reads) for each in (*reading(place, scope), read_roles(place, scope)))
    writes = (*deploying(place, scope), *beyond(place, scope), *setting_up(place, scope))
    called = (
        each if each.sid in more else each.only({action for need in needs for action in need.writes_with(each)})
        for each in writes
    )
    yield from (each for each in (*looks, *called) if each.actions and each.resources)
