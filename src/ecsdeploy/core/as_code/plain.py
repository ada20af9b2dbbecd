"""Plain JSON: for any other tool, and for reading."""

from __future__ import annotations

from typing import Any

from ecsdeploy.core.as_code.access import Access
from ecsdeploy.core.role import POLICY, SESSION, WantedRole


def plain(access: Access) -> dict[str, Any]:
    """Return the provider and the roles, in IAM's own terms: what CreateRole and PutRolePolicy take."""
    return {
        "OpenIDConnectProvider": {
            "Url": access.url,
            "ClientIDList": [access.audience],
            "CreateOnlyIfMissing": True,
        },
        "Roles": {name: _role(access, role) for name, role in access.roles.items()},
    }


def _role(access: Access, role: WantedRole) -> dict[str, Any]:
    return {
        "Arn": access.arn(role),
        "RoleName": role.name,
        "Path": role.path,
        "Description": role.description,
        "MaxSessionDuration": SESSION,
        "AssumeRolePolicyDocument": role.trust,
        "PermissionsBoundary": role.boundary or None,
        "Tags": dict(role.tags),
        "InlinePolicies": {POLICY: role.permissions} if role.permissions is not None else {},
    }
