"""Which runs a team is told of, and what."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from ecsdeploy.core.record import Problem, Record
from ecsdeploy.core.word import Actor, word
from tests.unit.notify.words import (
    ABOUT,
    BAD,
    CARD,
    GOOD,
    IMAGE,
    ROLLED_BACK,
    ROLLING,
    START,
    UNCHANGED,
    UPDATED,
    record,
)

ACTOR = Actor(commit="3f2c1ab", name="octocat", run_url="https://github.com/acme/hello/actions/runs/1")
DENIED = Problem("You may not.", "It lacks ecs:UpdateService.", "Ask an admin.")


def test_a_success_says_where_the_service_answers_and_gives_no_cause() -> None:
    told = word(GOOD, ACTOR)
    assert told is not None
    assert (told.verdict, told.succeeded, told.exit_code) == ("succeeded", True, 0)
    assert (told.app, told.environment, told.service) == ("hello", "live", "hello-live")
    assert (told.revision, told.image, told.url) == ("hello:8", "hello:3f2c1ab", "http://192.0.2.1:3000")
    assert (told.commit, told.actor, told.run_url) == ("3f2c1ab", "octocat", ACTOR.run_url)
    assert (told.cause, told.fix, told.log) == ("", "", ())
    assert (told.started_at, told.ended_at, told.seconds) == (START, START + timedelta(seconds=83.42), 83.4)


def test_a_failure_has_its_cards_cause_and_the_last_lines_of_its_log() -> None:
    told = word(BAD, ACTOR)
    assert told is not None
    assert (told.verdict, told.succeeded, told.text) == ("rolled-back", False, "hello:8 failed, and ECS rolled back.")
    assert (told.cause, told.fix, told.log) == (CARD.cause, CARD.fix, tuple(f"line {n}" for n in range(20, 30)))


def test_without_a_card_the_cause_is_what_is_known() -> None:
    by_ecs, by_error = word(record(4, UPDATED, ROLLED_BACK), ACTOR), word(record(5, UPDATED, error=DENIED), ACTOR)
    assert by_ecs is not None
    assert (by_ecs.cause, by_ecs.fix) == ("tasks failed", "")
    assert by_error is not None
    assert (by_error.text, by_error.cause, by_error.fix) == (DENIED.what, DENIED.why, DENIED.fix)


@pytest.mark.parametrize(
    "run",
    [
        record(0, UNCHANGED),
        record(3, error=DENIED),
        record(130, UNCHANGED, error=DENIED),
        replace(record(2, UPDATED), about=None),
    ],
    ids=["nothing differs", "refused", "interrupted before anything was done", "no config"],
)
def test_what_deployed_nothing_is_not_told(run: Record) -> None:
    assert word(run, ACTOR) is None


@pytest.mark.parametrize(
    "run", [record(0, UNCHANGED, ROLLING), record(5, IMAGE), record(130, UPDATED)], ids=["watched", "begun", "left"]
)
def test_what_was_begun_or_watched_is(run: Record) -> None:
    assert word(run, ACTOR) is not None


@pytest.mark.parametrize(
    ("code", "verdict"), [(0, "succeeded"), (1, "failed"), (4, "rolled-back"), (6, "timed-out"), (143, "interrupted")]
)
def test_the_verdict_is_that_of_the_exit_code(code: int, verdict: str) -> None:
    told = word(record(code, UPDATED), ACTOR)
    assert told is not None
    assert told.verdict == verdict
    assert ABOUT.app == told.app


def test_an_outcomes_own_word_goes_before_that_unless_something_ended_the_run_after_it() -> None:
    unreachable = replace(ROLLED_BACK, verdict="unreachable", exit_code=5)
    judged, cut_short = word(record(5, UPDATED, unreachable), ACTOR), word(record(130, UPDATED, unreachable), ACTOR)
    assert judged is not None
    assert judged.verdict == "unreachable"
    assert cut_short is not None
    assert cut_short.verdict == "interrupted"
