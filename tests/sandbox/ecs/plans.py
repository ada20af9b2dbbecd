"""Services of every kind, and what can be done to them, drawn at random."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from ecsdeploy.sandbox.wire import AwsError
from tests.sandbox.ecs.small_ecs import SmallEcs, breaker

IMAGES = ("app:1", "check:1", "crash:1", "late-crash:1", "nopull:1", "sick:1", "wilt:1", "stubborn:1")


@dataclass(frozen=True)
class Deploy:
    image: str
    sidecar: bool = False


@dataclass(frozen=True)
class Force:
    pass


@dataclass(frozen=True)
class Scale:
    count: int


@dataclass(frozen=True)
class Reconfigure:
    low: int
    high: int
    trip: int


@dataclass(frozen=True)
class StopOne:
    number: int


@dataclass(frozen=True)
class Kill:
    number: int
    code: int


@dataclass(frozen=True)
class Reclaim:
    number: int


@dataclass(frozen=True)
class RollBack:
    pass


Act = Deploy | Force | Scale | Reconfigure | StopOne | Kill | Reclaim | RollBack
Plan = list[tuple[Act, float]]

BREAKERS: tuple[dict[str, Any], ...] = (
    {},
    breaker(),
    breaker(rollback=False),
    breaker(thresholdConfiguration={"type": "COUNT", "value": 1}),
    breaker(resetOnHealthyTask=False, thresholdConfiguration={"type": "UNBOUNDED_PERCENT", "value": 100}),
)
GOOD = ("app:1", "check:1", "wilt:1", "stubborn:1")
counts = st.sampled_from((*range(1, 11), 0))
lows, highs = st.one_of(st.sampled_from((100, 50, 0)), st.integers(0, 100)), st.integers(100, 200)
percentages = st.tuples(lows, highs).filter(lambda pair: pair != (100, 100))
trips = st.sampled_from((1, 3, 4, 2, 0))
deploys = st.builds(Deploy, st.sampled_from(IMAGES), st.booleans())
acts = st.lists(
    st.tuples(
        st.one_of(
            deploys,
            deploys,
            st.builds(Force),
            st.builds(Scale, counts),
            st.builds(lambda pair, trip: Reconfigure(pair[0], pair[1], trip), percentages, trips),
            st.builds(StopOne, st.integers(0, 20)),
            st.builds(Kill, st.integers(0, 20), st.integers(0, 1)),
            st.builds(Reclaim, st.integers(0, 20)),
            st.builds(RollBack),
        ),
        st.sampled_from([0.0, 0.1, 1.0, 14.0, 16.0, 25.0, 70.0]),
    ),
    min_size=2,
    max_size=8,
)
"""What is done, and the seconds that pass afterwards."""


@dataclass(frozen=True)
class Setting:
    """What a service is made of, and what happens to it."""

    image: str
    count: int
    low: int
    high: int
    trip: int = 0
    sidecar: bool = False
    plan: tuple[tuple[Act, float], ...] = ()

    @property
    def configuration(self) -> dict[str, Any]:
        return {"minimumHealthyPercent": self.low, "maximumPercent": self.high, **BREAKERS[self.trip]}


services = st.builds(
    lambda image, count, pair, *rest: Setting(image, count, *pair, *rest),
    st.sampled_from((*GOOD, *IMAGES)),
    counts,
    percentages,
    trips,
    st.booleans(),
    acts.map(tuple),
)


def play(lab: SmallEcs, setting: Setting) -> None:
    lab.cluster()
    arn = register(lab, setting.image, setting.sidecar)
    lab.create(
        arn,
        setting.count,
        deploymentConfiguration=setting.configuration,
        availabilityZoneRebalancing="DISABLED",
        capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
        launchType=None,
    )
    lab.run(70)
    for act, seconds in setting.plan:
        perform(lab, act)
        lab.run(seconds)
    lab.run(30)


def register(lab: SmallEcs, image: str, sidecar: bool) -> str:
    return lab.register(image, sidecar={"name": "side", "image": "app:1", "essential": False} if sidecar else None)


def update(lab: SmallEcs, **fields: Any) -> None:
    lab.call("UpdateService", cluster="c", service="s", **fields)


def perform(lab: SmallEcs, act: Act) -> None:
    match act:
        case Deploy(image, sidecar):
            update(lab, taskDefinition=register(lab, image, sidecar))
        case Force():
            update(lab, forceNewDeployment=True)
        case Scale(count):
            update(lab, desiredCount=count)
        case Reconfigure(low, high, trip):
            percents = {"minimumHealthyPercent": low, "maximumPercent": high}
            update(lab, deploymentConfiguration={**percents, **(BREAKERS[trip] or breaker_off())})
        case RollBack():
            with suppress(AwsError):
                lab.call("StopServiceDeployment", serviceDeploymentArn=lab.deployments()[-1]["serviceDeploymentArn"])
        case StopOne(number) | Kill(number, _) | Reclaim(number):
            tasks = lab.tasks()
            if tasks:
                hit(lab, act, tasks[number % len(tasks)])


def breaker_off() -> dict[str, Any]:
    return {"deploymentCircuitBreaker": {"enable": False, "rollback": False}}


def hit(lab: SmallEcs, act: Act, task: Any) -> None:
    arn = task["taskArn"]
    match act:
        case StopOne():
            lab.call("StopTask", cluster="c", task=arn)
        case Reclaim():
            lab.engine.interrupt(arn)
        case Kill(number, code) if task["lastStatus"] == "RUNNING":
            sidecar = len(task["containers"]) > 1 and number % 2
            lab.fail(arn, "side" if sidecar else "web", code)
        case _:
            pass
