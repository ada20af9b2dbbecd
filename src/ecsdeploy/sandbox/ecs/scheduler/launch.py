"""Making tasks: addresses, capacity providers, tags, containers."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

from ecsdeploy.sandbox.ecs.records import Container, Eni, Network, Tags, Task, TaskDefinition
from ecsdeploy.sandbox.ecs.scheduler import breaker
from ecsdeploy.sandbox.ecs.scheduler.events import CAPACITY, GUIDE, REPLACED, say, say_tasks
from ecsdeploy.sandbox.ecs.service_records import Deployment, Revision
from ecsdeploy.sandbox.ecs.signals import ResolveImages
from ecsdeploy.sandbox.ecs.world import Draft, NotAssumed, ShardDraft

ADDRESSES = 254 * 254
"""127.64.1.1 to 127.64.254.254: each running task has a loopback address of its own."""

ROLE_ERROR = (
    "ECS was unable to assume the role '{role}' that was provided for this task. Please verify that the role being "
    "passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role."
)

_UNPLACED = {
    "no-capacity": CAPACITY,
    "quota-reached": "You've reached the limit on the number of vCPUs you can run concurrently",
    "size-quota": "The requested CPU configuration is above your limit",
}
"""Faults that let no task be placed -> the failure's reason (ECS developer guide, "API failure reasons")."""


def may_launch(draft: Draft, shard: ShardDraft, deployment: Deployment) -> bool:
    """Return whether a deployment may start tasks now: not while it backs off, nor before its images are known."""
    return draft.now >= deployment.launch_after and _images_known(draft, shard, deployment)


def _images_known(draft: Draft, shard: ShardDraft, deployment: Deployment) -> bool:
    """Version consistency: no task starts before the tags of its revision are resolved to digests."""
    revision = shard.revisions[deployment.revision]
    if revision.resolved:
        return True
    service = shard.service
    assert service is not None
    if deployment.asked_images_at is None:
        images = tuple(dict.fromkeys(i.image for i in revision.images if i.digest is None))
        draft.commands.append(ResolveImages(service.cluster, service.name, revision.number, images))
        shard.put_deployment(replace(deployment, asked_images_at=draft.now))
    return False


def launch(draft: Draft, shard: ShardDraft, deployment: Deployment, count: int, *, unhealthy: int = 0) -> None:
    """Start `count` tasks of a deployment, or say why none can be; `unhealthy` of them replace unhealthy ones."""
    service = shard.service
    assert service is not None
    revision = shard.revisions[deployment.revision]
    refusal = refused(revision.definition, revision.faults, draft.not_assumed)
    if refusal is not None:
        say(draft, shard, refusal[1])
        breaker.count_failure(draft, shard, deployment.id, started=False)
        return
    started = []
    providers = [t.capacity_provider for t in shard.tasks.values() if t.live and t.deployment == deployment.id]
    for _ in range(count):
        provider = pick_provider(revision.strategy, providers)
        providers.append(provider)
        task = new_task(
            draft,
            cluster=service.cluster,
            definition=revision.definition,
            network=revision.network,
            group=f"service:{service.name}",
            service=service.name,
            deployment=deployment.id,
            started_by=deployment.id,
            tags=_tags(shard, revision),
            launch_type="FARGATE" if provider is None else None,
            capacity_provider=provider,
            platform_version=revision.platform_version,
            exec_enabled=service.exec_enabled,
            faults=revision.faults,
        )
        shard.tasks[task.id] = task
        started.append(task.id)
    say_tasks(draft, shard, "has started #", started, REPLACED.format(unhealthy) if unhealthy else "")


def refused(
    definition: TaskDefinition,
    faults: frozenset[str],
    not_assumed: NotAssumed,
    overrides: Mapping[str, Any] | None = None,
) -> tuple[str, str] | None:
    """Return why no task can be launched: the reason as RunTask gives it, and the service event's text."""
    reason = next((reason for name, reason in _UNPLACED.items() if name in faults), None)
    if reason is not None:
        return reason, f"was unable to place a task. Reason: {reason}. {GUIDE}"
    roles = [{**definition.body, **(overrides or {})}.get(key) for key in ("executionRoleArn", "taskRoleArn")]
    role = roles[0] or "" if "role-missing" in faults else not_assumed(roles)
    if role is not None:
        error = ROLE_ERROR.format(role=role)
        return error, f"failed to launch a task with (error {error})."
    return None


def new_task(
    draft: Draft,
    *,
    cluster: str,
    definition: TaskDefinition,
    network: Network,
    group: str,
    overrides: Mapping[str, Any] | None = None,
    platform_version: str = "LATEST",
    **fields: Any,
) -> Task:
    """Return a task in PROVISIONING; further `fields` are those of `Task`."""
    task_id = draft.hex_id()
    overrides = overrides or {}
    body = definition.body
    return Task(
        id=task_id,
        cluster=cluster,
        definition=definition,
        containers=tuple(_container(c) for c in body["containerDefinitions"]),
        eni=_eni(draft, task_id, network),
        group=group,
        created_at=draft.now,
        cpu=overrides.get("cpu") or body["cpu"],
        memory=overrides.get("memory") or body["memory"],
        overrides=overrides,
        platform_version="1.4.0" if platform_version == "LATEST" else platform_version,
        due=draft.now + draft.timing.provisioning,
        **fields,
    )


def _container(definition: Mapping[str, Any]) -> Container:
    return Container(
        name=definition["name"],
        image=definition["image"],
        essential=definition.get("essential", True),
        digest=None,
        health="UNKNOWN" if definition.get("healthCheck") else None,
    )


def _eni(draft: Draft, task_id: str, network: Network) -> Eni:
    number = _free_number(draft)
    # Tasks are spread over the subnets, as Fargate spreads them over Availability Zones.
    subnet = network.subnets[draft.addresses % len(network.subnets)]
    block = IPv4Network(subnet.cidr)
    # A subnet's first four addresses and its last are AWS's own.
    host = 4 + number % max(block.num_addresses - 5, 1)
    return Eni(
        owner=task_id,
        private_address=str(block.network_address + host),
        address=f"127.64.{1 + number // 254}.{1 + number % 254}",
        public=network.assign_public,
        subnet=subnet,
        groups=network.groups,
    )


def _free_number(draft: Draft) -> int:
    """Return the next address's number; after a full round those still in use are passed over."""
    offset = zlib.crc32(draft.world.seed.encode())
    used: set[str] = set()
    if draft.addresses >= ADDRESSES:
        shards = [draft.peek(key) for key in draft.shard_keys()]
        used = {t.eni.address for s in shards if s for t in s.tasks.values() if t.last_status != "STOPPED"}
    while True:
        number = (offset + draft.addresses) % ADDRESSES
        draft.addresses += 1
        if f"127.64.{1 + number // 254}.{1 + number % 254}" not in used or len(used) >= ADDRESSES:
            return number


def _tags(shard: ShardDraft, revision: Revision) -> Tags:
    service = shard.service
    assert service is not None
    source = {"SERVICE": service.tags, "TASK_DEFINITION": revision.definition.tags}.get(service.propagate, ())
    return merged_tags(source, managed_tags(service.cluster, service.name) if service.managed_tags else ())


def managed_tags(cluster: str, service: str | None = None) -> Tags:
    """Return the tags that enableECSManagedTags gives a task."""
    own = (("aws:ecs:clusterName", cluster),)
    return (*own, ("aws:ecs:serviceName", service)) if service else own


def merged_tags(*groups: Tags) -> Tags:
    """Return all tags; a later one replaces an earlier one of the same key."""
    return tuple({key: value for group in groups for key, value in group}.items())


def pick_provider(strategy: Sequence[Mapping[str, Any]], taken: Sequence[str | None]) -> str | None:
    """Return which capacity provider is next: bases first, then by weight (CapacityProviderStrategyItem)."""
    if not strategy:
        return None
    for item in strategy:
        if taken.count(item["capacityProvider"]) < int(item.get("base", 0)):
            return str(item["capacityProvider"])

    def fullness(item: Mapping[str, Any]) -> float:
        beyond = taken.count(item["capacityProvider"]) - int(item.get("base", 0))
        return (beyond + 1) / int(item["weight"])

    weighted = [item for item in strategy if int(item.get("weight", 0)) > 0]
    return str(min(weighted or strategy, key=fullness if weighted else lambda item: 0)["capacityProvider"])
