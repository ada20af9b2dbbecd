from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.aws.stubs import StubbedAws


@pytest.fixture
def aws() -> Iterator[StubbedAws]:
    """Return an AWS that answers what the test lines up, and all of it."""
    stubbed = StubbedAws()
    yield stubbed
    stubbed.nothing_is_left()
