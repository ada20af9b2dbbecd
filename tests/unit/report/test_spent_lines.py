"""Where the time went, as two quiet lines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ecsdeploy.report.spent import lasted
from ecsdeploy.report.text import lines
from tests.unit.report.records import SPENT


def test_a_long_deployment_says_where_its_time_went_and_what_would_save_most() -> None:
    assert [(line.text, line.style) for line in lines(SPENT)] == [
        (
            "  time: 52 s: provisioning 8.4 s, image pull 6.0 s, start 1.0 s, until healthy 32 s, "
            "stopping the old tasks 4.5 s",
            "fact",
        ),
        (
            "  faster: the health check is asked first after its interval of 30 s: "
            '[task.health_check] interval = "10s" saves up to 20 s',
            "fact",
        ),
    ]


def test_a_short_deployment_says_nothing() -> None:
    assert list(lines(replace(SPENT, seconds=20.0))) == []


def test_without_a_saving_there_is_one_line() -> None:
    assert len(list(lines(replace(SPENT, savings=())))) == 1


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.6, "1 min"),
        (270.0, "4 min 30 s"),
        (3599.8, "1 h"),
        (3720.0, "1 h 2 min"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert lasted(seconds) == words
