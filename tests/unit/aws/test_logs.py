"""The gateway to CloudWatch Logs, where pages come short, empty, or again."""

from __future__ import annotations

from typing import Any

from ecsdeploy.aws.logs import Logs
from tests.unit.aws.stubs import StubbedAws


def gateway(aws: Any) -> Logs:
    return Logs(aws, "/ecs/hello")


def event(number: int) -> dict[str, Any]:
    return {"eventId": str(number), "timestamp": number, "logStreamName": "hello/hello/1", "message": f"line {number}"}


def test_the_same_token_again_ends_a_log(aws: StubbedAws) -> None:
    asked = {"logGroupName": "/ecs/hello", "startTime": 0}
    aws.answers("logs", "filter_log_events", {"nextToken": "a"}, **asked)
    aws.answers("logs", "filter_log_events", {"events": [event(1)], "nextToken": "b"}, **asked, nextToken="a")
    aws.answers("logs", "filter_log_events", {"events": [event(2)], "nextToken": "b"}, **asked, nextToken="b")
    assert [found.message for found in gateway(aws).events(0)] == ["line 1", "line 2"]


def test_the_last_lines_are_gathered_from_short_pages(aws: StubbedAws) -> None:
    asked = {"logGroupName": "/ecs/hello", "logStreamName": "s", "limit": 3, "startFromHead": False}
    lines = [{"timestamp": number, "message": f"line {number}"} for number in range(1, 5)]
    aws.answers("logs", "get_log_events", {"nextBackwardToken": "a"}, **asked)
    aws.answers("logs", "get_log_events", {"events": lines[2:], "nextBackwardToken": "b"}, **asked, nextToken="a")
    aws.answers("logs", "get_log_events", {"events": lines[:2], "nextBackwardToken": "c"}, **asked, nextToken="b")
    assert gateway(aws).tail("s", 3, enough=3) == ["line 2", "line 3", "line 4"]


def test_a_page_with_enough_lines_is_one_call(aws: StubbedAws) -> None:
    asked = {"logGroupName": "/ecs/hello", "logStreamName": "s", "limit": 200, "startFromHead": False}
    lines = [{"timestamp": number, "message": f"line {number}"} for number in range(30)]
    aws.answers("logs", "get_log_events", {"events": lines, "nextBackwardToken": "a"}, **asked)
    assert len(gateway(aws).tail("s", 200, enough=20)) == 30
