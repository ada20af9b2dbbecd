"""Terraform, in its JSON syntax: exact, and read by OpenTofu too.

Source: Terraform, "JSON Configuration Syntax" (a string is a template, in which `${` and `%{` begin an expression and
are written `$${` and `%%{`); AWS provider, aws_iam_role, aws_iam_role_policy, aws_iam_openid_connect_provider.
"""

from __future__ import annotations

from typing import Any

from ecsdeploy.core.as_code.access import Access
from ecsdeploy.core.role import POLICY, SESSION, WantedRole
from ecsdeploy.policy.size import compact

PROVIDER = "aws_iam_openid_connect_provider"
CREATE = "create_oidc_provider"


def terraform(access: Access) -> dict[str, Any]:
    """Return the content of a `.tf.json` file."""
    permissions = {
        name: {"name": POLICY, "role": f"${{aws_iam_role.{name}.id}}", "policy": literal(compact(role.permissions))}
        for name, role in access.roles.items()
        if role.permissions is not None
    }
    return {
        "variable": {
            CREATE: {
                "type": "bool",
                "default": True,
                "description": "false where the account has the OIDC provider already, for any repository.",
            }
        },
        "resource": {
            PROVIDER: {
                "github": {
                    "count": f"${{var.{CREATE} ? 1 : 0}}",
                    "url": literal(access.url),
                    "client_id_list": [literal(access.audience)],
                    "lifecycle": {"prevent_destroy": True},
                }
            },
            "aws_iam_role": {name: _role(name, role) for name, role in access.roles.items()},
            "aws_iam_role_policy": permissions,
        },
        "output": {"deploy_role_arn": {"value": "${aws_iam_role.deploy.arn}"}},
    }


def _role(name: str, role: WantedRole) -> dict[str, Any]:
    return {
        "name": literal(role.name),
        "path": literal(role.path),
        "description": literal(role.description),
        "max_session_duration": SESSION,
        "assume_role_policy": literal(compact(role.trust)),
        "tags": {literal(key): literal(value) for key, value in role.tags.items()},
        **({"permissions_boundary": literal(role.boundary)} if role.boundary else {}),
        **({"depends_on": [f"{PROVIDER}.github"]} if name == "deploy" else {}),
    }


def literal(text: str) -> str:
    """Return a text as a template that stands for itself."""
    return text.replace("${", "$${").replace("%{", "%%{")
