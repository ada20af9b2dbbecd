"""Every fault by name, from `break` to what a client reads in DescribeTasks or in the service's events."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from ecsdeploy.sandbox.faults import TASK_FAULTS
from tests.sandbox.conftest import RunningSandbox, running_sandbox

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
}
QUIET = {"slow-start"}


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
    for _ in range(300):
        said = list(signs(ecs, service))
        if any(re.search(SIGNS[fault], text) for text in said):
            break
        threading.Event().wait(0.1)
    else:
        pytest.fail(f"{fault} does not show; the service and its tasks say: {said}")
    ecs.delete_service(cluster="c", service=service, force=True)


def test_every_fault_has_its_sign() -> None:
    assert SIGNS.keys() | QUIET == TASK_FAULTS.keys()
