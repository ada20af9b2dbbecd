"""`ecsdeploy chaos-stop`: stop a task on purpose, watch ECS heal, measure it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ecsdeploy.aws.addresses import public_addresses
from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.core.chaos import Sample, choose, require_steady, summarise
from ecsdeploy.core.ownership import no_service, require_deployable
from ecsdeploy.core.service import Service
from ecsdeploy.core.target import Target
from ecsdeploy.core.task import Task
from ecsdeploy.errors import EcsdeployError, ExitCode
from ecsdeploy.events import Outcome, Result, Step, Timeline, Warn
from ecsdeploy.github.environment import read_runner
from ecsdeploy.poll import DeadlineReached, poll
from ecsdeploy.probe.http import Prober, ask, checked_url
from ecsdeploy.runtime import Run, Watcher

POLL_SECONDS = 1.0
SHOWN_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class ChaosOptions:
    """`timeout` is how many seconds healing may take; `probe` a URL to ask meanwhile; `task` the start of an id."""

    timeout: int = 300
    probe: str = ""
    task: str = ""


def chaos_stop(run: Run, target: Target, options: ChaosOptions) -> ExitCode:
    """Stop one task of the service and return how the healing went."""
    if options.probe:
        checked_url(options.probe)
    run.aws.require_account(target.config.account)
    ecs = Ecs(run.aws, target.names.cluster)
    service = _service(target, ecs)
    require_steady(service)
    known, before = tasks_of(run, ecs, service)
    running = [task for task in before if task.running]
    if not running:
        run.report(Outcome(False, f"Nothing is proven: no task of {service.name} runs."))
        return ExitCode.NOTHING_PROVEN
    victim = choose(running, ecs.protected([task.arn for task in running]), options.task)
    if len(running) == 1:
        run.confirm(
            f"Task {victim.id[:12]} is the only one of {service.name}: users will see an outage. Stop it?",
            unattended=False,
        )
    if options.probe:
        _warn_of_a_probe_that_proves_little(run, options.probe, running, victim)
    healing = Healing(run=run, ecs=ecs, service=service.name, victim=victim, before=known)
    with Prober(options.probe, run.clock) if options.probe else nullcontext() as prober:
        healed = healing.go(options.timeout)
    seen = {"probe": options.probe, "users": what_users_saw(prober.samples)} if prober else {}
    return _tell(run, healing, options, _facts(run, target, healing, seen), healed=healed)


def _warn_of_a_probe_that_proves_little(run: Run, url: str, running: list[Task], victim: Task) -> None:
    """Warn if the probe proves little: an address that never answered, or that belongs to a single task."""
    if problem := ask(url):
        run.report(Warn(f"{url} does not answer even before the task is stopped ({problem})."))
    try:
        found = public_addresses(run.aws, [task.interface for task in running])
    except EcsdeployError:
        return
    owner = next((task for task in running if found.get(task.interface) == urlsplit(url).hostname), None)
    if owner is None:
        return
    if owner.arn == victim.arn:
        what = "belongs to the task that is stopped: the replacement gets another"
    else:
        what = f"belongs to task {owner.id[:8]}, which is not stopped: it says nothing about users of the one that is"
    run.report(Warn(f"The address {found[owner.interface]} {what}. Without a load balancer each task has its own."))


def _service(target: Target, ecs: Ecs) -> Service:
    service = ecs.service(target.names.service)
    if service is None or service.status == "INACTIVE":
        raise no_service(target)
    require_deployable(service, target.tags, adopt=False)
    return service


def tasks_of(run: Watcher, ecs: Ecs, service: Service) -> tuple[frozenset[str], list[Task]]:
    """Return the ARNs of the service's tasks, and the tasks; retried briefly if ECS shows fewer than it counts.

    A task that is missed here would later be taken for the replacement.
    """

    def read() -> tuple[frozenset[str], list[Task]]:
        arns = ecs.task_arns(service.name)
        return frozenset(arns), ecs.tasks(arns)

    def all_shown(found: tuple[frozenset[str], list[Task]]) -> tuple[frozenset[str], list[Task]] | None:
        return found if len(found[1]) >= max(service.running, len(found[0])) else None

    try:
        return poll(
            read, all_shown, clock=run.clock, every=POLL_SECONDS, deadline=run.clock.monotonic() + SHOWN_SECONDS
        )
    except DeadlineReached:
        return read()


@dataclass
class Healing:
    """The time from the stop until a replacement is healthy, as a timeline of what ECS reports."""

    run: Run
    ecs: Ecs
    service: str
    victim: Task
    before: frozenset[str]
    replacement: Task | None = None
    recovered: float | None = None
    shown: dict[str, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.checked = self.victim.health != "UNKNOWN"
        self.began = self.run.clock.monotonic()

    def go(self, timeout: float) -> bool:
        """Stop the task and watch; return whether a replacement was healthy, and the old task gone, in time."""
        run, victim = self.run, self.victim
        actor = read_runner(run.environ).actor
        run.report(Step(f"Stopping task {victim.id} of {self.service}"))
        self.began = run.clock.monotonic()
        run.journal.doing = f"stopping task {victim.id[:12]}"
        self.ecs.stop_task(victim.arn, f"ecsdeploy chaos-stop{f' by {actor}' if actor else ''}")
        run.journal.done.append(f"stopped task {victim.id[:12]}")
        run.journal.doing = "watching it heal"
        run.journal.resume = "ECS replaces the task by itself; `ecsdeploy logs --follow` shows it start."
        self._tell(f"task {victim.id[:8]} stop requested")
        try:
            return poll(self._read, self._judge, clock=run.clock, every=POLL_SECONDS, deadline=self.began + timeout)
        except DeadlineReached:
            return False

    def _read(self) -> list[Task]:
        arns = self.ecs.task_arns(self.service)
        return self.ecs.tasks([self.victim.arn, *(arn for arn in arns if arn != self.victim.arn)])

    def _judge(self, tasks: list[Task]) -> bool | None:
        for task in tasks:
            if task.arn == self.victim.arn:
                self.victim = task
            elif task.arn in self.before:
                continue
            self._show(task)
        # With a health check, ECS counts a task once it passes; without one, once it runs. A task that has stopped, or
        # has just begun, is UNKNOWN too: one that was anything else tells that there is a check.
        self.checked = self.checked or any(task.health != "UNKNOWN" for task in tasks)
        healthy = [
            task
            for task in tasks
            if task.arn not in self.before and task.running and (task.health == "HEALTHY" or not self.checked)
        ]
        if healthy and self.recovered is None:
            self.replacement = healthy[0]
            self.recovered = self.run.clock.monotonic() - self.began
            self._tell(f"recovered: task {healthy[0].id[:8]} does the work")
        return True if self.recovered is not None and self.victim.status == "STOPPED" else None

    def _show(self, task: Task) -> None:
        state = (task.status, task.health)
        if self.shown.get(task.arn) == state:
            return
        self.shown[task.arn] = state
        role = "task" if task.arn == self.victim.arn else "replacement"
        health = f", {task.health}" if task.health == "HEALTHY" and task.running else ""
        self._tell(f"{role} {task.id[:8]} {task.status}{health}{ending(task)}")

    def _tell(self, text: str) -> None:
        self.run.report(Timeline(self.run.clock.monotonic() - self.began, text))


def ending(task: Task) -> str:
    """Return how the task's containers ended: whether they handled SIGTERM, or had to be killed."""
    if task.status != "STOPPED":
        return ""
    meanings = {0: "ended by itself after SIGTERM", 143: "ended by SIGTERM", 137: "did not stop in time and was killed"}
    ends = [
        f"{c.name} {meanings.get(c.exit_code, f'ended with exit code {c.exit_code}')}"
        for c in task.containers
        if c.exit_code is not None
    ]
    return f" ({'; '.join(ends)})" if ends else ""


def _tell(run: Run, healing: Healing, options: ChaosOptions, facts: Mapping[str, str], *, healed: bool) -> ExitCode:
    if healing.recovered is None:
        run.report(Outcome(False, f"Not healed within {options.timeout} s: no replacement is healthy.", facts))
        return ExitCode.OBJECTIVE_MISSED
    slow = "" if healed else f"; the stopped task is still {healing.victim.status}"
    run.report(Outcome(True, f"Healed in {healing.recovered:.1f} s{slow}.", facts))
    run.report(Result("recovery-seconds", f"{healing.recovered:.1f}"))
    return ExitCode.DONE


def _facts(run: Run, target: Target, healing: Healing, seen: Mapping[str, str]) -> dict[str, str]:
    """Return the facts of the outcome; `seen` is what the probe saw."""
    facts = {"service": str(target), "stopped": healing.victim.id, **seen}
    if healing.recovered is not None and healing.replacement is not None:
        facts |= {"replacement": healing.replacement.id, **_address(run, target, healing.replacement)}
    return facts


def what_users_saw(samples: list[Sample]) -> str:
    """Return the probe's requests in one sentence."""
    seen = summarise(samples)
    if not seen.failed:
        return f"nobody noticed: {seen.requests} of {seen.requests} requests were answered"
    return (
        f"{seen.failed} of {seen.requests} requests failed, nothing was answered for {seen.longest_outage:.1f} s "
        f"({seen.first_problem})"
    )


def _address(run: Run, target: Target, task: Task) -> dict[str, str]:
    try:
        found = public_addresses(run.aws, [task.interface])
    except EcsdeployError:
        return {}
    port = target.config.task.port
    return {"address": f"http://{next(iter(found.values()))}:{port}"} if port and found else {}
