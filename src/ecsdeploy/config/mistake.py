"""A mistake in the config: where, what, and the nearest valid choice.

Validators raise pydantic's own error type with both sentences in its context, so that one validation collects every
mistake and `messages` only has to find their places in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from pydantic_core import PydanticCustomError

from ecsdeploy.errors import ConfigError

KIND = "mistake"
_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Mistake:
    """One mistake. `key` is its path from the top of the file, `line` counts from 1 (None: it is on no line)."""

    key: tuple[str | int, ...]
    what: str
    fix: str
    line: int | None = None


class ConfigMistakes(ConfigError):
    """All mistakes of a config at once. `file` is its name as the user wrote it, or "" for a config made in code."""

    def __init__(self, mistakes: Sequence[Mistake], file: str = "") -> None:
        name = file or "the config"
        if len(mistakes) == 1:
            super().__init__(_line(mistakes[0], file), fix=mistakes[0].fix)
        else:
            listed = "\n".join(f"{_line(each, file)}\n    {each.fix}" for each in mistakes)
            super().__init__(f"{name} has {len(mistakes)} mistakes", why=listed, fix=f"Correct {name} and try again.")
        self.mistakes = tuple(mistakes)
        self.file = file


def _line(found: Mistake, file: str) -> str:
    place = file + (f":{found.line}" if file and found.line else "")
    return ": ".join(part for part in (place, dotted(found.key), found.what) if part)


def dotted(key: tuple[str | int, ...]) -> str:
    """Return `key` as TOML would write it: bare words joined by dots, anything else in quotes, indexes in brackets."""
    text = ""
    for part in key:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += ("." if text else "") + (part if _BARE.fullmatch(part) else ascii(part))
    return text


def mistake(what: str, fix: str) -> PydanticCustomError:
    """Return the error to raise in a validator of one value."""
    return mistakes([Mistake((), what, fix)])


def mistakes(found: Iterable[Mistake], *, within: str = "") -> PydanticCustomError:
    """Return the error to raise in a validator of a table; each key is relative to it, or to a table `within` it."""
    above = (within,) if within else ()
    moved = tuple(replace(each, key=(*above, *each.key)) for each in found)
    return PydanticCustomError(KIND, "the config has a mistake", {"mistakes": moved})


def nearest(word: str, known: Sequence[str]) -> str | None:
    """Return what of `known` was probably meant by `word`, or None when nothing is close."""
    lowered = {choice.lower(): choice for choice in known}
    close = get_close_matches(word.strip().lower().replace("-", "_"), [key.replace("-", "_") for key in lowered], n=1)
    if not close:
        return None
    return next(choice for key, choice in lowered.items() if key.replace("-", "_") == close[0])


def listing(choices: Sequence[object]) -> str:
    """Return `a, b or c`."""
    words = [str(choice) for choice in choices]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
