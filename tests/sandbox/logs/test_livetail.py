from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import botocore.session
import pytest
from botocore.eventstream import EventStream
from botocore.parsers import EventStreamJSONParser

from ecsdeploy.sandbox.logs.store import LogStore
from ecsdeploy.sandbox.wire import AwsError, StreamingAnswer

Call = Callable[..., Any]
ARN = "arn:aws:logs:us-east-1:123456789012:log-group:g"
SHAPE: Any = botocore.session.get_session().get_service_model("logs").operation_model("StartLiveTail").output_shape


class Raw:
    """The stream as botocore reads it from a connection."""

    def __init__(self, answer: StreamingAnswer) -> None:
        self._answer = answer

    def stream(self) -> Iterator[bytes]:
        yield from self._answer.chunks

    def close(self) -> None:
        self._answer.chunks.close()  # type: ignore[attr-defined]


def read(answer: StreamingAnswer) -> Any:
    assert answer.content_type == "application/vnd.amazon.eventstream"
    stream: Any = EventStream(Raw(answer), SHAPE.members["responseStream"], EventStreamJSONParser(), "StartLiveTail")
    assert stream.get_initial_response().payload == b"{}"
    return stream


@pytest.fixture(autouse=True)
def _group(store: LogStore) -> None:
    for stream in ("web/1", "web/2", "job/1"):
        store.ensure_stream("g", stream, create_group=True)
        store.put("g", stream, [(1, "before the session")])


def test_a_session_starts_and_updates_every_second(call: Call, store: LogStore) -> None:
    answer = call("StartLiveTail", logGroupIdentifiers=[ARN], logEventFilterPattern="ERROR")
    events = iter(read(answer))
    started = next(events)["sessionStart"]
    assert started["logGroupIdentifiers"] == [ARN]
    assert started["logEventFilterPattern"] == "ERROR"
    assert next(events) == {"sessionUpdate": {"sessionMetadata": {"sampled": False}, "sessionResults": []}}
    store.put("g", "web/2", [(5, "ERROR two")])
    store.put("g", "web/1", [(4, "ERROR one"), (6, "fine")])
    results = next(events)["sessionUpdate"]["sessionResults"]
    assert [(each["logStreamName"], each["timestamp"], each["message"]) for each in results] == [
        ("web/1", 4, "ERROR one"),
        ("web/2", 5, "ERROR two"),
    ]
    assert {each["logGroupIdentifier"] for each in results} == {ARN}


def test_streams_are_chosen_by_name_or_prefix(call: Call, store: LogStore) -> None:
    by_name = iter(read(call("StartLiveTail", logGroupIdentifiers=[ARN], logStreamNames=["job/1"])))
    by_prefix = iter(read(call("StartLiveTail", logGroupIdentifiers=[ARN], logStreamNamePrefixes=["web/"])))
    next(by_name), next(by_prefix)
    for stream in ("web/1", "web/2", "job/1"):
        store.put("g", stream, [(9, stream)])
    assert [each["message"] for each in next(by_name)["sessionUpdate"]["sessionResults"]] == ["job/1"]
    assert [each["message"] for each in next(by_prefix)["sessionUpdate"]["sessionResults"]] == ["web/1", "web/2"]


def test_more_than_500_events_a_second_are_sampled(call: Call, store: LogStore) -> None:
    events = iter(read(call("StartLiveTail", logGroupIdentifiers=[ARN])))
    next(events)
    store.put("g", "web/1", [(at, str(at)) for at in range(3000)])
    update = next(events)["sessionUpdate"]
    assert update["sessionMetadata"] == {"sampled": True}
    assert len(update["sessionResults"]) == 500


def test_a_session_ends_after_three_hours(call: Call) -> None:
    answer = call("StartLiveTail", logGroupIdentifiers=[ARN])
    frames = list(answer.chunks)
    assert len(frames) == 2 + 3 * 3600 - 1 + 1
    assert b"SessionTimeoutException" in frames[-1]


def test_sessions_end_with_the_sandbox_and_are_limited(call: Call, store: LogStore) -> None:
    answers = [call("StartLiveTail", logGroupIdentifiers=[ARN]) for _ in range(15)]
    with pytest.raises(AwsError) as error:
        call("StartLiveTail", logGroupIdentifiers=[ARN])
    assert error.value.code == "LimitExceededException"
    answers[0].chunks.close()
    assert len(list(answers[1].chunks)) > 2
    store.close()
    assert len(list(call("StartLiveTail", logGroupIdentifiers=[ARN]).chunks)) == 2
    for answer in answers:
        answer.chunks.close()
    with store.group("g") as group:
        assert group.inboxes == []


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"logGroupIdentifiers": ["g"]}, "InvalidParameterException"),
        ({"logGroupIdentifiers": [ARN + "2"]}, "ResourceNotFoundException"),
        ({"logGroupIdentifiers": [ARN], "logEventFilterPattern": "a:b"}, "InvalidParameterException"),
        (
            {"logGroupIdentifiers": [ARN], "logStreamNames": ["a"], "logStreamNamePrefixes": ["a"]},
            "InvalidParameterException",
        ),
        ({"logGroupIdentifiers": [ARN, ARN + "2"], "logStreamNames": ["a"]}, "InvalidParameterException"),
    ],
)
def test_what_cannot_be_tailed_is_refused(call: Call, params: dict[str, Any], code: str) -> None:
    with pytest.raises(AwsError) as error:
        call("StartLiveTail", **params)
    assert error.value.code == code
