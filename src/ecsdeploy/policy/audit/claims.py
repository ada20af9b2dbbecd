"""Which claims of GitHub's token a condition really requires.

Source: IAM User Guide, "Available keys for AWS OIDC federation" (GitHub) and "Set operators for multivalued context
keys".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ecsdeploy.policy.audit.finding import Finding, Statement, conditions
from ecsdeploy.policy.issuers import GITHUB, Issuer, issuer_named

_OPERATOR = re.compile(r"(?:(?P<set>forallvalues|foranyvalue):)?(?P<name>\w+?)(?P<optional>ifexists)?")
_EXACT = ("stringequals", "stringequalsignorecase")
_PATTERN = ("stringlike", "arnlike", "arnequals")
_WILD = re.compile(r"[*?]|\$\{")


@dataclass(frozen=True)
class Required:
    """One condition that holds for no token without the claim: its values, and whether `*` is a wildcard in them."""

    claim: str
    operator: str
    values: tuple[str, ...]

    @property
    def pattern(self) -> bool:
        """Return whether the values are patterns."""
        return self.operator in _PATTERN

    @property
    def exact(self) -> bool:
        """Return whether each value stands for itself alone."""
        if not self.pattern:
            return not any("${" in value for value in self.values)
        return not any(_WILD.search(value) for value in self.values)


def required(statement: Statement, issuer: str) -> list[Required]:
    """Return what the statement requires of the tokens of `issuer`; what a missing claim passes is left out."""
    found = []
    for operator, key, values in conditions(statement):
        claim, parsed = _claim(key, issuer), _OPERATOR.fullmatch(operator)
        if not claim or parsed is None or parsed["set"] == "forallvalues" or parsed["optional"]:
            continue
        if parsed["name"] in (*_EXACT, *_PATTERN):
            found.append(Required(claim, parsed["name"], tuple(values)))
    return found


def judge_operators(statement: Statement, issuer: str) -> Iterator[Finding]:
    """Yield the conditions that require less than they seem to."""
    minted_by = issuer_named(issuer)
    for operator, key, _ in conditions(statement):
        claim, parsed = _claim(key, issuer), _OPERATOR.fullmatch(operator)
        if not claim or parsed is None:
            continue
        if not (parsed["optional"] and claim not in minted_by.keys):
            yield from _set_operators(claim, operator, parsed)
        if claim not in minted_by.keys:
            yield from _unknown(claim, minted_by, bool(parsed["optional"]))
        elif parsed["name"].startswith("stringnot"):
            yield Finding(
                "negated",
                "warning",
                f"A condition says which {claim} is not let in.",
                "Everything else is: a list of exceptions is never complete.",
                "Say under StringEquals which one is.",
            )


def _set_operators(claim: str, operator: str, parsed: re.Match[str]) -> Iterator[Finding]:
    if parsed["set"] == "forallvalues":
        yield Finding(
            "for-all-values",
            "problem",
            f"The condition on {claim} is a ForAllValues.",
            "It holds where the claim is missing, so it requires nothing.",
            "Use StringEquals.",
        )
    elif parsed["optional"]:
        yield Finding(
            "if-exists",
            "problem" if claim in ("sub", "aud") else "warning",
            f"The condition on {claim} is a {operator}.",
            "It holds where the claim is missing.",
            "Use StringEquals.",
        )
    elif parsed["name"] == "stringequalsignorecase" and claim in ("sub", "ref", "environment", "job_workflow_ref"):
        yield Finding(
            "ignores-case",
            "warning",
            f"The condition on {claim} ignores case.",
            "Branches that differ only in case are different branches: it lets more in than is named.",
            "Use StringEquals with GitHub's spelling.",
        )


def _unknown(claim: str, minted_by: Issuer, optional: bool) -> Iterator[Finding]:
    elsewhere = claim in GITHUB.keys
    if not (elsewhere and optional):
        yield Finding(
            "unknown-claim",
            "warning" if elsewhere else "problem",
            f"A condition compares {claim}, which IAM is not documented to know for {minted_by.name}.",
            "A claim that IAM does not know is in no request: the condition fails for everybody, or for nobody.",
            f"Leave it out. IAM knows {', '.join(sorted(minted_by.keys))}.",
        )


def _claim(key: str, issuer: str) -> str:
    prefix = f"{issuer.lower()}:"
    return key.removeprefix(prefix) if key.startswith(prefix) else ""
