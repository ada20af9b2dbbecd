"""What is done, or would be done, to the resources in AWS: events as values (`events`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Action = Literal["created", "updated", "unchanged", "deregistered", "deleted", "ran"]


@dataclass(frozen=True)
class Change:
    """One difference: a dotted path, what it was and what it becomes (None: absent)."""

    path: str
    before: object
    after: object


@dataclass(frozen=True)
class Resource:
    """One AWS resource was read, and created, updated (with the changes), left alone or, a command, run."""

    kind: str
    name: str
    action: Action
    changes: tuple[Change, ...] = ()
    detail: str = ""


PlannedAction = Literal["create", "update", "unchanged", "deregister", "delete", "run", "keep", "unchecked"]


@dataclass(frozen=True)
class Planned:
    """What would be done to one AWS resource, with the changes and the API calls that make them, in order.

    `keep`: it is kept although it could be deleted, and `detail` says why. `unchecked`: it could not be read, and
    `detail` names the missing permission. `for_consent`: it is shown before a question, not as the result of `plan`.
    """

    kind: str
    name: str
    action: PlannedAction
    changes: tuple[Change, ...] = ()
    detail: str = ""
    calls: tuple[str, ...] = ()
    for_consent: bool = False


@dataclass(frozen=True)
class PlanSummary:
    """How many resources a plan touches, and what it would wait for afterwards; nothing was changed.

    `by` is the command that does it.
    """

    create: int
    update: int
    delete: int
    unchanged: int
    unchecked: int
    then: str
    by: str = "ecsdeploy deploy"
