from __future__ import annotations

from typing import Any

import pytest

from ecsdeploy.config.raw import service_mistakes


def told(**percentages: Any) -> list[tuple[str, str]]:
    return [
        (str(mistake.key[-1]), mistake.what)
        for mistake in service_mistakes({"deploymentConfiguration": percentages})
        if mistake.key[0] == "deploymentConfiguration"
    ]


@pytest.mark.parametrize(
    "percentages",
    [
        {},
        {"minimumHealthyPercent": 0, "maximumPercent": 100},
        {"minimumHealthyPercent": 99, "maximumPercent": 100},
        {"minimumHealthyPercent": 100, "maximumPercent": 101},
        {"maximumPercent": 400},
        {"minimumHealthyPercent": 0},
        {"minimumHealthyPercent": 100, "maximumPercent": 100, "strategy": "BLUE_GREEN"},
    ],
)
def test_percentages_that_let_tasks_be_replaced_are_taken(percentages: dict[str, Any]) -> None:
    assert told(**percentages) == []


@pytest.mark.parametrize(
    "percentages",
    [
        {"minimumHealthyPercent": 100, "maximumPercent": 100},
        {"minimumHealthyPercent": 100, "maximumPercent": 100, "strategy": "ROLLING"},
        {"maximumPercent": 100},
    ],
)
def test_100_with_100_is_refused_also_where_the_minimum_is_ecsdeploys_own(percentages: dict[str, Any]) -> None:
    assert told(**percentages) == [("maximumPercent", "no task could ever be replaced: ECS refuses 100 with 100")]


@pytest.mark.parametrize(
    ("percentages", "mistakes"),
    [
        (
            {"minimumHealthyPercent": 101},
            [("minimumHealthyPercent", "ECS takes 0 to 100 percent here, not 101")],
        ),
        (
            {"minimumHealthyPercent": 150, "maximumPercent": 200},
            [("minimumHealthyPercent", "ECS takes 0 to 100 percent here, not 150")],
        ),
        (
            {"minimumHealthyPercent": -1},
            [("minimumHealthyPercent", "ECS takes 0 to 100 percent here, not -1")],
        ),
        (
            {"minimumHealthyPercent": 0, "maximumPercent": 99},
            [("maximumPercent", "ECS takes 100 percent or more here, not 99")],
        ),
    ],
)
def test_percentages_that_mean_nothing_are_refused(
    percentages: dict[str, Any], mistakes: list[tuple[str, str]]
) -> None:
    assert told(**percentages) == mistakes


@pytest.mark.parametrize("value", ["100", True, 100.0, None])
def test_what_is_no_number_is_left_to_awss_own_model(value: object) -> None:
    assert told(minimumHealthyPercent=100, maximumPercent=value) in (
        [],
        [("maximumPercent", "AWS does not accept such a value")],
    )
    assert service_mistakes({"deploymentConfiguration": "all"}) == []
