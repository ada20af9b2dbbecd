"""What one run of one command did, from beginning to end: what a report, or a step summary, is made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ecsdeploy.changes import Planned, Resource
from ecsdeploy.core.target import Target
from ecsdeploy.events import Event, FailureCard, LogLine, Outcome, Result, TimeSpent

SCHEMA = "ecsdeploy.report/1"
"""The report's format. Its number is raised when a program that follows `docs/report.md` could break."""


@dataclass(frozen=True, kw_only=True)
class About:
    """The service that a command was about. `account` is the one that the config names, "" if it names none.

    `config_hash` is `sha256:` and the hash of the merged config, so that two runs can be told to have had the same.
    """

    app: str
    environment: str
    account: str
    region: str
    cluster: str
    service: str
    config_hash: str


@dataclass(frozen=True)
class Entry:
    """An event, and when it was reported (UTC)."""

    at: datetime
    event: Event


@dataclass(frozen=True)
class Problem:
    """The error that ended a command: what happened, why, and what to do."""

    what: str
    why: str
    fix: str


@dataclass(frozen=True, kw_only=True)
class Record:
    """One run of one command. All times are in UTC.

    `about` is None if the command ended before its config was read. `entries` are its events in order, without
    those that only show how things look meanwhile (`LayerProgress`, `Snapshot`). Of very many, some are left out:
    `left_out` says how many by the event's name. `error` is what ended it, None if nothing did.
    """

    tool: str
    command: str
    about: About | None
    started_at: datetime
    ended_at: datetime
    exit_code: int
    entries: tuple[Entry, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    error: Problem | None = None

    @property
    def outcome(self) -> Outcome | None:
        """Return how it ended in the command's own words; None if it did not get so far."""
        return next((each for each in reversed(self.events) if isinstance(each, Outcome)), None)

    @property
    def events(self) -> tuple[Event, ...]:
        """Return the events without their times."""
        return tuple(entry.event for entry in self.entries)

    @property
    def plan(self) -> tuple[Planned | Resource, ...]:
        """Return what was planned, or done, to each AWS resource."""
        return tuple(each for each in self.events if isinstance(each, Planned | Resource))

    @property
    def causes(self) -> tuple[FailureCard, ...]:
        """Return the failure cards, each in its last form: whole where that was shown, else all its parts."""
        cards = [each for each in self.events if isinstance(each, FailureCard)]
        whole = [each for each in cards if each.part == "whole"]
        return tuple(dict.fromkeys(whole or cards))

    @property
    def logs(self) -> tuple[LogLine, ...]:
        """Return the log lines that were shown."""
        return tuple(each for each in self.events if isinstance(each, LogLine))

    @property
    def results(self) -> tuple[Result, ...]:
        """Return the values that the command was asked for, such as the service's URL."""
        return tuple(each for each in self.events if isinstance(each, Result))

    @property
    def spent(self) -> TimeSpent | None:
        """Return where the time went, None if that was not worked out."""
        return next((each for each in reversed(self.events) if isinstance(each, TimeSpent)), None)


def about(target: Target) -> About:
    """Return what a record says of a command's service."""
    config, names = target.config, target.names
    merged = json.dumps(config.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return About(
        app=config.app,
        environment=names.environment or "",
        account=config.account or "",
        region=target.region,
        cluster=names.cluster,
        service=names.service,
        config_hash="sha256:" + hashlib.sha256(merged.encode("ascii")).hexdigest(),
    )
