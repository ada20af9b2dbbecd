"""ECS's condition keys.

Source: Service Authorization Reference, "Condition keys for Amazon Elastic Container Service".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ecsdeploy.sandbox.iam.authorization.ecs_resources import cluster_arn, cluster_of, provider_arn, service_arns
from ecsdeploy.sandbox.iam.authorization.rule import Call, Key, Value, named

Found = Iterator[tuple[str, Value]]

_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*(vCPU|GB)?", re.IGNORECASE)


def _cluster(call: Call) -> Found:
    yield "ecs:cluster", cluster_arn(call, cluster_of(call))


def _service(call: Call) -> Found:
    for arn in service_arns(call)[:1]:
        yield "ecs:service", arn


def _task_definition(call: Call) -> Found:
    # An update that names none has no such key.
    if reference := call.text("taskDefinition"):
        yield "ecs:task-definition", call.around.definition(reference).arn


def _task(call: Call) -> Found:
    if name := call.text("task"):
        yield (
            "ecs:task",
            name if name.startswith("arn:") else call.around.place.regional("ecs", f"task/{cluster_of(call)}/{name}"),
        )


def _compatibilities(call: Call) -> Found:
    if found := call.texts("requiresCompatibilities"):
        yield "ecs:compute-compatibility", tuple(found)


def _privileged(call: Call) -> Found:
    containers = call.parameters.get("containerDefinitions") or ()
    yield "ecs:privileged", _said(any(each.get("privileged") for each in containers))


def _size(name: str, unit: int) -> Key:
    def read(call: Call) -> Found:
        overrides: Mapping[str, Any] = call.parameters.get("overrides") or {}
        value = str(call.parameters.get(name) or overrides.get(name) or "")
        if not value and (reference := call.text("taskDefinition")):
            found = call.around.definition(reference)
            value = found.cpu if name == "cpu" else found.memory
        amount = _AMOUNT.fullmatch(value.strip())
        if amount:
            yield f"ecs:task-{name}", str(round(float(amount[1]) * unit)) if amount[2] else amount[1]

    return read


def _network(call: Call) -> Mapping[str, Any]:
    network: Mapping[str, Any] = call.parameters.get("networkConfiguration") or {}
    found: Mapping[str, Any] = network.get("awsvpcConfiguration") or {}
    return found


def _public_address(call: Call) -> Found:
    if value := _network(call).get("assignPublicIp"):
        yield "ecs:auto-assign-public-ip", _said(value == "ENABLED")


def _subnets(call: Call) -> Found:
    if subnets := _network(call).get("subnets"):
        yield "ecs:subnet", tuple(map(str, subnets))


def _providers(call: Call) -> Found:
    parts = [*(call.parameters.get("capacityProviderStrategy") or ())]
    parts += call.parameters.get("defaultCapacityProviderStrategy") or ()
    names = [*call.texts("capacityProviders"), *(str(each.get("capacityProvider")) for each in parts)]
    if names:
        yield "ecs:capacity-provider", tuple(dict.fromkeys(provider_arn(call, each) for each in names))


def _flag(key: str, parameter: str) -> Key:
    def read(call: Call) -> Found:
        if (value := call.parameters.get(parameter)) is not None:
            yield key, _said(bool(value))

    return read


def _connect(call: Call) -> Found:
    if (found := call.parameters.get("serviceConnectConfiguration")) is not None:
        yield "ecs:enable-service-connect", _said(bool(found.get("enabled")))


def _namespace(call: Call) -> Found:
    found: Mapping[str, Any] = call.parameters.get("serviceConnectConfiguration") or {}
    defaults: Mapping[str, Any] = call.parameters.get("serviceConnectDefaults") or {}
    if value := found.get("namespace") or defaults.get("namespace"):
        yield "ecs:namespace", str(value)


def _volumes(call: Call) -> Found:
    if (found := call.parameters.get("volumeConfigurations")) is not None:
        yield "ecs:enable-ebs-volumes", _said(bool(found))


def _lattice(call: Call) -> Found:
    if (found := call.parameters.get("vpcLatticeConfigurations")) is not None:
        yield "ecs:enable-vpc-lattice", _said(bool(found))


def _storage_key(call: Call) -> Found:
    storage = (call.parameters.get("configuration") or {}).get("managedStorageConfiguration") or {}
    if value := storage.get("fargateEphemeralStorageKmsKeyId"):
        yield "ecs:fargate-ephemeral-storage-kms-key", str(value)


def _instances(call: Call) -> Found:
    if found := call.texts("containerInstances"):
        yield "ecs:container-instances", tuple(found)


def _said(value: bool) -> str:
    return "true" if value else "false"


KEYS: Mapping[str, Key] = {
    "ecs:account-setting": named("ecs:account-setting", "name"),
    "ecs:auto-assign-public-ip": _public_address,
    "ecs:capacity-provider": _providers,
    "ecs:cluster": _cluster,
    "ecs:compute-compatibility": _compatibilities,
    "ecs:container-instances": _instances,
    "ecs:container-name": named("ecs:container-name", "container"),
    "ecs:enable-ebs-volumes": _volumes,
    "ecs:enable-ecs-managed-tags": _flag("ecs:enable-ecs-managed-tags", "enableECSManagedTags"),
    "ecs:enable-execute-command": _flag("ecs:enable-execute-command", "enableExecuteCommand"),
    "ecs:enable-service-connect": _connect,
    "ecs:enable-vpc-lattice": _lattice,
    "ecs:fargate-ephemeral-storage-kms-key": _storage_key,
    "ecs:namespace": _namespace,
    "ecs:privileged": _privileged,
    "ecs:propagate-tags": named("ecs:propagate-tags", "propagateTags"),
    "ecs:service": _service,
    "ecs:subnet": _subnets,
    "ecs:task": _task,
    "ecs:task-cpu": _size("cpu", 1024),
    "ecs:task-definition": _task_definition,
    "ecs:task-memory": _size("memory", 1024),
}
