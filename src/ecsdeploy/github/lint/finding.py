"""What is wrong with a workflow file, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Lint:
    """One rule that a workflow breaks, and where: `file` is relative to the repository, `line` counts from 1.

    `rule` never changes. A `problem` hands the role or its credentials to others, or keeps the job out; a `warning`
    may do so one day.
    """

    rule: str
    severity: Literal["problem", "warning"]
    file: str
    line: int
    what: str
    why: str
    fix: str
