"""What [task.raw] can say: every field of RegisterTaskDefinition, with a value, and whether Fargate takes it.

Sources: botocore's ecs model for the fields; the Developer Guide, "Amazon ECS task definition differences for Fargate"
and "Amazon ECS task definition parameters for Fargate", for what Fargate takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

OWN = "hello"
"""The name of the service's own container."""
SIDECAR = {"name": "sidecar", "image": "public.ecr.aws/docker/library/busybox:stable", "essential": False}


def _container(**fields: Any) -> dict[str, Any]:
    return {"containerDefinitions": [{"name": OWN, **fields}]}


def _sidecar(**fields: Any) -> dict[str, Any]:
    return {"containerDefinitions": [{**SIDECAR, **fields}]}


def _volume(**fields: Any) -> dict[str, Any]:
    mount = {"sourceVolume": "data", "containerPath": "/data", "readOnly": True}
    return {**_container(mountPoints=[mount]), "volumes": [{"name": "data", **fields}]}


TAKEN: Mapping[str, dict[str, Any]] = {
    "private registry": _sidecar(
        repositoryCredentials={
            "credentialsParameter": "arn:aws:secretsmanager:us-east-1:123456789012:secret:pull-a1b2c3"
        }
    ),
    "shares of cpu and memory": _container(cpu=128, memory=256, memoryReservation=128),
    "named ports": _sidecar(
        portMappings=[
            {"containerPort": 9000, "hostPort": 9000, "protocol": "tcp", "name": "metrics", "appProtocol": "http2"}
        ]
    ),
    "a range of ports": _sidecar(portMappings=[{"containerPortRange": "7000-7005", "protocol": "udp"}]),
    "more ports of its own": _container(
        portMappings=[
            {"containerPort": 3000, "name": "http", "appProtocol": "http"},
            {"containerPort": 9090, "name": "metrics", "hostPort": 9090},
            {"containerPort": 53, "protocol": "udp"},
            {"containerPortRange": "8000-8002"},
        ]
    ),
    "a restart policy": _sidecar(
        restartPolicy={"enabled": True, "ignoredExitCodes": [0, 3], "restartAttemptPeriod": 180}
    ),
    "a restart policy's defaults": _sidecar(restartPolicy={"enabled": True}),
    "a sidecar's program": _sidecar(
        entryPoint=["/bin/sh", "-c"],
        command=["sleep 1"],
        user="1000:1000",
        stopTimeout=5,
        readonlyRootFilesystem=True,
        environment=[{"name": "B", "value": "2"}, {"name": "A", "value": ""}],
        secrets=[{"name": "S", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/s"}],
        healthCheck={"command": ["CMD-SHELL", "true"], "interval": 10, "timeout": 3, "retries": 2, "startPeriod": 7},
    ),
    "a health check's defaults": _sidecar(healthCheck={"command": ["CMD", "true"]}),
    "environment files": _container(environmentFiles=[{"value": "arn:aws:s3:::hello/settings.env", "type": "s3"}]),
    "another container's volumes": _sidecar(volumesFrom=[{"sourceContainer": OWN, "readOnly": True}]),
    "capabilities": _container(linuxParameters={"capabilities": {"add": ["SYS_PTRACE"], "drop": ["MKNOD", "CHOWN"]}}),
    "an init process": _container(linuxParameters={"initProcessEnabled": True}),
    "an order of containers": {
        "containerDefinitions": [
            {"name": OWN, "dependsOn": [{"containerName": "sidecar", "condition": "START"}], "startTimeout": 30},
            SIDECAR,
        ]
    },
    "tags that may move": _sidecar(versionConsistency="disabled"),
    "a working directory": _container(workingDirectory="/srv"),
    "a terminal": _container(interactive=True, pseudoTerminal=True),
    "labels": _container(dockerLabels={"team": "web", "tier": "1"}),
    "limits": _container(ulimits=[{"name": "nofile", "softLimit": 4096, "hardLimit": 8192}]),
    "kernel settings": _container(systemControls=[{"namespace": "net.core.somaxconn", "value": "1024"}]),
    "a log router": {
        "containerDefinitions": [
            {
                **SIDECAR,
                "essential": True,
                "firelensConfiguration": {"type": "fluentbit", "options": {"enable-ecs-log-metadata": "true"}},
            },
            {
                "name": "routed",
                "image": SIDECAR["image"],
                "logConfiguration": {
                    "logDriver": "awsfirelens",
                    "options": {"Name": "http"},
                    "secretOptions": [{"name": "token", "valueFrom": "arn:aws:ssm:us-east-1:123456789012:parameter/t"}],
                },
            },
        ]
    },
    "credential specs": _container(credentialSpecs=["credentialspecdomainless:arn:aws:s3:::hello/spec.json"]),
    "a volume of the task": _volume(),
    "a volume of the task, written as a host's": _volume(host={}),
    "a file system": _volume(
        efsVolumeConfiguration={
            "fileSystemId": "fs-0123456789abcdef0",
            "rootDirectory": "/",
            "transitEncryption": "ENABLED",
            "transitEncryptionPort": 2999,
            "authorizationConfig": {"accessPointId": "fsap-0123456789abcdef0", "iam": "ENABLED"},
        }
    ),
    "a file system's defaults": _volume(efsVolumeConfiguration={"fileSystemId": "fs-0123456789abcdef0"}),
    "a bucket as a file system": _volume(
        s3filesVolumeConfiguration={
            "fileSystemArn": "arn:aws:s3files:us-east-1:123456789012:file-system/fs-0123456789abcdef0",
            "rootDirectory": "/",
            "transitEncryptionPort": 2999,
            "accessPointArn": "arn:aws:s3files:us-east-1:123456789012:file-system/fs-0123456789abcdef0/access-point/a",
        }
    ),
    "a volume of EBS": _volume(configuredAtLaunch=True),
    "one process namespace": {"pidMode": "task"},
    "a proxy": {
        **_sidecar(),
        "proxyConfiguration": {
            "type": "APPMESH",
            "containerName": "sidecar",
            "properties": [
                {"name": "AppPorts", "value": "3000"},
                {"name": "ProxyIngressPort", "value": "15000"},
                {"name": "ProxyEgressPort", "value": "15001"},
                {"name": "EgressIgnoredIPs", "value": "169.254.170.2,169.254.169.254"},
            ],
        },
    },
    "a file system in memory": _container(
        linuxParameters={"tmpfs": [{"containerPath": "/tmp", "size": 64, "mountOptions": ["rw"]}]}
    ),
    "another processor": {"runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}},
    "faults on purpose": {"enableFaultInjection": True},
    "the usual isolation": {"trustedExecutionConfiguration": {"isolationMode": "SHARED"}},
}
"""What Fargate takes -> [task.raw] that says it."""

REFUSED: Mapping[str, dict[str, Any]] = {
    "links": _sidecar(links=[OWN]),
    "a device": _container(
        linuxParameters={"devices": [{"hostPath": "/dev/fuse", "containerPath": "/dev/fuse", "permissions": ["read"]}]}
    ),
    "shared memory": _container(linuxParameters={"sharedMemorySize": 64}),
    "swap": _container(linuxParameters={"maxSwap": 64}),
    "swappiness": _container(linuxParameters={"swappiness": 10}),
    "another capability": _container(linuxParameters={"capabilities": {"add": ["NET_ADMIN"]}}),
    "a host name": _container(hostname="hello"),
    "no network": _container(disableNetworking=True),
    "privileges": _container(privileged=True),
    "name servers": _container(dnsServers=["10.0.0.2"]),
    "search domains": _container(dnsSearchDomains=["example.internal"]),
    "more hosts": _container(extraHosts=[{"hostname": "db", "ipAddress": "10.0.0.9"}]),
    "security options": _container(dockerSecurityOptions=["no-new-privileges"]),
    "a graphics processor": _container(resourceRequirements=[{"value": "1", "type": "GPU"}]),
    "a part of a graphics processor": _container(
        resourceRequirements=[
            {
                "value": "1",
                "type": "GPU",
                "sharingStrategy": {"nvidiaMps": {"memory": 1024, "maxComputePercent": 50}},
            }
        ]
    ),
    "a folder of the host": _volume(host={"sourcePath": "/var/run"}),
    "a volume of Docker": _volume(
        dockerVolumeConfiguration={
            "scope": "task",
            "autoprovision": False,
            "driver": "local",
            "driverOpts": {"type": "nfs"},
            "labels": {"a": "b"},
        }
    ),
    "a file system of Windows": _volume(
        fsxWindowsFileServerVolumeConfiguration={
            "fileSystemId": "fs-0123456789abcdef0",
            "rootDirectory": "share",
            "authorizationConfig": {
                "credentialsParameter": "arn:aws:secretsmanager:us-east-1:123456789012:secret:fsx-a1b2c3",
                "domain": "example.internal",
            },
        }
    ),
    "a place": {"placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}]},
    "the host's processes": {"pidMode": "host"},
    "shared memory of the task": {"ipcMode": "task"},
    "an accelerator": {"inferenceAccelerators": [{"deviceName": "d", "deviceType": "eia1.medium"}]},
    "another log driver": _sidecar(logConfiguration={"logDriver": "json-file"}),
}
"""What Fargate does not have -> [task.raw] that asks for it."""

OURS = frozenset(
    {
        "family", "taskRoleArn", "executionRoleArn", "networkMode", "requiresCompatibilities", "cpu", "memory",
        "tags.key", "tags.value", "ephemeralStorage.sizeInGiB",
    }
)  # fmt: skip
"""Fields that [task.raw] may not name: the config has keys for them."""
ELSEWHERE = frozenset({"trustedExecutionConfiguration.attestationPolicy"})
"""Fields that mean nothing without hardware that Fargate does not offer."""


def known_fields() -> set[str]:
    """Return every field of RegisterTaskDefinition, as a dotted path."""
    model = ServiceModel(Loader().load_service_model("ecs", "service-2"))
    shape = model.operation_model("RegisterTaskDefinition").input_shape
    assert shape is not None
    return set(_leaves(shape))


def named_fields(document: object, path: str = "") -> Iterator[str]:
    """Yield the fields that a document has, as known_fields() writes them; a map's keys are no fields."""
    if isinstance(document, Mapping) and not path.endswith(("options", "dockerLabels", "driverOpts", "labels")):
        for key, value in document.items():
            yield from named_fields(value, f"{path}.{key}".lstrip("."))
    elif isinstance(document, list):
        for item in document:
            yield from named_fields(item, path)
    else:
        yield path


def _leaves(shape: Shape, path: str = "") -> Iterator[str]:
    if shape.type_name == "structure":
        for name, member in shape.members.items():  # type: ignore[attr-defined]
            yield from _leaves(member, f"{path}.{name}".lstrip("."))
    elif shape.type_name == "list":
        yield from _leaves(shape.member, path)  # type: ignore[attr-defined]
    else:
        yield path
