"""What a command wants, of an account in which something is to do: every kind of plan that there is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ecsdeploy.core.account import Account, LogGroupSeen, NetworkSeen, RoleSeen, ServiceSeen
from ecsdeploy.core.image import Unbuilt
from ecsdeploy.core.network import Rule
from ecsdeploy.core.repository import RepositoryDetails
from ecsdeploy.core.things.task_definition import rendered
from ecsdeploy.core.upkeep import FILL, RECONCILE, Upkeep
from ecsdeploy.core.wanted import DEPLOY, SETUP, Wanted
from tests.unit.core import builders as a

ADOPT = Upkeep(adopt=True)
REPAIR = Upkeep(repair=True)
FILL_AND_ADOPT = Upkeep(reconcile=False, adopt=True)
FOREIGN: dict[str, str] = {}
OPEN_BY_HAND = frozenset({Rule("tcp", 22, 22, "10.0.0.0/8"), Rule("-1", None, None, "sg-7")})


def drifted(tags: dict[str, str]) -> Account:
    """Return an account in which everything is otherwise than the config says, and has these tags."""

    def otherwise(seen: Any) -> RoleSeen:
        wide = {"Version": "2012-10-17", "Statement": []}
        role = replace(seen.role, trust=wide, description="mine", max_session=7200, tags=tags)
        return RoleSeen(role=role, policy=wide)

    raw = {"deploymentConfiguration": {"maximumPercent": 150}, "networkConfiguration": {}, "propagateTags": "NONE"}
    return a.account(
        repository=a.repository(mutability="MUTABLE", scan_on_push=False),
        repository_details=RepositoryDetails({"rules": []}, tags),
        provider=("other",),
        roles={name: otherwise(role) for name, role in a.account().roles.items()},
        linked_role=False,
        cluster=a.cluster(capacity_providers=("mine",), strategy=({"capacityProvider": "mine", "weight": 1},)),
        log_group=LogGroupSeen(group=a.log_group(retention_days=7), tags=tags),
        security_groups=(a.security_group(ingress=OPEN_BY_HAND, tags=tags),),
        service=ServiceSeen(service=a.service(raw=raw, tags=tags, desired=4, running=4), deployments=(a.rollout(),)),
        running=a.revision(1, {"family": "hello", "containerDefinitions": []}),
        newest=None,
    )


def with_gaps() -> Account:
    """Return an account as runs leave it that are interrupted between two writes to the same resource."""
    whole = a.account(WEB)
    roles = {name: replace(role, policy=None) for name, role in whole.roles.items() if isinstance(role, RoleSeen)}
    return replace(
        whole,
        repository_details=RepositoryDetails(None, {"ecsdeploy:app": "hello"}),
        roles=roles,
        log_group=LogGroupSeen(group=a.log_group(retention_days=None), tags=a.target().tags),
        security_groups=(a.security_group(tags=a.target().tags),),
    )


WEB = a.target(task={"port": 3000})
RICH = a.target(
    "staging",
    task={
        "port": 3000,
        "cpu": 1024,
        "memory": 2048,
        "architecture": "arm64",
        "ephemeral_storage": 30,
        "command": ["serve"],
        "entry_point": ["/bin/sh"],
        "user": "1000",
        "environment": {"VERSION": "{commit}"},
        "health_check": {"command": ["CMD", "true"]},
        "raw": {"containerDefinitions": [{"name": "agent", "image": "agent:1"}], "volumes": [{"name": "cache"}]},
    },
    service={
        "raw": {
            "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
            "loadBalancers": [{"targetGroupArn": "arn", "containerName": "hello", "containerPort": 3000}],
            "enableExecuteCommand": True,
        }
    },
    network={"subnets": ["subnet-0000000a"], "security_groups": ["sg-0000000a"], "public_ip": False},
    iam={"path": "/platform/", "permissions_boundary": "arn:aws:iam::123456789012:policy/developers"},
)
RULED = a.target(task={"port": 3000}, iam={"permissions_boundary": "arn:aws:iam::123456789012:policy/developers"})
EMPTY_STAGING = a.empty(
    roles=dict.fromkeys(a.roles_of(RICH)),
    network=NetworkSeen(subnets=(replace(a.SUBNETS[0], id="subnet-0000000a"),)),
    security_groups=(a.security_group(id="sg-0000000a", name="theirs"),),
    secrets={"DB": "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-a1B2c3"},
)
UNBUILT = Unbuilt("hello:9d8e7f6", "9d8e7f6")
TAGS = {"ecsdeploy:app": "hello", "ecsdeploy:commit": "9d8e7f6"}


def wants(**changed: Any) -> Wanted:
    """Return what an app with a port wants."""
    return a.wanted(**{"target": WEB, **changed})


RELEASING = a.target(task={"port": 3000}, release={"command": ["python", "manage.py", "migrate"]})


def before_another() -> Account:
    """Return an account that runs another image than the wanted one."""
    other = wants(target=RELEASING, image=replace(a.IMAGE, digest="sha256:" + "b" * 64))
    seen = a.account(RELEASING)
    runs = a.revision(1, rendered(other, seen))
    return replace(seen, running=runs, newest=runs)


SITUATIONS: dict[str, tuple[Wanted, Account, Upkeep]] = {
    "setup, nothing there": (wants(parts=SETUP), a.empty(), RECONCILE),
    "setup, all drifted": (wants(parts=SETUP), drifted({"ecsdeploy:app": "hello"}), REPAIR),
    "setup, all of somebody else": (wants(parts=SETUP), drifted(FOREIGN), ADOPT),
    "setup, interrupted before": (wants(parts=SETUP), with_gaps(), RECONCILE),
    "setup, a config that says much": (wants(target=RICH, parts=SETUP), EMPTY_STAGING, RECONCILE),
    "setup, a boundary was added": (wants(target=RULED, parts=SETUP), a.account(WEB), RECONCILE),
    "deploy, the first": (wants(parts=DEPLOY, revision_tags=TAGS), a.empty(), FILL),
    "deploy, the first build": (wants(parts=("repository", *DEPLOY), image=UNBUILT), a.empty(), FILL),
    "deploy, interrupted before": (wants(parts=("repository", *DEPLOY)), with_gaps(), FILL),
    "deploy, a config that says much": (wants(target=RICH, parts=DEPLOY, count=2), EMPTY_STAGING, FILL),
    "deploy, a new image": (wants(parts=DEPLOY, image=UNBUILT), a.account(WEB), FILL),
    "deploy, all drifted": (wants(parts=DEPLOY, count=2), drifted({"ecsdeploy:app": "hello"}), FILL),
    "deploy, all of somebody else": (wants(parts=DEPLOY), drifted(FOREIGN), FILL_AND_ADOPT),
    "deploy, forced": (wants(parts=DEPLOY, force=True), a.account(WEB), FILL),
    "deploy, the first, with a release command": (wants(target=RELEASING, parts=DEPLOY), a.empty(), FILL),
    "deploy, with a release command": (wants(target=RELEASING, parts=DEPLOY), before_another(), FILL),
    "register": (wants(parts=("task definition",), revision_tags=TAGS), a.empty(), FILL),
    "another revision": (
        wants(parts=("service",), image=None, revision=f"{a.ARN}:task-definition/hello:7", settings=False),
        a.account(WEB),
        FILL,
    ),
    "another count": (wants(parts=("service",), image=None, count=5, settings=False), a.account(WEB), FILL),
}
