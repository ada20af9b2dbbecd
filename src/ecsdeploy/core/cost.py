"""What a service costs a month, line by line, and which parts are not known.

Exact amounts until they are shown: only `dollars` rounds, so a sum never carries the rounding of its parts. What has no
price, or no known amount, is a line without dollars, never a line of zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from fractions import Fraction

from ecsdeploy.core.prices import Architecture, Compute, Price, Prices

HOURS = 730
"""The hours of a month, as the AWS Pricing Calculator counts them: 8760 hours a year, divided by 12."""
INCLUDED_STORAGE_GB = 20
"""The ephemeral storage of a task that its price includes (AWS Fargate pricing page; platform version 1.4.0)."""
GB = 1024**3
"""The bytes of what AWS's prices call a GB: 512 MiB of memory are 0.5 GB."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What a service uses: `cpu` in CPU units (1024 are one vCPU) and `memory` in MiB, for each of `count` tasks.

    `spot_share` is the part of the tasks that FARGATE_SPOT runs, 0 to 1 (`capacity.spot_share` gives it).
    `ephemeral_storage` is in GiB, None for the 20 that are included. `image_bytes` are what the images
    in ECR add up to, which stores layers that they share once; None, there and for the logs, is an amount that is not
    known.
    """

    cpu: int
    memory: int
    architecture: Architecture = "x86_64"
    count: int = 1
    spot_share: Fraction = Fraction(0)
    ephemeral_storage: int | None = None
    public_ip: bool = True
    image_bytes: int | None = None
    log_bytes_per_month: int | None = None
    log_retention_days: int = 30

    @property
    def spot_tasks(self) -> Decimal:
        """Return how many tasks run on FARGATE_SPOT, on average."""
        share = self.count * self.spot_share
        return Decimal(share.numerator) / Decimal(share.denominator)


class Part(Enum):
    """What a line pays for."""

    COMPUTE = "compute"
    STORAGE = "ephemeral storage"
    ADDRESS = "public IPv4 addresses"
    IMAGES = "images in ECR"
    LOG_INGEST = "log ingestion"
    LOG_STORAGE = "log storage"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing that is paid for: dollars a month, or None and `why` they are not known."""

    part: Part
    label: str
    quantity: str
    dollars: Decimal | None
    why: str = ""
    estimate: bool = False


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a service costs a month in a Region, as far as it is known."""

    region: str
    lines: tuple[Line, ...]

    @property
    def subtotal(self) -> Decimal:
        """Return the dollars of what is known."""
        return _total(self.lines)

    @property
    def unknown(self) -> tuple[Line, ...]:
        """Return the lines that the subtotal lacks."""
        return tuple(line for line in self.lines if line.dollars is None)

    def of(self, *parts: Part) -> Decimal | None:
        """Return the dollars of some parts; None if one of their lines is not known."""
        lines = [line for line in self.lines if line.part in parts]
        return None if any(line.dollars is None for line in lines) else _total(lines)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How many dollars more or less a month; `unknown` names the parts that differ and can't be compared."""

    dollars: Decimal
    unknown: tuple[Part, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Use:
    """An amount of something and its price: either may not be known."""

    part: Part
    label: str
    quantity: str
    amount: Decimal | None
    price: Decimal | None
    estimate: bool = False


def monthly(shape: Shape, prices: Prices) -> Cost:
    """Return what a service of `shape` costs a month at `prices`, running all the time."""
    uses = (*_compute(shape, prices), *_per_task(shape, prices), _images(shape, prices), *_logs(shape, prices))
    return Cost(region=prices.region, lines=tuple(_line(use, prices.region) for use in uses))


def difference(before: Cost | None, after: Cost) -> Difference:
    """Return what changes from `before` (None: there is no service yet) to `after`; equal lines need no price."""
    old, new = _by_part(before), _by_part(after)
    changed = [part for part in Part if old[part] != new[part]]
    unknown = tuple(part for part in changed if any(line.dollars is None for line in old[part] + new[part]))
    more = (_total(new[part]) - _total(old[part]) for part in changed if part not in unknown)
    return Difference(dollars=sum(more, Decimal(0)), unknown=unknown)


def dollars(amount: Decimal, *, signed: bool = False) -> str:
    """Return an amount as it is shown, to the cent and half up: `$9.01`, `-$3.65`, and `+$9.01` where `signed`."""
    cents = abs(amount).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    sign = "" if not cents else "-" if amount < 0 else "+" if signed else ""
    return f"{sign}${cents:,}"


def _compute(shape: Shape, prices: Prices) -> Iterator[_Use]:
    spot = shape.spot_tasks
    if spot < shape.count or not shape.count:
        yield _tasks("Fargate", shape.count - spot, shape, prices.on_demand)
    if spot:
        yield replace(_tasks("Fargate Spot", spot, shape, prices.spot), estimate=True)


def _tasks(label: str, tasks: Decimal, shape: Shape, prices: Mapping[Architecture, Compute]) -> _Use:
    vcpu, memory = Decimal(shape.cpu) / 1024, Decimal(shape.memory) / 1024
    price = prices.get(shape.architecture)
    return _Use(
        part=Part.COMPUTE,
        label=f"{label}, {shape.architecture}",
        quantity=f"{_count(tasks, 'task', 'tasks')} of {_number(vcpu)} vCPU and {_number(memory)} GB, {HOURS} h",
        amount=tasks * HOURS,
        price=None if price is None else vcpu * price.vcpu_hour + memory * price.gb_hour,
    )


def _per_task(shape: Shape, prices: Prices) -> Iterator[_Use]:
    """Yield what each task has apart from its size; the price is the same on Spot."""
    tasks, more = Decimal(shape.count), (shape.ephemeral_storage or 0) - INCLUDED_STORAGE_GB
    if more > 0:
        yield _Use(
            part=Part.STORAGE,
            label="Ephemeral storage",
            quantity=f"{_count(tasks, 'task', 'tasks')} with {more} GB beyond {INCLUDED_STORAGE_GB}, {HOURS} h",
            amount=tasks * more * HOURS,
            price=_asked(prices.ephemeral_gb_hour),
        )
    if shape.public_ip:
        yield _Use(
            part=Part.ADDRESS,
            label="Public IPv4",
            quantity=f"{_count(tasks, 'address', 'addresses')}, {HOURS} h",
            amount=tasks * HOURS,
            price=_asked(prices.public_ipv4_hour),
        )


def _images(shape: Shape, prices: Prices) -> _Use:
    size = _gb(shape.image_bytes)
    return _Use(
        part=Part.IMAGES,
        label="ECR storage",
        quantity=_at_most(size),
        amount=size,
        price=_asked(prices.image_gb_month),
    )


def _logs(shape: Shape, prices: Prices) -> Iterator[_Use]:
    """Yield what comes in, and what is kept of it once the first events expire.

    CloudWatch keeps events compressed and asks for those bytes (its pricing page), so the second is an upper bound.
    """
    size = _gb(shape.log_bytes_per_month)
    yield _Use(
        part=Part.LOG_INGEST,
        label="CloudWatch Logs, ingestion",
        quantity="" if size is None else f"{_number(size)} GB",
        amount=size,
        price=_asked(prices.log_ingest_gb),
    )
    kept = None if size is None else size * shape.log_retention_days * 24 / HOURS
    yield _Use(
        part=Part.LOG_STORAGE,
        label="CloudWatch Logs, storage",
        quantity="" if kept is None else f"at most {_number(kept)} GB, of {shape.log_retention_days} days",
        amount=kept,
        price=_asked(prices.log_gb_month),
    )


def _line(use: _Use, region: str) -> Line:
    """Return what a use costs: none of something costs nothing, whatever its price."""
    amount, why = use.amount, ""
    known = None if amount is None or use.price is None else amount * use.price
    if amount == 0:
        known = Decimal(0)
    elif known is None:
        why = "the amount is not known" if amount is None else f"no price for {region} is known here"
    return Line(part=use.part, label=use.label, quantity=use.quantity, dollars=known, why=why, estimate=use.estimate)


def _by_part(cost: Cost | None) -> Mapping[Part, tuple[Line, ...]]:
    lines = cost.lines if cost else ()
    return {part: tuple(line for line in lines if line.part is part) for part in Part}


def _total(lines: Iterable[Line]) -> Decimal:
    return sum((line.dollars for line in lines if line.dollars is not None), Decimal(0))


def _asked(price: Price | None) -> Decimal | None:
    return None if price is None else price.dollars


def _gb(size: int | None) -> Decimal | None:
    return None if size is None else Decimal(size) / GB


def _count(number: Decimal, one: str, many: str) -> str:
    return f"{_number(number)} {one if number == 1 else many}"


def _at_most(size: Decimal | None) -> str:
    """Return so many GB as an upper bound; too few to show are one already."""
    if size is None:
        return ""
    return f"{_number(size)} GB" if 0 < size < Decimal("0.01") else f"at most {_number(size)} GB"


def _number(value: Decimal) -> str:
    """Return a number with two decimals at most."""
    if 0 < value < Decimal("0.01"):
        return "less than 0.01"
    return f"{value.quantize(Decimal('0.01'), rounding=ROUND_HALF_UP).normalize():f}"
