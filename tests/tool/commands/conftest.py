"""The worlds that the command line is tried in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.world import World, open_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A fresh sandbox with simulated tasks, and a fresh project."""
    with open_world(tmp_path) as fresh:
        yield fresh
