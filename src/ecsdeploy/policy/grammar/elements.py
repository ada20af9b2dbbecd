"""What both kinds of policy have in common beyond their shape: effects, conditions and statement ids."""

from __future__ import annotations

import re

from ecsdeploy.policy.grammar.operators import values_parse
from ecsdeploy.policy.grammar.syntax import MalformedPolicy, Statement, Statements

LEGACY = "The policy failed legacy parsing"
"""IAM's words for values that its older parser does not read."""

_SID = re.compile(r"[0-9A-Za-z]*")


def check_elements(statements: Statements) -> None:
    """Raise `MalformedPolicy` for an effect in other letters, a condition's value that is none, or a bad Sid."""
    if not all(map(_parses, statements)):
        raise MalformedPolicy(LEGACY)
    sids = [statement["Sid"] for statement in statements if statement.get("Sid")]
    if not all(map(_SID.fullmatch, sids)):
        raise MalformedPolicy(
            "Statement IDs (SID) must be alpha-numeric. "
            "Check that your input satisfies the regular expression [0-9A-Za-z]*"
        )
    if len(set(sids)) != len(sids):
        raise MalformedPolicy("Statement IDs (SID) in a single policy must be unique.")


def texts(statement: Statement, *names: str) -> list[str]:
    """Return the strings of the first of these elements that a statement has, one or many."""
    found: str | list[str] = next((statement[name] for name in names if name in statement), [])
    return [found] if isinstance(found, str) else list(found)


def _parses(statement: Statement) -> bool:
    conditions = statement.get("Condition", {}).items()
    return statement["Effect"] in ("Allow", "Deny") and all(values_parse(*condition) for condition in conditions)
