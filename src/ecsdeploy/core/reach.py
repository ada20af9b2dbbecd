"""Where a service answers, and whether anybody gets in there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reach:
    """Where the tasks have public addresses; why nobody gets in at some of them, and what to do, "" if all answer."""

    urls: tuple[str, ...] = ()
    refusal: str = ""
    advice: str = ""
