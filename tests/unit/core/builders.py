"""Snapshots of AWS with everything in place, to be changed one thing at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ecsdeploy.config.models import Config
from ecsdeploy.config.names import Names
from ecsdeploy.core.image import Image
from ecsdeploy.core.service import Deployment, Service, ServiceDeployment
from ecsdeploy.core.target import Target
from ecsdeploy.core.task import Container, Task
from ecsdeploy.core.task_definition import Facts, Roles, TaskDefinition

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ARN = "arn:aws:ecs:us-east-1:123456789012"
DIGEST = "sha256:" + "a" * 64
REPOSITORY = "123456789012.dkr.ecr.us-east-1.amazonaws.com/hello"


def config(**tables: Any) -> Config:
    """Return a config of an app called hello."""
    return Config.model_validate({"app": "hello", "region": "us-east-1", **tables})


def names(of: Config, environment: str | None = None) -> Names:
    """Return the config's names."""
    return Names.of(of, environment)


def target(environment: str | None = None, **tables: Any) -> Target:
    """Return the service of a config with these tables."""
    of = config(**tables)
    return Target(of, names(of, environment), of.region)


def facts(**changed: Any) -> Facts:
    """Return what AWS and git say."""
    roles = Roles(
        execution="arn:aws:iam::123456789012:role/hello-execution", task="arn:aws:iam::123456789012:role/hello-task"
    )
    known: dict[str, Any] = {
        "image": Image(REPOSITORY, DIGEST, "3f2c1ab"),
        "roles": roles,
        "region": "us-east-1",
        "commit": "3f2c1ab",
    }
    return Facts(**{**known, **changed})


def revision(number: int, document: dict[str, Any], status: str = "ACTIVE") -> TaskDefinition:
    """Return a revision of the family hello."""
    arn = f"{ARN}:task-definition/hello:{number}"
    return TaskDefinition(arn=arn, family="hello", revision=number, status=status, document=document)


def service(**changed: Any) -> Service:
    """Return a steady service of one task that runs hello:1."""
    task_definition = changed.get("task_definition", f"{ARN}:task-definition/hello:1")
    raw: dict[str, Any] = {
        "propagateTags": "SERVICE",
        "deploymentConfiguration": {
            "strategy": "ROLLING",
            "minimumHealthyPercent": 100,
            "maximumPercent": 200,
            "deploymentCircuitBreaker": {"enable": True, "rollback": True, "resetOnHealthyTask": True},
        },
    }
    known: dict[str, Any] = {
        "arn": f"{ARN}:service/hello/hello",
        "name": "hello",
        "status": "ACTIVE",
        "desired": 1,
        "running": 1,
        "pending": 0,
        "task_definition": task_definition,
        "controller": "ECS",
        "managed_by": "CUSTOMER",
        "capacity_providers": (),
        "deployments": (
            Deployment(
                id="ecs-svc/1",
                status="PRIMARY",
                task_definition=task_definition,
                desired=1,
                running=1,
                pending=0,
                failed=0,
                rollout_state="COMPLETED",
                rollout_reason="",
            ),
        ),
        "events": (),
        "tags": {"ecsdeploy:app": "hello", "ecsdeploy:env": "default"},
        "raw": raw,
    }
    return Service(**{**known, **changed})


def rollout(status: str = "SUCCESSFUL", **changed: Any) -> ServiceDeployment:
    """Return a service deployment of one task."""
    known: dict[str, Any] = {
        "arn": f"{ARN}:service-deployment/hello/hello/d1",
        "status": status,
        "reason": "",
        "target_revision": f"{ARN}:service-revision/hello/hello/1",
        "created_at": AT,
        "requested": 1,
        "running": 1,
    }
    return ServiceDeployment(**{**known, **changed})


def task(number: int = 1, **changed: Any) -> Task:
    """Return a running, healthy task."""
    known: dict[str, Any] = {
        "arn": f"{ARN}:task/hello/{number:032x}",
        "status": "RUNNING",
        "desired_status": "RUNNING",
        "health": "HEALTHY",
        "task_definition": f"{ARN}:task-definition/hello:1",
        "started_by": "ecs-svc/1",
        "group": "service:hello",
        "stop_code": "",
        "stopped_reason": "",
        "containers": (container(),),
        "interface": "eni-1",
        "created_at": AT,
        "started_at": AT,
        "stopping_at": None,
        "stopped_at": None,
    }
    return Task(**{**known, **changed})


def stopped(number: int = 1, **changed: Any) -> Task:
    """Return a task that stopped because its container ended."""
    known: dict[str, Any] = {
        "status": "STOPPED",
        "desired_status": "STOPPED",
        "stop_code": "EssentialContainerExited",
        "stopped_reason": "Essential container in task exited",
        "stopped_at": AT,
    }
    return task(number, **{**known, **changed})


def container(**changed: Any) -> Container:
    """Return a running container."""
    known: dict[str, Any] = {
        "name": "hello",
        "status": "RUNNING",
        "health": "HEALTHY",
        "exit_code": None,
        "reason": "",
        "image_digest": DIGEST,
    }
    return Container(**{**known, **changed})
