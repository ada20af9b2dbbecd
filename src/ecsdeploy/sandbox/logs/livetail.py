"""StartLiveTail: events as they come in, one update a second."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from ecsdeploy.sandbox.logs.arns import group_arn, group_named
from ecsdeploy.sandbox.logs.errors import compiled, invalid, missing
from ecsdeploy.sandbox.logs.eventstream import CONTENT_TYPE, event, exception
from ecsdeploy.sandbox.logs.filters import MALFORMED, Pattern
from ecsdeploy.sandbox.logs.inbox import Inbox
from ecsdeploy.sandbox.logs.records import Event
from ecsdeploy.sandbox.logs.store import LogStore
from ecsdeploy.sandbox.wire import AwsError, Caller, StreamingAnswer

SESSIONS = 15
"""Concurrent sessions of an account (CloudWatch Logs quotas)."""

SECONDS = 3 * 3600
"""How long a session may stay open."""

PER_UPDATE = 500

_ECHOED = ("logStreamNames", "logStreamNamePrefixes", "logEventFilterPattern")


class LiveTails:
    """The operation, and the sessions that are open."""

    def __init__(self, store: LogStore, rng: random.Random) -> None:
        self._store = store
        self._random = rng
        self._open = 0
        self._lock = threading.Lock()

    def start(self, params: dict[str, Any], caller: Caller) -> StreamingAnswer:
        """StartLiveTail; the session lasts until the client goes, three hours have passed or the sandbox ends."""
        names = [group_named(each, caller, arn_only=True) for each in params["logGroupIdentifiers"]]
        wanted = _wanted(params, names)
        pattern = compiled(params.get("logEventFilterPattern"), before=f"{MALFORMED}: ")
        self._check_class(names)
        with self._lock:
            if self._open >= SESSIONS:
                raise AwsError("LimitExceededException", "The account has reached its limit of concurrent sessions.")
            self._open += 1
        try:
            inboxes = self._store.subscribe(dict.fromkeys(names), wanted)
        except LookupError as error:
            self._closed([])
            raise missing(str(error)) from None
        session = _Session(self._store, inboxes, pattern, caller, self._random)
        return StreamingAnswer(CONTENT_TYPE, _Chunks(session.run(params), lambda: self._closed(inboxes)))

    def _check_class(self, names: list[str]) -> None:
        with self._store.locked() as groups:
            if any(name in groups and groups[name].log_class != "STANDARD" for name in names):
                raise AwsError(
                    "InvalidOperationException", "Live Tail is only supported for log groups of class STANDARD."
                )

    def _closed(self, inboxes: list[Inbox]) -> None:
        self._store.unsubscribe(inboxes)
        with self._lock:
            self._open -= 1


class _Chunks:
    """An iterator that says once when it is over, also where it was closed before it began."""

    def __init__(self, chunks: Iterator[bytes], over: Callable[[], None]) -> None:
        self._chunks = chunks
        self._over: Callable[[], None] | None = over

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._chunks)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        over, self._over = self._over, None
        if over:
            over()


class _Session:
    def __init__(
        self, store: LogStore, inboxes: list[Inbox], pattern: Pattern, caller: Caller, rng: random.Random
    ) -> None:
        self._store = store
        self._inboxes = inboxes
        self._pattern = pattern
        self._caller = caller
        self._random = rng

    def run(self, params: dict[str, Any]) -> Iterator[bytes]:
        started = self._store.clock.now()
        yield event("initial-response", {})
        yield event("sessionStart", self._start(params))
        while not self._store.clock.wait(self._store.closing, 1.0):
            if self._store.clock.now() - started >= SECONDS:
                yield exception("SessionTimeoutException", "The session timed out after three hours.")
                return
            yield event("sessionUpdate", self._update())

    def _start(self, params: dict[str, Any]) -> dict[str, Any]:
        echoed = {name: params[name] for name in _ECHOED if params.get(name)}
        return {
            "requestId": str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
            "sessionId": str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
            "logGroupIdentifiers": params["logGroupIdentifiers"],
            **echoed,
        }

    def _update(self) -> dict[str, Any]:
        found = [
            (inbox.group, each)
            for inbox in self._inboxes
            for each in inbox.drain()
            if self._pattern.matches(each.message)
        ]
        sampled = len(found) > PER_UPDATE
        if sampled:
            found = [found[at] for at in sorted(self._random.sample(range(len(found)), PER_UPDATE))]
        results = [self._result(group, each) for group, each in sorted(found, key=lambda pair: pair[1])]
        return {"sessionMetadata": {"sampled": sampled}, "sessionResults": results}

    def _result(self, group: str, each: Event) -> dict[str, Any]:
        return {
            "logStreamName": each.stream,
            "logGroupIdentifier": group_arn(group, self._caller),
            "message": each.message,
            "timestamp": each.timestamp,
            "ingestionTime": each.ingestion,
        }


def _wanted(params: dict[str, Any], groups: list[str]) -> Callable[[str], bool]:
    names, prefixes = params.get("logStreamNames"), params.get("logStreamNamePrefixes")
    if names and prefixes:
        raise invalid("Only one of logStreamNames or logStreamNamePrefixes can be provided.")
    if (names or prefixes) and len(groups) > 1:
        raise invalid("logStreamNames and logStreamNamePrefixes can only be used with a single log group.")
    if names:
        return set(names).__contains__
    if prefixes:
        return lambda stream: stream.startswith(tuple(prefixes))
    return lambda stream: True
