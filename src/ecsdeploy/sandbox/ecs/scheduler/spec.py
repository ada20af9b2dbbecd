"""What the runtime is told about a task: overrides merged, images pinned where ECS pins them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ecsdeploy.sandbox.ecs.naming import task_arn
from ecsdeploy.sandbox.ecs.records import Task
from ecsdeploy.sandbox.ecs.world import ShardDraft, World
from ecsdeploy.sandbox.runtime.base import TaskSpec

OURS = frozenset({"no-capacity", "quota-reached", "size-quota", "eni-error", "spot-interruption"})
"""Faults that happen before or beside the containers: the runtime never hears of them."""


def task_spec(world: World, shard: ShardDraft, task: Task) -> TaskSpec:
    """Return everything that the runtime needs to run `task`."""
    body = task.definition.body
    overrides = {o["name"]: o for o in task.overrides.get("containerOverrides", ()) if "name" in o}
    digests = _digests(shard, task)
    architecture = (body.get("runtimePlatform") or {}).get("cpuArchitecture", "X86_64")
    return TaskSpec(
        arn=task_arn(world, task.cluster, task.id),
        id=task.id,
        cluster=task.cluster,
        family=task.definition.family,
        revision=task.definition.revision,
        cpu=int(task.cpu),
        memory=int(task.memory),
        address=task.eni.address,
        private_address=task.eni.private_address,
        architecture="ARM64" if architecture == "ARM64" else "X86_64",
        containers=tuple(
            _container(definition, overrides.get(definition["name"], {}), digests)
            for definition in body["containerDefinitions"]
        ),
        volumes=tuple(body.get("volumes", ())),
        execution_role=task.overrides.get("executionRoleArn") or body.get("executionRoleArn"),
        task_role=task.overrides.get("taskRoleArn") or body.get("taskRoleArn"),
        shared_processes=body.get("pidMode") == "task",
        group=task.group,
        subnet=task.eni.subnet.id,
        security_groups=task.eni.groups,
        faults=task.faults - OURS,
    )


def pinned(image: str, digest: str | None) -> str:
    """Return `repository@digest` if the digest is known and not part of the reference yet."""
    if digest is None or "@" in image:
        return image
    head, colon, tail = image.rpartition(":")
    return f"{head if colon and '/' not in tail else image}@{digest}"


def _digests(shard: ShardDraft, task: Task) -> Mapping[str, str | None]:
    deployment = shard.deployment(task.deployment)
    if deployment is None:
        return {}
    return {image.container: image.digest for image in shard.revisions[deployment.revision].images}


def _container(
    definition: Mapping[str, Any], override: Mapping[str, Any], digests: Mapping[str, str | None]
) -> Mapping[str, Any]:
    merged = {
        **definition,
        **{k: v for k, v in override.items() if k not in ("name", "environment", "environmentFiles")},
    }
    if override.get("environment"):
        values = {e["name"]: e for e in (*definition.get("environment", ()), *override["environment"])}
        merged["environment"] = list(values.values())
    if override.get("environmentFiles"):
        merged["environmentFiles"] = [*definition.get("environmentFiles", ()), *override["environmentFiles"]]
    if definition.get("versionConsistency") != "disabled":
        merged["image"] = pinned(definition["image"], digests.get(definition["name"]))
    return merged
