"""The table of prices, as its file has it, becomes values."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import pytest

from ecsdeploy.core.prices import Compute, Origin, Price, Prices, parse

TABLE: dict[str, Any] = {
    "sources": {"list": {"title": "A list", "url": "https://example.com/REGION"}},
    "regions": {
        "us-east-1": {
            "on_demand": {"arm64": {"vcpu_hour": "0.03", "gb_hour": "0.004", "source": "list", "date": "2026-09-29"}},
            "public_ipv4_hour": {"usd": "0.005", "source": "list", "date": "2026-09-28"},
        }
    },
}


def origin(day: int) -> Origin:
    return Origin(title="A list", url="https://example.com/REGION", date=date(2026, 9, day))


def test_what_the_table_lacks_is_not_known() -> None:
    assert parse(TABLE) == {
        "us-east-1": Prices(
            region="us-east-1",
            on_demand={"arm64": Compute(vcpu_hour=Decimal("0.03"), gb_hour=Decimal("0.004"), origin=origin(29))},
            public_ipv4_hour=Price(dollars=Decimal("0.005"), origin=origin(28)),
        )
    }


@pytest.mark.parametrize(
    ("key", "value", "error"),
    [
        ("source", "hearsay", KeyError),
        ("date", "yesterday", ValueError),
        ("usd", "five cents", InvalidOperation),
    ],
)
def test_a_price_without_an_amount_a_source_and_a_date_is_refused(key: str, value: str, error: type[Exception]) -> None:
    table = deepcopy(TABLE)
    table["regions"]["us-east-1"]["public_ipv4_hour"][key] = value
    with pytest.raises(error):
        parse(table)
