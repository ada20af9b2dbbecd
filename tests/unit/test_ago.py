from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ecsdeploy.ago import age, ago

THEN = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "0s"), (0, "0s"), (59.9, "59s"), (60, "1m"), (3599, "59m"), (3600, "1h"), (172_799, "47h"), (172_800, "2d")],
)
def test_an_age_is_told_in_its_largest_unit(seconds: float, text: str) -> None:
    assert age(THEN, THEN + timedelta(seconds=seconds)) == text
    assert ago(THEN, THEN + timedelta(seconds=seconds)) == f"{text} ago"
