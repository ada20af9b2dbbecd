"""What holding one resource against the config comes to."""

from __future__ import annotations

from dataclasses import dataclass

from ecsdeploy.core.account import Hidden
from ecsdeploy.core.step import Ref, Step


@dataclass(frozen=True)
class Question:
    """What a person is asked before the first write; `unattended` is the answer where nobody is there."""

    text: str
    unattended: bool = True


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What is done about one resource: steps in their order, or nothing, and then it stays as it is.

    `detail` says more of what stays; `quiet`: that is no news while deploying. `hidden`: it could not be looked at, and
    what depends on it goes by the config.
    """

    ref: Ref
    steps: tuple[Step, ...] = ()
    detail: str = ""
    quiet: bool = False
    hidden: Hidden | None = None
    questions: tuple[Question, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
