"""Who a request comes from: a role's session, a user, or nobody that IAM knows; and the condition keys of each.

Source: IAM User Guide, "AWS global condition context keys", "Properties of the principal".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from ecsdeploy.sandbox.iam.rights import NOTHING, Rights
from ecsdeploy.sandbox.iam.stored_roles import StoredRoles

Context = Mapping[str, str | tuple[str, ...]]


class RoleSession(Protocol):
    """A role that somebody has assumed, as `sandbox/sessions.py` keeps it."""

    @property
    def role_arn(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def session_policy(self) -> str: ...  # noqa: D102
    @property
    def policy_arns(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def tags(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def source_identity(self) -> str: ...  # noqa: D102
    @property
    def provider(self) -> str: ...  # noqa: D102
    @property
    def identity(self) -> Mapping[str, tuple[str, ...]]: ...  # noqa: D102


FindSession = Callable[[str], RoleSession | None]
"""Access key -> its session."""


@dataclass(frozen=True)
class Asker:
    """Somebody who asks: `arn` as AWS names them in refusals, what they may do, and their condition keys."""

    arn: str
    rights: Rights
    keys: Context


class Principals:
    """Finds who an access key belongs to."""

    def __init__(self, roles: StoredRoles, sessions: FindSession) -> None:
        self._roles = roles
        self._sessions = sessions

    def find(self, access_key: str) -> Asker | None:
        """Return who an access key belongs to, None if nobody has it."""
        session = self._sessions(access_key)
        return self._user(access_key) if session is None else self._in_session(session)

    def _in_session(self, session: RoleSession) -> Asker:
        _, partition, _, _, account, resource = session.role_arn.split(":", 5)
        arn = f"arn:{partition}:sts::{account}:assumed-role/{resource.rpartition('/')[2]}/{session.name}"
        role = self._roles.find(session.role_arn)
        # A role that was deleted has no policies any more, and its sessions may do nothing.
        rights = role.rights if role else Rights(session.role_arn, ())
        keys: dict[str, str | tuple[str, ...]] = {
            **_who(session.role_arn, account, "AssumedRole", {**(role.tags if role else {}), **session.tags}),
            **session.identity,
            "aws:userid": f"{role.id if role else ''}:{session.name}",
            "aws:MultiFactorAuthPresent": "false",
        }
        given = {"aws:FederatedProvider": session.provider, "aws:SourceIdentity": session.source_identity}
        keys |= {key: value for key, value in given.items() if value}
        return Asker(arn, replace(rights, session=self._session_policies(session)), keys)

    def _session_policies(self, session: RoleSession) -> tuple[str, ...] | None:
        """Return the documents that limit a session, None if nothing does. An unknown policy allows nothing."""
        if not session.session_policy and not session.policy_arns:
            return None
        managed = (self._roles.policy(arn) or NOTHING for arn in session.policy_arns)
        return (*((session.session_policy,) if session.session_policy else ()), *managed)

    def _user(self, access_key: str) -> Asker | None:
        user = self._roles.user(access_key)
        if user is None:
            return None
        arn = user.rights.arn
        keys = _who(arn, arn.split(":")[4], "User", user.tags)
        return Asker(arn, user.rights, {**keys, "aws:userid": user.id, "aws:username": user.name})


def _who(arn: str, account: str, kind: str, tags: Mapping[str, str]) -> dict[str, str | tuple[str, ...]]:
    return {
        "aws:PrincipalArn": arn,
        "aws:PrincipalAccount": account,
        "aws:PrincipalType": kind,
        "aws:PrincipalIsAWSService": "false",
        **{f"aws:PrincipalTag/{key}": value for key, value in tags.items()},
    }
