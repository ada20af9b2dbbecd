"""Whether policies allow a request: one statement allows it, and none denies it.

It evaluates the documents it is given. What else may restrict a request (service control policies,
permission boundaries, session policies, the caller's own identity policies) is for the caller to add as documents.
Source: IAM User Guide, "Policy evaluation logic".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from ecsdeploy.policy import VERSION, Document, PolicyError, listed
from ecsdeploy.policy.conditions import holds
from ecsdeploy.policy.patterns import Context, Unresolved, like, pieces, resource_matches


class Decision(Enum):
    """How a request ends: only ALLOWED lets it through."""

    ALLOWED = "allowed"
    DENIED = "explicitly denied"
    NOT_ALLOWED = "not allowed by any statement"


@dataclass(frozen=True)
class Principal:
    """Who asks: `kind` is AWS, Service or Federated, `name` an ARN, a service or an identity provider."""

    kind: str
    name: str


@dataclass(frozen=True)
class Request:
    """An action (`ecs:UpdateService`) on a resource (an ARN, or `*`) with the condition keys that AWS fills in."""

    action: str
    resource: str = "*"
    context: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    principal: Principal | None = None


def evaluate(documents: Iterable[Document], request: Request) -> Decision:
    """Return the decision of all `documents` together. Raises `PolicyError` if one is not a policy."""
    context = {
        key.lower(): (value,) if isinstance(value, str) else tuple(value) for key, value in request.context.items()
    }
    allowed = denied = False
    for document in documents:
        variables = document.get("Version", "2008-10-17") == VERSION
        for statement in _objects(document.get("Statement", [])):
            effect = statement.get("Effect")
            if effect not in ("Allow", "Deny"):
                raise PolicyError(f"a statement's Effect is {effect!r}, neither Allow nor Deny")
            if _applies(statement, request, context, variables):
                allowed, denied = allowed or effect == "Allow", denied or effect == "Deny"
    if denied:
        return Decision.DENIED
    return Decision.ALLOWED if allowed else Decision.NOT_ALLOWED


def _applies(statement: Mapping[str, Any], request: Request, context: Context, variables: bool) -> bool:
    return (
        _covers_action(statement, request.action)
        and _covers_resource(statement, request.resource, context, variables)
        and _covers_principal(statement, request.principal)
        and holds(statement.get("Condition", {}), context, variables=variables)
    )


def _covers_action(statement: Mapping[str, Any], action: str) -> bool:
    name, negated = _either(statement, "Action", "NotAction")
    return negated != any(like(((each, True),), action, ignore_case=True) for each in _strings(statement[name]))


def _covers_resource(statement: Mapping[str, Any], resource: str, context: Context, variables: bool) -> bool:
    if "Principal" in statement and "Resource" not in statement and "NotResource" not in statement:
        return True  # a trust policy: the resource is the role that it belongs to
    name, negated = _either(statement, "Resource", "NotResource")
    covered = False
    for each in _strings(statement[name]):
        try:
            covered = covered or resource_matches(pieces(each, context, variables=variables), resource)
        except Unresolved:
            if negated:
                return False
    return negated != covered


def _covers_principal(statement: Mapping[str, Any], principal: Principal | None) -> bool:
    if "Principal" not in statement and "NotPrincipal" not in statement:
        return True
    name, negated = _either(statement, "Principal", "NotPrincipal")
    return negated != _names(statement[name], principal)


def _names(element: Any, principal: Principal | None) -> bool:
    if element == "*":
        return True
    if not isinstance(element, Mapping) or principal is None:
        return False
    named = _strings(element.get(principal.kind, []))
    if principal.kind != "AWS":
        return principal.name in named
    account = principal.name.split(":")[4] if principal.name.count(":") >= 5 else principal.name
    partition = principal.name.split(":")[1] if ":" in principal.name else "aws"
    whole_account = {account, f"arn:{partition}:iam::{account}:root"}
    return "*" in named or principal.name in named or bool(whole_account & set(named))


def _either(statement: Mapping[str, Any], name: str, opposite: str) -> tuple[str, bool]:
    if (name in statement) == (opposite in statement):
        raise PolicyError(f"a statement has {name} or {opposite}, exactly one of them")
    return (name, False) if name in statement else (opposite, True)


def _objects(value: Any) -> list[Mapping[str, Any]]:
    found = listed(value)
    if not all(isinstance(each, Mapping) for each in found):
        raise PolicyError("a statement is an object")
    return found


def _strings(value: Any) -> list[str]:
    found = [value] if isinstance(value, str) else list(value)
    if not all(isinstance(each, str) for each in found):
        raise PolicyError(f"{value!r} is neither text nor a list of texts")
    return found
