"""What a service costs a month: AWS's figures reproduced, and nothing guessed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy import prices
from ecsdeploy.core.capacity import spot_share
from ecsdeploy.core.cost import Cost, Line, Part, Shape, difference, dollars, monthly
from ecsdeploy.core.prices import Architecture, Prices

US = prices.of("us-east-1")
SMALLEST = Shape(cpu=256, memory=512)
GB = 1024**3


def shown(cost: Cost, part: Part) -> str | None:
    known = cost.of(part)
    return None if known is None else dollars(known)


@pytest.mark.parametrize(
    ("cpu", "memory", "architecture", "expected"),
    [
        (256, 512, "x86_64", "$9.01"),
        (256, 512, "arm64", "$7.21"),
        (512, 1024, "x86_64", "$18.02"),
        (512, 1024, "arm64", "$14.42"),
        (1024, 2048, "x86_64", "$36.04"),
        (1024, 2048, "arm64", "$28.84"),
        (2048, 4096, "x86_64", "$72.08"),
        (2048, 4096, "arm64", "$57.67"),
        (4096, 8192, "x86_64", "$144.16"),
        (4096, 8192, "arm64", "$115.34"),
    ],
)
def test_the_sizes_cost_what_aws_asks_in_us_east_1(
    cpu: int, memory: int, architecture: Architecture, expected: str
) -> None:
    cost = monthly(Shape(cpu=cpu, memory=memory, architecture=architecture), US)
    assert shown(cost, Part.COMPUTE) == expected
    assert shown(cost, Part.ADDRESS) == "$3.65"


def test_a_service_is_told_line_by_line() -> None:
    shape = replace(
        SMALLEST,
        count=2,
        spot_share=Fraction(1, 4),
        ephemeral_storage=30,
        image_bytes=3 * GB,
        log_bytes_per_month=2 * GB,
        log_retention_days=14,
    )
    lines = monthly(shape, US).lines
    assert [(each.label, each.quantity, dollars(each.dollars or Decimal(0)), each.estimate) for each in lines] == [
        ("Fargate, x86_64", "1.5 tasks of 0.25 vCPU and 0.5 GB, 730 h", "$13.52", False),
        ("Fargate Spot, x86_64", "0.5 tasks of 0.25 vCPU and 0.5 GB, 730 h", "$1.43", True),
        ("Ephemeral storage", "2 tasks with 10 GB beyond 20, 730 h", "$1.62", False),
        ("Public IPv4", "2 addresses, 730 h", "$7.30", False),
        ("ECR storage", "at most 3 GB", "$0.30", False),
        ("CloudWatch Logs, ingestion", "2 GB", "$1.00", False),
        ("CloudWatch Logs, storage", "at most 0.92 GB, of 14 days", "$0.03", False),
    ]
    assert dollars(monthly(shape, US).subtotal) == "$25.20"


def test_an_amount_that_is_not_known_is_no_zero() -> None:
    cost = monthly(SMALLEST, US)
    assert dollars(cost.subtotal) == "$12.66"
    assert [(each.part, each.dollars, each.why) for each in cost.unknown] == [
        (Part.IMAGES, None, "the amount is not known"),
        (Part.LOG_INGEST, None, "the amount is not known"),
        (Part.LOG_STORAGE, None, "the amount is not known"),
    ]


def test_a_region_without_prices_has_lines_without_dollars() -> None:
    cost = monthly(replace(SMALLEST, image_bytes=GB, log_bytes_per_month=GB), prices.of("xx-north-1"))
    assert cost.subtotal == 0
    assert cost.unknown == cost.lines
    assert {each.why for each in cost.lines} == {"no price for xx-north-1 is known here"}
    assert cost.of(Part.COMPUTE) is None


def test_a_price_that_one_region_lacks_leaves_the_rest_known() -> None:
    cost = monthly(replace(SMALLEST, architecture="arm64"), prices.of("eu-west-3"))
    assert cost.of(Part.COMPUTE) is None
    assert shown(cost, Part.ADDRESS) == "$3.65"


@pytest.mark.parametrize("region", ["us-east-1", "xx-north-1"])
@pytest.mark.parametrize("share", [Fraction(0), Fraction(1)])
def test_no_tasks_cost_nothing_and_their_images_stay(region: str, share: Fraction) -> None:
    shape = replace(SMALLEST, count=0, spot_share=share, ephemeral_storage=100, image_bytes=10 * GB)
    cost = monthly(shape, prices.of(region))
    assert cost.of(Part.COMPUTE, Part.STORAGE, Part.ADDRESS) == 0
    assert shown(cost, Part.IMAGES) == ("$1.00" if region == "us-east-1" else None)


@pytest.mark.parametrize(
    ("gigabytes", "expected"),
    [(None, []), (20, []), (21, ["$0.08"]), (30, ["$0.81"]), (200, ["$14.59"])],
)
def test_storage_is_paid_beyond_twenty_gb(gigabytes: int | None, expected: list[str]) -> None:
    lines = monthly(replace(SMALLEST, ephemeral_storage=gigabytes), US).lines
    assert [dollars(each.dollars or Decimal(0)) for each in lines if each.part is Part.STORAGE] == expected


def test_a_service_in_private_subnets_pays_for_no_address() -> None:
    assert Part.ADDRESS not in {each.part for each in monthly(replace(SMALLEST, public_ip=False), US).lines}


def test_all_of_it_on_spot_is_one_estimate() -> None:
    cost = monthly(replace(SMALLEST, spot_share=Fraction(1)), US)
    compute = [each for each in cost.lines if each.part is Part.COMPUTE]
    assert [(each.label, each.estimate) for each in compute] == [("Fargate Spot, x86_64", True)]
    assert shown(cost, Part.COMPUTE) == "$2.87"


def test_spot_without_a_known_price_leaves_the_compute_unknown() -> None:
    half = monthly(Shape(cpu=256, memory=512, architecture="arm64", spot_share=Fraction(1, 2)), prices.of("eu-west-2"))
    assert [each.label for each in half.unknown if each.part is Part.COMPUTE] == ["Fargate Spot, arm64"]
    assert half.of(Part.COMPUTE) is None


def test_a_little_is_not_shown_as_nothing() -> None:
    line = next(each for each in monthly(replace(SMALLEST, image_bytes=1024), US).lines if each.part is Part.IMAGES)
    assert line.quantity == "less than 0.01 GB"


def strategy(**providers: tuple[int, int]) -> list[dict[str, Any]]:
    return [{"capacityProvider": name, "weight": weight, "base": base} for name, (weight, base) in providers.items()]


@pytest.mark.parametrize(
    ("items", "count", "expected"),
    [
        ([], 3, Fraction(0)),
        ([{"capacityProvider": "FARGATE"}], 3, Fraction(0)),
        ([{"capacityProvider": "FARGATE_SPOT"}], 3, Fraction(1)),
        (strategy(FARGATE=(1, 0), FARGATE_SPOT=(3, 0)), 4, Fraction(3, 4)),
        (strategy(FARGATE=(1, 0), FARGATE_SPOT=(2, 0)), 1, Fraction(2, 3)),
        (strategy(FARGATE=(0, 1), FARGATE_SPOT=(1, 0)), 1, Fraction(0)),
        (strategy(FARGATE=(0, 1), FARGATE_SPOT=(1, 0)), 4, Fraction(3, 4)),
        (strategy(FARGATE=(1, 2), FARGATE_SPOT=(1, 0)), 6, Fraction(1, 3)),
        (strategy(FARGATE=(1, 0), FARGATE_SPOT=(1, 2)), 4, Fraction(3, 4)),
        (strategy(FARGATE=(1, 0), FARGATE_SPOT=(0, 9)), 4, Fraction(1)),
        (strategy(FARGATE=(1, 5), FARGATE_SPOT=(1, 0)), 0, Fraction(1, 2)),
    ],
)
def test_the_base_is_placed_first_and_the_rest_by_weight(
    items: list[dict[str, Any]], count: int, expected: Fraction
) -> None:
    assert spot_share(items, count) == expected


def test_a_new_service_costs_all_of_it_more() -> None:
    new = difference(None, monthly(replace(SMALLEST, image_bytes=0, log_bytes_per_month=0), US))
    assert dollars(new.dollars, signed=True) == "+$12.66"
    assert new.unknown == ()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"cpu": 512, "memory": 1024}, "+$9.01"),
        ({"count": 2}, "+$12.66"),
        ({"count": 0}, "-$12.66"),
        ({"architecture": "arm64"}, "-$1.80"),
        ({"public_ip": False}, "-$3.65"),
        ({"ephemeral_storage": 21}, "+$0.08"),
        ({}, "$0.00"),
    ],
)
def test_a_change_is_told_without_knowing_what_stays(changed: dict[str, Any], expected: str) -> None:
    told = difference(monthly(SMALLEST, US), monthly(replace(SMALLEST, **changed), US))
    assert dollars(told.dollars, signed=True) == expected
    assert told.unknown == ()


def test_a_change_that_nobody_can_price_is_named_and_not_counted() -> None:
    paris = prices.of("eu-west-3")
    told = difference(monthly(SMALLEST, paris), monthly(replace(SMALLEST, architecture="arm64", count=2), paris))
    assert told.unknown == (Part.COMPUTE,)
    assert dollars(told.dollars, signed=True) == "+$3.65"


@pytest.mark.parametrize(
    ("amount", "signed", "expected"),
    [
        ("9.0082", False, "$9.01"),
        ("0.005", False, "$0.01"),
        ("2.665", False, "$2.67"),
        ("-2.665", False, "-$2.67"),
        ("1234567.891", False, "$1,234,567.89"),
        ("9.0082", True, "+$9.01"),
        ("-3.65", True, "-$3.65"),
        ("-0.004", True, "$0.00"),
        ("0", True, "$0.00"),
    ],
)
def test_amounts_are_rounded_half_up_where_they_are_shown(amount: str, signed: bool, expected: str) -> None:
    assert dollars(Decimal(amount), signed=signed) == expected


regions = st.sampled_from(list(prices.table().values()))
shapes = st.builds(
    Shape,
    cpu=st.integers(1, 32768),
    memory=st.integers(1, 249856),
    architecture=st.sampled_from(["x86_64", "arm64"]),
    count=st.integers(0, 500),
    spot_share=st.integers(0, 20).map(lambda of_twenty: Fraction(of_twenty, 20)),
    ephemeral_storage=st.none() | st.integers(21, 200),
    public_ip=st.booleans(),
    image_bytes=st.none() | st.integers(0, 10**13),
    log_bytes_per_month=st.none() | st.integers(0, 10**13),
)


@given(shapes, regions, st.sampled_from(["cpu", "memory", "count"]), st.integers(0, 4096))
def test_more_never_costs_less(shape: Shape, region: Prices, key: str, more: int) -> None:
    larger = replace(shape, **{key: getattr(shape, key) + more})
    assert monthly(shape, region).subtotal <= monthly(larger, region).subtotal


@given(shapes, regions)
def test_compute_is_linear_in_the_number_of_tasks(shape: Shape, region: Prices) -> None:
    one, all_of_them = (monthly(replace(shape, count=count), region).of(Part.COMPUTE) for count in (1, shape.count))
    if shape.count and one is not None:
        assert all_of_them == one * shape.count


@given(shapes, regions)
def test_what_is_known_and_what_is_not_is_all_there_is(shape: Shape, region: Prices) -> None:
    cost = monthly(shape, region)
    known: list[Line] = [each for each in cost.lines if each.dollars is not None]
    assert len(known) + len(cost.unknown) == len(cost.lines)
    assert all(each.dollars is not None and each.dollars >= 0 and not each.why for each in known)
    assert all(each.why for each in cost.unknown)


@given(shapes, shapes, regions)
def test_a_change_and_its_reverse_cancel(one: Shape, other: Shape, region: Prices) -> None:
    before, after = monthly(one, region), monthly(other, region)
    there, back = difference(before, after), difference(after, before)
    assert there.dollars == -back.dollars
    assert there.unknown == back.unknown
