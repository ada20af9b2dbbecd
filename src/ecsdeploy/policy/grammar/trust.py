"""Trust policies: who is named in them, and for what.

Sources: IAM User Guide, "AWS JSON policy elements: Principal"; "Identity-provider controls for shared OIDC providers"
for the condition that a role for GitHub must have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ecsdeploy.policy import listed
from ecsdeploy.policy.arns import GITHUB_ISSUER
from ecsdeploy.policy.grammar.elements import texts
from ecsdeploy.policy.grammar.syntax import SYNTAX, MalformedPolicy, Statement, Statements
from ecsdeploy.policy.issuers import BUILDKITE_ISSUER, GITLAB_ISSUER

_ACTIONS = frozenset(
    {
        *("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"),
        *("sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext"),
    }
)
_NEEDED = (("Principal", "NotPrincipal"), ("Action", "NotAction"))
_SCOPING = ("StringEquals", "StringLike", "StringEqualsIgnoreCase")
_SHARED = (GITHUB_ISSUER, GITLAB_ISSUER, BUILDKITE_ISSUER)
"""Issuers that mint tokens for everybody: a role for one of them has to say for whom. The words are from a report of
2024-06-06 at unfunco/terraform-aws-oidc-github, where an enterprise's own issuer of GitHub is one as well.
"""
_COGNITO = "cognito-identity.amazonaws.com"
_FORMS: Mapping[str, re.Pattern[str]] = {
    "AWS": re.compile(
        r"\*|\d{12}|\d{4}-\d{4}-\d{4}|A(?:ID|RO)A[A-Z0-9]{12,}"
        r"|arn:aws[a-z-]*:iam::\d{12}:(?:root|(?:user|role)/[\w+=,.@/-]+)"
        r"|arn:aws[a-z-]*:sts::\d{12}:(?:assumed-role/[\w+=,.@-]+|federated-user)/[\w+=,.@-]+"
    ),
    "Service": re.compile(r"[A-Za-z0-9.-]+\.amazonaws\.(?:com|com\.cn|eu)"),
    "Federated": re.compile(r"[a-z0-9.-]+\.com|arn:aws[a-z-]*:iam::\d{12}:(?:oidc|saml)-provider/[^\s*?]+"),
    "CanonicalUser": re.compile(r"[0-9a-f]{64}"),
}


def check_trust_statements(statements: Statements) -> None:
    """Raise `MalformedPolicy`, in IAM's words, for the first fault of a trust policy."""
    for statement in statements:
        _check_fields(statement)
        principals = list(_principals(statement))
        for kind, name in principals:
            if not _FORMS[kind].fullmatch(name):
                raise MalformedPolicy(f'Invalid principal in policy: "{kind.upper()}":"{name}"')
        if not _ACTIONS.issuperset(texts(statement, "Action")) or "NotAction" in statement:
            raise MalformedPolicy("AssumeRole policy may only specify STS AssumeRole actions.")
        _check_conditions(statement, [name for kind, name in principals if kind == "Federated"])


def check_resource_statements(statements: Statements) -> None:
    """Raise `MalformedPolicy` for a statement of a resource's policy that names nobody, or nothing to do."""
    for statement in statements:
        for field, other in _NEEDED:
            if not statement.get(field) and not statement.get(other):
                raise MalformedPolicy(f"Missing required field {field}")


def _check_fields(statement: Statement) -> None:
    if "Resource" in statement:
        raise MalformedPolicy("Has prohibited field Resource")
    if "NotResource" in statement:
        raise MalformedPolicy("AssumeRole policy must not contain resources.")
    if "NotPrincipal" in statement and statement["Effect"] == "Allow":
        raise MalformedPolicy("Allow with NotPrincipal is not allowed.")
    for field, other in _NEEDED:
        if field not in statement and other not in statement:
            raise MalformedPolicy(f"Missing required field {field}")
        if field in statement and not statement[field]:
            raise MalformedPolicy(f"Missing required field {field} cannot be empty!")


def _principals(statement: Statement) -> Iterator[tuple[str, str]]:
    """Yield (kind, name) for every principal. Raises `MalformedPolicy`."""
    named: Any = statement.get("Principal", statement.get("NotPrincipal"))
    if named == "*":
        raise MalformedPolicy('AssumeRolepolicy contained an invalid principal: "STAR":"*".')
    if not isinstance(named, dict) or not named.keys() <= _FORMS.keys():
        raise MalformedPolicy(SYNTAX)
    for kind, names in named.items():
        for name in [names] if isinstance(names, str) else names if isinstance(names, list) else [None]:
            if not isinstance(name, str):
                raise MalformedPolicy(SYNTAX)
            yield kind, name


def _check_conditions(statement: Statement, providers: list[str]) -> None:
    if statement["Effect"] != "Allow":
        return
    if _COGNITO in providers and not statement.get("Condition"):
        raise MalformedPolicy("A condition block must be present for the Cognito provider")
    for name in providers:
        issuer = name.partition(":oidc-provider/")[2]
        if issuer not in _SHARED and not issuer.startswith(f"{GITHUB_ISSUER}/"):
            continue
        if not any(set(value) - {"*", "?"} for value in _first_values(statement, f"{issuer}:sub")):
            raise MalformedPolicy(
                f"Trust policy with trusted principal {name} must evaluate, using StringEquals, StringLike or "
                f"StringEqualsIgnoreCase, {issuer}:sub which is not scoped to all."
            )


def _first_values(statement: Statement, wanted: str) -> Iterator[str]:
    """Yield the first value of each condition on a key: IAM looks at no other (observed on 2026-08-31; subvectors)."""
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items() if operator in _SCOPING else ():
            if key.lower() == wanted.lower():
                yield from map(str, listed(values)[:1])
