"""IAM's condition operators: whether a request's context matches a Condition block.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Set operators for multivalued context
keys". An unknown operator is an error: a condition that is not understood must not decide.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ecsdeploy.policy import PolicyError, listed
from ecsdeploy.policy.patterns import Context, Unresolved, arn_matches, like, pieces

Test = Callable[[str, str, Context, bool], bool]
"""(value in the policy, value of the request, context, whether variables count) -> whether they agree."""

_OPERATOR = re.compile(r"(?:(?P<set>ForAllValues|ForAnyValue):)?(?P<name>\w+?)(?P<optional>IfExists)?", re.IGNORECASE)


def holds(condition: Mapping[str, Any], context: Context, *, variables: bool) -> bool:
    """Return whether every operator and every key of `condition` is fulfilled. Raises `PolicyError`."""
    if not (isinstance(condition, Mapping) and all(isinstance(keys, Mapping) for keys in condition.values())):
        raise PolicyError("a Condition is an object with an object for each operator")
    return all(
        _key_holds(operator, key.lower(), _listed(values), context, variables)
        for operator, keys in condition.items()
        for key, values in keys.items()
    )


def _key_holds(operator: str, key: str, wanted: list[str], context: Context, variables: bool) -> bool:
    found = _OPERATOR.fullmatch(operator)
    name = found["name"].lower() if found else ""
    if found and name == "null" and not (found["set"] or found["optional"]):
        return all((key not in context) == (value.lower() == "true") for value in wanted)
    negated = name in _NEGATED
    test = _TESTS.get(_NEGATED.get(name, name))
    if found is None or test is None:
        raise PolicyError(f"{operator!r} is not a condition operator")
    given = context.get(key)
    if given is None and found["optional"]:
        return True

    def agrees(value: str) -> bool:
        return any(_agrees(test, each, value, context, variables) for each in wanted) != negated

    match (found["set"] or "").lower():
        case "forallvalues":
            return all(map(agrees, given or ()))
        case "foranyvalue":
            return any(map(agrees, given or ()))
        case _:
            # Several values need a set operator: without one they match nothing.
            return negated if given is None else len(given) == 1 and agrees(given[0])


def _agrees(test: Test, wanted: str, given: str, context: Context, variables: bool) -> bool:
    try:
        return test(wanted, given, context, variables)
    except Unresolved:
        return False


def _listed(values: Any) -> list[str]:
    return [_text(value) for value in listed(values)]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _equals(wanted: str, given: str, context: Context, variables: bool) -> bool:
    return _expanded(wanted, context, variables) == given


def _equals_ignoring_case(wanted: str, given: str, context: Context, variables: bool) -> bool:
    return _expanded(wanted, context, variables).casefold() == given.casefold()


def _expanded(wanted: str, context: Context, variables: bool) -> str:
    return "".join(text for text, _ in pieces(wanted, context, variables=variables))


def _like(wanted: str, given: str, context: Context, variables: bool) -> bool:
    return like(pieces(wanted, context, variables=variables), given)


def _arn(wanted: str, given: str, context: Context, variables: bool) -> bool:
    return arn_matches(pieces(wanted, context, variables=variables), given)


def _bool(wanted: str, given: str, _context: Context, _variables: bool) -> bool:
    return wanted.lower() == given.lower() and given.lower() in ("true", "false")


def _binary(wanted: str, given: str, _context: Context, _variables: bool) -> bool:
    try:
        return base64.b64decode(wanted, validate=True) == base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        return False


def _address(wanted: str, given: str, _context: Context, _variables: bool) -> bool:
    try:
        return ipaddress.ip_address(given) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


def _number(text: str) -> float:
    return float(text)


def _moment(text: str) -> float:
    if re.fullmatch(r"\d+", text):
        return float(text)
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _ordered(read: Callable[[str], float], compare: Callable[[float, float], bool]) -> Test:
    def test(wanted: str, given: str, _context: Context, _variables: bool) -> bool:
        try:
            return compare(read(given), read(wanted))
        except ValueError:
            return False

    return test


_TESTS: dict[str, Test] = {
    "stringequals": _equals,
    "stringequalsignorecase": _equals_ignoring_case,
    "stringlike": _like,
    "arnequals": _arn,
    "arnlike": _arn,
    "bool": _bool,
    "binaryequals": _binary,
    "ipaddress": _address,
}
for _kind, _read in (("numeric", _number), ("date", _moment)):
    _TESTS |= {
        f"{_kind}equals": _ordered(_read, lambda given, wanted: given == wanted),
        f"{_kind}lessthan": _ordered(_read, lambda given, wanted: given < wanted),
        f"{_kind}lessthanequals": _ordered(_read, lambda given, wanted: given <= wanted),
        f"{_kind}greaterthan": _ordered(_read, lambda given, wanted: given > wanted),
        f"{_kind}greaterthanequals": _ordered(_read, lambda given, wanted: given >= wanted),
    }

_NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "notipaddress": "ipaddress",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
}
