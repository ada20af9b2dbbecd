"""IAM roles and GitHub's OIDC provider: dicts in, core models out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from ecsdeploy.aws.errors import aws_errors
from ecsdeploy.aws.session import Aws
from ecsdeploy.aws.tolerate import Tolerate
from ecsdeploy.core.role import POLICY, SESSION, Role, trusts

ECS_ROLE_PATH = "/aws-service-role/ecs.amazonaws.com/"


class Iam:
    """What `bootstrap-oidc` and `setup` ask of IAM."""

    def __init__(self, aws: Aws) -> None:
        self._iam = aws.client("iam")

    def role(self, name: str) -> Role | None:
        """Return the role `name`, or None."""
        with Tolerate("NoSuchEntity"), aws_errors("iam"):
            return _role(self._iam.get_role(RoleName=name)["Role"])
        return None

    def policy(self, role: str, name: str = POLICY) -> Mapping[str, Any] | None:
        """Return the inline policy `name` of `role`, by default the one that ecsdeploy writes, or None."""
        with Tolerate("NoSuchEntity"), aws_errors("iam"):
            return _document(self._iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])
        return None

    def inline_policies(self, role: str) -> tuple[str, ...]:
        """Return the names of the role's inline policies."""
        with aws_errors("iam"):
            pages = self._iam.get_paginator("list_role_policies").paginate(RoleName=role)
            return tuple(name for page in pages for name in page["PolicyNames"])

    def attached_policies(self, role: str) -> tuple[str, ...]:
        """Return the ARNs of the policies that are attached to the role."""
        with aws_errors("iam"):
            pages = self._iam.get_paginator("list_attached_role_policies").paginate(RoleName=role)
            return tuple(policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"])

    def provider_audiences(self, arn: str) -> tuple[str, ...] | None:
        """Return the audiences of the OIDC provider `arn`, or None when there is none."""
        with Tolerate("NoSuchEntity"), aws_errors("iam"):
            return tuple(self._iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"])
        return None

    def roles_that_trust(self, provider: str) -> tuple[str, ...]:
        """Return the names of all roles of the account that trust the OIDC provider `provider`."""
        with aws_errors("iam"):
            pages = self._iam.get_paginator("list_roles").paginate()
            every = [_role(raw) for page in pages for raw in page.get("Roles", [])]
        return tuple(sorted(role.name for role in every if trusts(role.trust, provider)))

    def has_service_linked_role(self) -> bool:
        """Return whether ECS has its service-linked role; looked up by its path, which is ECS's alone."""
        with aws_errors("iam"):
            pages = self._iam.get_paginator("list_roles").paginate(PathPrefix=ECS_ROLE_PATH)
            return any(page.get("Roles") for page in pages)  # a page may be empty although another is not


def _role(raw: Mapping[str, Any]) -> Role:
    return Role(
        name=raw["RoleName"],
        arn=raw["Arn"],
        trust=_document(raw["AssumeRolePolicyDocument"]),
        description=raw.get("Description", ""),
        max_session=raw.get("MaxSessionDuration", SESSION),
        tags={tag["Key"]: tag["Value"] for tag in raw.get("Tags", [])},
        boundary=raw.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
    )


def _document(raw: str | Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the document; IAM sends it URL-encoded, and botocore usually has decoded it."""
    if isinstance(raw, str):
        document: Mapping[str, Any] = json.loads(unquote(raw))
        return document
    return raw
