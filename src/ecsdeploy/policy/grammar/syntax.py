"""The shape of a policy: characters, JSON, which elements there are and what kind of value each has."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from ecsdeploy.policy import VERSION, PolicyError
from ecsdeploy.policy.grammar.operators import has_plain_values, is_operator

SYNTAX = "Syntax errors in policy."
CHARACTERS = "The specified value for {name} is invalid. It must contain only printable ASCII characters."
"""IAM's sentence, which says less than IAM takes: what is beyond ASCII is taken up to U+00FF."""

Statement = Mapping[str, Any]
Statements = Sequence[Statement]

_FOREIGN = re.compile(r"[^\t\n\r\x20-\xff]")
_VERSIONS = ("2008-10-17", VERSION)
_TOP = frozenset({"Version", "Id", "Statement"})
_ELEMENTS = frozenset(
    {
        *("Sid", "Effect", "Principal", "NotPrincipal"),
        *("Action", "NotAction", "Resource", "NotResource", "Condition"),
    }
)
_PAIRS = (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal"))


class MalformedPolicy(PolicyError):
    """IAM does not take a document; the text is IAM's."""


def read_identity(text: str, *, managed: bool) -> Statements:
    """Return the statements of an identity policy. Raises `MalformedPolicy`.

    Only a managed policy has to name the newer version (CloudFormation, AWS::IAM::ManagedPolicy, and users' reports).
    """
    check_characters(text, "policyDocument")
    document = _document(text, SYNTAX)
    statements = _statements(document, SYNTAX)
    _check_conditions(statements, SYNTAX)
    if managed and document.get("Version") != VERSION:
        raise MalformedPolicy(f"Policy document must be version {VERSION} or greater.")
    return statements


def read_resource(text: str) -> Statements:
    """Return the statements of a resource's policy, whose version may be the old one or none.

    Raises `MalformedPolicy`.
    """
    statements = _statements(_document(text, SYNTAX), SYNTAX)
    _check_conditions(statements, SYNTAX)
    return statements


def read_trust(text: str) -> Statements:
    """Return the statements of a trust policy, whose version may be the old one or none. Raises `MalformedPolicy`."""
    check_characters(text, "assumeRolePolicyDocument")
    document = _document(text, "This policy contains invalid Json")
    statements = _statements(document, "Could not parse the policy: Statement is empty!")
    _check_conditions(statements, "Invalid Condition type : {operator}")
    return statements


def check_characters(text: str, name: str) -> None:
    """Raise `MalformedPolicy` for a character other than U+0009, U+000A, U+000D and U+0020 to U+00FF.

    Source: IAM API reference, the pattern of PolicyDocument and AssumeRolePolicyDocument.
    """
    if _FOREIGN.search(text):
        raise MalformedPolicy(CHARACTERS.format(name=name))


def _document(text: str, not_json: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise MalformedPolicy(not_json) from None
    if not isinstance(document, dict):
        raise MalformedPolicy(not_json)
    well_formed = document.keys() <= _TOP and isinstance(document.get("Id", ""), str)
    if not well_formed or document.get("Version", VERSION) not in _VERSIONS:
        raise MalformedPolicy(SYNTAX)
    return document


def _no_constant(name: str) -> NoReturn:
    # Python's parser takes NaN and Infinity, which are not JSON.
    raise ValueError(name)


def _statements(document: Mapping[str, Any], none: str) -> Statements:
    found = document.get("Statement")
    statements = [found] if isinstance(found, dict) else found
    if statements == []:
        raise MalformedPolicy(none)
    if not isinstance(statements, list):
        raise MalformedPolicy(SYNTAX)
    for statement in statements:
        _check_statement(statement)
    return statements


def _check_statement(statement: Any) -> None:
    if not isinstance(statement, dict) or not statement.keys() <= _ELEMENTS:
        raise MalformedPolicy(SYNTAX)
    effect = statement.get("Effect")
    texts = [statement.get(name, []) for name in ("Action", "NotAction", "Resource", "NotResource")]
    sound = (
        isinstance(effect, str)
        and effect.lower() in ("allow", "deny")
        and isinstance(statement.get("Sid", ""), str)
        and all(map(_is_text_or_texts, texts))
        and not any(one in statement and other in statement for one, other in _PAIRS)
    )
    if not sound:
        raise MalformedPolicy(SYNTAX)


def _is_text_or_texts(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(each, str) for each in value))


def _check_conditions(statements: Statements, unknown: str) -> None:
    """Raise `MalformedPolicy`, with the words `unknown` for an operator that is none."""
    for statement in statements:
        condition = statement.get("Condition", {})
        if not isinstance(condition, dict) or not all(isinstance(keys, dict) for keys in condition.values()):
            raise MalformedPolicy(SYNTAX)
        for operator, keys in condition.items():
            # Seen on IAM: an operator without a key is not looked at.
            if keys and not is_operator(operator):
                raise MalformedPolicy(unknown.format(operator=operator))
            if not has_plain_values(operator, keys):
                raise MalformedPolicy(SYNTAX)
