"""The table that comes with the tool: every price positive, with its source and day, in a Region that ECS has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import botocore.session
import pytest

from ecsdeploy import prices
from ecsdeploy.core.prices import SINGLE, Origin, Price, Prices
from ecsdeploy.prices import document

DOCUMENT = Path(__file__).parents[3] / document.FILE
FARGATE_BEGAN = date(2017, 11, 29)
NEWEST = date(2026, 11, 29)  # a day beyond it is a slip, unless the table was read anew: then this moves too


def amounts(region: Prices) -> Iterator[tuple[Decimal, Origin]]:
    for compute in (*region.on_demand.values(), *region.spot.values()):
        yield compute.vcpu_hour, compute.origin
        yield compute.gb_hour, compute.origin
    for key in SINGLE:
        price: Price | None = getattr(region, key)
        if price:
            yield price.dollars, price.origin


@pytest.mark.parametrize("region", prices.table().values(), ids=lambda region: region.region)
def test_every_price_is_positive_and_says_where_and_when(region: Prices) -> None:
    found = list(amounts(region))
    assert found
    for amount, origin in found:
        assert amount > 0
        assert origin.title
        assert origin.url.startswith("https://")
        assert FARGATE_BEGAN < origin.date <= NEWEST


def test_every_region_is_one_where_botocore_finds_ecs() -> None:
    session = botocore.session.get_session()
    partitions = session.get_available_partitions()
    known = {region for partition in partitions for region in session.get_available_regions("ecs", partition)}
    assert set(prices.table()) <= known


def test_the_reference_region_lacks_nothing() -> None:
    region = prices.of("us-east-1")
    assert set(region.on_demand) == set(region.spot) == {"x86_64", "arm64"}
    assert all(getattr(region, key) for key in SINGLE)


@pytest.mark.parametrize("region", prices.table().values(), ids=lambda region: region.region)
def test_arm64_and_spot_are_cheaper_as_aws_promises(region: Prices) -> None:
    x86_64 = region.on_demand["x86_64"]
    for cheaper in (*region.spot.values(), *(each for key, each in region.on_demand.items() if key == "arm64")):
        assert cheaper.vcpu_hour < x86_64.vcpu_hour
        assert cheaper.gb_hour < x86_64.gb_hour


def test_an_address_costs_the_same_everywhere_it_is_known() -> None:
    found = {price.dollars for region in prices.table().values() if (price := region.public_ipv4_hour)}
    assert found == {Decimal("0.005")}


def test_a_region_that_the_table_lacks_has_no_price() -> None:
    assert prices.of("xx-north-1") == Prices(region="xx-north-1")


def test_the_document_shows_the_table() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert document.text(text) == text


def test_every_source_is_named_in_the_document() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    urls = {origin.url for region in prices.table().values() for _, origin in amounts(region)}
    assert all(url in text for url in urls)


def test_a_document_without_markers_is_no_place_for_the_tables() -> None:
    with pytest.raises(ValueError, match="no markers"):
        document.text("# Another page\n")
