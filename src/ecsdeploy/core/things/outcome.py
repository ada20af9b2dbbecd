"""The result of comparing one resource with the config."""

from __future__ import annotations

from dataclasses import dataclass

from ecsdeploy.core.account import Hidden
from ecsdeploy.core.step import Ref, Step, Wait


@dataclass(frozen=True)
class Question:
    """What the user is asked before the first write; `unattended` is the answer without a terminal.

    `expects` is what has to be typed to agree, for what cannot be undone; "" asks for yes or no. `brief` is the
    question where what it is about is shown already.
    """

    text: str
    unattended: bool = True
    expects: str = ""
    brief: str = ""

    @property
    def in_a_plan(self) -> str:
        """Return the question below a plan, which shows what differs."""
        return self.brief or self.text


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What is done about one resource: steps in order, or nothing, and then it stays as it is.

    `detail` says more about it; `quiet`: not shown while deploying. `hidden`: it could not be read, and what depends on
    it follows the config. `kept` says why something is kept that should be deleted. `wait` is for what is gone only
    some time after the last write.
    """

    ref: Ref
    steps: tuple[Step, ...] = ()
    detail: str = ""
    quiet: bool = False
    hidden: Hidden | None = None
    kept: str = ""
    wait: Wait | None = None
    questions: tuple[Question, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
