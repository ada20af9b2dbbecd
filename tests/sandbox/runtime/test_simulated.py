from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ecsdeploy.sandbox import faults
from ecsdeploy.sandbox.runtime import reasons
from ecsdeploy.sandbox.runtime.base import (
    ContainerStarted,
    ReleaseTask,
    SecretError,
    StartTask,
    StopTask,
    TaskReleased,
    TaskSpec,
    TaskStopped,
)
from ecsdeploy.sandbox.runtime.simulated import SimulatedRuntime
from ecsdeploy.sandbox.settings import Settings
from tests.sandbox.runtime.witnesses import REFUSALS, HealthChanged, Recorder, Sink, WeakRole, container, ended, task
from tests.support.clocks import FakeSandboxClock

IMAGE = "127.0.0.1:4566/hello@sha256:1"
BEGINNING = ["PullStarted", "PullStopped", "ContainerCreated app", "ContainerStarted app"]
OF_THE_SCHEDULER = {"role-missing", "no-capacity", "quota-reached", "size-quota", "eni-error", "spot-interruption"}


class Stage:
    def __init__(self, home: Path) -> None:
        self.recorder, self.role, self.sink = Recorder(), WeakRole(), Sink("/ecs/test")
        settings = Settings(name="test", home=home, port=4566)
        self.runtime = SimulatedRuntime(
            settings,
            self.recorder,
            logs=self.sink,
            resolve_secret=self._secret,
            digest_of=lambda image: "sha256:1" if "/hello" in image else None,
            clock=FakeSandboxClock(),
            role=self.role,
        )

    def run(self, spec: TaskSpec) -> list[str]:
        self.runtime.execute(StartTask(spec))
        return ended(self.recorder, spec)

    def _secret(self, reference: str) -> str:
        raise SecretError(f"ResourceInitializationError: no {reference}")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.runtime.close()


def answer(spec: TaskSpec, port: int) -> int:
    """Return the HTTP status at the task's own address. Raises `OSError` where nothing listens."""
    connection = http.client.HTTPConnection(spec.address, port, timeout=10)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("stage_of_refusal", REFUSALS)
def test_what_the_role_may_not_do_stops_the_task(stage: Stage, stage_of_refusal: str) -> None:
    stage.role.lacks = stage_of_refusal
    assert stage.run(task(container(IMAGE))) == REFUSALS[stage_of_refusal]


def test_a_task_answers_at_its_address_until_it_stops(stage: Stage) -> None:
    spec = task(container(IMAGE, portMappings=[{"containerPort": 38291}]))
    stage.runtime.execute(StartTask(spec))
    stage.recorder.wait_for(ContainerStarted, spec.arn, "app")
    assert answer(spec, 38291) == 200
    stage.runtime.execute(StopTask(spec.arn))
    ended(stage.recorder, spec)
    with pytest.raises(ConnectionRefusedError):
        answer(spec, 38291)


def test_a_deaf_task_runs_and_nobody_can_reach_it(stage: Stage) -> None:
    spec = task(container(IMAGE, portMappings=[{"containerPort": 38292}]), faults=frozenset({"deaf"}))
    stage.runtime.execute(StartTask(spec))
    stage.recorder.wait_for(ContainerStarted, spec.arn, "app")
    with pytest.raises(ConnectionRefusedError):
        answer(spec, 38292)


def test_a_task_runs_becomes_healthy_logs_and_stops(stage: Stage) -> None:
    spec = task(container(IMAGE, portMappings=[{"containerPort": 3000}], healthCheck={"command": ["CMD", "true"]}))
    stage.runtime.execute(StartTask(spec))
    stage.recorder.wait_for(HealthChanged, spec.arn, "app")
    stage.runtime.execute(StopTask(spec.arn))
    ended(stage.recorder, spec)
    stage.runtime.execute(ReleaseTask(spec.arn))
    stage.recorder.wait_for(TaskReleased, spec.arn)
    assert stage.recorder.story(spec.arn) == [
        *BEGINNING,
        "HealthChanged app HEALTHY",
        "ContainerStopped app 0 None",
        "TaskStopped",
        "TaskReleased",
    ]
    lines = stage.sink.lines(spec)
    assert (lines[0], lines[-1]) == ("listening on port 3000", "SIGTERM received, shutting down")
    assert set(lines[1:-1]) <= {"GET / 200"}


def test_an_image_that_was_never_pushed(stage: Stage) -> None:
    assert stage.run(task(container("127.0.0.1:4566/other:1"))) == [
        "PullStarted",
        "PullStopped",
        "TaskFailed CannotPullContainerError: pull image manifest has been retried 1 time(s): "
        "failed to resolve ref 127.0.0.1:4566/other:1: not found",
        "TaskStopped",
    ]


def test_secrets_and_log_groups_are_looked_up(stage: Stage) -> None:
    secret = stage.run(task(container(IMAGE, secrets=[{"name": "A", "valueFrom": "a"}])))
    assert secret == ["TaskFailed ResourceInitializationError: no a", "TaskStopped"]
    logs = {"logDriver": "awslogs", "options": {"awslogs-group": "/none", "awslogs-stream-prefix": "ecs"}}
    missing = stage.run(task(container(IMAGE, logConfiguration=logs)))
    assert "log group does not exist" in missing[-2]
    logs["options"] = {"awslogs-group": "/new", "awslogs-stream-prefix": "ecs", "awslogs-create-group": "true"}
    created = task(container(IMAGE, logConfiguration=logs))
    stage.runtime.execute(StartTask(created))
    stage.recorder.wait_for(ContainerStarted, created.arn, "app")
    assert "/new" in stage.sink.groups


NO_PATTERN = (
    "ResourceInitializationError: failed to validate logger args: awslogs could not parse multiline pattern key "
)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (
            {"awslogs-datetime-format": "[%Y-%m-%dT%H:%M:%S+00:00]"},
            NO_PATTERN
            + '"[\\\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[1,2][0-9]|3[0,1])T(?:[0,1][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]'
            '+00:00]": error parsing regexp: invalid character class range: `}-(` : exit status 1',
        ),
        (
            {"awslogs-multiline-pattern": r"^(?!\s)"},
            NO_PATTERN + r'"^(?!\\s)": error parsing regexp: invalid or unsupported Perl syntax: `(?!` : exit status 1',
        ),
        (
            {"awslogs-multiline-pattern": r"^\p{Greek}"},
            r"InternalError: the sandbox cannot match \p{Greek}, only general categories such as \p{Lu}",
        ),
    ],
)
def test_a_pattern_that_go_cannot_read_keeps_the_task_from_starting(
    stage: Stage, options: dict[str, str], reason: str
) -> None:
    logs = {
        "logDriver": "awslogs",
        "options": {"awslogs-group": "/ecs/test", "awslogs-stream-prefix": "ecs", **options},
    }
    assert stage.run(task(container(IMAGE, logConfiguration=logs)))[-2] == f"TaskFailed {reason}"


@pytest.mark.parametrize(
    "name", sorted(set(faults.TASK_FAULTS) - OF_THE_SCHEDULER - {"unhealthy", "slow-start", "deaf"})
)
def test_every_fault_ends_the_task_in_its_own_way(stage: Stage, name: str) -> None:
    spec = task(container(IMAGE), faults=frozenset({name}), execution_role="arn:aws:iam::123456789012:role/exec")
    endings = {
        "crash": "ContainerStopped app 1 None",
        "exit-zero": "ContainerStopped app 0 None",
        "oom": "ContainerStopped app 137 OutOfMemoryError: Container killed due to memory usage",
        "start-error": "ContainerStopped app None CannotStartContainerError: ResourceInitializationError: failed to "
        "create new container runtime task: failed to create shim task: OCI runtime create failed: runc create "
        'failed: unable to start container process: exec: "/ecsdeploy-sandbox/no-such-program": '
        "stat /ecsdeploy-sandbox/no-such-program: no such file or directory: unknown",
        "arch-mismatch": "TaskFailed CannotPullContainerError: pull image manifest has been retried 7 time(s): "
        "image Manifest does not contain descriptor matching platform 'linux/amd64'",
        "pull-error": "TaskFailed CannotPullContainerError: pull image manifest has been retried 1 time(s): "
        f"failed to resolve ref {IMAGE}: not found",
        "pull-denied": "TaskFailed CannotPullContainerError: The task can't pull the image. Check that the role has "
        "the permissions to pull images from the registry. Service: arn:aws:iam::123456789012:role/exec is not "
        f"authorized to perform: ecr:BatchGetImage on resource: {IMAGE}",
        "pull-rate-limit": "TaskFailed CannotPullContainerError: pull image manifest has been retried 5 time(s): "
        "httpReadSeeker: failed open: unexpected status code 429 Too Many Requests: toomanyrequests: "
        f"Rate exceeded: {IMAGE}",
        "network-error": "TaskFailed ResourceInitializationError: unable to pull secrets or registry auth: The task "
        "cannot pull registry auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. "
        "Check your task network configuration. RequestError: send request failed caused by: "
        'Post "https://api.ecr.us-east-1.amazonaws.com/": dial tcp 192.0.2.1:443: i/o timeout',
        "disk-full": "TaskFailed CannotPullContainerError: ref pull has been retried 1 time(s): failed to extract "
        f"layer: write: no space left on device: {IMAGE}",
        "secret-missing": "TaskFailed ResourceInitializationError: unable to pull secrets or registry auth: "
        "execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried "
        "1 time(s): invalid ssm parameters: /ecsdeploy/broken-on-purpose",
        "secret-denied": "TaskFailed ResourceInitializationError: unable to pull secrets or registry auth: "
        "execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried "
        "1 time(s): AccessDeniedException: User: arn:aws:iam::123456789012:role/exec is not authorized to perform: "
        "ssm:GetParameters on resource: /ecsdeploy/broken-on-purpose because no identity-based policy allows the "
        "ssm:GetParameters action",
        "log-group-missing": "TaskFailed ResourceInitializationError: failed to validate logger args: create stream "
        "has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified "
        "log group does not exist. : exit status 1",
        "exec-format": "ContainerStopped app 255 None",
        "platform-error": f"ContainerStopped app None {reasons.PLATFORM_ERROR}",
        "host-failure": f"ContainerStopped app None {reasons.HOST_FAILED}",
        "repository-missing": "TaskFailed CannotPullContainerError: The task can't pull the image. Check whether the "
        "image exists. Response from registry: repository does not exist or may require 'docker login': denied: "
        f"requested access to the resource is denied: {IMAGE}",
        "layer-blocked": "TaskFailed CannotPullContainerError: ref pull has been retried 5 time(s): failed to copy: "
        "httpReadSeeker: failed open: unexpected status code "
        "https://prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com/: 403 Forbidden",
        "env-file-missing": "TaskFailed ResourceInitializationError: failed to download env files: The task can't "
        "download the environment variable files from Amazon S3. There is a connection issue between the task and "
        "Amazon S3. Check your task network configuration. service call has been retried 5 time(s): RequestError: "
        "send request failed",
        "efs-error": "TaskFailed ResourceInitializationError: failed to invoke EFS utils commands to set up EFS "
        'volumes: stderr: Failed to resolve "fs-0123456789abcdef0.efs.us-east-1.amazonaws.com" - check that your file '
        "system ID is correct: unsuccessful EFS utils command execution; code: 1",
        "logs-unreachable": "TaskFailed ResourceInitializationError: failed to validate logger args: The task cannot "
        "find the Amazon CloudWatch log group defined in the task definition. There is a connection issue between the "
        "task and Amazon CloudWatch. Check your network configuration.: signal: killed",
    }
    assert stage.run(spec)[-2:] == [endings[name], "TaskStopped"]


def test_a_health_check_that_never_passes(stage: Stage) -> None:
    check = {"command": ["CMD", "true"]}
    spec = task(container(IMAGE, healthCheck=check), faults=frozenset({"unhealthy"}))
    stage.runtime.execute(StartTask(spec))
    told = stage.recorder.wait_for(HealthChanged, spec.arn, "app")
    reason = "Health check failed: exit code 1: ecsdeploy sandbox: fails on purpose, by the fault 'unhealthy'"
    assert (told.status, told.output) == ("UNHEALTHY", reason)


def test_the_same_ids_go_the_same_way(tmp_path: Path) -> None:
    spec = task(container(IMAGE), faults=frozenset({"crash"}))
    times = []
    for _ in range(2):
        stage = Stage(tmp_path)
        stage.run(spec)
        stage.runtime.close()
        times.append([(str(observation)) for observation in stage.recorder.all])
    assert times[0] == times[1]


def test_thousands_of_tasks_end(stage: Stage) -> None:
    specs = [task(container(IMAGE), faults=frozenset({"crash"})) for _ in range(2000)]
    for spec in specs:
        stage.runtime.execute(StartTask(spec))
    stage.recorder.wait(lambda everything: sum(isinstance(o, TaskStopped) for o in everything) == len(specs))


def test_digests(stage: Stage) -> None:
    assert stage.runtime.resolve_image("127.0.0.1:4566/hello:1") == "sha256:1"
    assert stage.runtime.resolve_image("127.0.0.1:4566/other:1") is None
    assert stage.runtime.resolve_image("nginx@sha256:2") == "sha256:2"
    made_up = stage.runtime.resolve_image("nginx") or ""
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", made_up)
    assert stage.runtime.resolve_image("nginx") == made_up != stage.runtime.resolve_image("nginx:2")
