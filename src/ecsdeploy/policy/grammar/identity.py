"""Identity policies: what their statements need, and how actions and resources are written."""

from __future__ import annotations

import re

from ecsdeploy.policy.grammar.elements import texts
from ecsdeploy.policy.grammar.resources import check_resource
from ecsdeploy.policy.grammar.syntax import MalformedPolicy, Statement, Statements

_VENDOR = re.compile(r"[a-zA-Z0-9.-]+")


def check_identity_statements(statements: Statements, partition: str) -> None:
    """Raise `MalformedPolicy`, in IAM's words and IAM's order, for the first fault of an identity policy."""
    if any("Principal" in statement or "NotPrincipal" in statement for statement in statements):
        raise MalformedPolicy("Policy document should not specify a principal.")
    if not all(map(_actions, statements)):
        raise MalformedPolicy("Policy statement must contain actions.")
    for statement in statements:
        # Of several faulty ones IAM was seen to name the one that sorts first.
        for resource in sorted(_resources(statement)):
            check_resource(resource, partition)
    for statement in statements:
        for action in _actions(statement):
            _check_action(action)
    if not all(map(_resources, statements)):
        raise MalformedPolicy("Policy statement must contain resources.")


def _actions(statement: Statement) -> list[str]:
    return texts(statement, "Action", "NotAction")


def _resources(statement: Statement) -> list[str]:
    return texts(statement, "Resource", "NotResource")


def _check_action(action: str) -> None:
    if action == "*":
        return
    vendor, *rest = action.split(":")
    if not rest:
        raise MalformedPolicy("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
    if len(rest) > 1:
        raise MalformedPolicy("Actions/Condition can contain only one colon.")
    if "*" in vendor or "?" in vendor:
        raise MalformedPolicy("Action vendors (e.g., aws, ec2, etc.) must not contain wildcards.")
    if not _VENDOR.fullmatch(vendor):
        raise MalformedPolicy(f"Vendor {vendor} is not valid")
