"""Whether a service answers all the while that something is done to it: a request every 50 ms."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

EVERY_SECONDS = 0.05
TIMEOUT_SECONDS = 2.0


@dataclass(frozen=True)
class Unanswered:
    """A request that was not answered with a status below 400: `at` is seconds since the first one was sent."""

    at: float
    why: str


@dataclass
class Answers:
    """How many requests were asked, and which of them were not answered, by the time at which they were sent.

    `said` are the different bodies of the others, in order of their first time.
    """

    asked: int = 0
    unanswered: list[Unanswered] = field(default_factory=list)
    said: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        lost = "".join(f"\n  {each.at:.2f} s: {each.why}" for each in self.unanswered)
        return f"{len(self.unanswered)} of {self.asked} requests were not answered{lost}"


@contextmanager
def answers_throughout(url: str, *, every: float = EVERY_SECONDS) -> Iterator[Answers]:
    """Ask `url` every 50 ms, one request not waiting for another, until the block is left; then it is all known.

    A new connection each time: a task that stops must not keep one open.
    """
    answers, lock, over, began = Answers(), threading.Lock(), threading.Event(), time.monotonic()
    running: list[threading.Thread] = []

    def ask() -> None:
        at = time.monotonic() - began
        try:
            with build_opener(ProxyHandler({})).open(url, timeout=TIMEOUT_SECONDS) as answer:
                body = answer.read().decode(errors="replace")
        except HTTPError as error:
            error.close()
            lost, body = f"HTTP {error.code}", ""
        except OSError as error:
            lost, body = f"{type(error).__name__}: {error}", ""
        else:
            lost = ""
        with lock:
            answers.asked += 1
            if lost:
                answers.unanswered.append(Unanswered(at, lost))
            else:
                answers.said[body] = answers.said.get(body, 0) + 1

    def keep_asking() -> None:
        while not over.is_set():
            running[:] = [each for each in running if each.is_alive()]
            running.append(threading.Thread(target=ask, daemon=True))
            running[-1].start()
            over.wait(every)

    asking = threading.Thread(target=keep_asking, daemon=True)
    asking.start()
    try:
        yield answers
    finally:
        over.set()
        asking.join()
        for each in running:
            each.join()
        answers.unanswered.sort(key=lambda each: each.at)
