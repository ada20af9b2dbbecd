from __future__ import annotations

from typing import Any

import pytest

from ecsdeploy.sandbox.runtime import options
from ecsdeploy.sandbox.runtime.base import TaskSpec
from tests.sandbox.runtime.witnesses import container, task

HOST = options.Host(cores=2, open_files=1_000_000, start_interval=False)
ID = "0123456789abcdef0123456789abcdef"
ARN = f"arn:aws:ecs:us-east-1:123456789012:task/test/{ID}"
MIB = 1024 * 1024


def fixed(*containers: dict[str, Any], **fields: Any) -> TaskSpec:
    return task(*containers, **{"id": ID, "arn": ARN, "address": "127.64.0.7", **fields})


def config(spec: TaskSpec, host: options.Host = HOST, number: int = 0) -> dict[str, Any]:
    return options.container_config("dev", spec, spec.containers[number], pause="p", environment={"A": "1"}, host=host)


def test_a_plain_container() -> None:
    assert config(fixed({"name": "app", "image": "repo@sha256:0"})) == {
        "Image": "repo@sha256:0",
        "Env": ["A=1"],
        "Labels": {
            "com.amazonaws.ecs.cluster": "test",
            "com.amazonaws.ecs.container-name": "app",
            "com.amazonaws.ecs.task-arn": ARN,
            "com.amazonaws.ecs.task-definition-family": "hello",
            "com.amazonaws.ecs.task-definition-version": "1",
            "ecsdeploy.sandbox": "dev",
            "ecsdeploy.task": ARN,
            "ecsdeploy.container": "app",
        },
        "Healthcheck": {"Test": ["NONE"]},
        "Tty": False,
        "OpenStdin": False,
        "HostConfig": {
            "NetworkMode": "container:p",
            "Memory": 512 * MIB,
            "MemorySwap": 512 * MIB,
            "NanoCpus": 250_000_000,
            "CpuShares": 256,
            "ReadonlyRootfs": False,
            "Init": False,
            "CapAdd": [],
            "CapDrop": [],
            "Ulimits": [{"Name": "nofile", "Soft": 65535, "Hard": 65535}],
            "Sysctls": {},
            "Mounts": [],
            "VolumesFrom": [],
            "Tmpfs": {},
            "LogConfig": {"Type": "json-file", "Config": {"max-size": "64m", "max-file": "2"}},
        },
    }


def test_everything_a_definition_can_say() -> None:
    definition = container(
        "image",
        "serve",
        entryPoint=["/bin/app"],
        user="1000:1000",
        workingDirectory="/srv",
        cpu=64,
        memory=128,
        memoryReservation=64,
        readonlyRootFilesystem=True,
        pseudoTerminal=True,
        interactive=True,
        dockerLabels={"team": "web", "ecsdeploy.sandbox": "forged"},
        ulimits=[{"name": "core", "softLimit": 0, "hardLimit": 1}],
        linuxParameters={
            "initProcessEnabled": True,
            "capabilities": {"add": ["SYS_PTRACE"], "drop": ["ALL"]},
            "tmpfs": [
                {"containerPath": "/tmp", "size": 64, "mountOptions": ["rw", "noexec"]},
                {"containerPath": "/run", "size": 1},
            ],
        },
        mountPoints=[{"sourceVolume": "data", "containerPath": "/data", "readOnly": True}],
        volumesFrom=[{"sourceContainer": "other", "readOnly": True}],
        systemControls=[{"namespace": "net.core.somaxconn", "value": "1024"}],
        healthCheck={"command": ["CMD-SHELL", "true"], "interval": 7, "timeout": 3, "retries": 2, "startPeriod": 9},
    )
    made = config(fixed(definition, {"name": "other", "image": "i"}))
    host = made["HostConfig"]
    assert {name: made[name] for name in ("Entrypoint", "Cmd", "User", "WorkingDir", "Tty", "OpenStdin")} == {
        "Entrypoint": ["/bin/app"],
        "Cmd": ["serve"],
        "User": "1000:1000",
        "WorkingDir": "/srv",
        "Tty": True,
        "OpenStdin": True,
    }
    assert made["Healthcheck"] == {
        "Test": ["CMD-SHELL", "true"],
        "Interval": 7_000_000_000,
        "Timeout": 3_000_000_000,
        "Retries": 2,
        "StartPeriod": 9_000_000_000,
    }
    assert (made["Labels"]["team"], made["Labels"]["ecsdeploy.sandbox"]) == ("web", "dev")
    assert (host["Memory"], host["MemorySwap"], host["MemoryReservation"]) == (128 * MIB, 128 * MIB, 64 * MIB)
    assert (host["NanoCpus"], host["CpuShares"]) == (250_000_000, 64)
    assert (host["Init"], host["ReadonlyRootfs"]) == (True, True)
    assert (host["CapAdd"], host["CapDrop"]) == (["SYS_PTRACE"], ["ALL"])
    assert host["Ulimits"][1] == {"Name": "core", "Soft": 0, "Hard": 1}
    assert host["Mounts"] == [
        {"Type": "volume", "Source": "ecsdeploy-dev-0123456789ab-data", "Target": "/data", "ReadOnly": True}
    ]
    assert host["Tmpfs"] == {"/tmp": "size=64m,rw,noexec", "/run": "size=1m"}
    assert host["VolumesFrom"] == ["ecsdeploy-dev-hello-1-other-0123456789ab:ro"]
    assert host["Sysctls"] == {}, "those of the network belong to the pause container"


def test_the_pause_container_publishes_every_port_on_the_task_s_own_address() -> None:
    ports = [{"containerPort": 80}, {"containerPort": 53, "protocol": "udp"}, {"containerPortRange": "9000-9001"}]
    controls = [{"namespace": "net.core.somaxconn", "value": "1024"}]
    spec = fixed(container("a", portMappings=ports, systemControls=controls), container("b", name="b"))
    made = options.pause_config("dev", spec, image="pause:dev", network="net")
    assert made == {
        "Image": "pause:dev",
        "StopSignal": "SIGKILL",
        "Hostname": "ip-172-31-0-9.ec2.internal",
        "Labels": {
            "ecsdeploy.sandbox": "dev",
            "ecsdeploy.task": ARN,
            "ecsdeploy.container": "~internal~ecs~pause",
        },
        "ExposedPorts": {"80/tcp": {}, "53/udp": {}, "9000/tcp": {}, "9001/tcp": {}},
        "HostConfig": {
            "NetworkMode": "net",
            "PortBindings": {
                "80/tcp": [{"HostIp": "127.64.0.7", "HostPort": "80"}],
                "53/udp": [{"HostIp": "127.64.0.7", "HostPort": "53"}],
                "9000/tcp": [{"HostIp": "127.64.0.7", "HostPort": "9000"}],
                "9001/tcp": [{"HostIp": "127.64.0.7", "HostPort": "9001"}],
            },
            "Sysctls": {"net.core.somaxconn": "1024"},
            "LogConfig": {"Type": "none", "Config": {}},
        },
    }


def test_cpu_is_capped_at_the_machine_s_and_shared_where_nobody_names_it() -> None:
    spec = fixed(container("a", cpu=1024), container("b", name="b"), container("c", name="c"), cpu=4096)
    assert [config(spec, number=number)["HostConfig"]["CpuShares"] for number in range(3)] == [1024, 1536, 1536]
    assert config(spec)["HostConfig"]["NanoCpus"] == 2_000_000_000


def test_a_container_never_gets_more_memory_than_its_task() -> None:
    assert config(fixed(container("a", memory=4096)))["HostConfig"]["Memory"] == 512 * MIB


def test_open_files_are_what_the_machine_allows() -> None:
    small = options.Host(cores=2, open_files=20_000, start_interval=False)
    assert config(fixed(container("a")), small)["HostConfig"]["Ulimits"] == [
        {"Name": "nofile", "Soft": 20_000, "Hard": 20_000}
    ]


def test_a_newer_engine_is_told_to_check_no_faster_at_the_start_than_later() -> None:
    newer = options.Host(cores=2, open_files=65535, start_interval=True)
    check = config(fixed(container("a", healthCheck={"command": ["CMD", "true"]})), newer)["Healthcheck"]
    assert check == {
        "Test": ["CMD", "true"],
        "Interval": 30_000_000_000,
        "Timeout": 5_000_000_000,
        "Retries": 3,
        "StartPeriod": 0,
        "StartInterval": 30_000_000_000,
    }


def test_variables_of_a_container() -> None:
    definition = container("a", environment=[{"name": "AWS_REGION", "value": "mine"}, {"name": "B", "value": "2"}])
    assert options.environment(definition, {"TOKEN": "t"}, "eu-west-1") == {
        "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
        "AWS_REGION": "mine",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "B": "2",
        "TOKEN": "t",
    }


def test_containers_that_share_their_processes_join_the_pause_container_s() -> None:
    spec = fixed(container("a"), shared_processes=True)
    assert config(spec)["HostConfig"]["PidMode"] == "container:p"
    assert options.pause_config("dev", spec, image="pause", network="n")["HostConfig"]["Init"]
    assert "PidMode" not in config(fixed(container("a")))["HostConfig"]


@pytest.mark.parametrize(
    ("definition", "volumes", "reason"),
    [
        ({"privileged": True}, (), "container app is privileged, which Fargate does not allow"),
        ({"logConfiguration": {"logDriver": "awsfirelens"}}, (),
         "container app has the log driver awsfirelens, whose lines the sandbox cannot deliver"),
        ({"logConfiguration": {"logDriver": "splunk"}}, (),
         "container app has the log driver splunk, whose lines the sandbox cannot deliver"),
        ({"firelensConfiguration": {"type": "fluentbit"}}, (), None),
        ({"environmentFiles": [{"value": "arn:aws:s3:::b/f.env", "type": "s3"}]}, (),
         "the sandbox cannot download environment variable files from Amazon S3"),
        ({}, ({"name": "v", "host": {"sourcePath": "/"}},),
         "volume v mounts a host path, which Fargate does not allow"),
        ({}, ({"name": "v", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}},),
         "volume v has efsVolumeConfiguration, which the sandbox does not offer"),
        ({}, ({"name": "v", "host": {}},), None),
    ],
)  # fmt: skip
def test_what_must_not_run(definition: dict[str, Any], volumes: tuple[dict[str, Any], ...], reason: str | None) -> None:
    assert options.refusal(fixed(container("a", **definition), volumes=volumes)) == reason
