"""What would make a service cheaper, and the drawback of each.

The savings are alternatives, each measured against the service as it is: their sum means nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from ecsdeploy.core.cost import Part, Shape, monthly
from ecsdeploy.core.prices import Prices

HOURS_OFF = 12
"""The assumed length of a night, of 24 hours."""
BY_THE_HOUR = (Part.COMPUTE, Part.STORAGE, Part.ADDRESS)
"""The usage without any task."""


@dataclass(frozen=True, kw_only=True)
class Saving:
    """One way to pay `dollars` less a month, and its price: a sentence."""

    title: str
    dollars: Decimal
    caveat: str
    estimate: bool = False


def savings(shape: Shape, prices: Prices) -> tuple[Saving, ...]:
    """Return the savings with a known price, the largest first."""
    if not shape.count:
        return ()
    found = (*_arm64(shape, prices), *_spot(shape, prices), *_night(shape, prices))
    return tuple(sorted((one for one in found if one.dollars > 0), key=lambda one: (-one.dollars, one.title)))


def _arm64(shape: Shape, prices: Prices) -> Iterator[Saving]:
    less = _less(shape, replace(shape, architecture="arm64"), prices)
    if less is not None:
        yield Saving(
            title="arm64",
            dollars=less,
            caveat="The image, and everything in it, has to be built for arm64.",
            estimate=bool(shape.spot_share),
        )


def _spot(shape: Shape, prices: Prices) -> Iterator[Saving]:
    less = _less(shape, replace(shape, spot_share=Fraction(1)), prices)
    if less is not None:
        day = prices.spot[shape.architecture].origin.date
        yield Saving(
            title="Fargate Spot",
            dollars=less,
            caveat=f"An estimate from the price of {day}, which changes; AWS stops a task with two minutes' warning "
            "when it needs the capacity, and may have none to replace it.",
            estimate=True,
        )


def _night(shape: Shape, prices: Prices) -> Iterator[Saving]:
    cost = monthly(shape, prices)
    if cost.of(Part.COMPUTE) is not None:
        by_the_hour = sum((cost.of(part) or Decimal(0) for part in BY_THE_HOUR), Decimal(0))
        yield Saving(
            title=f"No tasks for {HOURS_OFF} of 24 hours",
            dollars=by_the_hour * HOURS_OFF / 24,
            caveat=f"Assumes that nobody needs the service for {HOURS_OFF} hours a day: it is down in that time.",
            estimate=bool(shape.spot_share),
        )


def _less(before: Shape, after: Shape, prices: Prices) -> Decimal | None:
    """Return how much less the tasks of `after` cost; None if either is not known."""
    old, new = (monthly(shape, prices).of(Part.COMPUTE) for shape in (before, after))
    return None if old is None or new is None else old - new
