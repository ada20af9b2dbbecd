"""The tables of `docs/cost.md`, made from the table of prices.

`python -m ecsdeploy.prices.document --write`, from the repository's root, replaces the part between the two markers;
`--check` fails if it is out of date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ecsdeploy.config.generated import between, run
from ecsdeploy.core.prices import SINGLE, Architecture, Compute, Origin, Price, Prices
from ecsdeploy.prices import table

FILE = Path("docs/cost.md")
BEGIN = "<!-- made by python -m ecsdeploy.prices.document --write: begin -->\n"
END = "<!-- end -->\n"
ARCHITECTURES: tuple[Architecture, ...] = ("x86_64", "arm64")


def text(document: str) -> str:
    """Return `document` with the part between its two markers regenerated.

    Raises:
        ValueError: it has no markers.
    """
    return between(document, BEGIN, END, "\n".join(_sections(tuple(table().values()))))


def _sections(regions: tuple[Prices, ...]) -> Iterator[str]:
    yield "### Fargate, Linux, on demand\n"
    yield from _compute_table((prices.region, prices.on_demand) for prices in regions)
    yield "\n### Fargate Spot, an estimate\n"
    yield from _compute_table((prices.region, prices.spot) for prices in regions)
    yield "\n### What comes with the tasks\n"
    yield "| Region | Ephemeral storage, GB-hour | Public IPv4, hour | ECR, GB-month | Logs, GB in | Logs, GB-month |"
    yield "|---|---|---|---|---|---|"
    yield from (_row(prices.region, *(_single(getattr(prices, key)) for key in SINGLE)) for prices in regions)
    yield "\n### Sources\n"
    yield from sorted({_source(origin) for prices in regions for origin in _origins(prices)})


def _compute_table(rows: Iterable[tuple[str, Mapping[Architecture, Compute]]]) -> Iterator[str]:
    yield "| Region | x86_64: vCPU-hour | GB-hour | as of | arm64: vCPU-hour | GB-hour | as of |"
    yield "|---|---|---|---|---|---|---|"
    yield from (
        _row(region, *(cell for each in ARCHITECTURES for cell in _compute(computes.get(each))))
        for region, computes in rows
        if computes
    )


def _compute(compute: Compute | None) -> tuple[str, str, str]:
    if compute is None:
        return "", "", ""
    return f"{compute.vcpu_hour}", f"{compute.gb_hour}", f"{compute.origin.date}"


def _single(price: Price | None) -> str:
    return f"{price.dollars} ({price.origin.date})" if price else ""


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _source(origin: Origin) -> str:
    return f"- {origin.title}: `{origin.url}`"


def _origins(prices: Prices) -> Iterator[Origin]:
    single: Iterable[Price | None] = (getattr(prices, key) for key in SINGLE)
    yield from (each.origin for each in (*prices.on_demand.values(), *prices.spot.values(), *single) if each)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], FILE, text(FILE.read_text(encoding="utf-8")), "ecsdeploy.prices.document"))
