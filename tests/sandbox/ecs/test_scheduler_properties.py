"""What holds whatever happens to a service."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ecsdeploy.sandbox.ecs.scheduler import step
from ecsdeploy.sandbox.ecs.world import World
from ecsdeploy.sandbox.runtime.base import ReleaseTask, StartTask
from ecsdeploy.sandbox.wire import AwsError
from tests.sandbox.ecs.lab import Lab, breaker

IMAGES = ("app:1", "check:1", "crash:1", "late-crash:1", "nopull:1", "sick:1", "wilt:1", "stubborn:1")


@dataclass(frozen=True)
class Deploy:
    image: str


@dataclass(frozen=True)
class Scale:
    count: int


@dataclass(frozen=True)
class StopOne:
    number: int


@dataclass(frozen=True)
class RollBack:
    pass


Act = Deploy | Scale | StopOne | RollBack
Plan = list[tuple[Act, float]]

acts = st.lists(
    st.tuples(
        st.one_of(
            st.builds(Deploy, st.sampled_from(IMAGES)),
            st.builds(Scale, st.integers(0, 6)),
            st.builds(StopOne, st.integers(0, 20)),
            st.builds(RollBack),
        ),
        st.sampled_from([0.0, 1.0, 14.0, 16.0, 25.0, 70.0]),
    ),
    max_size=8,
)
"""What is done, and the seconds that pass afterwards."""
percents = st.sampled_from([(100, 200), (50, 100), (0, 100), (100, 150), (67, 134), (0, 200), (100, 100)])

roomy = st.sampled_from([(100, 200), (0, 100), (0, 200)])
"""With these some task can always be started or stopped; with 50/100 and a single task none can, as in ECS."""


def play(lab: Lab, image: str, count: int, percent: tuple[int, int], trip: bool, plan: Plan) -> None:
    lab.cluster()
    low, high = percent
    configuration = {"minimumHealthyPercent": low, "maximumPercent": high, **(breaker() if trip else {})}
    lab.create(
        lab.register(image), count, deploymentConfiguration=configuration, availabilityZoneRebalancing="DISABLED"
    )
    lab.run(70)
    for act, seconds in plan:
        perform(lab, act)
        lab.run(seconds)
    lab.run(30)


def perform(lab: Lab, act: Act) -> None:
    match act:
        case Deploy(image):
            lab.call("UpdateService", cluster="c", service="s", taskDefinition=lab.register(image))
        case Scale(count):
            lab.call("UpdateService", cluster="c", service="s", desiredCount=count)
        case StopOne(number):
            tasks = lab.tasks()
            if tasks:
                lab.call("StopTask", cluster="c", task=tasks[number % len(tasks)]["taskArn"])
        case RollBack():
            with suppress(AwsError):
                lab.call("StopServiceDeployment", serviceDeploymentArn=lab.deployments()[-1]["serviceDeploymentArn"])


class Limits:
    """Looks at every step: what the scheduler itself did must keep within minimum and maximum percent."""

    def __init__(self) -> None:
        self._before: World | None = None

    def __call__(self, world: World) -> None:
        before, self._before = self._before, world
        shard = world.shards.get(("c", "s"))
        old = before.shards.get(("c", "s")) if before else None
        if shard is None or shard.service is None or old is None or shard.service.status != "ACTIVE":
            return
        service = shard.service
        live = {t.id for t in shard.tasks.values() if t.live}
        if live - old.tasks.keys():
            assert len(live) <= max(service.maximum, service.desired), "more than maximum percent"
        stopped = [
            t
            for t in shard.tasks.values()
            if t.stop_code == "ServiceSchedulerInitiated" and t.id in old.tasks and old.tasks[t.id].live
        ]
        if any(t.healthy_at is not None for t in stopped):
            healthy = sum(t.live and t.healthy_at is not None for t in shard.tasks.values())
            assert healthy >= service.minimum, "fewer healthy tasks than minimum percent"


TWO_OLD_REVISIONS: Plan = [
    (Deploy("wilt:1"), 70.0),
    (Deploy("stubborn:1"), 70.0),
    (RollBack(), 14.0),
    (Deploy("late-crash:1"), 1.0),
]


@given(st.sampled_from(IMAGES), st.integers(0, 5), percents, st.booleans(), acts)
@example("app:1", 5, (67, 134), False, TWO_OLD_REVISIONS)
@settings(max_examples=60)
def test_the_scheduler_keeps_within_minimum_and_maximum_percent(
    image: str, count: int, percent: tuple[int, int], trip: bool, plan: Plan
) -> None:
    lab = Lab()
    lab.watchers.append(Limits())
    play(lab, image, count, percent, trip, plan)


@given(st.sampled_from(IMAGES), st.integers(0, 4), percents, st.booleans(), acts)
@settings(max_examples=40)
def test_every_started_task_ends_stopped_and_released(
    image: str, count: int, percent: tuple[int, int], trip: bool, plan: Plan
) -> None:
    lab = Lab()
    play(lab, image, count, percent, trip, plan)
    lab.call("DeleteService", cluster="c", service="s", force=True)
    lab.run(60)
    assert {task.last_status for task in lab.world.tasks("c")} <= {"STOPPED"}
    assert lab.service()["status"] == "INACTIVE"
    started = {c.spec.arn for c in lab.runtime.commands if isinstance(c, StartTask)}
    assert {c.arn for c in lab.runtime.commands if isinstance(c, ReleaseTask)} == started
    lab.run(3700)
    assert list(lab.world.tasks("c")) == []


@given(st.sampled_from(IMAGES), st.integers(0, 4), percents, st.booleans(), acts)
@settings(max_examples=30)
def test_the_same_reports_give_the_same_world(
    image: str, count: int, percent: tuple[int, int], trip: bool, plan: Plan
) -> None:
    one, two = Lab(), Lab()
    play(one, image, count, percent, trip, plan)
    play(two, image, count, percent, trip, plan)
    assert one.world == two.world


@given(st.sampled_from(IMAGES), st.integers(1, 3), acts)
@settings(max_examples=20)
def test_a_step_leaves_the_world_before_it_as_it_was(image: str, count: int, plan: Plan) -> None:
    lab = Lab()
    play(lab, image, count, (100, 200), True, plan)
    before, pictured = lab.world, repr(lab.world)
    later = lab.clock.now() + 1000
    assert step(before, [], later, lab.engine.timing) == step(before, [], later, lab.engine.timing)
    assert repr(before) == pictured


@given(st.sampled_from(("app:1", "check:1", "wilt:1")), st.integers(0, 4), roomy, acts)
@settings(max_examples=30)
def test_a_healthy_image_always_gets_through_in_the_end(
    image: str, count: int, percent: tuple[int, int], plan: Plan
) -> None:
    lab = Lab()
    play(lab, image, count, percent, False, plan)
    lab.call("UpdateService", cluster="c", service="s", taskDefinition=lab.register("check:2"))
    lab.run(3000)
    service = lab.service()
    assert service["runningCount"] == service["desiredCount"]
    assert [d["rolloutState"] for d in service["deployments"]] == ["COMPLETED"]
    assert lab.deployments()[-1]["status"] == "SUCCESSFUL"


def test_a_step_touches_only_services_in_which_something_is_due() -> None:
    lab = Lab()
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
    lab = Lab()
    lab.cluster()
    lab.create(lab.register(), 25)
    lab.run(1)
    assert [line.partition(":")[0] for line in lab.story()] == [
        "0.2 has started 10 tasks",
        "0.2 has started 10 tasks",
        "0.2 has started 5 tasks",
    ]
