"""Every fault by name, from `break` to what a client reads in DescribeTasks or in the service's events."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from ecsdeploy.sandbox.faults import TASK_FAULTS
from tests.sandbox.conftest import RunningSandbox, running_sandbox
from tests.sandbox.operations.furnished import wait_for

# What AWS says, as regular expressions over the stopped reason, the container's reason and the exit code.
SIGNS = {
    "crash": r"Essential container in task exited.* exit 1$",
    "exit-zero": r"Essential container in task exited.* exit 0$",
    "oom": r"Essential container in task exited.*OutOfMemoryError: Container killed due to memory usage exit 137$",
    "unhealthy": r"[Ff]ailed container health checks",
    "start-error": r"CannotStartContainerError|failed to create",
    "arch-mismatch": r"CannotPullContainerError.*does not contain descriptor matching platform 'linux/amd64'",
    "pull-error": r"CannotPullContainerError.*(failed to resolve ref|not found)",
    "pull-denied": r"CannotPullContainerError|not authorized to perform: ecr:",
    "pull-rate-limit": r"CannotPullContainerError.*(toomanyrequests|pull rate limit)",
    "network-error": r"(i/o timeout|dial tcp|network configuration|request canceled)",
    "disk-full": r"CannotPullContainerError.*no space left on device",
    "secret-missing": r"ResourceInitializationError.*(invalid ssm parameters|can't find the specified secret)",
    "secret-denied": r"ResourceInitializationError.*not authorized to perform",
    "log-group-missing": r"ResourceInitializationError.*log group does not exist",
    "role-missing": r"ECS was unable to assume the role",
    "no-capacity": r"Capacity is unavailable at this time",
    "eni-error": r"Unexpected EC2 error while attempting to Create Network Interface|Timeout waiting for network",
    "spot-interruption": r"Your Spot Task was interrupted",
    "repository-missing": r"CannotPullContainerError: The task can't pull the image. Check whether the image exists",
    "exec-format": r"Essential container in task exited.* exit 255$",
    "layer-blocked": r"CannotPullContainerError: ref pull has been retried .* httpReadSeeker.*unexpected status code",
    "logs-unreachable": r"cannot find the Amazon CloudWatch log group .* connection issue",
    "env-file-missing": r"can't download the environment variable files from Amazon S3",
    "efs-error": r"failed to invoke EFS utils",
    "platform-error": r"DockerTimeoutError",
    "quota-reached": r"You've reached the limit on the number of vCPUs",
    "size-quota": r"The requested CPU configuration is above your limit",
    "host-failure": r"ECS is performing maintenance on the underlying infrastructure hosting the task",
}
QUIET = {"slow-start", "deaf"}

# AWS's ways to stop a task ("Stopped tasks error messages", API failure reasons, stop codes) -> faults that show it.
WAYS: dict[str, set[str]] = {
    "the tag or digest is not there": {"pull-error"},
    "the execution role may not pull": {"pull-denied"},
    "the repository is not there": {"repository-missing"},
    "no route to the registry, or to the secrets": {"network-error"},
    "no variant for the architecture": {"arch-mismatch"},
    "a program for another architecture": {"exec-format"},
    "the registry's rate limit": {"pull-rate-limit"},
    "the disk is full": {"disk-full"},
    "the bucket with the layers is blocked": {"layer-blocked"},
    "a secret may not be read": {"secret-denied"},
    "a secret, or its JSON key, is not there": {"secret-missing"},
    "no log group": {"log-group-missing"},
    "no route to the log group": {"logs-unreachable"},
    "no file of variables": {"env-file-missing"},
    "no file system": {"efs-error"},
    "a role that cannot be assumed": {"role-missing"},
    "the program ended": {"crash", "exit-zero"},
    "out of memory": {"oom"},
    "the command cannot be started": {"start-error"},
    "Fargate's own failure": {"platform-error"},
    "the container's health check failed": {"unhealthy"},
    "no network interface": {"eni-error"},
    "no capacity": {"no-capacity"},
    "Spot took it back": {"spot-interruption"},
    "the quota of vCPUs": {"quota-reached"},
    "the quota of one task": {"size-quota"},
    "the machine under it": {"host-failure"},
    # Nothing is broken here: a load balancer (there is none), a scaling activity, StopTask.
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with running_sandbox(tmp_path_factory.mktemp("home")) as running:
        ecs = running.client("ecs")
        ecs.create_cluster(clusterName="c", capacityProviders=["FARGATE", "FARGATE_SPOT"])
        running.client("logs").create_log_group(logGroupName="/ecs/web")
        running.client("ssm").put_parameter(Name="/url", Value="x", Type="SecureString")
        yield running


@pytest.fixture(scope="module")
def subnet(sandbox: RunningSandbox) -> str:
    subnet: str = sandbox.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    return subnet


def register(ecs: Any) -> None:
    ecs.register_task_definition(
        family="web",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        executionRoleArn="arn:aws:iam::123456789012:role/execution",
        containerDefinitions=[
            {
                "name": "web",
                "image": "example.com/web:1",
                "essential": True,
                "secrets": [{"name": "URL", "valueFrom": "/url"}],
                "healthCheck": {"command": ["CMD", "check"], "interval": 5, "retries": 1, "timeout": 2},
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {
                        "awslogs-group": "/ecs/web",
                        "awslogs-region": "us-east-1",
                        "awslogs-stream-prefix": "web",
                    },
                },
            }
        ],
    )


def signs(ecs: Any, service: str) -> Iterator[str]:
    """Yield what the service's events and stopped tasks say now."""
    for event in ecs.describe_services(cluster="c", services=[service])["services"][0]["events"]:
        yield event["message"]
    arns = ecs.list_tasks(cluster="c", serviceName=service, desiredStatus="STOPPED")["taskArns"]
    for task in ecs.describe_tasks(cluster="c", tasks=arns)["tasks"] if arns else []:
        container = task["containers"][0]
        code = f" exit {container['exitCode']}" if "exitCode" in container else ""
        yield f"{task.get('stoppedReason', '')} {container.get('reason', '')}{code}"


@pytest.mark.parametrize("fault", sorted(TASK_FAULTS.keys() - QUIET))
def test_a_broken_deployment_shows_the_words_of_aws(sandbox: RunningSandbox, subnet: str, fault: str) -> None:
    ecs, service = sandbox.client("ecs"), f"web-{fault}"
    register(ecs)
    sandbox.faults.break_next_deployment(fault)
    ecs.create_service(
        cluster="c",
        serviceName=service,
        taskDefinition="web",
        desiredCount=1,
        capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet], "assignPublicIp": "ENABLED"}},
    )
    said: list[str] = []

    def shows() -> bool:
        said[:] = signs(ecs, service)
        return any(re.search(SIGNS[fault], text) for text in said)

    try:
        wait_for(shows, fault)
    except AssertionError:
        pytest.fail(f"{fault} does not show; the service and its tasks say: {said}")
    ecs.delete_service(cluster="c", service=service, force=True)


def test_every_way_to_stop_has_a_fault_and_every_fault_its_sign() -> None:
    assert set().union(*WAYS.values()) | QUIET == TASK_FAULTS.keys()
    assert SIGNS.keys() | QUIET == TASK_FAULTS.keys()
