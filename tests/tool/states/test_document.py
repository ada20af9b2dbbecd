"""The page says what the tests prove, row by row."""

from __future__ import annotations

from tests.tool.states.document import PAGE, rows, text


def test_the_page_is_the_table_that_is_tested() -> None:
    assert PAGE.read_text() == text(), "run `python -m tests.tool.states.document`"


def test_a_row_has_one_name() -> None:
    names = [row.id for row in rows()]
    assert len(names) == len(set(names))
