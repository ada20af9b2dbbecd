"""The cause of a failed run, from the failure cards that were shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ecsdeploy.events import FailureCard


def completed(before: FailureCard | None, card: FailureCard) -> FailureCard:
    """Return the card that tells the cause once `card` was shown: where it only adds to the last, it lacks the rest."""
    if before is None or card.part != "more":
        return card
    return replace(card, cause=card.cause or before.cause, fix=card.fix or before.fix)


def last_of(cards: Iterable[FailureCard]) -> FailureCard | None:
    """Return the card that tells the cause once all of `cards` were shown."""
    last: FailureCard | None = None
    for card in cards:
        last = completed(last, card)
    return last


def told(card: FailureCard | None) -> tuple[str, str]:
    """Return the cause and what to do; both are "" without a card."""
    return (card.cause, card.fix) if card is not None else ("", "")
