"""Seeded rollouts: what the new revision's tasks do, of how many, under which settings, and what happens beside them.

What `RECOVERING` does passes by itself, what `HOPELESS` does never will; whether ECS lets it pass, its own circuit
breaker decides, which is found out by letting it happen with nobody watching.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from ecsdeploy.sandbox.runtime import reasons
from tests.support.rollouts.lab import Lab
from tests.support.rollouts.lives import QUICK, Life

NewLife = Callable[[int, float], Life]
"""Which of the new revision's tasks it is, from 0 on, and the seconds since the update -> its life."""
Beside = Callable[[Lab], None]
"""What somebody else does; called when the update is sent."""
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/hello@sha256:" + "a" * 64
CLUSTER = SERVICE = "hello"
CRASH_LOG = ("Listening is not possible:", "Error: Cannot find module './config'", "    at /app/server.js:3:11")
_DENIED = (
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable "
    "to retrieve secrets from ssm: service call has been retried 1 time(s): AccessDeniedException: User: "
    "arn:aws:sts::123456789012:assumed-role/hello-execution/t is not authorized to perform: ssm:GetParameters on "
    "resource: arn:aws:ssm:us-east-1:123456789012:parameter/hello because no identity-based policy allows it"
)
_RATE_LIMIT = reasons.pull_failed(
    "docker.io/library/nginx:1",
    "unexpected status code 429 Too Many Requests: toomanyrequests: You have reached your pull rate limit",
)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How many tasks there are, and how ECS may deploy them; `give_up` is the config's.

    `first` says that nothing runs yet: there is nothing to go back to.
    """

    count: int = 2
    minimum: int = 100
    maximum: int = 200
    breaker: Mapping[str, Any] = field(default_factory=lambda: {"enable": True, "rollback": True})
    checked: bool = True
    give_up: bool = True
    first: bool = False

    @property
    def configuration(self) -> dict[str, Any]:
        """Return the deploymentConfiguration."""
        return {
            "strategy": "ROLLING",
            "minimumHealthyPercent": self.minimum,
            "maximumPercent": self.maximum,
            "deploymentCircuitBreaker": dict(self.breaker),
        }


@dataclass(frozen=True, kw_only=True)
class Happening:
    """What becomes of the new revision: its tasks' lives, faults of their launch, and what happens beside."""

    life: NewLife
    faults: frozenset[str] = frozenset()
    beside: Beside = lambda lab: None


@dataclass(frozen=True, kw_only=True)
class Case:
    """One rollout; `kind` is a name of `RECOVERING` or `HOPELESS`."""

    seed: int
    kind: str
    setting: Setting
    happening: Happening


Kind = Callable[[Random, Setting], Happening]


def good(random: Random, setting: Setting, *, slower: float = 0.0) -> Life:
    """Return the life of a task that serves."""
    starts = random.uniform(1.5, 6.0) + slower
    return Life(starts=starts, healthy=starts + random.uniform(2, 12) + slower if setting.checked else None)


def _first_only(random: Random, setting: Setting, first: Life) -> NewLife:
    later = good(random, setting)
    return lambda number, since: first if number == 0 else later


# ---- what passes


def slow_start(random: Random, setting: Setting) -> Happening:
    """Pull and start take minutes."""
    life = good(random, setting, slower=random.uniform(20, 120))
    return Happening(life=lambda number, since: life)


def flaky_once(random: Random, setting: Setting) -> Happening:
    """The first task ends with an error, the others do not."""
    starts = random.uniform(1.5, 5)
    first = Life(starts=starts, ends=starts + random.uniform(0.5, 20), log=CRASH_LOG)
    return Happening(life=_first_only(random, setting, first))


def one_slower(random: Random, setting: Setting) -> Happening:
    """One task takes much longer than the others."""
    slow = good(random, setting, slower=random.uniform(30, 120))
    return Happening(life=_first_only(random, setting, slow))


def spot_interruption(random: Random, setting: Setting) -> Happening:
    """A new task's capacity is taken away."""
    return _beside(random, setting, lambda lab, task: lab.engine.interrupt(task))


def stopped_by_hand(random: Random, setting: Setting) -> Happening:
    """Somebody stops a new task."""
    return _beside(random, setting, lambda lab, task: lab.call("StopTask", cluster=CLUSTER, task=task, reason="test"))


def old_task_dies(random: Random, setting: Setting) -> Happening:
    """A task of the revision before ends with an error."""
    return _beside(random, setting, lambda lab, task: lab.lives.end_now(task), old=True)


def _beside(random: Random, setting: Setting, does: Callable[[Lab, str], object], *, old: bool = False) -> Happening:
    life, seconds = good(random, setting), random.uniform(9, 16)

    def act(lab: Lab) -> None:
        tasks = [t for t in lab.engine.world.tasks(CLUSTER) if t.live and (t.definition.revision == 1) is old]
        if running := [t for t in tasks if t.last_status == "RUNNING"] or ([] if old else tasks):
            does(lab, f"arn:aws:ecs:us-east-1:123456789012:task/{CLUSTER}/{running[0].id}")

    return Happening(life=lambda number, since: life, beside=lambda lab: lab.later(seconds, lambda: act(lab)))


def no_capacity(random: Random, setting: Setting) -> Happening:
    """No task can be placed for a while."""
    return _passing_fault(random, setting, "no-capacity")


def interface_timeouts(random: Random, setting: Setting) -> Happening:
    """Network interfaces are not made in time, for a while."""
    return _passing_fault(random, setting, "eni-error")


def _passing_fault(random: Random, setting: Setting, fault: str) -> Happening:
    life, seconds = good(random, setting), random.uniform(2, 60)
    return Happening(
        life=lambda number, since: life,
        faults=frozenset({fault}),
        beside=lambda lab: lab.later(seconds, lambda: lab.lift_faults(CLUSTER, SERVICE)),
    )


def pull_rate_limit(random: Random, setting: Setting) -> Happening:
    """The registry refuses pulls for a while."""
    life, until = good(random, setting), random.uniform(5, 40)
    return Happening(life=lambda number, since: Life(refusal=_RATE_LIMIT) if since < until else life)


# ---- what never works


def crash_at_start(random: Random, setting: Setting) -> Happening:
    """The application ends with an error at once."""
    return _every(Life(starts=2.0, ends=2.0 + random.uniform(0.2, 1.5), log=CRASH_LOG, exit_code=random.choice([1, 2])))


def crash_later(random: Random, setting: Setting) -> Happening:
    """The application ends with an error after some seconds; a third of them beside one that ignores SIGTERM."""
    lingers = random.choice([QUICK, QUICK, 30.0])
    return _every(Life(starts=2.0, ends=2.0 + random.uniform(2, 30), log=CRASH_LOG, lingers=lingers))


def out_of_memory(random: Random, setting: Setting) -> Happening:
    """The kernel kills it."""
    ends = 2.0 + random.uniform(1, 20)
    return _every(Life(starts=2.0, ends=ends, exit_code=137, reason=reasons.OUT_OF_MEMORY, log=("Allocating",)))


def ends_well(random: Random, setting: Setting) -> Happening:
    """The application ends with exit code 0, again and again."""
    return _every(Life(starts=2.0, ends=2.0 + random.uniform(0.5, 20), exit_code=0, log=("Done.",)))


def check_fails(random: Random, setting: Setting) -> Happening:
    """The health check fails, always; without one, the application ends."""
    if not setting.checked:
        return crash_later(random, setting)
    return _every(Life(starts=2.0, unhealthy=2.0 + random.uniform(10, 60)))


def image_missing(random: Random, setting: Setting) -> Happening:
    """There is no such image."""
    return _every(Life(starts=random.uniform(0.5, 2), refusal=reasons.image_not_found(IMAGE)))


def secret_missing(random: Random, setting: Setting) -> Happening:
    """There is no such parameter."""
    text = "execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried "
    return _every(Life(starts=0.5, refusal=reasons.secret(f"{text}1 time(s): invalid ssm parameters: /hello/url")))


def access_denied(random: Random, setting: Setting) -> Happening:
    """The execution role may not read a secret."""
    return _every(Life(starts=0.5, refusal=_DENIED))


def wrong_architecture(random: Random, setting: Setting) -> Happening:
    """The image has no variant for the task's processor."""
    return _every(Life(starts=1.0, refusal=reasons.platform_mismatch("ARM64")))


def wrong_program(random: Random, setting: Setting) -> Happening:
    """The image has one variant, and its program is for another processor."""
    return _every(Life(starts=2.0, ends=2.2, log=("exec /usr/local/bin/node: exec format error",), exit_code=255))


def command_missing(random: Random, setting: Setting) -> Happening:
    """The command is not in the image."""
    return _every(Life(starts=2.0, ends=2.2, exit_code=None, reason=reasons.cannot_start(reasons.no_such_program("x"))))


def _every(life: Life) -> Happening:
    return Happening(life=lambda number, since: life)


RECOVERING: Mapping[str, Kind] = {
    each.__name__: each
    for each in (
        slow_start,
        flaky_once,
        one_slower,
        spot_interruption,
        stopped_by_hand,
        old_task_dies,
        no_capacity,
        interface_timeouts,
        pull_rate_limit,
    )
}
HOPELESS: Mapping[str, Kind] = {
    each.__name__: each
    for each in (
        crash_at_start,
        crash_later,
        out_of_memory,
        ends_well,
        check_fails,
        image_missing,
        secret_missing,
        access_denied,
        wrong_architecture,
        wrong_program,
        command_missing,
    )
}
MENDED_BY_NOTHING = frozenset({"image_missing", "secret_missing", "access_denied", "wrong_architecture"})
"""Of these, the first task that fails proves that no other will do better; of the others, the second."""


def case(seed: int, kinds: Mapping[str, Kind]) -> Case:
    """Return the rollout of a seed: each kind in turn, under settings that the seed picks."""
    random = Random(seed)
    kind = list(kinds)[seed % len(kinds)]
    setting = _setting(random)
    return Case(seed=seed, kind=kind, setting=setting, happening=kinds[kind](random, setting))


def _setting(random: Random) -> Setting:
    count = random.choice([1, 2, 3, 5, 10])
    percents = [(100, 200), (0, 100), *([(50, 100)] if count > 1 else [])]
    minimum, maximum = random.choice(percents)
    rollback = random.random() < 0.75
    breakers: list[Mapping[str, Any]] = [
        {"enable": True, "rollback": rollback},
        {"enable": True, "rollback": rollback, "thresholdConfiguration": {"type": "COUNT", "value": 2}},
        {"enable": True, "rollback": rollback, "thresholdConfiguration": {"type": "COUNT", "value": 50}},
        {"enable": False, "rollback": False},
    ]
    return Setting(
        count=count,
        minimum=minimum,
        maximum=maximum,
        breaker=random.choice(breakers),
        checked=random.random() < 0.6,
        first=random.random() < 0.1,
    )
