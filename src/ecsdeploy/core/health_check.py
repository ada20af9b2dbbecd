"""Why a health check failed: what its output, the log and the target group say, in the check's own numbers.

The output is a container's `reason` where the container is UNHEALTHY: ECS itself leaves that empty, but whoever has
the output may put it there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from ecsdeploy.core.stopped_reasons import Cause
from ecsdeploy.core.subject import Check, Part, Subject
from ecsdeploy.core.task import Container, Task

_OF_A_CONTAINER = re.compile(r"failed container health checks", re.IGNORECASE)
_OF_A_TARGET = re.compile(r"failed (?:ELB|load balancer) health checks|health checks? failed with", re.IGNORECASE)
_AWS_ERROR = re.compile(r"\w+(?:Error|Exception)\b:")
_REFUSED = re.compile(
    r"connection refused|ECONNREFUSED|curl: \(7\)|could(?:n't| not) connect|failed to connect|can't connect",
    re.IGNORECASE,
)
_MISSING = re.compile(
    r"exec: \"(?P<exec>[^\"]+)\": (?:executable file not found|stat)|(?:^|[:\s])(?P<sh>[\w./+-]+): not found\b"
    r"|(?P<node>Cannot find module '[^']+')",
    re.IGNORECASE,
)
_TOO_SLOW = re.compile(r"exceeded timeout|timed out|\btimeout\b", re.IGNORECASE)
_STATUS = re.compile(r"(?:returned error: |HTTP/[\d.]+ |codes?: \[?|status(?: code)?:? )(?P<status>[1-5]\d\d)\b", re.I)
_PORT = re.compile(r"\bport (?P<word>\d{2,5})\b|(?:[a-z][\w.-]*|(?:\d+\.){3}\d+|[\])}]):(?P<colon>\d{2,5})(?![\d:])")
_LISTENS = re.compile(
    r"\b(?:listen\w*|running|serving|server|started|bound|ready|local)\b.{0,80}?"
    r"(?:(?<!\d)(?P<host>127\.0\.0\.1|localhost|0\.0\.0\.0|\[::1?\]|::1?|\*)?:|\bport(?:\(s\))?:?[ =]"
    r"|(?<=listening on )|(?<=listening at ))(?P<port>\d{2,5})\b(?![.:])",
    re.IGNORECASE,
)
_OUTSIDE = re.compile(r"(?<![\d.])(?!127\.|0\.0\.0\.0)(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
"""An IPv4 address that a program which listens on 127.0.0.1 only does not answer at."""
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})


@dataclass(frozen=True)
class Listening:
    """Where a service says that it listens; `host` is "" where its log names only the port."""

    host: str
    port: int

    @property
    def inside_only(self) -> bool:
        """Return whether nothing outside the task can reach it."""
        return self.host.lower() in _LOOPBACK


def listens(log: Sequence[str]) -> Listening | None:
    """Return where the newest line of a log that speaks of listening says that it listens."""
    found = next((found for line in reversed(log) if (found := _LISTENS.search(line))), None)
    return Listening(found["host"] or "", int(found["port"])) if found else None


def check_failed(task: Task) -> bool:
    """Return whether ECS stopped the task because of a health check, the container's or the load balancer's."""
    return container_check_failed(task) or bool(_OF_A_TARGET.search(task.stopped_reason))


def container_check_failed(task: Task) -> bool:
    """Return whether ECS stopped the task because of a check that the task definition has."""
    return _OF_A_CONTAINER.search(task.stopped_reason) is not None


def output_of(container: Container) -> str:
    """Return what a container's health check printed, if anybody tells; "" if nobody does."""
    of_check = container.health == "UNHEALTHY" and not _AWS_ERROR.match(container.reason)
    return container.reason if of_check else ""


def explain_check(task: Task, failed: Container | None, log: Sequence[str], about: Subject, target: str = "") -> Cause:
    """Return why the health check failed that ECS stopped `task` for; `target` is the target group's reason."""
    if _OF_A_TARGET.search(task.stopped_reason):
        part = about.part(about.container or (failed.name if failed else ""))
        return _of_target(part, log, target or task.stopped_reason)
    part = about.part(failed.name if failed else about.container)
    timing = _timing(task, part, own=part.name == about.container)
    return _of_container(part, failed, log, timing)


def _of_container(part: Part, failed: Container | None, log: Sequence[str], timing: str) -> Cause:
    """Return why a container's own check failed: by its output, else by what the log says of the port it asks.

    `timing` belongs to the advice unless more time cannot help.
    """
    output = output_of(failed) if failed else ""
    check = part.check.text if part.check else ""
    what = f"The health check of {_name(part)} failed"
    asked = _port(output) or _port(check)
    heard = listens(log)
    if missing := _MISSING.search(output):
        program = next(filter(None, missing.groups()))
        return Cause(
            f"{what}: {program} is not in the image.",
            "Install it in the Dockerfile, or check with a program that is there.",
        )
    if _REFUSED.search(output) or (not output and heard and asked and heard.port != asked):
        return _refused(what, asked, heard, timing, outside=_OUTSIDE.search(output) is not None)
    if status := _STATUS.search(output):
        return Cause(
            f"{what}: it was answered with HTTP {status['status']}.",
            "Let the check ask for a path that answers 200 as soon as the service can work.",
        )
    if _TOO_SLOW.search(output):
        seconds = f"`timeout` ({part.check.timeout}s)" if part.check else "its timeout"
        slow = "Find out what makes the service slow, or raise `timeout`."
        return Cause(f"{what}: no answer within {seconds}.", _with(slow, timing))
    return Cause(f"{what}.", _with(f"Run it inside the image: `{check}`." if check else "Run it in the image.", timing))


def _with(fix: str, timing: str) -> str:
    return f"{fix} {timing}" if timing else fix


def _refused(what: str, asked: int, heard: Listening | None, timing: str, *, outside: bool) -> Cause:
    """Return why a check was refused; `outside`: it asked another address than the loopback one."""
    there = f"on port {asked}" if asked else "where it asks"
    if heard and asked and heard.port != asked:
        return Cause(
            f"{what}: nothing listens {there}, and its log says that it listens on {heard.port}.",
            f"Let the service listen on {asked}, or set [task] port and the check to {heard.port}.",
        )
    if outside and heard and heard.inside_only:
        return Cause(
            f"{what}: its log says that it listens on {heard.host} only, and the check asks the task's address.",
            f"Let the service listen on 0.0.0.0:{heard.port}.",
        )
    if outside:
        everywhere = f"0.0.0.0:{asked}" if asked else "0.0.0.0"
        return Cause(
            f"{what}: nothing listens {there} of the task's address.",
            _with(f"If the service listens on 127.0.0.1 only, let it listen on {everywhere}.", timing),
        )
    right = "Is that the service's port, and does the service listen before the check begins?"
    return Cause(f"{what}: nothing listens {there}.", _with(right, timing))


def _of_target(part: Part, log: Sequence[str], reason: str) -> Cause:
    what = f"The load balancer's health check of {_name(part)} failed"
    heard, port = listens(log), part.ports[0] if part.ports else 0
    if heard and heard.inside_only:
        return Cause(
            f"{what}: its log says that it listens on {heard.host} only, where nothing outside the task reaches it.",
            f"Let it listen on 0.0.0.0:{heard.port}.",
        )
    if heard and port and heard.port != port:
        return Cause(
            f"{what}: nothing listens on port {port}, and its log says that it listens on {heard.port}.",
            f"Let the service listen on {port}, or set [task] port to {heard.port}.",
        )
    if status := _STATUS.search(reason):
        return Cause(
            f"{what}: it was answered with HTTP {status['status']}.",
            "Set the health check's path to one that answers 200, or its matcher to the code that is right.",
        )
    if _TOO_SLOW.search(reason):
        return Cause(
            f"{what}: no answer in time.",
            "Does the task's security group let the load balancer's in on the port? Does the service answer in time?",
        )
    return Cause(
        f"{what}.", "Check the path, the port and the security groups; raise the grace period if it starts slowly."
    )


def _timing(task: Task, part: Part, *, own: bool) -> str:
    """Return when the check failed, and the settings that decide that; "" if it is not known."""
    check, ended = part.check, task.stopping_at or task.stopped_at
    if check is None or task.started_at is None or ended is None or ended <= task.started_at:
        return ""
    lasted = (ended - task.started_at) / timedelta(seconds=1)
    counted = (check.retries - 1) * check.interval
    period = "`start_period`" if own else f"startPeriod of {part.name}"
    first = lasted - counted
    if first <= 0:
        return f"It failed within {lasted:.0f} s of the start; {period} is {check.start_period}s."
    if first > check.start_period + 2 * (check.interval + check.timeout):
        return f"It passed at first: the check failed {_times(check)} only {lasted:.0f} s after the start."
    after = f"The first check that counted failed about {first:.0f} s after the start"
    more = ": raise it if the service needs longer" if check.start_period < 300 else ""
    return f"{after}, and {period} is {check.start_period}s{more}."


def _times(check: Check) -> str:
    return "once" if check.retries == 1 else f"{check.retries} times in a row"


def _port(text: str) -> int:
    """Return the port that a command or its output speaks of; 0 if none."""
    found = _PORT.search(text)
    return int(found["word"] or found["colon"]) if found else 0


def _name(part: Part) -> str:
    return f"the container {part.name}" if part.name else "a container"
