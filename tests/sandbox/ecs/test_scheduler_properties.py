"""What holds whatever happens to a service."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

from hypothesis import event, example, given, settings

from ecsdeploy.sandbox.ecs.scheduler import step
from ecsdeploy.sandbox.ecs.world import World
from ecsdeploy.sandbox.runtime.base import ReleaseTask, StartTask
from tests.sandbox.ecs.plans import Deploy, Force, RollBack, Setting, breaker_off, play, services, update
from tests.sandbox.ecs.small_ecs import SmallEcs

TRANSIT = 45.0
"""The longest that a task may take between two of its states, in seconds: `stubborn` needs 30 of them to stop."""


class Limits:
    """Looks at every step: what the scheduler itself did must keep within minimum and maximum percent."""

    def __init__(self) -> None:
        self._before: World | None = None
        self.met: Counter[str] = Counter()

    def __call__(self, world: World) -> None:
        before, self._before = self._before, world
        shard = world.shards.get(("c", "s"))
        old = before.shards.get(("c", "s")) if before else None
        if shard is None or shard.service is None or old is None or shard.service.status != "ACTIVE":
            return
        service = shard.service
        least = math.ceil(service.desired * service.configuration["minimumHealthyPercent"] / 100)
        most = math.floor(service.desired * service.configuration["maximumPercent"] / 100)
        live = {t.id for t in shard.tasks.values() if t.live}
        if live - old.tasks.keys():
            self.met["launched"] += 1
            self.met["launched up to the maximum"] += len(live) == most > service.desired
            assert len(live) <= most, "more than maximum percent"
        stopped = [
            t
            for t in shard.tasks.values()
            if t.stop_code == "ServiceSchedulerInitiated" and t.id in old.tasks and old.tasks[t.id].live
        ]
        if any(t.healthy_at is not None for t in stopped):
            healthy = sum(t.live and t.healthy_at is not None for t in shard.tasks.values())
            self.met["stopped down to the minimum"] += healthy == least > 0
            assert healthy >= least, "fewer healthy tasks than minimum percent"
        self.met[f"{min(len(shard.deployments), 3)} deployments at once"] += 1
        self.met[shard.history[-1].status] += 1


class Transits:
    """Looks at every step: no task may stay between two states, and one that shall stop does."""

    def __init__(self, lab: SmallEcs) -> None:
        self._lab = lab
        self._since: dict[str, tuple[str, float]] = {}

    def __call__(self, world: World) -> None:
        now = self._lab.clock.now()
        for task in world.tasks("c"):
            status, since = self._since.get(task.id, ("", 0.0))
            if status != task.last_status:
                self._since[task.id] = (task.last_status, now)
            elif task.last_status not in ("RUNNING", "STOPPED"):
                assert now - since <= TRANSIT, f"a task stays {status}"
            elif task.last_status == "RUNNING" and not task.live:
                assert now - (task.stopping_at or 0.0) <= TRANSIT, "a task that shall stop runs on"


class Verdicts:
    """Looks at every step: the breaker trips in time, and a rollback goes to the last completed deployment."""

    def __init__(self) -> None:
        self._completed: str | None = None
        self._rolling: str | None = None

    def __call__(self, world: World) -> None:
        shard = world.shards.get(("c", "s"))
        if shard is None or shard.service is None or not shard.history:
            return
        record, primary = shard.history[-1], shard.deployments[0]
        rule = breaker_of(record.configuration)
        if rule["enable"] and record.status == "IN_PROGRESS" and primary.state == "IN_PROGRESS":
            assert primary.counted < limit_of(rule, shard.service.desired), "the circuit breaker should have tripped"
        if record.status.startswith("ROLLBACK_") and record.rollback_to and record.id != self._rolling:
            assert record.rollback_to == self._completed, "a rollback to what never completed"
            self._rolling, self._completed = record.id, None
        if primary.state == "COMPLETED":
            self._completed = primary.revision


def breaker_of(configuration: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = configuration["deploymentCircuitBreaker"]
    return found


def limit_of(rule: Mapping[str, Any], desired: int) -> int:
    """Return how many failures are too many, as the Developer Guide says."""
    kind, value = rule["thresholdConfiguration"]["type"], rule["thresholdConfiguration"]["value"]
    part = math.ceil(value / 100 * desired)
    limits: dict[str, int] = {
        "COUNT": int(value),
        "BOUNDED_PERCENT": min(max(part, 3), 200),
        "UNBOUNDED_PERCENT": max(part, 1),
    }
    return limits[str(kind)]


TWO_OLD_REVISIONS = Setting(
    "app:1",
    5,
    67,
    134,
    plan=(
        (Deploy("wilt:1"), 70.0),
        (Deploy("stubborn:1"), 70.0),
        (RollBack(), 14.0),
        (Deploy("late-crash:1"), 1.0),
    ),
)


ROLLED_BACK_TWICE = Setting(
    "check:1",
    2,
    0,
    100,
    trip=1,
    plan=(
        (Deploy("app:1"), 14.0),
        (Deploy("crash:1"), 25.0),
        (Force(), 1.0),
        (RollBack(), 1.0),
        (Deploy("crash:1"), 70.0),
        (Deploy("check:1"), 70.0),
    ),
)


@given(services)
@example(TWO_OLD_REVISIONS)
@settings(max_examples=100)
def test_the_scheduler_keeps_within_minimum_and_maximum_percent(setting: Setting) -> None:
    lab, limits = SmallEcs(), Limits()
    lab.watchers.append(limits)
    play(lab, setting)
    for name, times in limits.met.items():
        if times:
            event(name)


@given(services)
@settings(max_examples=50)
def test_every_started_task_ends_stopped_and_released(setting: Setting) -> None:
    lab = SmallEcs()
    lab.watchers.append(Transits(lab))
    play(lab, setting)
    lab.call("DeleteService", cluster="c", service="s", force=True)
    lab.run(60)
    assert {task.last_status for task in lab.world.tasks("c")} <= {"STOPPED"}
    assert lab.service()["status"] == "INACTIVE"
    started = {c.spec.arn for c in lab.runtime.commands if isinstance(c, StartTask)}
    assert {c.arn for c in lab.runtime.commands if isinstance(c, ReleaseTask)} == started
    lab.run(3700)
    assert list(lab.world.tasks("c")) == []


@given(services)
@settings(max_examples=30)
def test_the_same_reports_give_the_same_world(setting: Setting) -> None:
    one, two = SmallEcs(), SmallEcs()
    play(one, setting)
    play(two, setting)
    assert one.world == two.world


@given(services)
@settings(max_examples=20)
def test_a_step_leaves_the_world_before_it_as_it_was(setting: Setting) -> None:
    lab = SmallEcs()
    play(lab, setting)
    before, pictured = lab.world, repr(lab.world)
    later = lab.clock.now() + 1000
    assert step(before, [], later, lab.engine.timing) == step(before, [], later, lab.engine.timing)
    assert repr(before) == pictured


@given(services)
@settings(max_examples=30)
def test_a_healthy_image_always_gets_through_in_the_end(setting: Setting) -> None:
    """Whatever was before, with percentages under which some task can be started or stopped (50/100 of one cannot)."""
    lab = SmallEcs()
    play(lab, setting)
    configuration = {"minimumHealthyPercent": setting.low, "maximumPercent": 200, **breaker_off()}
    update(lab, taskDefinition=lab.register("check:2"), deploymentConfiguration=configuration)
    lab.run(3000)
    service = lab.service()
    assert service["runningCount"] == service["desiredCount"]
    assert [d["rolloutState"] for d in service["deployments"]] == ["COMPLETED"]
    assert lab.deployments()[-1]["status"] == "SUCCESSFUL"


@given(services)
@example(ROLLED_BACK_TWICE)
@settings(max_examples=80)
def test_at_most_one_service_deployment_goes_on(setting: Setting) -> None:
    """Every other one has a verdict, and what the older view shows agrees with the newest."""
    lab = SmallEcs()
    lab.watchers.append(Verdicts())
    play(lab, setting)
    lab.run(1)
    *older, newest = lab.deployments()
    assert all("finishedAt" in d for d in older)
    assert {d["status"] for d in older} <= {"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"}
    primary, *others = lab.service()["deployments"]
    states = {
        "SUCCESSFUL": "COMPLETED",
        "ROLLBACK_SUCCESSFUL": "COMPLETED",
        "ROLLBACK_FAILED": "FAILED",
        "STOPPED": "FAILED",
        "PENDING": "IN_PROGRESS",
        "IN_PROGRESS": "IN_PROGRESS",
        "ROLLBACK_REQUESTED": "IN_PROGRESS",
        "ROLLBACK_IN_PROGRESS": "IN_PROGRESS",
    }
    assert (primary["status"], primary["rolloutState"]) == ("PRIMARY", states[newest["status"]])
    assert {d["status"] for d in others} <= {"ACTIVE"}
    event(newest["status"])


def test_a_step_touches_only_services_in_which_something_is_due() -> None:
    lab = SmallEcs()
    lab.cluster()
    arn = lab.register()
    lab.create(arn)
    lab.create(arn, serviceName="other")
    lab.run(100)
    before = lab.world
    lab.call("StopTask", cluster="c", task=lab.tasks()[0]["taskArn"])
    stopped = next(key for key in before.shards if lab.world.shards[key] is not before.shards[key])
    after, _ = step(lab.world, [], lab.clock.now(), lab.engine.timing)
    assert [key for key in before.shards if after.shards[key] is not before.shards[key]] == [stopped]


def test_many_tasks_are_told_of_ten_at_a_time() -> None:
    lab = SmallEcs()
    lab.cluster()
    lab.create(lab.register(), 25)
    lab.run(1)
    assert [line.partition(":")[0] for line in lab.story()] == [
        "0.2 has started 10 tasks",
        "0.2 has started 10 tasks",
        "0.2 has started 5 tasks",
    ]
