"""Questions that are asked side by side: to a user, each round trip to AWS is a tenth of a second."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def ask(question: Callable[[], T]) -> Callable[[], T]:
    """Begin to ask; return a function that gives the answer once it is there, or raises what `question` raised.

    Each question has a thread of its own that nobody waits for at the end: those of a pool would hold up an interrupted
    process until AWS has answered the last of them.
    """
    over = threading.Event()
    answers: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            answers.append(question())
        except BaseException as error:
            errors.append(error)
        finally:
            over.set()

    def answer() -> T:
        over.wait()
        if errors:
            raise errors[0]
        return answers[0]

    threading.Thread(target=run, daemon=True).start()
    return answer


def nothing() -> None:
    """Answer a question that was not worth asking."""
    return
