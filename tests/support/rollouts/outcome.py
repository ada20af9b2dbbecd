"""A rollout that the tool watches, and the same one that nobody does."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from ecsdeploy.aws.ecs_answers import to_deployment, to_service
from ecsdeploy.config.load import Loaded
from ecsdeploy.core.account import ServiceSeen
from ecsdeploy.core.service import Service, ServiceDeployment
from ecsdeploy.core.things.service import Awaited
from ecsdeploy.core.verdict import Verdict
from ecsdeploy.errors import EcsdeployError, ExitCode
from ecsdeploy.events import Event, FailureCard
from ecsdeploy.runtime import Options, Run
from ecsdeploy.sandbox.ecs.records import Task
from ecsdeploy.sandbox.runtime.base import TaskSpec
from ecsdeploy.workflow.apply import Applied
from ecsdeploy.workflow.watch import watch
from tests.support.rollouts.cases import CLUSTER, IMAGE, MENDED_BY_NOTHING, SERVICE, Case, Happening, Setting, good
from tests.support.rollouts.lab import Lab, LabAws, LabClock
from tests.support.rollouts.lives import Life
from tests.unit.core import builders as a

ALONE_SECONDS = 1800.0
"""How long a rollout that nobody watches has; what is not over then never will be."""
TIMEOUT = 1500
OWN_FAULT = ("TaskFailedToStart", "EssentialContainerExited")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How it ended for who watched; times are seconds, None for what did not happen.

    `alone` is the status of the service deployment when nobody watches. `to_card` and `to_exit` are since the first
    task failed, `from_proof` is the exit since enough of them had, `late` since ECS had ended it. `serving` is how many
    tasks of the old revision run when the tool ends.
    """

    case: Case
    alone: str
    code: ExitCode
    kind: str
    to_card: float | None
    to_exit: float | None
    from_proof: float | None
    late: float | None
    serving: int
    calls: Counter[str] = field(default_factory=Counter)

    @property
    def recovers(self) -> bool:
        """Return whether ECS gets there when nobody watches."""
        return self.alone == "SUCCESSFUL"

    @property
    def aborted(self) -> bool:
        """Return whether what would have succeeded did not."""
        return self.recovers and self.code is not ExitCode.DONE

    @property
    def continued(self) -> bool:
        """Return whether what can't succeed was called a success, or watched to the end of the time."""
        return not self.recovers and self.code in (ExitCode.DONE, ExitCode.TIMED_OUT)


class Stage:
    """A lab in which the old revision serves and the new one has just been asked for."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self._numbers: dict[str, int] = {}
        self._updated_at = float("inf")
        self.lab = Lab(self._life, seed=str(case.seed))
        self.lab.call("CreateCluster", clusterName=CLUSTER, capacityProviders=["FARGATE", "FARGATE_SPOT"])
        before = self._register("1")
        self.before: ServiceSeen | None = None
        if not case.setting.first:
            self._create(before)
            self.lab.pass_time(120)
            self.before = self._seen()
        self.revision = self._register("2")
        self.lab.faults.next = case.happening.faults
        self._updated_at = self.lab.clock.seconds
        self.answer = self._create(self.revision) if case.setting.first else self._update(self.revision)
        case.happening.beside(self.lab)

    def _create(self, revision: str) -> Service:
        setting = self.case.setting
        answer = self.lab.call(
            "CreateService",
            cluster=CLUSTER,
            serviceName=SERVICE,
            taskDefinition=revision,
            desiredCount=setting.count,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": "ENABLED"}},
            deploymentConfiguration=setting.configuration,
            availabilityZoneRebalancing="DISABLED",
        )
        return to_service(answer["service"])

    def _update(self, revision: str) -> Service:
        answer = self.lab.call("UpdateService", cluster=CLUSTER, service=SERVICE, taskDefinition=revision)
        return to_service(answer["service"])

    def _life(self, spec: TaskSpec, now: float) -> Life:
        if spec.revision == 1:
            return Life(starts=2.0, healthy=5.0 if self.case.setting.checked else None)
        number = self._numbers.setdefault(spec.arn, len(self._numbers))
        return self.case.happening.life(number, now - self._updated_at)

    def _register(self, version: str) -> str:
        logs = {"awslogs-group": "/ecs/hello", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "hello"}
        container: dict[str, Any] = {
            "name": "hello",
            "image": IMAGE,
            "environment": [{"name": "VERSION", "value": version}],
            "logConfiguration": {"logDriver": "awslogs", "options": logs},
        }
        if self.case.setting.checked:
            container["healthCheck"] = {"command": ["CMD", "true"], "interval": 5, "retries": 3, "timeout": 5}
        answer = self.lab.call(
            "RegisterTaskDefinition",
            family="hello",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            executionRoleArn="arn:aws:iam::123456789012:role/hello-execution",
            containerDefinitions=[container],
        )
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def _seen(self) -> ServiceSeen:
        service = self.lab.call("DescribeServices", cluster=CLUSTER, services=[SERVICE])["services"][0]
        listed = self.lab.call("ListServiceDeployments", cluster=CLUSTER, service=SERVICE)["serviceDeployments"]
        return ServiceSeen(service=to_service(service), deployments=tuple(map(to_deployment, listed)))

    @property
    def deployment(self) -> ServiceDeployment:
        """Return the new service deployment as ECS shows it now."""
        listed = self.lab.call("ListServiceDeployments", cluster=CLUSTER, service=SERVICE)["serviceDeployments"]
        return to_deployment(listed[0])

    @property
    def failures(self) -> list[float]:
        """Return when new tasks failed by themselves, in order."""
        tasks = [t for t in self.lab.engine.world.tasks(CLUSTER) if t.definition.revision == 2 and _failed(t)]
        return sorted(t.stopping_at for t in tasks if t.stopping_at is not None)

    @property
    def serving(self) -> int:
        """Return how many tasks of the old revision run now."""
        tasks = [t for t in self.lab.engine.world.tasks(CLUSTER) if t.definition.revision == 1]
        return sum(t.live and t.running for t in tasks)


def _failed(task: Task) -> bool:
    checks = (task.stopped_reason or "").startswith("Task failed container health checks")
    return not task.was_healthy and (task.stop_code in OWN_FAULT or checks)


class Told:
    """What the tool reports, and when."""

    def __init__(self, clock: LabClock) -> None:
        self._clock = clock
        self.events: list[tuple[float, Event]] = []

    def __call__(self, *events: Event) -> None:
        """Keep the events."""
        now = self._clock.now().timestamp()
        self.events += [(now, event) for event in events]

    def error(self, error: EcsdeployError) -> None:
        """Refuse: errors are raised here."""
        raise error

    def ask(self, question: str, expects: str = "") -> bool | None:
        """Answer that nobody is there."""
        return None

    def close(self) -> None:
        """Do nothing."""

    @property
    def first_card(self) -> float | None:
        """Return when the first failure was explained."""
        return next((at for at, event in self.events if isinstance(event, FailureCard)), None)


def watched(stage: Stage, aws: LabAws, clock: LabClock, told: Told, *, timeout: int = TIMEOUT) -> Verdict:
    """Let the tool watch the new deployment: the one place that knows how that is called."""
    setting = stage.case.setting
    tables: dict[str, Any] = {"service": {"deployment": {"give_up": setting.give_up}}}
    if setting.checked:
        tables["task"] = {"health_check": {"command": ["CMD", "true"], "interval": "5s"}}
    target = a.target(**tables)
    run = Run(
        loaded=Loaded(target.config, target.names, None, (), Path("ecsdeploy.toml")),
        aws=aws,
        report=told,
        clock=clock,
        environ={},
        options=Options(clock=clock),
    )
    awaited = Awaited(until="rollout", task_definition=stage.revision, seen=stage.before)
    applied = Applied(stage.answer, stage.revision, awaited)
    return watch(run, target, awaited, applied, timeout=timeout)


def alone(case: Case) -> str:
    """Return the status in which the service deployment is in the end if nobody watches it."""
    stage = Stage(case)
    passed = 0.0
    while passed < ALONE_SECONDS and stage.deployment.ongoing:
        stage.lab.pass_time(30)
        passed += 30
    return stage.deployment.status


def play(case: Case, *, expected: str | None = None) -> Outcome:
    """Return what became of a rollout that the tool watched; `expected` is how it ends alone, if that is known."""
    ends = expected if expected is not None else alone(case)
    stage = Stage(case)
    aws, clock = LabAws(stage.lab), LabClock(stage.lab)
    told = Told(clock)
    verdict = watched(stage, aws, clock, told)
    now, card = stage.lab.clock.seconds, told.first_card
    failed = next(iter(stage.failures), None)
    proven = next(iter(stage.failures[0 if case.kind in MENDED_BY_NOTHING else 1 :]), None)
    finished = stage.deployment.finished_at
    return Outcome(
        case=case,
        alone=ends,
        code=verdict.exit_code,
        kind=verdict.kind,
        to_card=card - failed if card is not None and failed is not None else None,
        to_exit=now - failed if failed is not None else None,
        from_proof=now - proven if proven is not None else None,
        late=now - finished.timestamp() if finished is not None else None,
        serving=stage.serving,
        calls=Counter(aws.calls),
    )


def steady(count: int, seed: int = 0) -> Case:
    """Return a deployment of that many tasks of which none fails, each in its own time; every other is checked."""
    random, setting = Random(seed), Setting(count=count, checked=seed % 2 == 0)
    lives = [good(random, setting) for _ in range(count)]
    life = Happening(life=lambda number, since: lives[number % count])
    return Case(seed=seed, kind="good", setting=setting, happening=life)
