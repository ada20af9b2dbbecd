"""Two deployments of one service that are started together."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.tool.hard.lab import Lab
from tests.tool.hard.race import problems_of
from tests.tool.hard.rows import Row

SEEDS = range(200)
SOME = (*range(5), 16)  # in the last one both begin a deployment


def _raced(lab: Lab, seeds: Iterable[int]) -> Row:
    row = Row("two at once", "two commits of one service")
    forges = lab.forge, lab.second_forge
    for seed in seeds:
        row.case(f"seed {seed}", problems_of(lab, seed, forges))
    return row


def test_one_wins_and_the_other_knows(lab: Lab) -> None:
    row = _raced(lab, SOME)
    assert not row.failures, str(row)


@pytest.mark.hard
@pytest.mark.timeout(3600)
def test_one_wins_in_every_order(lab: Lab) -> None:
    _raced(lab, SEEDS).tell()
