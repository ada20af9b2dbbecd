from __future__ import annotations

import pytest

from tests.sandbox.ecs.small_ecs import SmallEcs


@pytest.fixture
def lab() -> SmallEcs:
    """An ECS with a cluster `c`."""
    made = SmallEcs()
    made.cluster()
    return made
