from __future__ import annotations

import socket
import threading
import urllib.request
from collections.abc import Callable

import pytest

from ecsdeploy.sandbox.runtime.base import ReleaseTask, StopTask
from tests.sandbox.runtime.conftest import Stage
from tests.sandbox.runtime.tiny_registry import busybox_layer
from tests.sandbox.runtime.witnesses import (
    LOGS,
    REFUSALS,
    ContainerStarted,
    ContainerStopped,
    HealthChanged,
    TaskReleased,
    TaskStopped,
    container,
    ended,
    eventually,
    task,
)

pytestmark = pytest.mark.docker

HTTPD = ("httpd", "-f", "-p", "8080", "-h", "/www")
BEGINNING = ["PullStarted", "PullStopped", "ContainerCreated app", "ContainerStarted app"]


def get(address: str) -> bytes:
    with urllib.request.urlopen(f"http://{address}:8080/", timeout=10) as answer:
        return bytes(answer.read())


def answers(address: str) -> bool:
    try:
        return get(address) == b"hello\n"
    except OSError:
        return False


def test_two_tasks_with_the_same_port_answer_on_their_own_addresses(
    stage: Stage, remains: Callable[[str], list[str]]
) -> None:
    image = stage.registry.add("own", busybox_layer(stage.settings.name), Env=["PATH=/bin"])
    definition = container(image, *HTTPD, portMappings=[{"containerPort": 8080}], stopTimeout=2)
    first, second = task(definition), task(definition)

    stage.start(first, second)

    eventually(lambda: answers(first.address))
    eventually(lambda: answers(second.address))
    assert set(stage.registry.asked.values()) == {1}, "one image is pulled once for both"

    stage.runtime.execute(StopTask(first.arn))
    ended(stage.recorder, first)
    stage.runtime.execute(ReleaseTask(first.arn))
    stage.recorder.wait_for(TaskReleased, first.arn)
    assert not answers(first.address)
    assert answers(second.address)

    stage.runtime.close()
    assert remains(stage.settings.name) == []
    assert [i for i in stage.client.images() if stage.registry.host in str(i["RepoDigests"])] == []


def test_a_task_that_ends_by_itself(stage: Stage) -> None:
    spec = task(container(stage.busybox, "sh", "-c", "echo one; echo two >&2; printf three; exit 3"))
    stage.start(spec)
    assert ended(stage.recorder, spec) == [*BEGINNING, "ContainerStopped app 3 None", "TaskStopped"]
    assert sorted(stage.sink.lines(spec)) == ["one", "three", "two"]  # stdout and stderr come side by side


def test_the_end_is_told_after_the_last_line_even_if_the_log_is_slow(stage: Stage) -> None:
    stage.sink.slowness = 1.0
    spec = task(container(stage.busybox, "echo", "last words"))
    stage.start(spec)
    stage.recorder.wait_for(ContainerStopped, spec.arn, "app")
    assert stage.sink.lines(spec) == ["last words"]


@pytest.mark.parametrize("stage_of_refusal", REFUSALS)
def test_what_the_role_may_not_do_stops_the_task(stage: Stage, stage_of_refusal: str) -> None:
    stage.role.lacks = stage_of_refusal
    spec = task(container(stage.busybox, "true"))
    stage.start(spec)
    assert ended(stage.recorder, spec) == REFUSALS[stage_of_refusal]


def test_exit_code_0_is_told_as_such(stage: Stage) -> None:
    spec = task(container(stage.busybox, "true"))
    stage.start(spec)
    assert ended(stage.recorder, spec)[-2:] == ["ContainerStopped app 0 None", "TaskStopped"]


def test_a_container_without_a_shell_that_ignores_sigterm_is_killed_after_its_stop_timeout(stage: Stage) -> None:
    spec = task(container(stage.bare, stopTimeout=2))
    stage.start(spec)
    stage.recorder.wait_for(ContainerStarted, spec.arn, "app")
    stage.runtime.execute(StopTask(spec.arn))
    stage.runtime.execute(StopTask(spec.arn))
    assert ended(stage.recorder, spec) == [*BEGINNING, "ContainerStopped app 137 None", "TaskStopped"]


def test_sigterm_comes_first_and_the_last_line_is_in_the_log_before_the_end_is_told(stage: Stage) -> None:
    script = "trap 'echo bye; exit 0' TERM; echo ready; while true; do sleep 0.1; done"
    spec = task(container(stage.busybox, "sh", "-c", script))
    stage.start(spec)
    eventually(lambda: stage.sink.lines(spec) == ["ready"])
    seen: list[list[str]] = []
    stage.runtime.execute(StopTask(spec.arn))
    stage.recorder.wait_for(ContainerStopped, spec.arn, "app")
    seen.append(stage.sink.lines(spec))
    assert seen == [["ready", "bye"]]
    assert ended(stage.recorder, spec)[-2:] == ["ContainerStopped app 0 None", "TaskStopped"]


def test_the_image_s_own_stop_signal_is_used(stage: Stage) -> None:
    image = stage.registry.add("quit", busybox_layer(), Env=["PATH=/bin"], StopSignal="SIGQUIT")
    script = "trap 'exit 7' QUIT; echo ready; while true; do sleep 0.1; done"
    spec = task(container(image, "sh", "-c", script))
    stage.start(spec)
    eventually(lambda: stage.sink.lines(spec) == ["ready"])
    stage.runtime.execute(StopTask(spec.arn))
    assert ended(stage.recorder, spec)[-2:] == ["ContainerStopped app 7 None", "TaskStopped"]


def test_memory_exhaustion_is_told_apart(stage: Stage) -> None:
    spec = task(container(stage.busybox, "tail", "/dev/zero", memory=32))
    stage.start(spec)
    assert ended(stage.recorder, spec)[-2:] == [
        "ContainerStopped app 137 OutOfMemoryError: Container killed due to memory usage",
        "TaskStopped",
    ]


def test_a_container_killed_by_hand(stage: Stage) -> None:
    spec = task(container(stage.busybox, "sleep", "600"))
    stage.start(spec)
    stage.recorder.wait_for(ContainerStarted, spec.arn, "app")
    [found] = [o for o in stage.recorder.all if type(o).__name__ == "ContainerCreated"]
    stage.client.kill(found.runtime_id)  # type: ignore[union-attr]
    assert ended(stage.recorder, spec)[-2:] == ["ContainerStopped app 137 None", "TaskStopped"]


def test_a_network_that_is_gone_ends_the_task(stage: Stage) -> None:
    spec = task(container(stage.busybox, "sleep", "600"))
    stage.start(spec)
    stage.recorder.wait_for(ContainerStarted, spec.arn, "app")
    filters = {"label": [f"ecsdeploy.task={spec.arn}", "ecsdeploy.container=~internal~ecs~pause"]}
    [pause] = stage.client.containers(filters=filters)
    stage.client.kill(pause["Id"])
    assert ended(stage.recorder, spec)[-2:] == [
        "ContainerStopped app None InternalError: the container that holds the task's network is gone",
        "TaskStopped",
    ]


def test_an_entry_point_that_is_not_in_the_image(stage: Stage) -> None:
    spec = task(container(stage.bare, entryPoint=["/no/such/thing"]))
    stage.start(spec)
    [_, _, created, stopped, end] = ended(stage.recorder, spec)
    assert (created, end) == ("ContainerCreated app", "TaskStopped")
    assert stopped.startswith(
        "ContainerStopped app None CannotStartContainerError: ResourceInitializationError: "
        "failed to create new container runtime task: "
    )
    assert "no such file or directory" in stopped


def test_a_command_that_is_not_in_the_path(stage: Stage) -> None:
    spec = task(container(stage.busybox, "no-such-thing"))
    stage.start(spec)
    assert '"no-such-thing": executable file not found in $PATH' in ended(stage.recorder, spec)[-2]


def test_user_read_only_root_working_directory_environment_and_secrets(stage: Stage) -> None:
    script = "id -u; id -g; pwd; echo $GREETING $TOKEN $AWS_REGION $AWS_EXECUTION_ENV; touch /x || echo read-only"
    spec = task(
        container(
            stage.busybox,
            "sh",
            "-c",
            script + "; ulimit -n",
            user="1000:1001",
            readonlyRootFilesystem=True,
            workingDirectory="/www",
            environment=[{"name": "GREETING", "value": "hi"}],
            secrets=[{"name": "TOKEN", "valueFrom": "/hello/token"}],
            ulimits=[{"name": "nofile", "softLimit": 99, "hardLimit": 100}],
            linuxParameters={"initProcessEnabled": True},
        )
    )
    stage.start(spec)
    ended(stage.recorder, spec)
    lines = stage.sink.lines(spec)
    lines.remove("touch: /x: Read-only file system")  # on stderr: its place among the others is not certain
    assert lines == ["1000", "1001", "/www", "hi s3cret us-east-1 AWS_ECS_FARGATE", "read-only", "99"]


def test_depends_on_healthy_waits_and_containers_share_network_and_volumes(stage: Stage) -> None:
    check = {"command": ["CMD-SHELL", "test -e /tmp/ready"], "interval": 1, "timeout": 1, "retries": 60}
    data = container(
        stage.busybox,
        "sh",
        "-c",
        "mkdir /tmp; echo shared > /data/file; sleep 1; touch /tmp/ready; exec httpd -f -p 8080 -h /www",
        name="data",
        stopTimeout=1,
        healthCheck=check,
        mountPoints=[{"sourceVolume": "common", "containerPath": "/data"}],
    )
    app = container(
        stage.busybox,
        "sh",
        "-c",
        "cat /data/file; wget -q -O - http://127.0.0.1:8080/; exit 5",
        mountPoints=[{"sourceVolume": "common", "containerPath": "/data", "readOnly": True}],
        dependsOn=[{"containerName": "data", "condition": "HEALTHY"}],
    )
    spec = task(app, data, volumes=({"name": "common"},))
    stage.start(spec)
    assert ended(stage.recorder, spec)[2:] == [
        "ContainerCreated data",
        "ContainerStarted data",
        "HealthChanged data HEALTHY",
        "ContainerCreated app",
        "ContainerStarted app",
        "ContainerStopped app 5 None",
        "ContainerStopped data 137 None",
        "TaskStopped",
    ]
    assert stage.sink.lines(spec) == ["shared", "hello"]


@pytest.mark.parametrize("shared", [True, False])
def test_containers_see_each_other_s_processes_only_where_the_task_shares_them(stage: Stage, *, shared: bool) -> None:
    check = {"command": ["CMD", "true"], "interval": 1, "timeout": 5, "retries": 60}
    # What sh leaves behind when it is gone belongs to process 1, and must not stay as a zombie.
    web = container(stage.busybox, "sh", "-c", "(sh -c 'sleep 0 &'); exec sleep 1234", name="web", healthCheck=check)
    look = "ps; for end in $(seq 50); do ps -o stat | grep -q Z || break; usleep 100000; done; ps -o stat | grep -c Z"
    app = container(
        stage.busybox, "sh", "-c", look, dependsOn=[{"containerName": "web", "condition": "HEALTHY"}], stopTimeout=2
    )
    spec = task(app, {**web, "stopTimeout": 2}, shared_processes=shared)
    stage.start(spec)
    ended(stage.recorder, spec)
    lines = stage.sink.lines(spec)
    assert any(line.endswith("sleep 1234") for line in lines) == shared
    assert any("pause" in line for line in lines) == shared
    assert lines[-1] == "0"


def test_a_health_check_that_never_passes(stage: Stage) -> None:
    check = {"command": ["CMD", "false"], "interval": 1, "timeout": 1, "retries": 1}
    spec = task(container(stage.busybox, "sleep", "600", healthCheck=check, stopTimeout=2))
    stage.start(spec)
    change = stage.recorder.wait_for(HealthChanged, spec.arn, "app")
    assert change.status == "UNHEALTHY"


def test_the_image_s_own_health_check_does_not_count(stage: Stage) -> None:
    check = {"Test": ["CMD", "false"], "Interval": 1_000_000_000, "Retries": 1}
    image = stage.registry.add("checked", busybox_layer(), Env=["PATH=/bin"], Healthcheck=check)
    spec = task(container(image, "sleep", "3"))
    stage.start(spec)
    assert ended(stage.recorder, spec) == [*BEGINNING, "ContainerStopped app 0 None", "TaskStopped"]


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (
            "{host}/busybox:none",
            "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
            "failed to resolve ref {host}/busybox:none: not found",
        ),
        (
            "{arm}",
            "CannotPullContainerError: pull image manifest has been retried 7 time(s): "
            "image Manifest does not contain descriptor matching platform 'linux/amd64'",
        ),
        (
            "{arm_index}",
            "CannotPullContainerError: pull image manifest has been retried 7 time(s): "
            "image Manifest does not contain descriptor matching platform 'linux/amd64'",
        ),
    ],
)
def test_images_that_cannot_be_pulled(stage: Stage, image: str, reason: str) -> None:
    arm = stage.registry.add("arm", busybox_layer(), architecture="arm64")
    names = {"host": stage.registry.host, "arm": arm, "arm_index": stage.registry.add_index("arm", arm, "arm64")}
    spec = task(container(image.format(**names)))
    stage.start(spec)
    assert ended(stage.recorder, spec) == [
        "PullStarted",
        "PullStopped",
        f"TaskFailed {reason.format(**names)}",
        "TaskStopped",
    ]


def test_a_secret_that_does_not_exist(stage: Stage) -> None:
    spec = task(container(stage.busybox, secrets=[{"name": "A", "valueFrom": "/none"}]))
    stage.start(spec)
    assert ended(stage.recorder, spec) == [
        "TaskFailed ResourceInitializationError: unable to pull secrets or registry auth: execution resource "
        "retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s): "
        "invalid ssm parameters: /none",
        "TaskStopped",
    ]


def test_a_log_group_that_does_not_exist(stage: Stage) -> None:
    options = {"awslogs-group": "/none", "awslogs-stream-prefix": "ecs"}
    spec = task(container(stage.busybox, logConfiguration={"logDriver": "awslogs", "options": options}))
    stage.start(spec)
    assert "The specified log group does not exist." in ended(stage.recorder, spec)[-2]


def test_nothing_of_the_host_is_lent(stage: Stage) -> None:
    privileged = task(container(stage.busybox, privileged=True))
    mounting = task(container(stage.busybox), volumes=({"name": "v", "host": {"sourcePath": "/etc"}},))
    stage.start(privileged, mounting)
    assert ended(stage.recorder, privileged)[0].startswith("TaskFailed InternalError: container app is privileged")
    assert ended(stage.recorder, mounting)[0].startswith("TaskFailed InternalError: volume v mounts a host path")


def test_a_task_is_stopped_and_the_runtime_closed_in_the_middle_of_a_pull(
    stage: Stage, remains: Callable[[str], list[str]]
) -> None:
    stage.registry.hold = threading.Event()
    image = stage.registry.add("slow", busybox_layer(stage.settings.name), Env=["PATH=/bin"])
    stopped, pulling = task(container(image, "true")), task(container(image, "true"))
    stage.start(stopped, pulling)
    eventually(lambda: bool(stage.registry.asked))
    stage.runtime.execute(StopTask(stopped.arn))
    stage.recorder.wait_for(TaskStopped, stopped.arn)
    assert stage.recorder.story(stopped.arn) == ["PullStarted", "TaskStopped"]

    stage.runtime.close()

    assert remains(stage.settings.name) == []
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith(("pull-", "task-"))]


def test_a_stopped_task_can_be_released_at_any_time(stage: Stage, remains: Callable[[str], list[str]]) -> None:
    spec = task(container(stage.busybox, "sleep", "600"), volumes=({"name": "v"},))
    stage.start(spec)
    stage.recorder.wait_for(ContainerStarted, spec.arn, "app")
    stage.runtime.execute(ReleaseTask(spec.arn))
    stage.recorder.wait_for(TaskReleased, spec.arn)
    assert stage.client.containers(all=True, filters={"label": f"ecsdeploy.task={spec.arn}"}) == []


@pytest.mark.parametrize(
    ("fault", "ending"),
    [
        ("crash", "ContainerStopped app 1 None"),
        ("exit-zero", "ContainerStopped app 0 None"),
        ("oom", "ContainerStopped app 137 OutOfMemoryError: Container killed due to memory usage"),
    ],
)
def test_faults_that_end_a_container(stage: Stage, fault: str, ending: str) -> None:
    spec = task(container(stage.busybox, "sleep", "600"), faults=frozenset({fault}))
    stage.start(spec)
    assert ended(stage.recorder, spec) == [*BEGINNING, ending, "TaskStopped"]
    assert stage.sink.lines(spec) == [f"ecsdeploy sandbox: killed on purpose by the fault '{fault}'"]


def test_the_fault_of_a_missing_entry_point_is_the_engine_s_own(stage: Stage) -> None:
    spec = task(container(stage.busybox, "true"), faults=frozenset({"start-error"}))
    stage.start(spec)
    assert "/ecsdeploy-sandbox/no-such-program: no such file or directory" in ended(stage.recorder, spec)[-2]


def test_the_fault_of_a_health_check_that_never_passes(stage: Stage) -> None:
    check = {"command": ["CMD", "true"], "interval": 1, "retries": 1}
    spec = task(container(stage.busybox, "sleep", "600", healthCheck=check), faults=frozenset({"unhealthy"}))
    stage.start(spec)
    assert stage.recorder.wait_for(HealthChanged, spec.arn, "app").status == "UNHEALTHY"


def test_what_a_failed_health_check_printed_is_told(stage: Stage) -> None:
    says = "printf '\\033[31mno answer\\033[0m\\n from 3000'; exit 7"
    check = {"command": ["CMD-SHELL", says], "interval": 1, "retries": 1}
    spec = task(container(stage.busybox, "sleep", "600", healthCheck=check))
    stage.start(spec)
    told = stage.recorder.wait_for(HealthChanged, spec.arn, "app")
    assert (told.status, told.output) == ("UNHEALTHY", "Health check failed: exit code 7: no answer from 3000")


def test_a_flood_of_lines_arrives_whole_and_in_order(stage: Stage) -> None:
    spec = task(container(stage.busybox, "seq", "100000"))
    stage.start(spec)
    ended(stage.recorder, spec)
    assert stage.sink.lines(spec) == [str(number) for number in range(1, 100_001)]
    assert stage.sink.largest_batch <= 1000, "what the reader holds at a time is bounded"


def test_long_lines_of_many_bytes_a_character_are_put_together(stage: Stage) -> None:
    script = "i=0; while [ $i -lt 20000 ]; do printf 'äöü'; i=$((i+1)); done; echo; echo end"
    spec = task(container(stage.busybox, "sh", "-c", script))
    stage.start(spec)
    ended(stage.recorder, spec)
    assert stage.sink.lines(spec) == ["äöü" * 20_000, "end"]


def test_long_lines_come_in_pieces_where_the_driver_does_not_block(stage: Stage) -> None:
    """moby/moby#41794: behind the ring buffer a line is cut where the Engine cuts it, after 16 KiB."""
    options = {**LOGS["options"], "mode": "non-blocking"}
    script = "head -c 40000 /dev/zero | tr '\\0' x; echo; echo end"
    definition = container(stage.busybox, "sh", "-c", script, logConfiguration={**LOGS, "options": options})
    spec = task(definition)
    stage.start(spec)
    ended(stage.recorder, spec)
    assert [len(line) for line in stage.sink.lines(spec)] == [16_384, 16_384, 40_000 - 2 * 16_384, 3]


def test_a_container_with_a_terminal(stage: Stage) -> None:
    spec = task(container(stage.busybox, "sh", "-c", "echo one; echo two", pseudoTerminal=True))
    stage.start(spec)
    ended(stage.recorder, spec)
    assert [line.rstrip("\r") for line in stage.sink.lines(spec)] == ["one", "two"]


def test_a_restarted_container_goes_on_in_the_same_log_and_is_never_told_to_have_stopped(stage: Stage) -> None:
    policy = {"enabled": True, "restartAttemptPeriod": 1}
    spec = task(container(stage.busybox, "sh", "-c", "echo begin; sleep 1.5; echo end; exit 1", restartPolicy=policy))
    stage.start(spec)
    eventually(lambda: len(stage.sink.lines(spec)) >= 5)
    assert stage.recorder.story(spec.arn) == BEGINNING
    assert stage.sink.lines(spec)[:5] == ["begin", "end", "begin", "end", "begin"]


def test_a_port_that_another_program_of_this_machine_has_on_every_address(stage: Stage) -> None:
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))
        other.listen()
        port = other.getsockname()[1]
        spec = task(container(stage.busybox, "true", portMappings=[{"containerPort": port}]))
        stage.start(spec)
        [*_, failed, end] = ended(stage.recorder, spec)
    assert end == "TaskStopped"
    assert failed.startswith("TaskFailed ResourceInitializationError: failed to configure the task's network: ")
    assert f"{spec.address}:{port}" in failed
    assert "address already in use" in failed
