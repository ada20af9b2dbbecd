from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.config.duration import parse, text_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("10m", 600),
        ("1h", 3600),
        ("1h30m", 5400),
        ("1m5s", 65),
        ("2d", 172_800),
        ("1w1d", 691_200),
        ("45", 45),
        (45, 45),
        (" 5M ", 300),
        (0, 0),
    ],
)
def test_durations_are_read_as_people_write_them(text: str | int, seconds: int) -> None:
    assert parse(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "5 min", "1.5h", "-3s", "30s10m", "1d1w", "٣s", "9" * 30, -1, True, "3s\nx"])
def test_what_is_no_duration_is_refused(text: str | int) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse(text)


@given(st.integers(0, 10**8))
def test_a_duration_reads_back_what_it_wrote(seconds: int) -> None:
    assert parse(text_of(seconds)) == seconds
