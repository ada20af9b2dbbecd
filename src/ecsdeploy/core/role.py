"""What an IAM role should be, and what differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ecsdeploy.changes import Change
from ecsdeploy.core.documents import document_changes
from ecsdeploy.policy import listed

POLICY = "ecsdeploy"
"""The name of the one inline policy that ecsdeploy writes into a role."""

SESSION = 3600
"""MaxSessionDuration in seconds: IAM's smallest and its default."""

BOUNDARY = "permissionsBoundary"

RoleKind = Literal["deploy role", "execution role", "task role"]


@dataclass(frozen=True)
class Role:
    """A role as GetRole shows it; `boundary` is the ARN of its permissions boundary, or ""."""

    name: str
    arn: str
    trust: Mapping[str, Any]
    description: str = ""
    max_session: int = SESSION
    tags: Mapping[str, str] = field(default_factory=dict)
    boundary: str = ""

    @property
    def path(self) -> str:
        """Return the role's path: `/`, or what the ARN has between `role` and the name."""
        return self.arn.partition(":role")[2].removesuffix(self.name)


@dataclass(frozen=True)
class WantedRole:
    """A role as the config has it.

    `permissions` None: ecsdeploy gives it none, and keeps what others gave. `path` is that of a role to make: IAM moves
    none. `boundary` "": the permissions boundary is whatever it is.
    """

    kind: RoleKind
    name: str
    description: str
    trust: Mapping[str, Any]
    permissions: Mapping[str, Any] | None
    tags: Mapping[str, str]
    path: str = "/"
    boundary: str = ""


def trusts(trust: Mapping[str, Any], provider: str) -> bool:
    """Return whether a trust policy names the OIDC provider of this ARN (IAM: Principal.Federated, one or a list)."""
    return any(provider in _federated(each) for each in _listed(trust.get("Statement")))


def _federated(statement: Mapping[str, Any]) -> list[Any]:
    principal = statement.get("Principal")
    return _listed(principal.get("Federated")) if isinstance(principal, Mapping) else []


def _listed(value: Any) -> list[Any]:
    return [] if value is None else listed(value)


def role_changes(now: Role, policy: Mapping[str, Any] | None, wanted: WantedRole) -> tuple[Change, ...]:
    """Return what to change; `policy` is the inline policy that the role has under our name."""
    changes = list(document_changes(now.trust, wanted.trust, "trust"))
    if wanted.permissions is not None:
        changes += document_changes(policy, wanted.permissions, "permissions")
    if now.description != wanted.description:
        changes.append(Change("description", now.description, wanted.description))
    if now.max_session != SESSION:
        changes.append(Change("maxSessionDuration", now.max_session, SESSION))
    if wanted.boundary not in ("", now.boundary):
        changes.append(Change(BOUNDARY, now.boundary or None, wanted.boundary))
    return tuple(changes)
