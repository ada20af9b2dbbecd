"""The ARNs of the ECS resources that a request names. Formats: Service Authorization Reference, resource types."""

from __future__ import annotations

from collections.abc import Mapping

from ecsdeploy.sandbox.iam.authorization.rule import Arns, Call

DEFAULT_CLUSTER = "default"
_SERVICE_PARTS = 3


def cluster_name(reference: str) -> str:
    """Return the name in a cluster's name or ARN; a request without one means `default` (API reference)."""
    return reference.rpartition("/")[2] or DEFAULT_CLUSTER


def cluster_arn(call: Call, reference: str) -> str:
    """Return a cluster's ARN from its name or ARN."""
    return reference if reference.startswith("arn:") else call.around.place.cluster(cluster_name(reference))


def cluster_of(call: Call) -> str:
    """Return the name of the cluster that a request is about: the one it names, or that of its service deployments."""
    if call.text("cluster"):
        return cluster_name(call.text("cluster"))
    for arn in (*_below(call, "service-deployment"), *_below(call, "service-revision"), call.text("resourceArn")):
        if len(parts := arn.rpartition(":")[2].split("/")) >= _SERVICE_PARTS:
            return parts[1]
    return DEFAULT_CLUSTER


def service_arns(call: Call) -> list[str]:
    """Return the services that a request names, also those whose deployments or revisions it names."""
    below = _below(call, "service-deployment") + _below(call, "service-revision")
    if below:
        return [_owner(arn) for arn in below]
    names = call.texts("services") or [call.text("service") or call.text("serviceName")]
    return [_service(call, name) for name in names if name]


def new_task_arns(call: Call) -> list[str]:
    """Return the pattern of the tasks that a request starts: their ids are not known before."""
    return [call.around.place.tasks(cluster_of(call))]


def revision_arns(call: Call) -> list[str]:
    """Return the task definitions that a request names; one that is registered has no number yet."""
    if family := call.text("family"):
        return [call.around.place.revisions(family)]
    names = call.texts("taskDefinitions") or [call.text("taskDefinition")]
    return [call.around.definition(name).arn for name in names if name]


def provider_arn(call: Call, name: str) -> str:
    """Return a capacity provider's ARN from its name or ARN."""
    return name if name.startswith("arn:") else call.around.place.regional("ecs", f"capacity-provider/{name}")


def _service(call: Call, name: str) -> str:
    if not name.startswith("arn:"):
        return call.around.place.of_service("service", cluster_of(call), name)
    # The old form has no cluster.
    head, _, resource = name.rpartition(":")
    return name if resource.count("/") > 1 else f"{head}:service/{cluster_of(call)}/{resource.partition('/')[2]}"


def _owner(arn: str) -> str:
    head, _, resource = arn.rpartition(":")
    return f"{head}:service/{'/'.join(resource.split('/')[1:_SERVICE_PARTS])}"


def _below(call: Call, kind: str) -> list[str]:
    parameter = "serviceDeploymentArn" if kind == "service-deployment" else "serviceRevisionArn"
    named = [*call.texts(f"{parameter}s"), call.text(parameter)]
    return [arn for arn in named if arn]


def _clusters(call: Call) -> list[str]:
    named = call.texts("clusters") or [call.text("clusterName") or call.text("cluster")]
    return [cluster_arn(call, each) for each in named]


def _tasks(call: Call) -> list[str]:
    named = call.texts("tasks") or [call.text("task")]
    cluster, place = cluster_of(call), call.around.place
    found = [
        each if each.startswith("arn:") else place.regional("ecs", f"task/{cluster}/{each}") for each in named if each
    ]
    return found or [place.tasks(cluster)]


def _instances(call: Call) -> list[str]:
    named = call.texts("containerInstances") or [call.text("containerInstance")]
    cluster, place = cluster_of(call), call.around.place
    return [
        each if each.startswith("arn:") else place.regional("ecs", f"container-instance/{cluster}/{each}")
        for each in named
        if each
    ]


def _providers(call: Call) -> list[str]:
    return [provider_arn(call, each) for each in call.texts("capacityProviders") or ["*"]]


def _or_tagged(kind: str, arns: Arns) -> Arns:
    """Return `arns`, and the ARN itself where a request about tags names one of that kind."""

    def read(call: Call) -> list[str]:
        if not (arn := call.text("resourceArn")):
            return list(arns(call))
        return [arn] if arn.rpartition(":")[2].partition("/")[0] == kind or f":{kind}/" in arn else []

    return read


TYPES: Mapping[str, Arns] = {
    kind: _or_tagged(kind, arns)
    for kind, arns in {
        "capacity-provider": _providers,
        "cluster": _clusters,
        "container-instance": _instances,
        "service": service_arns,
        "service-deployment": lambda call: _below(call, "service-deployment"),
        "service-revision": lambda call: _below(call, "service-revision"),
        "task": _tasks,
        "task-definition": revision_arns,
    }.items()
}
