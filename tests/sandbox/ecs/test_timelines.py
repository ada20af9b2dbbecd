"""Golden timelines: what a service's events tell, to the tenth of a second, and each deployment's verdict.

Each play has a file of its name in `timelines`: the verdicts of the service deployments, the oldest first, and the
events.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest

from tests.sandbox.ecs.plays import PLAYS, crash_rolls_back
from tests.sandbox.ecs.small_ecs import SmallEcs

TIMELINES = Path(__file__).parent / "timelines"


@pytest.mark.parametrize("play", PLAYS, ids=[play.__name__ for play in PLAYS])
def test_a_service_goes_through(play: Callable[[SmallEcs], None]) -> None:
    lab = SmallEcs()
    lab.cluster()
    play(lab)
    verdicts = ", ".join(deployment["status"] for deployment in lab.deployments())
    assert [verdicts, "", *lab.story()] == (TIMELINES / f"{play.__name__}.txt").read_text().splitlines()


def test_every_timeline_is_played() -> None:
    assert {path.stem for path in TIMELINES.glob("*.txt")} == {play.__name__ for play in PLAYS}


def test_every_event_has_an_id_and_a_time_of_its_own() -> None:
    lab = SmallEcs()
    lab.cluster()
    crash_rolls_back(lab)
    events = lab.service()["events"]
    assert len({str(UUID(event["id"])) for event in events}) == len(events)
    assert all(event["message"].startswith("(service s) ") for event in events)
    assert [event["createdAt"] for event in events] == sorted((e["createdAt"] for e in events), reverse=True)
