"""`docs/states.md`, written from the table that the tests run: `python -m tests.tool.states.document`."""

from __future__ import annotations

from pathlib import Path

from tests.tool.states.rows import ACCOUNT, TABLE
from tests.tool.states.table import Row

PAGE = Path(__file__).parents[3] / "docs" / "states.md"
HEAD = """\
# What ecsdeploy does in each state of an account

Every row is a test that brings the state about in the sandbox, runs the command and looks at what came of it:
{count} of {count}. The page is written from those tests (`python -m tests.tool.states.document`), and a test compares
them.

What holds in all of them:

- `deploy` first looks: whatever it refuses (exit 3, 9) it refuses before it builds, makes or writes anything.
- What the config says wins over what was changed by hand, and both are shown. What the config leaves open stays as
  somebody chose it: the count, the rules of a security group, the settings of what `deploy` only uses.
- `setup` and `create-repo` bring everything to what the config says; `deploy` makes what is missing and fills gaps that
  an interrupted run left.
- `destroy` and `prune` delete only what carries this app's and this environment's tags, and say why the rest stays.
- Nothing that is not tagged as this app's is changed without `--adopt`, and nothing of another app at all.

Exit codes: 0 done, or nothing to do; 2 usage or config; 3 refused before anything changed; 4 failed and rolled back;
5 failed; 6 timed out; 7 superseded; 9 another deployment is in flight; 11 stopped by somebody; 12 nothing proven.
"""
TABLE_HEAD = "| state | command | what it does | exit | test |\n|---|---|---|---|---|\n"


def rows() -> list[Row]:
    """Return all rows, those of one area together."""
    every = [*TABLE.rows, *ACCOUNT.rows]
    areas = list(dict.fromkeys(row.area for row in every))
    return sorted(every, key=lambda row: areas.index(row.area))


def text() -> str:
    """Return the page."""
    every = rows()
    page = HEAD.format(count=len(every))
    area = ""
    for row in every:
        if row.area != area:
            area = row.area
            page += f"\n## {area}\n\n{TABLE_HEAD}"
        page += f"| {row.state} | `{row.command}` | {row.does} | {row.code} | `{row.id}` |\n"
    return page


if __name__ == "__main__":
    PAGE.write_text(text())
