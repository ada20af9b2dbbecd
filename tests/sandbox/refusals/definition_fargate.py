"""Sizes, log drivers and what Fargate does not have."""

from __future__ import annotations

from tests.sandbox.refusals.definitions import container, definition, of_container, of_task, rule
from tests.sandbox.refusals.rule import Form

AWSLOGS = {"awslogs-region": "us-east-1", "awslogs-group": "/app", "awslogs-stream-prefix": "app"}


def _logs(driver: str, options: Form | None = None) -> Form:
    return {"logConfiguration": {"logDriver": driver, "options": options or {}}}


def _without(key: str) -> Form:
    return {name: value for name, value in AWSLOGS.items() if name != key}


def _linux(**fields: object) -> Form:
    return {"linuxParameters": fields}


def _windows(**fields: str) -> Form:
    return {"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}, **fields}


def _unsupported(field: str) -> str:
    return f"Fargate compatible task definitions do not support {field}"


def _no_size(cpu: int, memory: int) -> str:
    return (
        f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. See the Amazon ECS "
        "documentation for the valid values."
    )


ROUTER = container("router", firelensConfiguration={"type": "fluentbit"})

RULES = (
    # AWS was quoted here from the second sentence on; the first is in users' reports of the same refusal.
    rule(
        "container-memory-required",
        "Invalid setting for container 'app'. At least one of 'memory' or 'memoryReservation' must be specified.",
        good=definition(container()),
        bad=definition(container(), memory=None),
        seen="2026-09-02",
    ),
    of_container(
        "container-memory-reservation",
        "Invalid setting for container 'app'. 'memory' must be greater than or equal to 'memoryReservation'.",
        good={"memory": 512, "memoryReservation": 512},
        bad={"memory": 256, "memoryReservation": 512},
        seen="2026-09-02",
    ),
    of_container(
        "container-memory-over-task",
        "The 'memory' setting for container 'app' is greater than for the task.",
        good={"memory": 512},
        bad={"memory": 1024},
        seen="2026-09-02",
    ),
    of_container(
        "fargate-container-cpu-over-task",
        "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.",
        good={"cpu": 256},
        bad={"cpu": 257},
    ),
    rule(
        "fargate-task-cpu-memory",
        "Fargate requires that 'cpu' be defined at the task level.",
        good=definition(container(memory=512)),
        bad=definition(container(memory=512), cpu=None, memory=None),
        seen="2026-09-02",
    ),
    of_task(
        "fargate-windows-cpu-under-1vcpu",
        _no_size(512, 2048),
        good=_windows(cpu="1024", memory="2048"),
        bad=_windows(cpu="512", memory="2048"),
    ),
    of_task(
        "windows-arm64",
        _no_size(256, 512),
        good={"runtimePlatform": {"operatingSystemFamily": "LINUX", "cpuArchitecture": "ARM64"}},
        bad={"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE", "cpuArchitecture": "ARM64"}},
    ),
    of_task(
        "ephemeral-storage-range",
        "EphemeralStorage size should be at least 21",
        good={"ephemeralStorage": {"sizeInGiB": 21}},
        bad={"ephemeralStorage": {"sizeInGiB": 20}},
        seen="2026-09-13",
    ),
    of_task(
        "fargate-network-mode",
        "Fargate only supports network mode 'awsvpc'.",
        good={},
        bad={"networkMode": "bridge"},
        seen="2026-09-01",
    ),
    of_task(
        "fargate-inference-accelerator",
        "Unsupported field 'inferenceAccelerators'.",
        good={},
        bad={"inferenceAccelerators": [{"deviceName": "d", "deviceType": "eia2.medium"}]},
    ),
    of_task(
        "fargate-placement-constraints",
        _unsupported("constraints"),
        good={"placementConstraints": []},
        bad={"placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}]},
    ),
    of_task("fargate-ipc-mode", _unsupported("ipcMode"), good={}, bad={"ipcMode": "host"}),
    of_task(
        "fargate-pid-mode-host",
        "Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for pidMode is 'task'.",
        good={"pidMode": "task"},
        bad={"pidMode": "host"},
    ),
    # The quotation marks had become question marks where AWS's answer was seen.
    of_container(
        "fargate-privileged",
        "Fargate requires that the \u2018privileged\u2019 setting be \u2018false\u2019 at the container level.",
        good={"privileged": False},
        bad={"privileged": True},
    ),
    of_container(
        "fargate-capabilities-add",
        "NET_ADMIN is not allowed on Fargate.",
        good=_linux(capabilities={"add": ["SYS_PTRACE"]}),
        bad=_linux(capabilities={"add": ["SYS_PTRACE", "NET_ADMIN"]}),
    ),
    of_container(
        "fargate-devices",
        _unsupported("devices"),
        good=_linux(devices=[]),
        bad=_linux(devices=[{"hostPath": "/dev/fuse"}]),
    ),
    of_container(
        "fargate-shared-memory-size",
        _unsupported("sharedMemorySize"),
        good=_linux(initProcessEnabled=True),
        bad=_linux(sharedMemorySize=64),
    ),
    of_container("fargate-max-swap", _unsupported("maxSwap"), good=_linux(), bad=_linux(maxSwap=64)),
    of_container(
        "fargate-docker-security-options",
        _unsupported("dockerSecurityOptions"),
        good={"dockerSecurityOptions": []},
        bad={"dockerSecurityOptions": ["no-new-privileges"]},
    ),
    of_container(
        "fargate-gpu-resource",
        "Tasks using the Fargate launch type do not support GPU resource requirements.",
        good={"resourceRequirements": []},
        bad={"resourceRequirements": [{"type": "GPU", "value": "1"}]},
    ),
    of_container(
        "fargate-log-driver-unsupported",
        "json-file is not a valid log driver. Must be one of [awslogs,splunk,awsfirelens]",
        good=_logs("awslogs", AWSLOGS),
        bad=_logs("json-file"),
    ),
    of_container(
        "awslogs-missing-group",
        "Log driver awslogs requires options: awslogs-group",
        good=_logs("awslogs", AWSLOGS),
        bad=_logs("awslogs", _without("awslogs-group")),
    ),
    of_container(
        "awslogs-fargate-missing-stream-prefix",
        "Fargate requires log configuration options to include awslogs-stream-prefix to support log driver awslogs.",
        good=_logs("awslogs", AWSLOGS),
        bad=_logs("awslogs", _without("awslogs-stream-prefix")),
    ),
    rule(
        "fargate-execution-role-missing-awslogs",
        "Fargate requires task definition to have execution role ARN to support log driver awslogs.",
        good=definition(container(**_logs("awslogs", AWSLOGS))),
        bad=definition(container(**_logs("awslogs", AWSLOGS)), executionRoleArn=None),
    ),
    rule(
        "awsfirelens-without-router",
        "When awsfirelens log driver is specified in log configuration, a firelens configuration object must be "
        "configured in one of the containers.",
        good=definition(container(**_logs("awsfirelens")), ROUTER),
        bad=definition(container(**_logs("awsfirelens"))),
    ),
)
