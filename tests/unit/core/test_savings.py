"""What would save, and by how much."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given

from ecsdeploy import prices
from ecsdeploy.core.cost import Shape, dollars, monthly
from ecsdeploy.core.prices import Prices
from ecsdeploy.core.savings import savings
from tests.unit.core.test_cost import regions, shapes

US = prices.of("us-east-1")
SMALLEST = Shape(cpu=256, memory=512)


def told(shape: Shape, at: Prices) -> list[tuple[str, str, bool]]:
    return [(each.title, dollars(each.dollars), each.estimate) for each in savings(shape, at)]


def test_the_largest_saving_comes_first() -> None:
    assert told(SMALLEST, US) == [
        ("No tasks for 12 of 24 hours", "$6.33", False),
        ("Fargate Spot", "$6.14", True),
        ("arm64", "$1.80", False),
    ]


def test_each_saving_says_what_it_asks_in_return() -> None:
    caveats = {each.title: each.caveat for each in savings(SMALLEST, US)}
    assert "12 hours a day" in caveats["No tasks for 12 of 24 hours"]
    assert "2026-09-29" in caveats["Fargate Spot"]
    assert "two minutes' warning" in caveats["Fargate Spot"]
    assert "built for arm64" in caveats["arm64"]


def test_what_is_done_already_saves_nothing_more() -> None:
    shape = replace(SMALLEST, architecture="arm64", spot_share=Fraction(1))
    assert [title for title, _, _ in told(shape, US)] == ["No tasks for 12 of 24 hours"]


def test_the_part_that_runs_on_spot_already_saves_nothing_more() -> None:
    assert ("Fargate Spot", "$3.07", True) in told(replace(SMALLEST, spot_share=Fraction(1, 2)), US)


def test_without_a_price_there_is_no_saving() -> None:
    assert told(SMALLEST, prices.of("xx-north-1")) == []
    assert "arm64" not in [title for title, _, _ in told(SMALLEST, prices.of("eu-west-3"))]


@pytest.mark.parametrize("region", ["us-east-1", "xx-north-1"])
def test_no_tasks_leave_nothing_to_save(region: str) -> None:
    assert told(replace(SMALLEST, count=0), prices.of(region)) == []


@given(shapes, regions)
def test_no_saving_exceeds_the_whole(shape: Shape, region: Prices) -> None:
    whole = monthly(shape, region).subtotal
    found = [each.dollars for each in savings(shape, region)]
    assert all(0 < each < whole for each in found)
    assert found == sorted(found, reverse=True)
