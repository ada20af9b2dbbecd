"""Every row of `docs/states.md`, tried."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ecsdeploy.sandbox.app import Sandbox
from tests.support.authorized import Recorder
from tests.support.beyond import BEYOND
from tests.tool.states.bench import Sandboxes
from tests.tool.states.play import play
from tests.tool.states.rows import ACCOUNT, TABLE
from tests.tool.states.table import Row


@pytest.fixture(scope="module")
def recorder() -> Recorder:
    """What the tool calls is held against the policy of its command."""
    return Recorder()


@pytest.fixture(scope="module")
def sandboxes(recorder: Recorder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandboxes]:
    """A few sandboxes for all of them."""
    with closing(Sandboxes(tmp_path_factory.mktemp("sandboxes"), recorder)) as sandboxes:
        yield sandboxes


@pytest.fixture
def sandbox(sandboxes: Sandboxes) -> Sandbox:
    return sandboxes.for_a_row()


@pytest.mark.parametrize("row", [pytest.param(row, id=row.id) for row in TABLE.rows])
def test_state(row: Row, sandbox: Sandbox, recorder: Recorder, tmp_path: Path) -> None:
    play(row, sandbox, tmp_path, recorder)


def test_what_the_deploy_role_lacks_on_purpose_is_shown_by_rows() -> None:
    assert {each.row for each in BEYOND} <= {row.id for row in (*TABLE.rows, *ACCOUNT.rows)}
