"""Raw tables are held against AWS's model before anything happens."""

from __future__ import annotations

from typing import Any

import pytest

from ecsdeploy.aws.parameters import require_parameters
from ecsdeploy.errors import ConfigError
from tests.unit.aws.stubs import StubbedAws


def check(aws: StubbedAws, operation: str, raw: dict[str, Any]) -> None:
    stubbed: Any = aws
    require_parameters(stubbed, "the.table", operation, raw)


def test_what_aws_takes_is_taken_though_it_is_not_whole(aws: StubbedAws) -> None:
    check(aws, "RegisterTaskDefinition", {"pidMode": "task", "containerDefinitions": [{"name": "agent", "cpu": 10}]})
    check(aws, "CreateService", {"enableExecuteCommand": True, "platformVersion": "1.4.0"})


@pytest.mark.parametrize(
    ("operation", "raw", "why", "fix"),
    [
        (
            "CreateService",
            {"enableExecuteComand": True},
            "There is no parameter 'enableExecuteComand'.",
            "Did you mean 'enableExecuteCommand'?",
        ),
        (
            "RegisterTaskDefinition",
            {"containerDefinitions": [{"name": "agent", "hostnme": "x"}]},
            "There is no parameter 'hostnme' in containerDefinitions[0].",
            "Did you mean 'hostname'?",
        ),
        (
            "CreateService",
            {"platformVersion": 1},
            "Invalid type for parameter platformVersion, value: 1, type: <class 'int'>, valid types: <class 'str'>",
            "Write it as AWS documents CreateService.",
        ),
    ],
)
def test_what_aws_does_not_take_is_named(
    aws: StubbedAws, operation: str, raw: dict[str, Any], why: str, fix: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        check(aws, operation, raw)
    assert (refused.value.why, refused.value.fix) == (why, fix)
