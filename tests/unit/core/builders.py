"""Snapshots of AWS with everything in place, to be changed one thing at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ecsdeploy.config.models import Config
from ecsdeploy.config.names import Names
from ecsdeploy.core.account import Account, Hidden, LogGroupSeen, NetworkSeen, RoleSeen, ServiceSeen
from ecsdeploy.core.cluster import FARGATE, Cluster
from ecsdeploy.core.image import Image
from ecsdeploy.core.log_group import LogGroup
from ecsdeploy.core.network import SecurityGroup, Subnet, open_port
from ecsdeploy.core.repository import Repository, RepositoryDetails, Share, lifecycle
from ecsdeploy.core.role import Role, WantedRole
from ecsdeploy.core.service import Deployment, Service, ServiceDeployment
from ecsdeploy.core.target import Target
from ecsdeploy.core.task import Container, Task
from ecsdeploy.core.task_definition import Facts, Roles, TaskDefinition
from ecsdeploy.core.things import wanted_roles
from ecsdeploy.core.things.task_definition import rendered
from ecsdeploy.core.wanted import SETUP, Wanted
from ecsdeploy.errors import PermissionDenied
from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.trust import GitHubSource

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ARN = "arn:aws:ecs:us-east-1:123456789012"
DIGEST = "sha256:" + "a" * 64
REPOSITORY = "123456789012.dkr.ecr.us-east-1.amazonaws.com/hello"
IMAGE = Image(REPOSITORY, DIGEST, "3f2c1ab")
PLACE = Place("aws", "us-east-1", "123456789012")
SOURCE = GitHubSource("acme/hello", "1234", "99", branches=("main",))
VPC = "vpc-1"
SUBNETS = (Subnet("subnet-a", VPC, "us-east-1a", True), Subnet("subnet-b", VPC, "us-east-1b", True))
GROUP = "sg-1"
NETWORK = {
    "awsvpcConfiguration": {
        "subnets": ["subnet-a", "subnet-b"],
        "securityGroups": [GROUP],
        "assignPublicIp": "ENABLED",
    }
}


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


def wanted(**changed: Any) -> Wanted:
    """Return everything that an app can want, with an image that is in ECR."""
    known: dict[str, Any] = {
        "target": target(),
        "parts": (*SETUP, "task definition", "service"),
        "image": IMAGE,
        "commit": "3f2c1ab",
        "source": SOURCE,
    }
    return Wanted(**{**known, **changed})


def account(of: Target | None = None, **changed: Any) -> Account:
    """Return an account that has all of `of` (by default `target()`), as its config says, and runs hello:1."""
    of = of or target()
    known: dict[str, Any] = {
        "place": PLACE,
        "repository": repository(),
        "repository_details": RepositoryDetails(lifecycle(Share(of.config.image.keep, of.tag_prefix)), of.shared_tags),
        "image": IMAGE,
        "provider": ("sts.amazonaws.com",),
        "roles": roles_of(of),
        "cluster": cluster(tags=of.tags),
        "log_group": LogGroupSeen(group=log_group(retention_days=of.config.logs.retention_days), tags=of.tags),
        "network": NetworkSeen(default_vpc=VPC, subnets=SUBNETS),
        "security_groups": (security_group(ingress=open_port(of.config.task.port), tags=of.tags),),
        "service": ServiceSeen(service=service(tags=of.tags), deployments=(rollout(),)),
    }
    seen = Account(**{**known, **changed})
    ours = revision(1, rendered(wanted(target=of), seen))
    return Account(**{"running": ours, "newest": ours, **known, **changed})


def empty(**changed: Any) -> Account:
    """Return an account with nothing in it but the default VPC, and no image."""
    known: dict[str, Any] = {
        "place": PLACE,
        "linked_role": False,
        "network": NetworkSeen(default_vpc=VPC, subnets=SUBNETS),
        "roles": dict.fromkeys(roles_of(target())),
    }
    return Account(**{**known, **changed})


def hidden(action: str) -> Hidden:
    """Return what may not be looked at, for lack of `action`."""
    return Hidden(PermissionDenied(f"These credentials lack permission for {action}.", action=action))


def roles_of(of: Target) -> dict[str, RoleSeen]:
    """Return the three roles of a target as its config has them."""
    task = [role_seen(wanted_roles.execution_role(of, PLACE)), role_seen(wanted_roles.task_role(of, PLACE))]
    made = {each.role.name: each for each in task}
    deploy = role_seen(wanted_roles.deploy_role(of, Account(place=PLACE, roles=made), SOURCE))
    return {**made, deploy.role.name: deploy}


def role_seen(of: WantedRole, **changed: Any) -> RoleSeen:
    """Return a role as the config has it."""
    known: dict[str, Any] = {
        "name": of.name,
        "arn": PLACE.role(of.name, of.path),
        "boundary": of.boundary,
        "trust": of.trust,
        "description": of.description,
        "tags": of.tags,
    }
    return RoleSeen(role=Role(**{**known, **changed}), policy=of.permissions)


def repository(**changed: Any) -> Repository:
    """Return the repository of hello, as it is made."""
    return Repository(**{"name": "hello", "arn": PLACE.repository("hello"), "uri": REPOSITORY, **changed})


def cluster(**changed: Any) -> Cluster:
    """Return a cluster with Fargate."""
    known = {"name": "hello", "arn": PLACE.cluster("hello"), "status": "ACTIVE", "capacity_providers": FARGATE}
    return Cluster(**{**known, **changed})


def log_group(**changed: Any) -> LogGroup:
    """Return the log group of hello."""
    name = "/ecs/hello"
    return LogGroup(**{"name": name, "arn": PLACE.log_group(name), "retention_days": 30, **changed})


def security_group(**changed: Any) -> SecurityGroup:
    """Return the security group of hello, in the default VPC."""
    return SecurityGroup(**{"id": GROUP, "name": "hello", "vpc": VPC, **changed})


def facts(**changed: Any) -> Facts:
    """Return what AWS and git say."""
    roles = Roles(
        execution="arn:aws:iam::123456789012:role/hello-execution", task="arn:aws:iam::123456789012:role/hello-task"
    )
    known: dict[str, Any] = {
        "image": IMAGE,
        "roles": roles,
        "region": "us-east-1",
        "commit": "3f2c1ab",
    }
    return Facts(**{**known, **changed})


def revision(
    number: int, document: dict[str, Any], status: str = "ACTIVE", tags: dict[str, str] | None = None
) -> TaskDefinition:
    """Return a revision of the family hello."""
    arn = f"{ARN}:task-definition/hello:{number}"
    return TaskDefinition(arn=arn, family="hello", revision=number, status=status, document=document, tags=tags or {})


def service(**changed: Any) -> Service:
    """Return a steady service of one task that runs hello:1."""
    task_definition = changed.get("task_definition", f"{ARN}:task-definition/hello:1")
    raw: dict[str, Any] = {
        "propagateTags": "SERVICE",
        "networkConfiguration": NETWORK,
        "deploymentConfiguration": {
            "strategy": "ROLLING",
            "minimumHealthyPercent": 100,
            "maximumPercent": 200,
            "deploymentCircuitBreaker": {
                "enable": True,
                "rollback": True,
                "resetOnHealthyTask": True,
                "thresholdConfiguration": {"type": "COUNT", "value": 2},
            },
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
