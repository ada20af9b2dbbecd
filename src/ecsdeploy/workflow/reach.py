"""Whether anybody can reach a service that has just been deployed: ECS does not look.

Without a health check, all that ECS knows is that a task runs: not whether its program listens, nor where. So each
task is asked at its public address before success is reported. If a health check passes, a closed address is only a
warning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from urllib.parse import urlsplit

from ecsdeploy.asked import ask
from ecsdeploy.aws.addresses import public_addresses
from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.aws.network import Networks
from ecsdeploy.core.network import SecurityGroup, closed_to_the_internet, peers_at
from ecsdeploy.core.reach import Reach
from ecsdeploy.core.serving import asked_port, is_checked
from ecsdeploy.core.target import Target
from ecsdeploy.core.task import Task
from ecsdeploy.errors import EcsdeployError
from ecsdeploy.events import Note
from ecsdeploy.poll import DeadlineReached, poll
from ecsdeploy.probe.http import find
from ecsdeploy.runtime import Watcher

TASKS = 20
"""How many tasks are asked."""
KNOCK_SECONDS = 1.0
LISTEN_SECONDS = 30.0
"""How long a program may take from its start until it listens."""
REFUSALS = ("ConnectionRefused", "ConnectionReset", "ConnectionClosed")


def reach(run: Watcher, target: Target, ecs: Ecs, task_definition: str, *, known: Sequence[Task] = ()) -> Reach:
    """Return how the revision's tasks answer; where they cannot be asked from here, that is reported.

    `known` are the service's tasks if they were just read.
    """
    port = asked_port(target)
    if port is None:
        return Reach()

    def tasks() -> list[Task]:
        every = known or ecs.tasks(ecs.task_arns(target.names.service)[:TASKS])
        return [task for task in every if task.running and task.task_definition == task_definition][:TASKS]

    urls = _addresses(run, target, port, tasks)
    if not urls:
        return Reach()
    problems = _knocked(run, urls, patience=0.0 if is_checked(target) else LISTEN_SECONDS)
    refused = {url: problem for url, problem in problems.items() if refuses(problem)}
    if refused:
        return Reach(urls, _refusal(refused, len(urls)), _listens_where(port))
    return _out_of_reach(run, target, port, problems)


def refuses(problem: str) -> bool:
    """Return whether `problem` proves that nothing listens; an address that is out of reach proves nothing."""
    return problem.startswith(REFUSALS)


def _refusal(refused: Mapping[str, str], count: int) -> str:
    url, problem = next(iter(refused.items()))
    others = f", one of {len(refused)} of {count} tasks" if count > 1 else ""
    return f"{url} refuses connections{others} ({problem})"


def _listens_where(port: int) -> str:
    return f"Does the service listen on 0.0.0.0:{port}, or on 127.0.0.1 only, or on another port?"


def _out_of_reach(run: Watcher, target: Target, port: int, problems: Mapping[str, str]) -> Reach:
    """Return the addresses, closed if no group opens the config's port to anybody; what stays unknown is reported."""
    urls = tuple(problems)
    away = {url: problem for url, problem in problems.items() if problem}
    if not away:
        return Reach(urls)
    url, problem = next(iter(away.items()))
    groups = _groups_at(run, urlsplit(url).hostname or "")
    cause = closed_to_the_internet(groups, port)
    if cause and not peers_at(groups, port) and target.config.task.port is not None:
        return Reach(urls, f"{url} cannot be reached: {cause}", f"Open TCP port {port} in one of its security groups.")
    run.report(Note(f"{url} cannot be reached from here ({problem}): {cause or 'whether users can was not checked'}."))
    return Reach(urls)


def _groups_at(run: Watcher, address: str) -> list[SecurityGroup]:
    """Return the security groups at a public address; none if they can't be read."""
    try:
        return list(Networks(run.aws).groups_at(address))
    except EcsdeployError:
        return []


def _knocked(run: Watcher, urls: Iterable[str], *, patience: float) -> dict[str, str]:
    """Return what is wrong at each of `urls`, "" if it answers; for `patience` seconds they may refuse connections."""
    problems = dict.fromkeys(urls, REFUSALS[0])

    def look() -> None:
        answers = {url: ask(partial(find, url, KNOCK_SECONDS)) for url, problem in problems.items() if refuses(problem)}
        problems.update((url, answer()) for url, answer in answers.items())

    def judge(_: None) -> bool | None:
        return None if any(map(refuses, problems.values())) else True

    with suppress(DeadlineReached):
        poll(look, judge, clock=run.clock, every=1.0, deadline=run.clock.monotonic() + patience)
    return problems


def _addresses(run: Watcher, target: Target, port: int, tasks: Callable[[], Sequence[Task]]) -> tuple[str, ...]:
    """Return where the revision's running tasks answer; none if they have no public address.

    This lookup is a courtesy: if it is not allowed, it says so, and the deployment is as good as it was.
    """
    try:
        running = tasks()
        found = public_addresses(run.aws, [task.interface for task in running])
    except EcsdeployError as error:
        run.report(Note(f"The address could not be looked up: {error.what}"))
        return ()
    if not found and not is_checked(target):
        asked = f"Its tasks have no public address: whether they answer at port {port} was not checked."
        run.report(Note(f"{asked} With [task] health_check, ECS checks it."))
    return tuple(f"http://{found[task.interface]}:{port}" for task in running if task.interface in found)
