"""Tags of clusters, services, tasks and task definitions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ecsdeploy.sandbox.ecs.api.forms import read_tags
from ecsdeploy.sandbox.ecs.api.lookup import find_definition, invalid
from ecsdeploy.sandbox.ecs.describe import Answer, tag_list
from ecsdeploy.sandbox.ecs.engine import EcsEngine
from ecsdeploy.sandbox.ecs.naming import resource
from ecsdeploy.sandbox.ecs.records import Tags
from ecsdeploy.sandbox.ecs.scheduler.launch import merged_tags
from ecsdeploy.sandbox.ecs.world import Draft
from ecsdeploy.sandbox.wire import AwsError, Caller, Operations

NOT_FOUND = "ResourceNotFoundException"
Change = Callable[[Tags], Tags]


class TagApi:
    """Tags: they follow the ARN."""

    def __init__(self, engine: EcsEngine) -> None:
        self._engine = engine

    def operations(self) -> Operations:
        """Return the operations by name."""
        return {"TagResource": self.tag, "UntagResource": self.untag, "ListTagsForResource": self.list}

    def tag(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Add tags; a tag of the same key is replaced."""
        added = read_tags(params)
        self._engine.change(lambda draft: _change(draft, params["resourceArn"], lambda tags: merged_tags(tags, added)))
        return {}

    def untag(self, params: dict[str, Any], caller: Caller) -> Answer:
        """Remove tags by key."""
        keys = set(params["tagKeys"])
        self._engine.change(
            lambda draft: _change(
                draft, params["resourceArn"], lambda tags: tuple(tag for tag in tags if tag[0] not in keys)
            )
        )
        return {}

    def list(self, params: dict[str, Any], caller: Caller) -> Answer:
        """List a resource's tags."""
        draft = Draft(self._engine.world, self._engine.clock.now(), self._engine.timing)
        try:
            return {"tags": tag_list(_change(draft, params["resourceArn"], lambda tags: tags))}
        except AwsError as error:
            # The one operation on tags whose model has no ResourceNotFoundException.
            raise invalid(error.message) if error.code == NOT_FOUND else error from None


def _change(draft: Draft, reference: str, change: Change) -> Tags:
    """Change the tags of what an ARN names and return them. Raises ECS's errors if there is no such thing."""
    parts = resource(reference)
    match parts:
        case ("service" | "task", [_]):
            raise invalid("Long arn format must be used for tagging operations")
        case ("cluster", [name]):
            return _change_cluster(draft, name, change)
        case ("service", [cluster, name]):
            return _change_service(draft, cluster, name, change)
        case ("task", [cluster, identity]):
            return _change_task(draft, cluster, identity, change)
        case ("task-definition", [_]):
            return _change_definition(draft, reference, change)
    raise invalid("Invalid resource ARN: only clusters, services, tasks and task definitions can be tagged.")


def _missing(what: str) -> AwsError:
    return AwsError(NOT_FOUND, f"The specified {what} could not be found.")


def _change_cluster(draft: Draft, name: str, change: Change) -> Tags:
    cluster = draft.clusters.get(name)
    if cluster is None:
        raise AwsError("ClusterNotFoundException", "Cluster not found.")
    if cluster.status != "ACTIVE":
        raise invalid("The specified cluster is inactive. Specify an active cluster and try again.")
    changed = replace(cluster, tags=change(cluster.tags))
    draft.clusters = {**draft.clusters, name: changed}
    return changed.tags


def _change_service(draft: Draft, cluster: str, name: str, change: Change) -> Tags:
    shard = draft.open((cluster, name)) if draft.peek((cluster, name)) else None
    if shard is None or shard.service is None or shard.service.status == "INACTIVE":
        raise _missing("service")
    shard.service = replace(shard.service, tags=change(shard.service.tags))
    return shard.service.tags


def _change_task(draft: Draft, cluster: str, identity: str, change: Change) -> Tags:
    key = draft.home(identity)
    if key is None or key[0] != cluster:
        raise _missing("task")
    shard = draft.open(key)
    task = shard.tasks[identity]
    shard.tasks[identity] = replace(task, tags=change(task.tags))
    return shard.tasks[identity].tags


def _change_definition(draft: Draft, reference: str, change: Change) -> Tags:
    definition = find_definition(draft, reference)
    if definition is None:
        raise _missing("task definition")
    changed = replace(definition, tags=change(definition.tags))
    revisions = tuple(changed if d.arn == changed.arn else d for d in draft.families[changed.family])
    draft.families = {**draft.families, changed.family: revisions}
    return changed.tags
