"""One sandbox and one warm process for all the tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.tool.hard.lab import Lab, open_lab


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A sandbox in a hurry, and a project."""
    with open_lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab
