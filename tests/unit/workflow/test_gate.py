"""After a deployment that succeeded: let through, taken back, or not proven."""

from __future__ import annotations

import pytest

from ecsdeploy.core.interrupted import smoke
from ecsdeploy.core.smoke import Answer, Check, NoAnswer, Origin
from ecsdeploy.core.verdict import EXIT_CODES, Kind, Verdict
from ecsdeploy.errors import Refused
from ecsdeploy.workflow.gate import GoBack, Passage, gate
from ecsdeploy.workflow.smoke import Hands
from tests.unit.core import builders as a
from tests.unit.workflow.fakes import CONFIG, Bench, FakeReporter

URL = "http://192.0.2.1:3000"
SMOKE = '[smoke]\ntimeout = "1s"\n[[smoke.requests]]\npath = "/health"\n'
SUCCEEDED = Verdict(kind="succeeded", deployment=a.rollout())
GOOD, BAD = Answer(status=200), Answer(status=500)
WRONG = f"GET {URL}/health answered 500, expected 200"


def nobody() -> str:
    raise AssertionError("nothing is to be taken back")


def passed(
    bench: Bench,
    answer: Answer | NoAnswer,
    go_back: GoBack | None = nobody,
    *,
    verdict: Verdict = SUCCEEDED,
    smoke: str = SMOKE,
) -> tuple[Verdict, FakeReporter]:
    """Return what becomes of `verdict`, and what was told."""
    run, report = bench.run(CONFIG + smoke)

    def exchange(check: Check, url: str) -> Answer | NoAnswer:
        return answer

    hands, origin = Hands(exchange), Origin(commit="", tag="", env="default")
    passage = Passage(origin=origin, go_back=go_back, hands=hands)
    return gate(run, run.target, verdict, urls=[URL], passage=passage), report


def test_a_good_answer_lets_it_through(bench: Bench) -> None:
    verdict, report = passed(bench, GOOD)
    assert verdict is SUCCEEDED
    assert report.texts[-1] == "Smoke test: passed"


def test_without_the_table_nothing_is_asked_or_told(bench: Bench) -> None:
    verdict, report = passed(bench, BAD, smoke="")
    assert verdict is SUCCEEDED
    assert report.texts == []


@pytest.mark.parametrize("kind", [kind for kind in EXIT_CODES if kind != "succeeded"])
def test_what_did_not_succeed_is_not_asked(bench: Bench, kind: Kind) -> None:
    failed = Verdict(kind=kind)
    verdict, report = passed(bench, GOOD, verdict=failed)
    assert verdict is failed
    assert report.texts == []


def test_a_bad_answer_takes_it_back(bench: Bench) -> None:
    verdict, report = passed(bench, BAD, lambda: "hello:6")
    assert (verdict.kind, verdict.exit_code, verdict.deployment) == ("smoke-failed", 13, SUCCEEDED.deployment)
    assert verdict.reason == f"{WRONG}. Rolled back to hello:6."
    assert report.texts[-1] == "The smoke test failed: going back to what ran before"


def test_where_there_is_no_way_back_that_is_told(bench: Bench) -> None:
    def nothing() -> str:
        raise Refused("There is nothing to go back to.")

    verdict, _ = passed(bench, BAD, nothing)
    assert (verdict.exit_code, verdict.reason) == (13, f"{WRONG}. Not rolled back: There is nothing to go back to.")
    verdict, _ = passed(bench, BAD, None)
    assert (verdict.exit_code, verdict.reason) == (13, f"{WRONG}. Nothing was deployed, so nothing was rolled back.")


def test_what_could_not_be_asked_stays_and_proves_nothing(bench: Bench) -> None:
    verdict, _ = passed(bench, NoAnswer("took no connection within 5 s", reached=False))
    assert (verdict.kind, verdict.exit_code) == ("unproven", 12)
    assert verdict.reason == f"GET {URL}/health took no connection within 5 s"


def test_not_more_is_told_than_can_be_read(bench: Bench) -> None:
    verdict, _ = passed(bench, BAD, None, smoke=SMOKE + '[[smoke.requests]]\npath = "/x"\n' * 4)
    assert verdict.reason.count("answered 500") == 3
    assert "; and 2 more. Nothing" in verdict.reason


def test_who_interrupts_is_told_that_it_serves_already(bench: Bench) -> None:
    run, _ = bench.run(CONFIG + SMOKE)

    def interrupt(check: Check, url: str) -> Answer:
        raise KeyboardInterrupt

    origin = Origin(commit="", tag="", env="default")
    passage = Passage(origin=origin, hands=Hands(interrupt), go_back=lambda: "hello:1")
    with pytest.raises(KeyboardInterrupt):
        gate(run, run.target, SUCCEEDED, urls=[URL], passage=passage)
    assert run.journal.doing == "the smoke test"
    assert run.journal.in_aws == smoke("hello-service", undo="ecsdeploy rollback")
