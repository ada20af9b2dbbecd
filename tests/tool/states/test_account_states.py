"""The rows of `docs/states.md` that concern a whole account: each has a sandbox of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.authorized import Recorder
from tests.tool.states.bench import open_sandbox
from tests.tool.states.play import play
from tests.tool.states.rows import ACCOUNT
from tests.tool.states.table import Row


@pytest.mark.parametrize("row", [pytest.param(row, id=row.id) for row in ACCOUNT.rows])
def test_state(row: Row, tmp_path: Path) -> None:
    recorder = Recorder()
    with open_sandbox(tmp_path / "sandbox", recorder) as sandbox:
        play(row, sandbox, tmp_path, recorder)
