from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ecsdeploy.sandbox.dispatch import JsonService
from ecsdeploy.sandbox.logs.api import operations
from ecsdeploy.sandbox.logs.store import LogStore
from ecsdeploy.sandbox.wire import AwsError
from tests.sandbox.logs.conftest import CALLER
from tests.support.clocks import FakeSandboxClock

Call = Callable[..., Any]
GROUP = "/ecs/hello"
ARN = "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/hello"


def refused(call: Call, operation: str, **params: Any) -> tuple[str, str]:
    with pytest.raises(AwsError) as error:
        call(operation, **params)
    return error.value.code, error.value.message


@pytest.fixture
def group(call: Call) -> str:
    call("CreateLogGroup", logGroupName=GROUP)
    return GROUP


def write(store: LogStore, stream: str, *events: tuple[int, str]) -> None:
    store.ensure_stream(GROUP, stream, create_group=True)
    store.put(GROUP, stream, list(events))


def messages(answer: Any) -> list[str]:
    return [event["message"] for event in answer["events"]]


def test_a_group_is_described_as_aws_describes_it(call: Call) -> None:
    call("CreateLogGroup", logGroupName=GROUP, tags={"app": "hello"}, deletionProtectionEnabled=True)
    call("PutRetentionPolicy", logGroupName=GROUP, retentionInDays=30)
    assert call("DescribeLogGroups", logGroupNamePrefix="/ecs/") == {
        "logGroups": [
            {
                "logGroupName": GROUP,
                "creationTime": 1_800_000_000_000,
                "retentionInDays": 30,
                "metricFilterCount": 0,
                "arn": ARN + ":*",
                "logGroupArn": ARN,
                "storedBytes": 0,
                "logGroupClass": "STANDARD",
                "deletionProtectionEnabled": True,
            }
        ]
    }
    assert call("ListTagsForResource", resourceArn=ARN) == {"tags": {"app": "hello"}}
    call("DeleteRetentionPolicy", logGroupName=GROUP)
    assert "retentionInDays" not in call("DescribeLogGroups")["logGroups"][0]


def test_groups_are_paged_in_order_of_their_names(call: Call) -> None:
    for name in ("b", "a", "d", "c", "/ecs/x"):
        call("CreateLogGroup", logGroupName=name)
    first = call("DescribeLogGroups", limit=2)
    second = call("DescribeLogGroups", limit=2, nextToken=first["nextToken"])
    third = call("DescribeLogGroups", limit=2, nextToken=second["nextToken"])
    names = [[group["logGroupName"] for group in page["logGroups"]] for page in (first, second, third)]
    assert names == [["/ecs/x", "a"], ["b", "c"], ["d"]]
    assert "nextToken" not in third
    found = call("DescribeLogGroups", logGroupIdentifiers=["a", "arn:aws:logs:us-east-1:123456789012:log-group:d"])
    assert [each["logGroupName"] for each in found["logGroups"]] == ["a", "d"]
    assert [each["logGroupName"] for each in call("DescribeLogGroups", logGroupNamePattern="x")["logGroups"]] == [
        "/ecs/x"
    ]


def test_what_is_refused_is_refused_in_aws_words(call: Call, group: str) -> None:
    no_group = ("ResourceNotFoundException", "The specified log group does not exist.")
    no_stream = ("ResourceNotFoundException", "The specified log stream does not exist.")
    taken = ("ResourceAlreadyExistsException", "The specified log group already exists")
    reserved = ("InvalidParameterException", "Log groups starting with AWS/ are reserved for AWS.")
    event = {"timestamp": 1_800_000_000_000, "message": "x"}
    assert refused(call, "CreateLogGroup", logGroupName=group) == taken
    assert refused(call, "CreateLogGroup", logGroupName="aws/spans") == reserved
    assert refused(call, "DeleteLogGroup", logGroupName="none") == no_group
    assert refused(call, "PutRetentionPolicy", logGroupName="none", retentionInDays=1) == no_group
    assert refused(call, "FilterLogEvents", logGroupName="none") == no_group
    assert refused(call, "FilterLogEvents", logGroupName=group, logStreamNames=["none"]) == no_stream
    assert refused(call, "GetLogEvents", logGroupName=group, logStreamName="none") == no_stream
    assert refused(call, "PutLogEvents", logGroupName=group, logStreamName="none", logEvents=[event]) == no_stream
    call("CreateLogStream", logGroupName=group, logStreamName="s")
    assert refused(call, "CreateLogStream", logGroupName=group, logStreamName="s") == (
        "ResourceAlreadyExistsException",
        "The specified log stream already exists",
    )
    assert refused(call, "FilterLogEvents", logGroupName=group, filterPattern="a:b") == (
        "InvalidParameterException",
        "Invalid character(s) in term ':'",
    )
    bad_token = ("InvalidParameterException", "The specified nextToken is invalid.")
    for token in ("rubbish", "bnVsbA", "WzFd"):
        assert refused(call, "FilterLogEvents", logGroupName=group, nextToken=token) == bad_token
        assert refused(call, "GetLogEvents", logGroupName=group, logStreamName="s", nextToken=token) == bad_token
    assert refused(call, "PutRetentionPolicy", logGroupName=group, retentionInDays=8)[1].startswith(
        "1 validation error detected: Value '8' at 'retentionInDays' failed to satisfy constraint: "
        "Member must satisfy enum value set: [1, 3, 5, 7, 14, 30,"
    )
    for parameters in ({}, {"logGroupName": group, "logGroupIdentifier": group}):
        assert refused(call, "FilterLogEvents", **parameters)[0] == "InvalidParameterException"


def test_of_two_that_delete_a_group_one_finds_it_gone(clock: FakeSandboxClock) -> None:
    class Raced(LogStore):
        """Another client is always faster."""

        def delete_group(self, name: str) -> None:
            super().delete_group(name)
            super().delete_group(name)

    service = JsonService("logs", operations(Raced(clock)))
    service.call("CreateLogGroup", {"logGroupName": GROUP}, CALLER)
    with pytest.raises(AwsError) as error:
        service.call("DeleteLogGroup", {"logGroupName": GROUP}, CALLER)
    assert (error.value.code, error.value.message) == (
        "ResourceNotFoundException",
        "The specified log group does not exist.",
    )


def test_a_protected_group_is_not_deleted(call: Call, group: str) -> None:
    call("PutLogGroupDeletionProtection", logGroupIdentifier=ARN, deletionProtectionEnabled=True)
    assert refused(call, "DeleteLogGroup", logGroupName=group) == (
        "ValidationException",
        "Cannot delete log group with deletion protection enabled. Disable deletion protection first.",
    )
    call("PutLogGroupDeletionProtection", logGroupIdentifier=group, deletionProtectionEnabled=False)
    call("DeleteLogGroup", logGroupName=group)
    assert call("DescribeLogGroups") == {"logGroups": []}


def test_tags_come_and_go_through_both_sets_of_operations(call: Call, group: str) -> None:
    call("TagResource", resourceArn=ARN, tags={"a": "1", "b": "2"})
    call("TagLogGroup", logGroupName=group, tags={"c": "3"})
    call("UntagResource", resourceArn=ARN, tagKeys=["a", "z"])
    call("UntagLogGroup", logGroupName=group, tags=["b"])
    assert call("ListTagsLogGroup", logGroupName=group) == {"tags": {"c": "3"}}
    many = {f"k{at}": "" for at in range(50)}
    assert refused(call, "TagResource", resourceArn=ARN, tags=many)[0] == "TooManyTagsException"
    assert refused(call, "TagResource", resourceArn=group, tags={"a": "1"})[0] == "InvalidParameterException"


def test_put_events_says_what_it_rejects(call: Call, group: str, clock: FakeSandboxClock) -> None:
    now = int(clock.seconds * 1000)
    hour, day = 3_600_000, 86_400_000
    call("CreateLogStream", logGroupName=group, logStreamName="s")

    def put(*times: int) -> Any:
        events = [{"timestamp": time, "message": f"at {time - now}"} for time in times]
        return call("PutLogEvents", logGroupName=group, logStreamName="s", logEvents=events)

    answer = put(now - 15 * day, now - hour, now, now + hour, now + 3 * hour)
    assert answer["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1, "tooNewLogEventStartIndex": 4}
    assert messages(call("GetLogEvents", logGroupName=group, logStreamName="s", startFromHead=True)) == [
        f"at {-hour}",
        "at 0",
        f"at {hour}",
    ]
    call("PutRetentionPolicy", logGroupName=group, retentionInDays=1)
    assert put(now - 2 * day, now)["rejectedLogEventsInfo"] == {"expiredLogEventEndIndex": 1}
    assert "rejectedLogEventsInfo" not in put(now)
    call("DeleteRetentionPolicy", logGroupName=group)
    order = "Log events in a single PutLogEvents request must be in chronological order."
    with pytest.raises(AwsError, match=order):
        put(now, now - 1)
    with pytest.raises(AwsError, match="cannot span more than 24 hours"):
        put(now - 25 * hour, now)
    large = [{"timestamp": now, "message": "x" * 600_000}] * 2
    with pytest.raises(AwsError, match="Upload too large: 1200052 bytes exceeds limit of 1048576"):
        call("PutLogEvents", logGroupName=group, logStreamName="s", logEvents=large)


def test_streams_are_ordered_by_name_or_by_their_last_event(call: Call, store: LogStore) -> None:
    write(store, "web/1", (1000, "x"))
    write(store, "web/2", (3000, "x"), (2000, "y"))
    write(store, "job/1")

    def names(**params: Any) -> list[str]:
        found: list[str] = []
        token: dict[str, str] = {}
        while True:
            page = call("DescribeLogStreams", logGroupName=GROUP, limit=1, **params, **token)
            found += [stream["logStreamName"] for stream in page["logStreams"]]
            if "nextToken" not in page:
                return found
            token = {"nextToken": page["nextToken"]}

    assert names() == ["job/1", "web/1", "web/2"]
    assert names(descending=True) == ["web/2", "web/1", "job/1"]
    assert names(orderBy="LastEventTime", descending=True) == ["web/2", "web/1", "job/1"]
    assert names(orderBy="LastEventTime") == ["job/1", "web/1", "web/2"]
    assert names(logStreamNamePrefix="web/") == ["web/1", "web/2"]
    described = call("DescribeLogStreams", logGroupName=GROUP, logStreamNamePrefix="web/2")["logStreams"][0]
    assert described["arn"] == ARN + ":log-stream:web/2"
    assert (described["firstEventTimestamp"], described["lastEventTimestamp"]) == (2000, 3000)
    assert refused(
        call, "DescribeLogStreams", logGroupName=GROUP, logStreamNamePrefix="web", orderBy="LastEventTime"
    ) == ("InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix.")


def test_get_events_repeats_its_token_at_the_end_and_goes_on_when_more_come(call: Call, store: LogStore) -> None:
    write(store, "s", *[(1000 + at, f"line {at}") for at in range(5)])

    def get(**params: Any) -> Any:
        return call("GetLogEvents", logGroupName=GROUP, logStreamName="s", **params)

    first = get(startFromHead=True, limit=3)
    second = get(startFromHead=True, limit=3, nextToken=first["nextForwardToken"])
    end = get(startFromHead=True, limit=3, nextToken=second["nextForwardToken"])
    assert [messages(page) for page in (first, second, end)] == [
        ["line 0", "line 1", "line 2"],
        ["line 3", "line 4"],
        [],
    ]
    assert end["nextForwardToken"] == second["nextForwardToken"]
    store.put(GROUP, "s", [(2000, "line 5")])
    assert messages(get(nextToken=end["nextForwardToken"])) == ["line 5"]
    assert messages(get(limit=2)) == ["line 4", "line 5"]
    back = get(limit=2, nextToken=get(limit=2)["nextBackwardToken"])
    assert messages(back) == ["line 2", "line 3"]
    assert messages(get(nextToken=end["nextBackwardToken"])) == [f"line {at}" for at in range(5)]
    assert messages(get(startTime=1001, endTime=1003)) == ["line 1", "line 2"]


def everything(call: Call, **params: Any) -> tuple[list[str], int]:
    """Return the messages of all pages, and how many pages there were."""
    found: list[str] = []
    token: dict[str, str] = {}
    for pages in range(1, 1000):
        page = call("FilterLogEvents", logGroupName=GROUP, **params, **token)
        found += messages(page)
        if "nextToken" not in page:
            return found, pages
        token = {"nextToken": page["nextToken"]}
    raise AssertionError("paging does not end")


def test_filter_merges_streams_by_time_and_honours_its_bounds(call: Call, store: LogStore) -> None:
    write(store, "web/1", (1000, "a"), (3000, "c"))
    write(store, "web/2", (2000, "b"), (4000, "d"))
    write(store, "job/1", (2500, "job"))
    assert everything(call) == (["a", "b", "job", "c", "d"], 1)
    assert everything(call, limit=2) == (["a", "b", "job", "c", "d"], 3)
    assert everything(call, startTime=2000, endTime=3000) == (["b", "job", "c"], 1)
    assert everything(call, logStreamNames=["web/1", "job/1"]) == (["a", "job", "c"], 1)
    assert everything(call, logStreamNamePrefix="web/", limit=3) == (["a", "b", "c", "d"], 2)
    assert everything(call, filterPattern="?a ?d") == (["a", "d"], 1)
    one = call("FilterLogEvents", logGroupIdentifier=ARN, limit=1)
    assert one["searchedLogStreams"] == []
    assert len(one["events"][0]["eventId"]) == 56
    both = refused(call, "FilterLogEvents", logGroupName=GROUP, logStreamNames=["web/1"], logStreamNamePrefix="w")
    assert both[0] == "InvalidParameterException"


def test_newest_first_needs_a_start_and_keeps_its_direction(call: Call, store: LogStore) -> None:
    start = 1_704_067_200_000
    write(store, "s", *[(start + at, str(at)) for at in range(5)])
    first = call("FilterLogEvents", logGroupName=GROUP, startTime=start, startFromHead=False, limit=2)
    second = call(
        "FilterLogEvents", logGroupName=GROUP, startTime=start, startFromHead=True, nextToken=first["nextToken"]
    )
    assert messages(first) + messages(second) == ["4", "3", "2", "1", "0"]
    early = refused(call, "FilterLogEvents", logGroupName=GROUP, startTime=start - 1, startFromHead=False)
    assert early[0] == "InvalidParameterException"


def test_a_filter_that_finds_little_gives_empty_pages(call: Call, store: LogStore) -> None:
    write(store, "s", *[(at, "noise") for at in range(45_000)], (45_000, "needle"))
    assert everything(call, filterPattern="needle") == (["needle"], 3)
    assert everything(call, filterPattern="needle", logStreamNames=["s"]) == (["needle"], 3)
    found, pages = everything(call)
    assert (len(found), pages) == (45_001, 5)


def test_a_page_holds_a_megabyte(call: Call, store: LogStore) -> None:
    write(store, "s", *[(at, "x" * 100_000) for at in range(25)])
    found, pages = everything(call)
    assert (len(found), pages) == (25, 3)
    newest = call("GetLogEvents", logGroupName=GROUP, logStreamName="s")
    assert [event["timestamp"] for event in newest["events"]] == list(range(15, 25))


def test_only_standard_groups_can_be_searched(call: Call, store: LogStore) -> None:
    call("CreateLogGroup", logGroupName=GROUP, logGroupClass="INFREQUENT_ACCESS")
    write(store, "s", (1, "x"))
    assert refused(call, "FilterLogEvents", logGroupName=GROUP) == (
        "InvalidParameterException",
        "This operation is only supported on the Standard log class.",
    )
    assert refused(call, "StartLiveTail", logGroupIdentifiers=[ARN])[0] == "InvalidOperationException"


def test_each_operation_has_its_words_for_a_pattern_that_is_none(call: Call, store: LogStore) -> None:
    """Users were told so: by PutMetricFilter, which tests as TestMetricFilter does, and by the other two."""
    write(store, "s", (1, "x"))
    code = "InvalidParameterException"
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("FilterLogEvents", "filterPattern", {"logGroupName": GROUP}),
        ("TestMetricFilter", "filterPattern", {"logEventMessages": ["x"]}),
        ("StartLiveTail", "logEventFilterPattern", {"logGroupIdentifiers": [ARN]}),
    ]
    metric, tail = "Invalid metric filter pattern", "Invalid filter pattern: "
    for pattern, said in (
        ("{ $.status = }", ["Invalid filter pattern", metric, "Invalid filter pattern"]),
        ("a:b", [f"{before}Invalid character(s) in term ':'" for before in ("", "", tail)]),
    ):
        assert [refused(call, operation, **more, **{name: pattern}) for operation, name, more in calls] == [
            (code, words) for words in said
        ]


def test_metric_filters_are_tested(call: Call) -> None:
    answer = call("TestMetricFilter", filterPattern="[level=ERROR, ...]", logEventMessages=["INFO x", "ERROR y"])
    assert answer == {
        "matches": [{"eventNumber": 2, "eventMessage": "ERROR y", "extractedValues": {"$level": "ERROR", "$2": "y"}}]
    }
