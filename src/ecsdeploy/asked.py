"""Questions that are asked in parallel: to a user, each round trip to AWS is a tenth of a second."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Asked(Generic[T]):
    """A question under way; calling it gives the answer once it is there, or raises what the question raised.

    Each question has its own thread, which is not waited for at the end: a thread pool would hold up an interrupted
    process until AWS has answered the last of them.
    """

    def __init__(self, question: Callable[[], T]) -> None:
        self._question = question
        self._over = threading.Event()
        self._answers: list[T] = []
        self._errors: list[BaseException] = []
        try:
            threading.Thread(target=self._run, daemon=True).start()
        except RuntimeError:  # the machine allows no further thread: then one after the other
            self._run()

    def __call__(self) -> T:
        """Return the answer, which may take a while."""
        self._over.wait()
        if self._errors:
            raise self._errors[0]
        return self._answers[0]

    @property
    def is_over(self) -> bool:
        """Return whether the answer is there."""
        return self._over.is_set()

    def wait(self, seconds: float) -> None:
        """Return once the answer is there, whatever it is, or after this time."""
        self._over.wait(seconds)

    def _run(self) -> None:
        try:
            self._answers.append(self._question())
        except BaseException as error:
            self._errors.append(error)
        finally:
            self._over.set()


def ask(question: Callable[[], T]) -> Asked[T]:
    """Begin to ask; return what gives the answer."""
    return Asked(question)


def nothing() -> None:
    """Answer a question that was not worth asking."""
    return
