"""RunTask: tasks of no service."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ecsdeploy.sandbox.ecs.api.capacity import read_placement
from ecsdeploy.sandbox.ecs.api.definition_rules import ROLES, SIZES, check_role
from ecsdeploy.sandbox.ecs.api.forms import (
    check_exec,
    check_fargate,
    check_token,
    read_network,
    read_platform,
    read_tags,
)
from ecsdeploy.sandbox.ecs.api.lookup import active_cluster, client_error, invalid, usable_definition
from ecsdeploy.sandbox.ecs.api.service_form import check_no_placement
from ecsdeploy.sandbox.ecs.describe import Answer, describe_task
from ecsdeploy.sandbox.ecs.engine import EcsEngine
from ecsdeploy.sandbox.ecs.naming import cluster_arn, task_arn
from ecsdeploy.sandbox.ecs.records import Tags, Task, TaskDefinition
from ecsdeploy.sandbox.ecs.scheduler.launch import managed_tags, merged_tags, new_task, pick_provider, refused
from ecsdeploy.sandbox.ecs.world import Draft, World
from ecsdeploy.sandbox.wire import AwsError, Caller

OVERRIDES = 8192


def run_task(engine: EcsEngine, params: dict[str, Any], caller: Caller) -> Answer:
    """Start up to 10 tasks; what cannot be placed is a failure in the answer, not an error."""
    world = engine.world
    cluster = active_cluster(world, params.get("cluster"))
    definition = usable_definition(world, params["taskDefinition"], invalid)
    launch_type, strategy = read_placement(cluster, params)
    check_fargate(definition)
    check_exec(definition, params)
    check_no_placement(params)
    network, platform = read_network(engine, params), read_platform(params)
    tags = _tags(params, definition, cluster.name)
    count = params.get("count", 1)
    _check(params, definition, count)
    images = [c["image"] for c in definition.body["containerDefinitions"]]
    check_token(params, 64)
    token = params.get("clientToken")
    before = _earlier(world, cluster.name, params) if token else []
    if before:
        return {"tasks": [describe_task(world, task, tags=True) for task in before], "failures": []}
    faults = engine.faults.for_image(images)
    refusal = refused(definition, faults, engine.not_assumed, params.get("overrides"))
    if refusal is not None:
        return {"tasks": [], "failures": [{"arn": cluster_arn(world, cluster.name), "reason": refusal[0]}]}

    def write(draft: Draft) -> Answer:
        shard = draft.open((cluster.name, ""))
        tasks: list[Task] = []
        for _ in range(count):
            provider = pick_provider(strategy, [t.capacity_provider for t in tasks])
            task = new_task(
                draft,
                cluster=cluster.name,
                definition=definition,
                network=network,
                group=params.get("group", f"family:{definition.family}"),
                overrides=params.get("overrides", {}),
                started_by=params.get("startedBy"),
                tags=tags,
                launch_type=launch_type,
                capacity_provider=provider,
                platform_version=platform,
                exec_enabled=params.get("enableExecuteCommand", False),
                faults=faults,
                token=f"{token}/{_fingerprint(params)}" if token else None,
            )
            shard.tasks[task.id] = task
            tasks.append(task)
        shard.due = draft.now
        return {"tasks": [describe_task(draft.world, task, tags=True) for task in tasks], "failures": []}

    return engine.change(write)


def _fingerprint(params: Mapping[str, Any]) -> str:
    return repr(sorted((k, repr(v)) for k, v in params.items()))


def _earlier(world: World, cluster: str, params: Mapping[str, Any]) -> list[Task]:
    """Return the tasks that the same clientToken started. Raises ConflictException if its request was another."""
    token = params["clientToken"]
    shard = world.shards.get((cluster, ""))
    tasks = [t for t in shard.tasks.values() if (t.token or "").partition("/")[0] == token] if shard else []
    if any(t.token != f"{token}/{_fingerprint(params)}" for t in tasks):
        raise AwsError(
            "ConflictException",
            "The RunTask request could not be processed due to conflicts. The clientToken was used before with other "
            "parameters.",
            resourceIds=[task_arn(world, cluster, t.id) for t in tasks],
        )
    return tasks


def _check(params: Mapping[str, Any], definition: TaskDefinition, count: int) -> None:
    if not 1 <= count <= 10:
        raise invalid("Count must be between 1 and 10.")
    if len(params.get("startedBy", "")) > 128:
        raise invalid("startedBy can have at most 128 characters.")
    if params.get("group", "").startswith("service:"):
        raise invalid("Invalid namespace for group: service:")
    overrides = params.get("overrides", {})
    for key in ROLES:
        check_role(overrides.get(key))
    known = {c["name"] for c in definition.body["containerDefinitions"]}
    for override in overrides.get("containerOverrides", ()):
        if override.get("name") not in known:
            raise invalid(
                f"Override for container named {override.get('name')} is not a container in the TaskDefinition."
            )
    _check_overrides(overrides, definition)
    cpu, memory = overrides.get("cpu", definition.body["cpu"]), overrides.get("memory", definition.body["memory"])
    if not (cpu.isdigit() and memory.isdigit()) or int(memory) not in SIZES.get(int(cpu), ()):
        raise client_error(
            f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. "
            "See the Amazon ECS documentation for the valid values."
        )


def _check_overrides(overrides: Mapping[str, Any], definition: TaskDefinition) -> None:
    # "Container Overrides length must be at most 8192" is what users report (API reference, RunTask: the limit counts
    # the characters of JSON too).
    if len(json.dumps(overrides, ensure_ascii=False, separators=(",", ":"))) > OVERRIDES:
        raise invalid(f"Container Overrides length must be at most {OVERRIDES}")
    most = overrides.get("memory", definition.body["memory"])
    for override in overrides.get("containerOverrides", ()):
        if most.isdigit() and override.get("memory", 0) > int(most):
            raise invalid(f"'memory' setting for container '{override['name']}' is greater than for task.")


def _tags(params: Mapping[str, Any], definition: TaskDefinition, cluster: str) -> Tags:
    if params.get("propagateTags") == "SERVICE":
        raise invalid("The SERVICE option is not valid for propagateTags when running a task.")
    inherited = definition.tags if params.get("propagateTags") == "TASK_DEFINITION" else ()
    own = managed_tags(cluster) if params.get("enableECSManagedTags") else ()
    return merged_tags(inherited, read_tags(params), own)
