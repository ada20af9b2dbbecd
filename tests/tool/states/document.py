"""`docs/states.md`, written from the table that the tests run: `python -m tests.tool.states.document`."""

from __future__ import annotations

from pathlib import Path

from tests.tool.states.rows import ACCOUNT, TABLE
from tests.tool.states.table import Row

PAGE = Path(__file__).parents[3] / "docs" / "states.md"
HEAD = """\
# What ecsdeploy does in each state of an account

Every row is a test that creates the state in the sandbox, runs the command and checks the result: {count} of {count}.
This page is generated from those tests (`python -m tests.tool.states.document`), and a test compares them.

What holds in all of them:

- `deploy` reads first: whatever it refuses (exit 3, 9), it refuses before it builds, creates or writes anything.
- The config wins over what was changed by hand, and both are shown. What the config leaves open stays as it is: the
  count, the rules of a security group, the settings of what `deploy` only uses.
- `setup` and `create-repo` bring everything in line with the config; `deploy` creates what is missing and fills gaps
  that an interrupted run left.
- `destroy` and `prune` delete only what has this app's and this environment's tags, and say why the rest is kept.
- What is not tagged as this app's is not changed without `--adopt`, and what is another app's is never changed.

Exit codes: 0 done, or nothing to do; 2 usage or config; 3 refused before anything changed; 4 failed and rolled back;
5 failed; 6 timed out; 7 superseded; 9 another deployment is in flight; 11 stopped by somebody; 12 nothing proven;
13 the smoke test failed.
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
