"""AWS's prices, in US dollars, for what a Fargate service uses: an unknown price is absent, never guessed.

The table is a data file, which `ecsdeploy.prices` reads. Every price has its source and its date,
because each of them ages: list prices by AWS's decision, those of Fargate Spot by themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

Architecture = Literal["x86_64", "arm64"]


@dataclass(frozen=True, kw_only=True)
class Origin:
    """A price's source (`REGION` in the URL is the Region's name), and its date."""

    title: str
    url: str
    date: date


@dataclass(frozen=True, kw_only=True)
class Price:
    """Dollars for one unit of something."""

    dollars: Decimal
    origin: Origin


@dataclass(frozen=True, kw_only=True)
class Compute:
    """Dollars for an hour of one vCPU, and for an hour of one GB of memory, of a Linux task."""

    vcpu_hour: Decimal
    gb_hour: Decimal
    origin: Origin


def _none() -> Mapping[Architecture, Compute]:
    return MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Prices:
    """The prices of one Region. A missing architecture, or a None, is not known.

    `spot` is what AWS asked on the day of its origin: Fargate Spot's change, so they give estimates.
    """

    region: str
    on_demand: Mapping[Architecture, Compute] = field(default_factory=_none)
    spot: Mapping[Architecture, Compute] = field(default_factory=_none)
    ephemeral_gb_hour: Price | None = None
    public_ipv4_hour: Price | None = None
    image_gb_month: Price | None = None
    log_ingest_gb: Price | None = None
    log_gb_month: Price | None = None


SINGLE = ("ephemeral_gb_hour", "public_ipv4_hour", "image_gb_month", "log_ingest_gb", "log_gb_month")
"""The fields of `Prices` that are one price each, as the table names them too."""


def parse(table: Mapping[str, Any]) -> dict[str, Prices]:
    """Return each Region's prices from the table as its file has it: `sources` by key, and `regions` by name.

    Raises:
        KeyError: a price lacks its date, or names a source that the table lacks.
        ValueError, decimal.InvalidOperation: a date or an amount is not valid.
    """
    sources: Mapping[str, Any] = table["sources"]
    return {region: _prices(region, row, sources) for region, row in sorted(table["regions"].items())}


def _prices(region: str, row: Mapping[str, Any], sources: Mapping[str, Any]) -> Prices:
    single = {key: _price(row[key], sources) for key in SINGLE if key in row}
    return Prices(
        region=region,
        on_demand=_computes(row.get("on_demand", {}), sources),
        spot=_computes(row.get("spot", {}), sources),
        **single,
    )


def _computes(rows: Mapping[Architecture, Any], sources: Mapping[str, Any]) -> Mapping[Architecture, Compute]:
    return MappingProxyType(
        {
            architecture: Compute(
                vcpu_hour=Decimal(row["vcpu_hour"]), gb_hour=Decimal(row["gb_hour"]), origin=_origin(row, sources)
            )
            for architecture, row in rows.items()
        }
    )


def _price(row: Mapping[str, Any], sources: Mapping[str, Any]) -> Price:
    return Price(dollars=Decimal(row["usd"]), origin=_origin(row, sources))


def _origin(row: Mapping[str, Any], sources: Mapping[str, Any]) -> Origin:
    return Origin(**sources[row["source"]], date=date.fromisoformat(row["date"]))
