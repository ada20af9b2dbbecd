"""Whether anybody can reach a service that has just been deployed: ECS does not look.

Without a health check, all that ECS knows is that a task runs: not whether its program listens, nor where. So it is
asked at its public address before success is reported. If a health check passes, a closed address is only a warning.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from ecsdeploy.aws.addresses import public_addresses
from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.aws.network import Networks
from ecsdeploy.core.network import closed_to_the_internet
from ecsdeploy.core.target import Target
from ecsdeploy.errors import EcsdeployError
from ecsdeploy.events import Note
from ecsdeploy.poll import DeadlineReached, poll
from ecsdeploy.probe.http import ask, knock
from ecsdeploy.runtime import Watcher

ADDRESSES = 3
KNOCK_SECONDS = 1.0
LISTEN_SECONDS = 30.0
"""How long a program may take from its start until it listens."""
REFUSALS = ("ConnectionRefused", "ConnectionReset", "ConnectionClosed")
TIMEOUT = "TimeoutError"
NOT_HTTP = ("ConnectionReset", "RemoteDisconnected")


@dataclass(frozen=True)
class Reach:
    """Where the tasks have public addresses, and why the first of them refuses connections, "" where it does not."""

    urls: tuple[str, ...] = ()
    refusal: str = ""


def reach(run: Watcher, target: Target, ecs: Ecs, task_definition: str) -> Reach:
    """Return how the revision's tasks answer; where they cannot be asked from here, that is reported."""
    urls = addresses(run, target, ecs, task_definition)
    if not urls:
        return Reach()
    problem = _knocked(run, urls[0], patience=0.0 if is_checked(target) else LISTEN_SECONDS)
    if refuses(problem):
        return Reach(urls, problem)
    if problem and not problem.startswith("HTTP "):
        cause = _closed_door(run, target, urls[0]) if problem.startswith(TIMEOUT) else ""
        unknown = "whether users can reach it was not checked"
        run.report(Note(f"{urls[0]} cannot be reached from here ({problem}): {cause or unknown}."))
    return Reach(urls)


def _closed_door(run: Watcher, target: Target, url: str) -> str:
    """Return what the task's security groups have to do with it, "" if nothing or if they can't be read."""
    host, port = urlsplit(url).hostname, target.config.task.port
    try:
        groups = Networks(run.aws).groups_at(host or "")
    except EcsdeployError:
        return ""
    return closed_to_the_internet(groups, port or 0)


def is_checked(target: Target) -> bool:
    """Return whether ECS itself checks the service's container, or one beside it."""
    containers = target.config.task.raw.get("containerDefinitions", [])
    return target.config.task.health_check is not None or any(each.get("healthCheck") for each in containers)


def refuses(problem: str) -> bool:
    """Return whether `problem` proves that nothing listens; an address that is out of reach proves nothing."""
    return problem.startswith(REFUSALS)


def closed(url: str) -> str:
    """Return why nothing listens at `url`, or "": it answers, or is out of reach from here, which proves nothing."""
    problem = _asked(url)
    return problem if refuses(problem) else ""


def _asked(url: str) -> str:
    """Return what is wrong at `url`; a program that does not speak HTTP may hang up, and listens all the same."""
    problem = ask(url, timeout=KNOCK_SECONDS)
    return knock(url, KNOCK_SECONDS) if problem.startswith(NOT_HTTP) else problem


def _knocked(run: Watcher, url: str, *, patience: float) -> str:
    """Return what is wrong at `url`, "" if it answers; for `patience` seconds it may refuse connections."""
    last = ""

    def judge(problem: str) -> str | None:
        nonlocal last
        last = problem
        return None if refuses(problem) else problem

    deadline = run.clock.monotonic() + patience
    try:
        return poll(lambda: _asked(url), judge, clock=run.clock, every=1.0, deadline=deadline)
    except DeadlineReached:
        return last


def addresses(run: Watcher, target: Target, ecs: Ecs, task_definition: str) -> tuple[str, ...]:
    """Return where the revision's running tasks answer; none if they have no public address.

    This lookup is a courtesy: if it is not allowed, it says so, and the deployment is as good as it was.
    """
    port = target.config.task.port
    if port is None:
        return ()
    try:
        arns = ecs.task_arns(target.names.service)[:20]
        tasks = [t for t in ecs.tasks(arns) if t.running and t.task_definition == task_definition]
        found = public_addresses(run.aws, [task.interface for task in tasks[:ADDRESSES]])
    except EcsdeployError as error:
        run.report(Note(f"The address could not be looked up: {error.what}"))
        return ()
    return tuple(f"http://{found[task.interface]}:{port}" for task in tasks if task.interface in found)
