"""What nobody may read: which variables hold a key, and the keys and tokens of this run, kept out of its output.

Nothing prints them on purpose; but an error of a library may quote a header, and a traceback shows every error.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast
from urllib.parse import quote

T = TypeVar("T")

SHORTEST = 16
"""Characters of a text that is worth hiding: AWS's secret keys have 40, and a word would be hidden everywhere."""
SHOWN = "***"
"""What is shown instead; GitHub's runner shows the same."""

_TOKENS = frozenset({"GITHUB_TOKEN", "GH_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GH_ENTERPRISE_TOKEN"})
_KEYS = frozenset(
    {
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_SECURITY_TOKEN",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    }
)
_SIGNS_IN = ("AWS_", "ACTIONS_ID_TOKEN_", "ACTIONS_RUNTIME_")
_IS_KEY = ("AWS_BEARER_TOKEN_", "ACTIONS_ID_TOKEN_", "ACTIONS_RUNTIME_")
_PUBLIC = frozenset({"AWS_ACCESS_KEY_ID", "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_RUNTIME_URL"})
"""These name something, and give no access alone."""


def signs_in(name: str) -> bool:
    """Return whether the variable takes part in signing in to AWS or GitHub: a key, a profile, a file, an address."""
    return name.startswith(_SIGNS_IN) or name in _TOKENS


def is_key(name: str) -> bool:
    """Return whether the variable's value is itself a part of a key or a token, or where one is handed out."""
    return name.startswith(_IS_KEY) or name in _KEYS or name in _TOKENS


class Hidden:
    """The secrets of one run; `redacted` leaves none of them in a text. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: set[str] = set()
        self._waiting: list[str] = []
        self._announce: Callable[[str], None] | None = None
        self._pattern: re.Pattern[str] | None = None

    def know(self, environ: Mapping[str, str]) -> None:
        """Hide what `environ` holds: whoever put it there has told the CI service."""
        with self._lock:
            self._hide(value for name, value in environ.items() if is_key(name) and name not in _PUBLIC)

    def add(self, *secrets: str) -> None:
        """Hide `secrets`; announce each that is new, once, before anything else can be written."""
        with self._lock:
            self._waiting += self._hide(secrets)
            self._tell()

    def announce_to(self, announce: Callable[[str], None]) -> None:
        """Announce what was added, and whatever will be, to `announce`: a CI service then hides it in its log."""
        with self._lock:
            self._announce = announce
            self._tell()

    def redacted(self, text: str) -> str:
        """Return `text` without a secret in it, nor the form that one has in an address."""
        return text if self._pattern is None else self._pattern.sub(SHOWN, text)

    def cleared(self, value: T) -> T:
        """Return `value` with every text in it redacted: in dataclasses, tuples, lists and mappings."""
        return cast(T, self._cleared(value)) if self._pattern is not None else value

    def _cleared(self, value: object) -> object:
        if type(value) is str:
            return self.redacted(value)
        if is_dataclass(value) and not isinstance(value, type):
            return self._replaced(value)
        if type(value) in (tuple, list):
            return type(value)(map(self._cleared, value))  # type: ignore[call-arg, call-overload]
        if type(value) is dict:
            return {key: self._cleared(each) for key, each in value.items()}
        return value

    def _replaced(self, value: Any) -> object:
        """Return a dataclass with cleared fields: itself, if nothing in it is a secret."""
        before = {each.name: getattr(value, each.name) for each in fields(value) if each.init}
        after = {name: self._cleared(each) for name, each in before.items()}
        return value if after == before else replace(value, **after)

    def _tell(self) -> None:
        while self._announce is not None and self._waiting:
            self._announce(self._waiting.pop(0))

    def _hide(self, secrets: Iterable[str]) -> list[str]:
        """Return those that were not known before."""
        new = [each for each in dict.fromkeys(secrets) if len(each) >= SHORTEST and each not in self._known]
        if new:
            self._known.update(new)
            forms = {form for each in self._known for form in (each, quote(each, safe=""))}
            self._pattern = re.compile("|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True)))
        return new
