"""The page of users' reports names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reports.md").read_text()
STATES = (ROOT / "docs" / "states.md").read_text()
ANSWERS = [line.split("|")[3] for line in PAGE.splitlines() if line.startswith("| ") and "held by" not in line]
"""The last column."""


def held_by() -> list[str]:
    """Return every name in the last column."""
    return sorted({name for answer in ANSWERS for name in re.findall("`([^`]+)`", answer)})


@pytest.mark.parametrize("name", held_by())
def test_what_holds_an_answer_is_there(name: str) -> None:
    if name.startswith("make "):
        assert f"\n{name.removeprefix('make ')}:" in (ROOT / "Makefile").read_text()
    elif name.startswith("test_") and not name.endswith(".py"):
        assert any(f"def {name}(" in path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    elif name.endswith(".py"):
        assert list((ROOT / "tests").rglob(name))
    elif "/" in name:
        assert (ROOT / name).is_dir()
    else:
        assert f"`{name}`" in STATES


def test_each_answer_has_something_that_holds_it() -> None:
    assert len(ANSWERS) >= 45
    assert all(answer.strip() for answer in ANSWERS)
