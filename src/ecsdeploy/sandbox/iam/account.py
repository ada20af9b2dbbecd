"""What the sandbox's account has, as far as a request's condition keys and ARNs need it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.evaluate import Request
from ecsdeploy.sandbox.ecr.store import EcrStore
from ecsdeploy.sandbox.ecs.api.lookup import find_definition
from ecsdeploy.sandbox.ecs.naming import resource
from ecsdeploy.sandbox.ecs.records import TaskDefinition
from ecsdeploy.sandbox.ecs.world import World
from ecsdeploy.sandbox.iam.authorization import Definition, Surroundings
from ecsdeploy.sandbox.iam.stored_roles import StoredRoles
from ecsdeploy.sandbox.logs.store import LogStore
from ecsdeploy.sandbox.moto_backend import MotoBackend, MotoError
from ecsdeploy.sandbox.wire import AwsError


@dataclass(frozen=True)
class Stores:
    """Where the sandbox keeps what it has."""

    world: Callable[[], World]
    ecr: EcrStore
    logs: LogStore
    moto: MotoBackend
    roles: StoredRoles


class Account(Surroundings):
    """One account in one Region, as it is at this moment."""

    def __init__(self, place: Place, stores: Stores) -> None:
        super().__init__(place)
        self._stores = stores

    def tags(self, arn: str) -> Mapping[str, str]:
        """Return a resource's tags."""
        parts = arn.split(":", 5)
        read: Mapping[str, Callable[[], Mapping[str, str]]] = {
            "ecs": lambda: _ecs_tags(self._stores.world(), arn),
            "ecr": lambda: self._repository_tags(parts[5].partition("/")[2]),
            "logs": lambda: self._group_tags(parts[5].split(":")[1]),
            "iam": lambda: self._stores.roles.tags(arn),
            "ec2": lambda: self._ec2_tags(parts[5].partition("/")[2]),
            "secretsmanager": lambda: _pairs(self._described(arn).get("Tags")),
        }
        return read[parts[2]]() if len(parts) > 5 and parts[2] in read else {}

    def definition(self, reference: str) -> Definition:
        """Return the revision that a reference stands for; one that is not there by its name alone."""
        try:
            found = find_definition(self._stores.world(), reference)
        except AwsError:
            found = None
        return super().definition(reference) if found is None else _definition(found)

    def iam(self, kind: str, name: str) -> str:
        """Return an entity's ARN, with its path."""
        return self._stores.roles.arn(kind, name) or super().iam(kind, name)

    def boundary(self, arn: str) -> str:
        """Return the ARN of a role's permissions boundary, or ""."""
        return self._stores.roles.boundary(arn)

    def vpc(self, group: str) -> str:
        """Return the id of a security group's VPC, or ""."""
        found = self._ec2("DescribeSecurityGroups", {"GroupId.1": group})
        return found.findtext("securityGroupInfo/item/vpcId", "") if found is not None else ""

    def secret(self, reference: str) -> str:
        """Return a secret's ARN."""
        return str(self._described(reference).get("ARN") or super().secret(reference))

    def resource_policies(self, asked: Request) -> tuple[str, ...]:
        """Return the policies of the resource itself: a repository's, a secret's, whom a role trusts."""
        if asked.action == "sts:AssumeRole":
            role = self._stores.roles.find(asked.resource)
            return (role.trust,) if role else ()
        service, _, name = asked.resource.removeprefix("arn:").partition(":")[2].partition(":")
        if service == "ecr":
            with self._stores.ecr.locked() as repositories:
                found = repositories.get(name.partition("/")[2])
                return (found.policy,) if found is not None and found.policy else ()
        if service == "secretsmanager":
            policy = self._secrets("GetResourcePolicy", asked.resource).get("ResourcePolicy")
            return (str(policy),) if policy else ()
        return ()

    def _repository_tags(self, name: str) -> Mapping[str, str]:
        with self._stores.ecr.locked() as repositories:
            found = repositories.get(name)
            return dict(found.tags) if found else {}

    def _group_tags(self, name: str) -> Mapping[str, str]:
        with self._stores.logs.locked() as groups:
            found = groups.get(name)
            return dict(found.tags) if found else {}

    def _ec2_tags(self, identity: str) -> Mapping[str, str]:
        filters = {"Filter.1.Name": "resource-id", "Filter.1.Value.1": identity}
        found = self._ec2("DescribeTags", filters)
        items = found.findall("tagSet/item") if found is not None else []
        return {each.findtext("key", ""): each.findtext("value", "") for each in items}

    def _ec2(self, action: str, form: Mapping[str, str]) -> Any:
        try:
            return self._stores.moto.query("ec2", action, self.place.region, **form)
        except MotoError:
            return None

    def _described(self, reference: str) -> Mapping[str, Any]:
        return self._secrets("DescribeSecret", reference)

    def _secrets(self, operation: str, reference: str) -> Mapping[str, Any]:
        params = {"SecretId": reference}
        try:
            return self._stores.moto.json("secretsmanager", f"secretsmanager.{operation}", self.place.region, params)
        except MotoError:
            return {}


def _definition(found: TaskDefinition) -> Definition:
    roles = (found.body.get("taskRoleArn"), found.body.get("executionRoleArn"))
    named = tuple(str(each) for each in roles if each)
    return Definition(found.arn, str(found.body.get("cpu") or ""), str(found.body.get("memory") or ""), named)


def _ecs_tags(world: World, arn: str) -> Mapping[str, str]:
    match resource(arn):
        case ("cluster", [name]):
            cluster = world.clusters.get(name)
            return dict(cluster.tags) if cluster else {}
        case ("service", [cluster_name, name]):
            shard = world.shards.get((cluster_name, name))
            return dict(shard.service.tags) if shard and shard.service else {}
        case ("task", [_, identity]):
            found = world.find(identity)
            return dict(found[1].tags) if found else {}
        case ("task-definition", [name]) if ":" in name and not name.endswith("*"):
            definition = next(
                (each for each in world.families.get(name.partition(":")[0], ()) if each.arn == arn), None
            )
            return dict(definition.tags) if definition else {}
    return {}


def _pairs(tags: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in tags or ()}
