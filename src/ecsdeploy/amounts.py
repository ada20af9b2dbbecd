"""What things cost, as values: dollars a month, and a deployment's seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CostLine:
    """One thing that is paid for: `dollars` a month as a decimal number in text, None where `why` says why not."""

    label: str
    quantity: str
    dollars: str | None
    why: str = ""
    estimate: bool = False


@dataclass(frozen=True)
class CostSaving:
    """One way to pay `dollars` less a month, and its drawback; these are alternatives and do not add up."""

    title: str
    dollars: str
    caveat: str
    estimate: bool = False


@dataclass(frozen=True)
class MonthlyCost:
    """What the service costs a month: `dollars` of what is known, `unknown` names the rest.

    `before` is the cost of what runs today, None if nothing does; `difference` is signed. Prices are those of `region`
    as of `as_of` (an ISO date, "" if none is known). Amounts are decimal numbers in text, in US dollars.
    """

    region: str
    dollars: str
    unknown: tuple[str, ...]
    as_of: str
    before: str | None = None
    difference: str = ""
    lines: tuple[CostLine, ...] = ()
    savings: tuple[CostSaving, ...] = ()


@dataclass(frozen=True)
class TimePart:
    """One part of a deployment's time: its `seconds`, and what it depends on in `detail`, "" where nothing is said.

    `name` is waiting (until the last task was created), provisioning, pull, start, healthy (until it counted so),
    draining or stopping (of what was replaced), in this order. The parts add up to the whole.
    """

    name: str
    seconds: float
    detail: str = ""


@dataclass(frozen=True)
class TimeSaving:
    """One way to be `seconds` faster: `why` it takes that long, and what to `change`.

    Savings are estimates from this deployment's times; those of parts that overlap do not add up.
    """

    seconds: float
    why: str
    change: str
