"""Reading events back: GetLogEvents, FilterLogEvents, TestMetricFilter.

A page looks at no more than `SCANNED` events, so that a filter that finds little gives empty pages with a token, as
on AWS, and no search keeps the process busy for long. The events are picked by bisection under the lock and matched
outside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ecsdeploy.sandbox.logs.errors import (
    compiled,
    invalid,
    locked_group,
    missing,
    must_be_standard,
    requested_group,
    stream_of,
)
from ecsdeploy.sandbox.logs.filters import Pattern
from ecsdeploy.sandbox.logs.paging import bad_token, place_of
from ecsdeploy.sandbox.logs.records import Event, billed, index_at, index_of
from ecsdeploy.sandbox.logs.store import NO_STREAM, LogStore
from ecsdeploy.sandbox.paging import write_token
from ecsdeploy.sandbox.wire import Caller

SCANNED = 20_000
PAGE = 10_000
PAGE_BYTES = 1_048_576

_NEWEST_FIRST_SINCE = 1_704_067_200_000
_FAR = 1 << 47


class Search:
    """The operations that read events."""

    def __init__(self, store: LogStore) -> None:
        self._store = store

    def get(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """GetLogEvents: a page of one stream, in either direction; the token that repeats says that it is the end."""
        token = params.get("nextToken")
        forward = token.startswith("f/") if token else bool(params.get("startFromHead"))
        position = _get_position(token)
        with locked_group(self._store, requested_group(params, caller)) as group:
            must_be_standard(group)
            events = stream_of(group, params["logStreamName"]).events
            low, high = index_at(events, params.get("startTime", 0)), index_at(events, params.get("endTime", _FAR))
            if position is not None and forward:
                low = max(low, index_of(events, position))
            elif position is not None:
                high = min(high, index_of(events, position))
            limit = params.get("limit") or PAGE
            picked = events[low:high][:limit] if forward else events[max(low, high - limit) : max(low, high)]
        shown = _fit(picked, forward)
        return {"events": [_output(event) for event in shown]} | _get_tokens(shown, token, params)

    def filter(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """FilterLogEvents: a page of every stream's events, merged by time."""
        names, prefix = params.get("logStreamNames"), params.get("logStreamNamePrefix")
        if names and prefix:
            raise invalid("logStreamNames and logStreamNamePrefix are mutually exclusive parameters.")
        pattern = compiled(params.get("filterPattern"))
        forward, position = _filter_position(params)
        with locked_group(self._store, requested_group(params, caller)) as group:
            must_be_standard(group)
            try:
                sources = group.select(names, prefix)
            except KeyError:
                raise missing(NO_STREAM) from None
            runs = [_pick(events, params, forward, position) for events in sources]
        picked = runs[0] if len(runs) == 1 else _merged(runs, forward)
        matching, seen = _scan(picked, pattern, params.get("limit") or PAGE)
        return _filtered(matching, picked[seen - 1] if seen < len(picked) else None, forward)

    def test(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """TestMetricFilter: which of the messages a pattern lets through, and the columns that it names in them."""
        del caller
        pattern = compiled(params["filterPattern"], malformed="Invalid metric filter pattern")
        matches = [
            {"eventNumber": number, "eventMessage": message, "extractedValues": pattern.extract(message)}
            for number, message in enumerate(params["logEventMessages"], start=1)
            if pattern.matches(message)
        ]
        return {"matches": matches}


def _fit(events: list[Event], forward: bool) -> list[Event]:
    """Return as many events as fit into a page of 1 MB: the first ones going forward, else the last ones."""
    room, taken = PAGE_BYTES, 0
    for event in events if forward else reversed(events):
        room -= billed(event.message)
        if room < 0 and taken:
            break
        taken += 1
    return events[:taken] if forward else events[len(events) - taken :]


def _output(event: Event) -> dict[str, Any]:
    return {"timestamp": event.timestamp, "message": event.message, "ingestionTime": event.ingestion}


def _get_position(token: str | None) -> int | None:
    if token is None:
        return None
    kind, _, rest = token.partition("/")
    digits, _, tail = rest.partition("/")
    if kind not in ("f", "b") or tail != "s" or not (digits.isascii() and digits.isdigit()):
        raise bad_token()
    return int(digits)


def _get_tokens(shown: Sequence[Event], token: str | None, params: dict[str, Any]) -> dict[str, str]:
    """Return both tokens: going forward, events from that position on; going back, events before it."""
    if shown:
        after, before = shown[-1].position + (1 << 32), shown[0].position
    elif token:
        after = before = _get_position(token) or 0
    else:
        after = before = params.get("startTime", 0) << 144
    return {"nextForwardToken": f"f/{after:056d}/s", "nextBackwardToken": f"b/{before:056d}/s"}


def _filter_position(params: dict[str, Any]) -> tuple[bool, int | None]:
    """Return the direction, and the position of the last event that was looked at."""
    token = params.get("nextToken")
    if token is None:
        forward = params.get("startFromHead", True)
        if not forward and params.get("startTime", 0) < _NEWEST_FIRST_SINCE:
            raise invalid("startFromHead=false is only supported when startTime is on or after January 1, 2024.")
        return forward, None
    place = place_of(token)
    if len(place) != 2 or not isinstance(place[0], bool) or not isinstance(place[1], int):
        raise bad_token()
    return place[0], place[1]


def _pick(events: list[Event], params: dict[str, Any], forward: bool, position: int | None) -> list[Event]:
    """Return one event more than is looked at, from where the last page ended, in the direction of the search.

    `endTime` is included here, other than in GetLogEvents (FilterLogEvents.endTime).
    """
    low, high = index_at(events, params.get("startTime", 0)), index_at(events, params.get("endTime", _FAR) + 1)
    if forward:
        if position is not None:
            low = max(low, index_of(events, position + (1 << 32)))
        return events[low : min(high, low + SCANNED + 1)]
    if position is not None:
        high = min(high, index_of(events, position))
    return events[max(low, high - SCANNED - 1) : max(low, high)][::-1]


def _merged(runs: list[list[Event]], forward: bool) -> list[Event]:
    return sorted((event for run in runs for event in run), reverse=not forward)[: SCANNED + 1]


def _scan(picked: list[Event], pattern: Pattern, limit: int) -> tuple[list[Event], int]:
    """Return the events of a page, and how many had to be looked at for them."""
    matching: list[Event] = []
    room = PAGE_BYTES
    for seen, event in enumerate(picked[:SCANNED]):
        if pattern.matches(event.message):
            room -= billed(event.message)
            if room < 0 and matching:
                return matching, seen
            matching.append(event)
            if len(matching) == limit:
                return matching, seen + 1
    return matching, min(len(picked), SCANNED)


def _filtered(events: list[Event], last: Event | None, forward: bool) -> dict[str, Any]:
    """Return a page; `last` is the last event that was looked at where there are more."""
    answer: dict[str, Any] = {
        "events": [{"logStreamName": event.stream, **_output(event), "eventId": event.id} for event in events],
        # Empty since May 2020 (FilterLogEvents.searchedLogStreams).
        "searchedLogStreams": [],
    }
    return answer | ({"nextToken": write_token((forward, last.position))} if last else {})
