"""What a service costs a month, as an event: of what runs and of what is wanted."""

from __future__ import annotations

from dataclasses import replace

from ecsdeploy.amounts import CostLine, CostSaving, MonthlyCost
from ecsdeploy.core.cost import Cost, Line, Part, Shape, difference, monthly
from ecsdeploy.core.prices import Prices
from ecsdeploy.core.savings import savings
from ecsdeploy.prices import of

BY_TASK = (Part.COMPUTE, Part.STORAGE, Part.ADDRESS)
"""What a change of the config changes; only `cost` counts images and logs."""


def in_brief(region: str, before: Shape | None, after: Shape) -> MonthlyCost:
    """Return what the tasks cost, before and after a change."""
    prices = of(region)
    old, new = (monthly(before, prices) if before is not None else None), monthly(after, prices)
    return _event(prices, after, _tasks(old) if old is not None else None, _tasks(new))


def in_full(region: str, shape: Shape) -> MonthlyCost:
    """Return what everything costs, line by line, and the possible savings."""
    prices = of(region)
    cost = monthly(shape, prices)
    event = _event(prices, shape, None, cost)
    lines = tuple(
        CostLine(each.label, each.quantity, _cents(each), each.why, estimate=each.estimate) for each in cost.lines
    )
    found = tuple(
        CostSaving(each.title, f"{each.dollars:.2f}", each.caveat, estimate=each.estimate)
        for each in savings(shape, prices)
    )
    return replace(event, lines=lines, savings=found)


def _tasks(cost: Cost) -> Cost:
    return Cost(region=cost.region, lines=tuple(line for line in cost.lines if line.part in BY_TASK))


def _event(prices: Prices, shape: Shape, before: Cost | None, after: Cost) -> MonthlyCost:
    changed = difference(before, after)
    return MonthlyCost(
        region=prices.region,
        dollars=f"{after.subtotal:.2f}",
        unknown=tuple(line.label for line in after.unknown),
        as_of=_as_of(prices, shape),
        before=f"{before.subtotal:.2f}" if before is not None else None,
        difference=f"{changed.dollars:+.2f}" if before is not None else "",
    )


def _cents(line: Line) -> str | None:
    return f"{line.dollars:.2f}" if line.dollars is not None else None


def _as_of(prices: Prices, shape: Shape) -> str:
    """Return the day of the price behind most of a service's cost; "" if not known."""
    price = prices.on_demand.get(shape.architecture)
    return price.origin.date.isoformat() if price is not None else ""
