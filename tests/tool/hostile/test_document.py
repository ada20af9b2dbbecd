"""The page says what the tests prove."""

from __future__ import annotations

from tests.tool.hostile.commands import CONCERNED
from tests.tool.hostile.document import AREAS, PAGE, text
from tests.tool.hostile.machine import MACHINE
from tests.tool.hostile.rows import VARIABLES


def test_the_page_is_the_table_that_is_tested() -> None:
    assert PAGE.read_text() == text(), "run `python -m tests.tool.hostile.document`"


def test_every_environment_is_on_the_page() -> None:
    rows = [(row.area, row.id) for row in VARIABLES.rows] + [(row.area, row.id) for row in MACHINE]
    assert len(rows) == len(set(rows))
    assert {area for area, _ in rows} == set(AREAS)
    assert set(CONCERNED) == {row.area for row in VARIABLES.rows}
