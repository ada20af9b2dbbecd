"""What requests refer to, by name or ARN, and ECS's errors where it is missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Protocol

from ecsdeploy.sandbox.ecs.api.identifiers import service_name, task_identity
from ecsdeploy.sandbox.ecs.naming import resource
from ecsdeploy.sandbox.ecs.records import Cluster, TaskDefinition
from ecsdeploy.sandbox.ecs.service_records import Service
from ecsdeploy.sandbox.ecs.world import Draft, Key, World
from ecsdeploy.sandbox.wire import AwsError

DEFAULT_CLUSTER = "default"
NOT_FOUND = "Cluster not found."
_NAME = r"[a-zA-Z0-9\-_]{1,255}"


class Clusters(Protocol):
    """A world or a draft of one."""

    @property
    def clusters(self) -> Mapping[str, Cluster]:
        """Return the clusters by name."""
        ...


class Families(Protocol):
    """A world or a draft of one."""

    @property
    def families(self) -> Mapping[str, tuple[TaskDefinition, ...]]:
        """Return each family's revisions, oldest first."""
        ...


def invalid(message: str) -> AwsError:
    """Return an InvalidParameterException."""
    return AwsError("InvalidParameterException", message)


def client_error(message: str) -> AwsError:
    """Return a ClientException."""
    return AwsError("ClientException", message)


def cluster_name(reference: str | None) -> str:
    """Return the name in a cluster's name or ARN; without one it is `default` (API reference).

    Raises InvalidParameterException for what can be no cluster's name.
    """
    if not reference:
        return DEFAULT_CLUSTER
    parts = resource(reference)
    if parts is not None and parts[0] != "cluster":
        raise invalid(f"Unsupported resource type: {parts[0]}")
    name = reference if parts is None else "/".join(parts[1])
    check_name(name, "Cluster")
    return name


def check_name(name: str, what: str) -> None:
    """Raise InvalidParameterException unless `name` has up to 255 letters, digits, hyphens and underscores.

    ECS shows a question mark for each character beyond ASCII (users' reports).
    """
    if not re.fullmatch(_NAME, name):
        raise invalid(f"{what} must match ^{_NAME}$, but was {name.encode('ascii', 'replace').decode()}")


def known_cluster(world: Clusters, reference: str | None) -> Cluster:
    """Return the cluster, deleted or not. Raises ClusterNotFoundException."""
    cluster = world.clusters.get(cluster_name(reference))
    if cluster is None:
        raise AwsError("ClusterNotFoundException", NOT_FOUND)
    return cluster


def find_cluster(world: Clusters, reference: str | None) -> Cluster:
    """Return a cluster whose services or tasks are looked at. Raises ClusterNotFoundException, if it was deleted too.

    DescribeClusters alone still finds a deleted one (API reference, DeleteCluster: it is INACTIVE, and may be
    discoverable for a while).
    """
    cluster = known_cluster(world, reference)
    if cluster.status != "ACTIVE":
        raise AwsError("ClusterNotFoundException", NOT_FOUND)
    return cluster


def active_cluster(world: Clusters, reference: str | None) -> Cluster:
    """Return a cluster in which something is changed. Raises ClusterNotFoundException, in other words if INACTIVE.

    These words are those of CreateService, UpdateService and RunTask in users' reports.
    """
    cluster = known_cluster(world, reference)
    if cluster.status != "ACTIVE":
        raise AwsError("ClusterNotFoundException", "The referenced cluster was inactive.")
    return cluster


def service_key(cluster: str, reference: str) -> Key:
    """Return where a service is kept, from its name or ARN. Raises InvalidParameterException."""
    return cluster, service_name(cluster, reference)


def find_service(draft: Draft, cluster: str, reference: str) -> tuple[Key, Service]:
    """Return a service that was not deleted. Raises ServiceNotFoundException, ServiceNotActiveException."""
    key = service_key(cluster, reference)
    shard = draft.peek(key)
    if shard is None or shard.service is None or not key[1]:
        raise AwsError("ServiceNotFoundException", "Service not found.")
    if shard.service.status != "ACTIVE":
        raise AwsError("ServiceNotActiveException", "Service was not ACTIVE.")
    return key, shard.service


def definition_reference(reference: str) -> tuple[str, int | None]:
    """Return family and revision of `family`, `family:revision` or an ARN. Raises InvalidParameterException."""
    text = reference
    if reference.startswith("arn:"):
        parts = resource(reference)
        if parts is None or parts[0] != "task-definition" or len(parts[1]) != 1:
            raise invalid("Invalid Task Definition identifier")
        text = parts[1][0]
    family, colon, revision = text.partition(":")
    if not colon:
        return family, None
    if not revision.isdigit():
        raise invalid(f"Invalid revision number. Number: {revision}")
    return family, int(revision)


def find_definition(world: Families, reference: str) -> TaskDefinition | None:
    """Return a task definition; a family alone means its newest ACTIVE revision."""
    family, revision = definition_reference(reference)
    revisions = world.families.get(family, ())
    if revision is None:
        return next((d for d in reversed(revisions) if d.status == "ACTIVE"), None)
    return next((d for d in revisions if d.revision == revision), None)


def usable_definition(
    world: Families, reference: str, refuse: Callable[[str], AwsError] = client_error
) -> TaskDefinition:
    """Return a task definition that new tasks may use. Raises ClientException.

    For one that is INACTIVE it raises what `refuse` makes of ECS's words: in users' reports UpdateService answers with
    a ClientException and RunTask with an InvalidParameterException.
    """
    definition = find_definition(world, reference)
    if definition is None:
        raise client_error("TaskDefinition not found.")
    if definition.status != "ACTIVE":
        raise refuse("TaskDefinition is inactive")
    return definition


def task_id(world: World, cluster: str, reference: str) -> str | None:
    """Return the id of a cluster's task from its id or ARN, or None if there is none.

    Raises InvalidParameterException.
    """
    found = world.find(task_identity(cluster, reference))
    return found[1].id if found and found[1].cluster == cluster else None
