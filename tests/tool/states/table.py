"""The states that a real account can be in, and what ecsdeploy does in each: one row, one test.

A row is a generator: it brings the state about, yields, and looks at what the row's command did. The command, its
exit code and the words stand in the decorator, from which `docs/states.md` is written.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

from tests.support.world import Ran
from tests.tool.states.bench import Bench

Steps = Generator[None, Ran, None]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A state, the command that meets it, what that does, and its exit code."""

    id: str
    area: str
    state: str
    command: str
    does: str
    code: int
    play: Callable[[Bench], Steps]


class Table:
    """The rows in their order."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def row(
        self, area: str, state: str, *, command: str = "deploy", does: str, code: int = 0
    ) -> Callable[[Callable[[Bench], Steps]], Callable[[Bench], Steps]]:
        """Return a decorator that makes a generator a row; its name is the row's id."""

        def add(play: Callable[[Bench], Steps]) -> Callable[[Bench], Steps]:
            name = play.__name__.replace("_", "-")
            assert all(row.id != name for row in self.rows), f"two rows are called {name}"
            self.rows.append(Row(id=name, area=area, state=state, command=command, does=does, code=code, play=play))
            return play

        return add


TABLE = Table()
row = TABLE.row
ACCOUNT = Table()
account_row = ACCOUNT.row
"""For states of the whole account: each has a sandbox of its own."""
