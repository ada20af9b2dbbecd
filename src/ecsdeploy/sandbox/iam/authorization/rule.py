"""One operation's permissions as a table has them: an action, the types of its resources, its condition keys.

Names are those of the Service Authorization Reference, so that a test can hold each table against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ecsdeploy.policy.evaluate import Request
from ecsdeploy.sandbox.iam.authorization.surroundings import Surroundings

Value = str | tuple[str, ...]


@dataclass(frozen=True)
class Call:
    """An operation with its parameters, named as botocore names them, in the account that is asked."""

    operation: str
    parameters: Mapping[str, Any]
    around: Surroundings

    def text(self, name: str) -> str:
        """Return a parameter as text, "" where it is missing."""
        value = self.parameters.get(name)
        return "" if value is None else str(value)

    def texts(self, name: str) -> list[str]:
        """Return a parameter that is a list of texts."""
        return [str(each) for each in self.parameters.get(name) or ()]


Arns = Callable[[Call], Iterable[str]]
"""The ARNs of one resource type that a call names; none leaves the type out."""
Key = Callable[[Call], Iterable[tuple[str, Value]]]
"""What a call has for one condition key: nothing where it is absent, several for a key with a part of its own."""
Further = Callable[[Call], Iterator[Request]]
"""What a call asks beside its own action: to pass a role, to set tags."""


@dataclass(frozen=True)
class Rule:
    """What one operation asks: `action` on everything in `types` (on `*` if there is none).

    `keys` are those of each type, and those of `*` under "".
    """

    action: str
    types: Mapping[str, Arns]
    keys: Mapping[str, tuple[Key, ...]]
    further: tuple[Further, ...] = ()

    def requests(self, call: Call) -> Iterator[Request]:
        """Yield what has to be allowed, all of it, for the call to go through."""
        asked = [(kind, arn) for kind, arns in self.types.items() for arn in dict.fromkeys(arns(call))]
        for kind, arn in asked or [("", "*")]:
            own = dict(pair for key in self.keys[kind] for pair in key(call))
            yield Request(self.action, arn, {**resource_tags(arn, call.around.tags(arn)), **own})
        for further in self.further:
            yield from further(call)


@dataclass(frozen=True)
class Table:
    """One service's operations. `prefix` is IAM's name of it, `types` and `keys` are what its lines may name.

    A line is the operation's resource types and its condition keys, parted by blanks; `limits` are the keys of a type
    that does not have all of its line's. `further` is what an operation asks beside its own action; the `free` ones ask
    nothing.
    """

    prefix: str
    types: Mapping[str, Arns]
    keys: Mapping[str, Key]
    lines: Mapping[str, tuple[str, str]]
    limits: Mapping[tuple[str, str], str] = field(default_factory=dict)
    further: Mapping[str, tuple[Further, ...]] = field(default_factory=dict)
    free: frozenset[str] = frozenset()

    def keys_of(self, operation: str, kind: str) -> list[str]:
        """Return the names of the keys that an operation has on a type of resource; "" is `*`."""
        return self.limits.get((operation, kind), self.lines[operation][1]).split()

    def rule(self, operation: str) -> Rule | None:
        """Return an operation's rule, or None if the table lacks it."""
        if operation not in self.lines:
            return None
        kinds = self.lines[operation][0].split()
        return Rule(
            action=f"{self.prefix}:{operation}",
            types={kind: self.types[kind] for kind in kinds},
            keys={
                kind: tuple(KEYS.get(name) or self.keys[name] for name in self.keys_of(operation, kind))
                for kind in (*kinds, "")
            },
            further=self.further.get(operation, ()),
        )


def resource_tags(arn: str, tags: Mapping[str, str]) -> dict[str, Value]:
    """Return the condition keys of a resource's tags: AWS's own, and those that older services have beside them."""
    service = arn.split(":")[2] if tags else ""
    return {f"{name}:ResourceTag/{key}": value for key, value in tags.items() for name in ("aws", service)}


def request_tags(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Return the tags that a request sets, however its service spells them."""
    found = parameters.get("tags") or parameters.get("Tags") or ()
    if isinstance(found, Mapping):
        return {str(key): str(value) for key, value in found.items()}
    pairs = [each for each in found if isinstance(each, Mapping)]
    specifications = parameters.get("TagSpecifications") or ()
    pairs += [tag for each in specifications for tag in each.get("Tags") or ()]
    return {str(each.get("key", each.get("Key"))): str(each.get("value", each.get("Value", ""))) for each in pairs}


def tag_keys(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keys of the tags that a request sets or removes."""
    removed = parameters.get("tagKeys") or parameters.get("TagKeys") or parameters.get("tags") or ()
    names = [each for each in removed if isinstance(each, str)] if not isinstance(removed, Mapping) else []
    return tuple(dict.fromkeys([*request_tags(parameters), *names]))


def tagging(action: str, arns: Arns, *keys: Key) -> Further:
    """Return the permission that a call with tags asks for beside its own; `keys` are its own besides the tags."""

    def ask(call: Call) -> Iterator[Request]:
        if request_tags(call.parameters):
            found = dict(pair for key in (*KEYS.values(), *keys) for pair in key(call))
            yield from (Request(action, arn, found) for arn in arns(call))

    return ask


def creating(key: str) -> Key:
    """Return the condition key that says which operation creates what is tagged."""

    def read(call: Call) -> Iterator[tuple[str, Value]]:
        yield key, call.operation

    return read


def passing(role: str, service: str) -> Request:
    """Return what it takes to hand a role to a service."""
    return Request("iam:PassRole", role, {"iam:PassedToService": service})


def named(key: str, parameter: str) -> Key:
    """Return a condition key that is a parameter as it stands."""

    def read(call: Call) -> Iterator[tuple[str, Value]]:
        if value := call.parameters.get(parameter):
            yield key, str(value)

    return read


def _request_tags(call: Call) -> Iterator[tuple[str, Value]]:
    for key, value in request_tags(call.parameters).items():
        yield f"aws:RequestTag/{key}", value


def _tag_keys(call: Call) -> Iterator[tuple[str, Value]]:
    if keys := tag_keys(call.parameters):
        yield "aws:TagKeys", keys


KEYS: Mapping[str, Key] = {"aws:RequestTag": _request_tags, "aws:TagKeys": _tag_keys}
"""The keys that every service has: the tags of the request."""
