"""Why a token is not let in: the statement that comes nearest, the claims that fail in it, and what to change.

STS says only "Not authorized to perform sts:AssumeRoleWithWebIdentity". Each condition is evaluated here for itself,
as IAM evaluates all of them together (`policy/evaluate.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ecsdeploy.policy import VERSION, Document
from ecsdeploy.policy.audit.finding import Statement, allowing, conditions, texts
from ecsdeploy.policy.conditions import holds
from ecsdeploy.policy.denial_fixes import what_to_do
from ecsdeploy.policy.evaluate import Decision, Principal, Request, evaluate
from ecsdeploy.policy.patterns import like

WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"
Claims = Mapping[str, str | tuple[str, ...]]
"""The claims of a token, as texts; several values of one claim as a tuple."""


@dataclass(frozen=True)
class Failing:
    """A condition that the token does not fulfil: what it expects of the claim, what the token has, and the fix."""

    claim: str
    operator: str
    expected: tuple[str, ...]
    found: tuple[str, ...]
    fix: str


@dataclass(frozen=True)
class Denial:
    """Why nobody is let in: `statement` is the Sid or the number of the nearest one, "" if there is none at all."""

    statement: str
    reason: str
    failing: tuple[Failing, ...] = ()


def why_not(trust: Document, claims: Claims, provider: str) -> Denial | None:
    """Return why a token with `claims`, of the OIDC provider with this ARN, is not let in; None if it is.

    Raises `PolicyError` if the document is not a policy.
    """
    issuer = provider.partition(":oidc-provider/")[2]
    context = {f"{issuer}:{name}".lower(): _values(value) for name, value in claims.items()}
    request = Request(WEB_IDENTITY, "*", context, Principal("Federated", provider))
    decision = evaluate([trust], request)
    if decision is Decision.ALLOWED:
        return None
    if decision is Decision.DENIED:
        return Denial("", "A statement of the trust policy denies it: a Deny outweighs every Allow.")
    named = [each for each in enumerate(allowing(trust), 1) if _is_about(each[1], provider)]
    if not named:
        return Denial("", _nobody(trust, provider))
    variables = trust.get("Version", "2008-10-17") == VERSION
    judged = [(number, each, _failing(each, context, issuer, variables)) for number, each in named]
    number, nearest, failing = min(judged, key=lambda found: len(found[2]))
    return Denial(_name(number, nearest), "It requires what this token does not have.", tuple(failing))


def _nobody(trust: Document, provider: str) -> str:
    others = [name for each in allowing(trust) for name in federated(each)]
    if others:
        return f"It trusts {', '.join(dict.fromkeys(others))}, and the token is from {provider}."
    return "No statement of the trust policy allows sts:AssumeRoleWithWebIdentity to an OIDC provider."


def _is_about(statement: Statement, provider: str) -> bool:
    actions = texts(statement.get("Action", []))
    return provider in federated(statement) and any(
        like(((each, True),), WEB_IDENTITY, ignore_case=True) for each in actions
    )


def federated(statement: Statement) -> list[str]:
    """Return the OIDC providers that a statement is about."""
    principal = statement.get("Principal", {})
    return texts(principal.get("Federated", [])) if isinstance(principal, Mapping) else []


def _failing(
    statement: Statement, context: Mapping[str, tuple[str, ...]], issuer: str, variables: bool
) -> list[Failing]:
    found = []
    for operator, key, values in conditions(statement):
        if holds({operator: {key: values}}, context, variables=variables):
            continue
        claim = key.removeprefix(f"{issuer.lower()}:")
        has = context.get(key, ())
        fix = what_to_do(claim, operator, values, has)
        found.append(Failing(claim, _written(statement, operator), tuple(values), has, fix))
    return found


def _written(statement: Statement, operator: str) -> str:
    """Return an operator as the policy spells it."""
    return next(str(each) for each in statement["Condition"] if str(each).lower() == operator)


def _name(number: int, statement: Statement) -> str:
    return str(statement.get("Sid") or f"statement {number}")


def _values(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
