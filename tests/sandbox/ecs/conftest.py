from __future__ import annotations

import pytest

from tests.sandbox.ecs.lab import Lab


@pytest.fixture
def lab() -> Lab:
    """An ECS with a cluster `c`."""
    made = Lab()
    made.cluster()
    return made
