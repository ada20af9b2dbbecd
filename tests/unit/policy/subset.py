"""Whether one policy allows anything that another does not: asked of an SMT solver, for all requests at once.

A condition key has up to `MOST` values in a request, which is enough to break one condition in each statement. Only
what our own policies are made of is known; anything else is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import z3

from ecsdeploy.policy import Document, listed
from ecsdeploy.policy.evaluate import Request

MOST = 2
_STRING = z3.ReSort(z3.StringSort())
_ANY = z3.AllChar(_STRING)
_WITHIN = z3.Intersect(_ANY, z3.Complement(z3.Re(z3.StringVal(":"))))
_OPERATOR = re.compile(r"(ForAllValues:)?(String|Arn)(Not)?(Equals|Like)(IfExists)?")


def beyond(policy: Document, envelope: Document) -> Request | None:
    """Return a request that `policy` allows and `envelope` does not; None where it is proven that there is none.

    Each action and each resource of each statement is a question of its own: together they are all requests.
    """
    for statement in policy["Statement"]:
        for action in listed(statement["Action"]):
            for resource in listed(statement["Resource"]):
                every = {**statement, "Action": action, "Resource": resource}
                # One text that the patterns stand for is asked first: that is answered at once.
                one = {**every, "Action": _single(action), "Resource": _single(resource)}
                for question in (one, every) if one != every else (every,):
                    if (found := _Question(question).outside(envelope)) is not None:
                        return found
    return None


def _single(pattern: str) -> str:
    return pattern.replace("*", "xyz").replace("?", "x")


class _Question:
    """A free request of one action and one resource, or any that their patterns stand for."""

    def __init__(self, statement: Mapping[str, Any]) -> None:
        self.statement = statement
        self.action, self.resource = _free("action", statement["Action"]), _free("resource", statement["Resource"])
        self.keys: dict[str, list[tuple[Any, Any]]] = {}

    def outside(self, envelope: Document) -> Request | None:
        solver = z3.Solver()
        solver.set("timeout", 90_000)
        solver.add(self._applies(self.statement), *(z3.Not(self._applies(each)) for each in envelope["Statement"]))
        solver.add(*(z3.Implies(key[n + 1][0], key[n][0]) for key in self.keys.values() for n in range(MOST - 1)))
        answer = solver.check()
        assert answer != z3.unknown, solver.reason_unknown()
        return self._request(solver.model()) if answer == z3.sat else None

    def _request(self, model: Any) -> Request:
        context = {
            key: tuple(_text(model, value) for used, value in slots if z3.is_true(model.eval(used)))
            for key, slots in self.keys.items()
        }
        given = {key: values for key, values in context.items() if values}
        return Request(_text(model, self.action), _text(model, self.resource), given)

    def _applies(self, statement: Mapping[str, Any]) -> Any:
        assert set(statement) <= {"Sid", "Effect", "Action", "Resource", "Condition"}
        assert statement["Effect"] == "Allow"
        actions = [self._covers(self.action, each, "Action", _glob) for each in listed(statement["Action"])]
        resources = [self._covers(self.resource, each, "Resource", _resource) for each in listed(statement["Resource"])]
        if all(map(z3.is_false, actions)) or all(map(z3.is_false, resources)):
            return z3.BoolVal(False)
        conditions = (
            self._holds(operator, self._slots(key), listed(values))
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
        return z3.And(z3.Or(*actions), z3.Or(*resources), *conditions)

    def _covers(self, value: Any, pattern: str, element: str, regex: Callable[[str], Any]) -> Any:
        """Return whether a pattern covers the request's; what is the same text covers it without a question."""
        if self.statement[element] == pattern and z3.is_string_value(value):
            return z3.BoolVal(True)
        return z3.simplify(z3.InRe(value, regex(pattern)))

    def _slots(self, key: str) -> list[tuple[Any, Any]]:
        slots = [(z3.Bool(f"{key}/{n}?"), z3.String(f"{key}/{n}")) for n in range(MOST)]
        return self.keys.setdefault(key, slots)

    def _holds(self, operator: str, slots: list[tuple[Any, Any]], values: list[str]) -> Any:
        present = slots[0][0]
        if operator == "Null":
            return present if values == ["false"] else z3.Not(present)
        found = _OPERATOR.fullmatch(operator)
        assert found, operator
        every, kind, negated, how, optional = found.groups()

        def agrees(value: Any) -> Any:
            same = z3.Or(*map(_test(kind, how, value), values))
            return z3.Not(same) if negated else same

        if every:
            return z3.And(*(z3.Implies(used, agrees(value)) for used, value in slots))
        one = z3.And(present, z3.Not(slots[1][0]), agrees(slots[0][1]))
        return z3.Or(one, z3.Not(present)) if optional or negated else one


def _free(name: str, pattern: str) -> Any:
    return z3.String(name) if {*"*?"} & {*pattern} else z3.StringVal(pattern)


def _test(kind: str, how: str, value: Any) -> Callable[[str], Any]:
    if kind == "Arn":
        return lambda wanted: z3.InRe(value, _arn(wanted))
    if how == "Like":
        return lambda wanted: z3.InRe(value, _glob(wanted))
    return lambda wanted: value == z3.StringVal(wanted)


def _glob(pattern: str) -> Any:
    return _regex(pattern, lambda _: z3.Star(_ANY))


def _resource(pattern: str) -> Any:
    """Return what a Resource covers: a `*` reaches past a colon only at the end, or before one."""
    return _regex(pattern, lambda rest: z3.Star(_ANY if rest == "" or rest.startswith(":") else _WITHIN))


def _arn(pattern: str) -> Any:
    """Return what an ARN condition covers: each of the six parts for itself, and the last may have colons."""
    *parts, last = pattern.split(":", 5)
    regexes = [_regex(part, lambda _: z3.Star(_WITHIN)) for part in parts]
    return _joined([each for regex in regexes for each in (regex, z3.Re(z3.StringVal(":")))] + [_glob(last)])


def _regex(pattern: str, star: Callable[[str], Any]) -> Any:
    parts = []
    for found in re.finditer(r"[^*?]+|[*?]", pattern):
        match found[0]:
            case "*":
                parts.append(star(pattern[found.end() :]))
            case "?":
                parts.append(_WITHIN)
            case text:
                parts.append(z3.Re(z3.StringVal(text)))
    return _joined(parts)


def _joined(parts: list[Any]) -> Any:
    return z3.Concat(*parts) if len(parts) > 1 else parts[0] if parts else z3.Re(z3.StringVal(""))


def _text(model: Any, value: Any) -> str:
    text = model.eval(value, model_completion=True).as_string()
    return re.sub(r"\\u\{([0-9a-f]+)\}", lambda found: chr(int(found[1], 16)), text)
