"""The gateway to CloudWatch Logs: reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ecsdeploy.aws.errors import aws_errors
from ecsdeploy.aws.session import Aws
from ecsdeploy.errors import AwsError, UsageError

TAIL_PAGES = 5


@dataclass(frozen=True)
class LogEvent:
    """One event; `at` is milliseconds since the epoch, `id` is unique within the log group."""

    id: str
    at: int
    ingested: int
    stream: str
    message: str

    @property
    def when(self) -> datetime:
        """Return `at` as a time."""
        return datetime.fromtimestamp(self.at / 1000, UTC)


class LogGroupMissing(Exception):
    """The log group, or the stream, does not exist."""


class Logs:
    """What the tool reads of one log group; `region` is another one than the run's."""

    def __init__(self, aws: Aws, group: str, *, region: str = "") -> None:
        self._client = aws.client("logs", region=region)
        self.group = group

    def events(
        self,
        start: int,
        *,
        end: int | None = None,
        pattern: str = "",
        streams: Sequence[str] = (),
        prefix: str = "",
    ) -> Iterator[LogEvent]:
        """Yield the events from `start` to `end` (milliseconds since the epoch), page by page.

        `streams` are at most 100 names, `prefix` is the beginning of names; one of the two at most.
        Raises `LogGroupMissing`. Source: CloudWatch Logs API, FilterLogEvents.
        """
        parameters: dict[str, Any] = {"logGroupName": self.group, "startTime": start}
        if end is not None:
            parameters["endTime"] = end
        if pattern:
            parameters["filterPattern"] = pattern
        if streams:
            parameters["logStreamNames"] = list(streams)
        elif prefix:
            parameters["logStreamNamePrefix"] = prefix
        token: str | None = None
        while True:
            page = self._page(parameters if token is None else {**parameters, "nextToken": token})
            for item in page.get("events", []):
                yield LogEvent(
                    id=item["eventId"],
                    at=item["timestamp"],
                    ingested=item.get("ingestionTime", item["timestamp"]),
                    stream=item["logStreamName"],
                    message=item["message"],
                )
            # An empty page with a token is normal: the search goes on. The same token again leads nowhere.
            before, token = token, page.get("nextToken")
            if not token or token == before:
                return

    def tail(self, stream: str, lines: int, *, enough: int) -> list[str]:
        """Return the last messages of a stream, at most `lines`; none if there is no such stream.

        With `enough` of them, nothing more is asked.
        A page may be empty or shorter than asked for although there are older ones; the end is reached when the token
        repeats. Source: CloudWatch Logs API, GetLogEvents.
        """
        parameters: dict[str, Any] = {
            "logGroupName": self.group,
            "logStreamName": stream,
            "limit": lines,
            "startFromHead": False,
        }
        found: list[str] = []
        try:
            for _ in range(TAIL_PAGES):
                with aws_errors("logs"):
                    answer = self._client.get_log_events(**parameters)
                found = [*(item["message"] for item in answer.get("events", [])), *found]
                token = answer.get("nextBackwardToken")
                if len(found) >= enough or token in (None, parameters.get("nextToken")):
                    break
                parameters["nextToken"] = token
        except AwsError as error:
            if error.code != "ResourceNotFoundException":
                raise
        return found[-lines:]

    def _page(self, parameters: dict[str, Any]) -> Mapping[str, Any]:
        try:
            with aws_errors("logs"):
                return self._client.filter_log_events(**parameters)
        except AwsError as error:
            if error.code == "ResourceNotFoundException":
                raise LogGroupMissing(error.message) from error
            if error.code == "InvalidParameterException" and "filterPattern" in parameters:
                raise UsageError(
                    f"CloudWatch Logs does not accept the filter pattern {parameters['filterPattern']!r}.",
                    why=error.message,
                    fix="""To match several words: --filter 'error timeout'. JSON: --filter '{ $.level = "error" }'.""",
                ) from error
            raise
