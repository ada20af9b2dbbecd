"""What a user was already told of a deployment, so that only news is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ecsdeploy.events import FailureCard


@dataclass(frozen=True)
class Carded:
    """A cause that was shown: what it is known by, and the newest card."""

    signs: frozenset[object]
    card: FailureCard


@dataclass(frozen=True, kw_only=True)
class Told:
    """What was told: events by id, each task's state, the last counts and when, the cards, and what is said once."""

    events: frozenset[str] = frozenset()
    tasks: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    counts: tuple[object, ...] = ()
    counts_at: float = float("-inf")
    cards: tuple[Carded, ...] = ()
    once: frozenset[object] = frozenset()
