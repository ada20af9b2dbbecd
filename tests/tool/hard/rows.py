"""A row of a table: how many cases there were of a kind, and what went wrong in which."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

VARIABLE = "HARD_ROWS"
"""Names the file to which rows are added, so that `make hard` can print them all."""


@dataclass
class Row:
    """The cases of one scenario under one table's treatment."""

    table: str
    scenario: str
    cases: int = 0
    failures: list[str] = field(default_factory=list)

    @property
    def good(self) -> int:
        """Return how many went well."""
        return self.cases - len(self.failures)

    def case(self, name: str, problems: list[str]) -> None:
        """Count one."""
        self.cases += 1
        if problems:
            self.failures.append(f"{name}: {'; '.join(problems)}")

    def tell(self) -> None:
        """Add this row to the file of all rows, and fail if a case did."""
        if file := os.environ.get(VARIABLE):
            with Path(file).open("a") as rows:
                rows.write(json.dumps(asdict(self)) + "\n")
        assert self.cases, f"{self.table}, {self.scenario}: there was no case"
        assert not self.failures, str(self)

    def __str__(self) -> str:
        return "\n  ".join([f"{self.table}, {self.scenario}: {self.good} of {self.cases}", *self.failures])
