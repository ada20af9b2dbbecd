"""Every row of `docs/states.md`, tried."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ecsdeploy.sandbox.app import Sandbox
from tests.tool.states.bench import open_sandbox
from tests.tool.states.play import play
from tests.tool.states.rows import TABLE
from tests.tool.states.table import Row


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One sandbox for all of them."""
    with open_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.mark.parametrize("row", [pytest.param(row, id=row.id) for row in TABLE.rows])
def test_state(row: Row, sandbox: Sandbox, tmp_path: Path) -> None:
    play(row, sandbox, tmp_path)
