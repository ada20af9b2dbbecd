"""ARNs of ECS, made and read."""

from __future__ import annotations

from ecsdeploy.sandbox.ecs.world import World


def arn(world: World, resource: str) -> str:
    """Return the ARN of an ECS resource such as `cluster/NAME`."""
    return f"arn:aws:ecs:{world.region}:{world.account}:{resource}"


def cluster_arn(world: World, cluster: str) -> str:
    """Return a cluster's ARN."""
    return arn(world, f"cluster/{cluster}")


def service_arn(world: World, cluster: str, service: str) -> str:
    """Return a service's ARN, in the long form."""
    return arn(world, f"service/{cluster}/{service}")


def task_arn(world: World, cluster: str, task: str) -> str:
    """Return a task's ARN, in the long form."""
    return arn(world, f"task/{cluster}/{task}")


def revision_arn(world: World, cluster: str, service: str, number: str) -> str:
    """Return a service revision's ARN."""
    return arn(world, f"service-revision/{cluster}/{service}/{number}")


def service_deployment_arn(world: World, cluster: str, service: str, identity: str) -> str:
    """Return a service deployment's ARN."""
    return arn(world, f"service-deployment/{cluster}/{service}/{identity}")


def resource(text: str) -> tuple[str, list[str]] | None:
    """Return an ECS ARN's resource type and the parts behind it, or None if `text` is no ECS ARN."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or parts[2] != "ecs":
        return None
    kind, _, rest = parts[5].partition("/")
    return kind, rest.split("/")


def last(text: str) -> str:
    """Return the name or id at the end of an ARN, or `text` itself."""
    return text.rpartition("/")[2]
