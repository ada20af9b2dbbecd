"""The table of prices that comes with the tool, read from its file on first use.

It asks AWS nothing: an estimate needs no credentials, and says of which day its prices are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from ecsdeploy.core.prices import Prices, parse


@cache
def table() -> Mapping[str, Prices]:
    """Return the prices of every Region that has any, by its name, in the order of the names."""
    return MappingProxyType(parse(json.loads(files(__name__).joinpath("prices.json").read_text(encoding="utf-8"))))


def of(region: str) -> Prices:
    """Return the prices of `region`: empty if the table lacks it."""
    return table().get(region, Prices(region=region))
