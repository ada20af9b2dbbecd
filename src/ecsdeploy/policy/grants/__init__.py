"""What may be done, and why: statements as values, put together into a policy for each command.

`reading` looks, `deploying` and `beyond` write, `setting_up` is an administrator's. `needs` says which command takes
which of them, and `policies` makes the documents. Resource types and condition keys: Service Authorization Reference,
and for ECS's keys the ECS Developer Guide, "Condition keys for Amazon ECS", both as of 2026-09.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ecsdeploy.policy import VERSION, Document, listed

Condition = Mapping[str, Mapping[str, str | list[str]]]
ANY = "*"
"""The resource of actions that know none."""


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One statement: `actions` on `resources` (ARNs, or `*` alone) under a `condition`, and `why` in one sentence.

    Its `sid` may be "": IAM needs none.
    """

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    why: str
    condition: Condition = field(default_factory=dict)
    may_join: str = ""
    """The condition key in which alone it differs from others of the same actions, each for a resource of its own."""

    def only(self, actions: Collection[str]) -> Grant:
        """Return the grant of those of its actions."""
        return replace(self, actions=tuple(each for each in self.actions if each in actions))

    @property
    def statement(self) -> dict[str, Any]:
        """Return the statement as IAM has it."""
        condition = {"Condition": {operator: dict(keys) for operator, keys in self.condition.items()}}
        return {
            **({"Sid": self.sid} if self.sid else {}),
            "Effect": "Allow",
            "Action": _one_or_all(self.actions),
            "Resource": _one_or_all(self.resources),
            **(condition if self.condition else {}),
        }


def document(grants: Iterable[Grant]) -> Document:
    """Return the policy of all grants that allow anything."""
    return {
        "Version": VERSION,
        "Statement": [each.statement for each in grants if each.actions and each.resources],
    }


def joined(grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """Return grants that allow the same in fewer characters, where IAM has no room for one by purpose.

    Under the same condition, those of the same resources, or of some of them, become one: which kind of resource an
    action takes is IAM's. So do those that tag what different calls create: a service is never created by
    RegisterTaskDefinition, nor a revision by CreateService.
    """
    found: list[Grant] = []
    for each in grants:
        index = next((n for n, other in enumerate(found) if _alike(other, each)), None)
        if index is None:
            found.append(each)
        else:
            found[index] = _together(found[index], each)
    return tuple(found)


def _alike(one: Grant, other: Grant) -> bool:
    if one.may_join or other.may_join:
        return (one.may_join, one.actions) == (other.may_join, other.actions)
    ones, others = set(one.resources), set(other.resources)
    return one.condition == other.condition and (ones <= others or others <= ones)


def _together(one: Grant, other: Grant) -> Grant:
    condition = {
        operator: {key: _both(value, other.condition[operator][key]) for key, value in keys.items()}
        for operator, keys in one.condition.items()
    }
    return replace(
        one,
        actions=_union(one.actions, other.actions),
        resources=_union(one.resources, other.resources),
        condition=condition,
        why=" ".join(_union((one.why,), (other.why,))),
    )


def _both(one: str | list[str], other: str | list[str]) -> str | list[str]:
    return one if one == other else list(_union(tuple(listed(one)), tuple(listed(other))))


def _union(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def _one_or_all(values: tuple[str, ...]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)
