"""Log streams: create, describe, delete, write to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsdeploy.sandbox.logs.arns import stream_arn
from ecsdeploy.sandbox.logs.errors import invalid, locked_group, requested_group, stream_of
from ecsdeploy.sandbox.logs.paging import page
from ecsdeploy.sandbox.logs.records import DAY, Group, Stream, billed
from ecsdeploy.sandbox.logs.store import LogStore
from ecsdeploy.sandbox.wire import AwsError, Caller

_BATCH = 1_048_576
_TOO_OLD = 14 * DAY
_TOO_NEW = 2 * 3_600_000


class Streams:
    """The operations on log streams, PutLogEvents included."""

    def __init__(self, store: LogStore) -> None:
        self._store = store

    def create(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """CreateLogStream."""
        del caller
        name = params["logStreamName"]
        with locked_group(self._store, params["logGroupName"]) as group:
            if name in group.streams:
                raise AwsError("ResourceAlreadyExistsException", "The specified log stream already exists")
            group.streams[name] = Stream(name, self._store.now())
        return {}

    def delete(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """DeleteLogStream."""
        del caller
        with locked_group(self._store, params["logGroupName"]) as group:
            stream_of(group, params["logStreamName"])
            if group.protected:
                raise AwsError(
                    "ValidationException",
                    "Cannot delete log stream in a log group with deletion protection enabled. "
                    "Disable deletion protection first.",
                )
            group.remove_stream(params["logStreamName"])
        return {}

    def describe(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """DescribeLogStreams."""
        name = requested_group(params, caller)
        prefix = params.get("logStreamNamePrefix")
        by_time = params.get("orderBy") == "LastEventTime"
        if by_time and prefix:
            raise invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
        with locked_group(self._store, name) as group:
            found = [stream for stream in group.streams.values() if stream.name.startswith(prefix or "")]
            key = _by_time if by_time else _by_name
            descending = bool(params.get("descending"))
            found.sort(key=key, reverse=descending)
            chosen, token = page(found, key, params.get("nextToken"), params.get("limit") or 50, descending=descending)
            described = [_describe(group, stream, caller) for stream in chosen]
        return {"logStreams": described} | ({"nextToken": token} if token else {})

    def put_events(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """PutLogEvents."""
        del caller
        events: list[tuple[int, str]] = [(event["timestamp"], event["message"]) for event in params["logEvents"]]
        _check_batch(events)
        now = self._store.now()
        with locked_group(self._store, params["logGroupName"]) as group:
            stream = stream_of(group, params["logStreamName"])
            kept, rejected = _sift(events, now, group.retention)
            self._store.add(group, stream, kept)
        self._store.shed()
        answer: dict[str, Any] = {"nextSequenceToken": f"{now << 144:056d}"}
        return answer | ({"rejectedLogEventsInfo": rejected} if rejected else {})


def _by_name(stream: Stream) -> tuple[Any, ...]:
    return (stream.name,)


def _by_time(stream: Stream) -> tuple[Any, ...]:
    return (stream.last or 0, stream.name)


def _describe(group: Group, stream: Stream, caller: Caller) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "logStreamName": stream.name,
        "creationTime": stream.created,
        "arn": stream_arn(group.name, stream.name, caller),
        # Zero for every stream since June 2019 (LogStream.storedBytes).
        "storedBytes": 0,
        "uploadSequenceToken": f"{(stream.ingested or stream.created) << 144:056d}",
    }
    if stream.first is not None:
        answer["firstEventTimestamp"] = stream.first
    if stream.last is not None:
        answer |= {"lastEventTimestamp": stream.last, "lastIngestionTime": stream.ingested}
    return answer


def _check_batch(events: list[tuple[int, str]]) -> None:
    size = sum(billed(message) for _, message in events)
    if size > _BATCH:
        raise invalid(f"Upload too large: {size} bytes exceeds limit of {_BATCH}")
    times = [timestamp for timestamp, _ in events]
    if times != sorted(times):
        raise invalid("Log events in a single PutLogEvents request must be in chronological order.")


def _sift(
    events: list[tuple[int, str]], now: int, retention: int | None
) -> tuple[list[tuple[int, str]], dict[str, int]]:
    """Return the events that are taken and AWS's account of the others (`rejectedLogEventsInfo`)."""
    expired = now - retention * DAY if retention else 0
    too_old = sum(timestamp < now - _TOO_OLD for timestamp, _ in events)
    too_new = sum(timestamp <= now + _TOO_NEW for timestamp, _ in events)
    gone = sum(timestamp < expired for timestamp, _ in events)
    kept = events[max(too_old, gone) : too_new]
    if kept and kept[-1][0] - kept[0][0] > DAY:
        raise invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
    rejected = {}
    if too_new < len(events):
        rejected["tooNewLogEventStartIndex"] = too_new
    if too_old:
        rejected["tooOldLogEventEndIndex"] = too_old
    if gone > too_old:
        rejected["expiredLogEventEndIndex"] = gone
    return kept, rejected
