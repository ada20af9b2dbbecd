"""Whether a service may be deployed to: it is ours, in a state that allows it, and controlled by ECS itself."""

from __future__ import annotations

from collections.abc import Mapping

from ecsdeploy.config.tags import APP, ENV
from ecsdeploy.core.service import Service
from ecsdeploy.core.target import Target
from ecsdeploy.errors import Busy, Refused


def no_service(target: Target) -> Refused:
    """Return the refusal for a command that needs a service, if there is none."""
    return Refused(
        f"There is no service {target.names.service} in the cluster {target.names.cluster}.",
        fix=f"Run `ecsdeploy deploy{target.env_option}` first.",
    )


def require_deployable(service: Service, tags: Mapping[str, str], *, adopt: bool) -> None:
    """Raise `Refused`, or `Busy` while it is being deleted, unless we may deploy to `service`.

    `tags` are what our own service would have; `adopt` takes over a service that is untagged, or belongs to another
    environment of the same app.
    """
    if service.status == "DRAINING":
        raise Busy(
            f"The service {service.name} is being deleted.",
            why="Its status is DRAINING: its last tasks are stopping.",
            fix="Wait until it is gone (a few minutes), then run the same command again.",
        )
    if service.controller != "ECS":
        raise Refused(
            f"The service {service.name} is deployed by {service.controller}, not by ECS.",
            why=f"Its deployment controller is {service.controller}, and that can't be changed.",
            fix="Choose another name in [names] service, or delete the service and deploy again.",
        )
    if service.managed_by == "ECS":
        raise Refused(
            f"The service {service.name} belongs to ECS Express Mode.",
            why="ECS manages it and would undo what ecsdeploy changes.",
            fix="Choose another name in [names] service.",
        )
    owner, environment = service.tags.get(APP), service.tags.get(ENV)
    if owner == tags[APP]:
        if environment in (None, tags[ENV]) or adopt:
            return
        raise Refused(
            f"The service {service.name} belongs to the environment {environment!r}.",
            why=f"Its tag {ENV} says so, and this is {tags[ENV]!r}: deploying would replace what that one runs.",
            fix="Choose another name in [names] service, or hand it over with `ecsdeploy deploy --adopt`.",
        )
    if owner is None and adopt:
        return
    if owner is None:
        raise Refused(
            f"The service {service.name} exists and was not made by ecsdeploy.",
            why=f"It has no tag {APP}, and deploying would replace what it runs.",
            fix="Choose another name in [names] service, or hand it over with `ecsdeploy deploy --adopt`.",
        )
    raise Refused(
        f"The service {service.name} belongs to the app {owner!r}.",
        why=f"Its tag {APP} says so, and this config is for {tags[APP]!r}.",
        fix="Choose another name in [names] service, or another app.",
    )
