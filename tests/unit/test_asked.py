"""Questions that are asked side by side."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from ecsdeploy.asked import ask
from ecsdeploy.errors import Refused

PATIENCE = 30.0
"""Seconds after which a test that would hang fails instead."""


def test_an_answer_is_given_to_everybody_who_waits_for_it_and_asked_for_once() -> None:
    asked: list[str] = []

    def question() -> str:
        asked.append("asked")
        return "answer"

    answer = ask(question)
    assert [answer(), answer()] == ["answer", "answer"]
    assert asked == ["asked"]


def test_an_error_is_raised_to_everybody_who_waits_and_to_nobody_else() -> None:
    def question() -> str:
        raise Refused("no")

    ask(question)  # nobody waits for this one
    answer = ask(question)
    other = ask(answer)
    for each in (answer, answer, other):
        with pytest.raises(Refused, match="no"):
            each()


def test_an_interruption_of_the_question_is_no_answer() -> None:
    def question() -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask(question)()


def test_a_missing_answer_is_an_answer() -> None:
    answer: object = ask(lambda: None)()
    assert answer is None


def test_questions_run_side_by_side() -> None:
    """Each of them waits for the two others, so one after the other would never end."""
    together = threading.Barrier(3)
    answers = [ask(lambda: together.wait(PATIENCE)) for _ in range(3)]
    assert sorted(answer() for answer in answers) == [0, 1, 2]


def test_whoever_asks_goes_on_until_he_needs_the_answer() -> None:
    told = threading.Event()

    def question() -> str:
        return "heard" if told.wait(PATIENCE) else "nobody said anything"

    answer = ask(question)
    told.set()
    assert answer() == "heard"


def test_a_question_may_wait_for_another() -> None:
    first = threading.Event()
    slow = ask(lambda: first.wait(PATIENCE) and "repository")
    name = ask(lambda: f"{slow()}:tag")
    first.set()
    assert name() == "repository:tag"


def test_a_question_without_an_answer_does_not_keep_the_process() -> None:
    """An interrupted user waits for nothing."""
    program = "import threading\nfrom ecsdeploy.asked import ask\nask(threading.Event().wait)\nraise SystemExit(7)\n"
    done = subprocess.run([sys.executable, "-c", program], check=False, timeout=PATIENCE)
    assert done.returncode == 7
