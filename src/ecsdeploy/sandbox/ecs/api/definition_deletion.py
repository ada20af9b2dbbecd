"""The deletion of task definitions: DELETE_IN_PROGRESS while anything needs them, and then gone.

Developer Guide, "Task definition states" and "Deleting an Amazon ECS task definition revision": tasks and deployments
keep a revision, and ECS looks periodically whether there are any left.
"""

from __future__ import annotations

from dataclasses import replace

from ecsdeploy.sandbox.ecs.api.lookup import definition_reference, find_definition, invalid
from ecsdeploy.sandbox.ecs.engine import EcsEngine
from ecsdeploy.sandbox.ecs.records import TaskDefinition
from ecsdeploy.sandbox.ecs.timing import Timing
from ecsdeploy.sandbox.ecs.world import Draft, Shard, World

UNKNOWN = "The specified task definition does not exist. Specify a valid account, family, revision and try again."
STILL_ACTIVE = "The specified task definition is still in ACTIVE status. Please deregister the target and try again."


def request_deletion(draft: Draft, reference: str) -> TaskDefinition:
    """Return an INACTIVE revision as DELETE_IN_PROGRESS; one that is so already stays as it is.

    Raises InvalidParameterException, whose message is the failure's reason.
    """
    _, revision = definition_reference(reference)
    definition = find_definition(draft, reference)
    if revision is None or definition is None:
        raise invalid(UNKNOWN)
    if definition.status == "ACTIVE":
        raise invalid(STILL_ACTIVE)
    if definition.status == "INACTIVE":
        definition = replace(definition, status="DELETE_IN_PROGRESS", delete_requested_at=draft.now)
        put_definition(draft, definition)
        draft.deleting |= {definition.arn}
    return definition


def put_definition(draft: Draft, definition: TaskDefinition) -> None:
    """Replace the revision of the same ARN."""
    changed = (definition if each.arn == definition.arn else each for each in draft.families[definition.family])
    draft.families = {**draft.families, definition.family: tuple(changed)}


def sweep(engine: EcsEngine) -> None:
    """Remove what is to be deleted and no longer needed."""
    if _over(engine.world, engine.clock.now(), engine.timing):
        engine.change(_remove)


def _remove(draft: Draft) -> None:
    for definition in _over(draft.world, draft.now, draft.timing):
        kept = tuple(each for each in draft.families[definition.family] if each.arn != definition.arn)
        draft.families = {**draft.families, definition.family: kept}
        draft.deleting -= {definition.arn}


def _over(world: World, now: float, timing: Timing) -> list[TaskDefinition]:
    going = [found for reference in world.deleting if (found := find_definition(world, reference)) is not None]
    ripe = [each for each in going if now >= (each.delete_requested_at or 0.0) + timing.definition_deleted]
    needed = {name for shard in world.shards.values() for name in _needed(shard)} if ripe else set()
    return [each for each in ripe if each.arn not in needed]


def _needed(shard: Shard) -> set[str]:
    """Return the ARNs of the task definitions that a service, its deployments or tasks still need."""
    found = {task.definition.arn for task in shard.tasks.values() if task.last_status != "STOPPED"}
    if shard.service is not None and shard.service.status != "INACTIVE":
        found.add(shard.service.definition.arn)
    deployments = (*shard.deployments, shard.completed)
    return found | {shard.revisions[each.revision].definition.arn for each in deployments if each is not None}
