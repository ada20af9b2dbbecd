"""From what runs and what is wanted to the fewest writes between them.

Unchanged means: the revision that the service runs equals the rendered one, and its last deployment succeeded. Tags
are never part of a difference, and a count that the config does not name belongs to autoscaling or to a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ecsdeploy.config.raw import merge
from ecsdeploy.core.network import Network
from ecsdeploy.core.service import FINAL, Service, ServiceDeployment, ServiceRevision
from ecsdeploy.core.service_settings import CAPACITY, current, differences, is_hidden
from ecsdeploy.core.task_definition import Document, TaskDefinition, diff
from ecsdeploy.events import Change

CREATED_WITH: Mapping[str, object] = {
    "schedulingStrategy": "REPLICA",
    "deploymentController": {"type": "ECS"},
    "enableECSManagedTags": True,
    "propagateTags": "SERVICE",
}
STARTS_DEPLOYMENT = frozenset(
    {
        "networkConfiguration",
        "platformVersion",
        "loadBalancers",
        "serviceRegistries",
        "serviceConnectConfiguration",
        "volumeConfigurations",
        "vpcLatticeConfigurations",
    }
)
"""Parameters of UpdateService that start a deployment when they change, beside the task definition (ECS API)."""
DEPLOYMENT_CONFIGURATION: Mapping[str, object] = {
    "strategy": "ROLLING",
    "minimumHealthyPercent": 100,
    "maximumPercent": 200,
    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the config asks for. `network` is None where the config leaves a running service's network alone."""

    document: Document
    count: int | None
    network: Network | None
    service_raw: Document = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What AWS has. `newest` is the family's newest revision, ACTIVE or not; `running` the service's own.

    `revision` is the service revision that runs, where the config sets what only that shows.
    """

    service: Service | None
    running: TaskDefinition | None
    newest: TaskDefinition | None
    last: ServiceDeployment | None
    revision: ServiceRevision | None = None


@dataclass(frozen=True, kw_only=True)
class TaskDefinitionPlan:
    """Use the revision `reuse`, or register when it is None; `changes` is against what runs, or against the newest."""

    reuse: str | None
    changes: tuple[Change, ...]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What will be written. `create` and `update` hold parameters without the task definition's ARN.

    `starts_deployment` says whether the write begins a rollout that can be judged.
    """

    task_definition: TaskDefinitionPlan
    create: Mapping[str, Any] | None = None
    update: Mapping[str, Any] | None = None
    changes: tuple[Change, ...] = ()
    starts_deployment: bool = False

    @property
    def unchanged(self) -> bool:
        """Return whether nothing will be written."""
        return self.create is None and self.update is None


def plan_task_definition(
    document: Document, running: TaskDefinition | None, newest: TaskDefinition | None
) -> TaskDefinitionPlan:
    """Return whether a revision has to be registered: none that is ACTIVE equals the document."""
    for candidate in (running, newest):
        if candidate is not None and candidate.status == "ACTIVE" and not diff(candidate.document, document):
            against = diff(running.document, document) if running else ()
            return TaskDefinitionPlan(reuse=candidate.arn, changes=against)
    base = running or newest
    return TaskDefinitionPlan(reuse=None, changes=diff(base.document, document) if base else ())


def make_plan(wanted: Wanted, seen: Seen, *, force: bool = False) -> Plan:
    """Return the fewest writes that take what was seen to what is wanted."""
    task_definition = plan_task_definition(wanted.document, seen.running, seen.newest)
    service = seen.service
    if service is None or service.status == "INACTIVE":
        return Plan(task_definition=task_definition, create=_creation(wanted), starts_deployment=True)
    settings = _changed_settings(wanted, service, seen.revision)
    moved = any(change.path == CAPACITY for change in settings)
    rolled = _needs_rollout(task_definition, service, seen.last)
    touched = {change.path.split(".")[0] for change in settings}
    redeploys = bool(touched & STARTS_DEPLOYMENT)
    hidden = any(is_hidden(service, key) for key in touched)
    resized = wanted.count is not None and wanted.count != service.desired
    if not (rolled or settings or resized or force):
        return Plan(task_definition=task_definition)
    update: dict[str, Any] = dict(_update_settings(wanted, service, settings))
    if resized:
        update["desiredCount"] = wanted.count
        settings = (*settings, Change("desiredCount", service.desired, wanted.count))
    if force or moved or hidden or (rolled and task_definition.reuse == service.task_definition):
        # ECS starts no deployment for a revision that the service already names, nor for other capacity, by itself.
        # What only a service revision shows is seen to have arrived when there is a new one.
        update["forceNewDeployment"] = True
    return Plan(
        task_definition=task_definition,
        update=update,
        changes=settings,
        starts_deployment=rolled or redeploys or moved or hidden or force,
    )


def network_configuration(network: Network) -> dict[str, Any]:
    """Return where tasks run, as ECS's networkConfiguration."""
    return {
        "awsvpcConfiguration": {
            "subnets": list(network.subnets),
            "securityGroups": list(network.security_groups),
            "assignPublicIp": "ENABLED" if network.assign_public_ip else "DISABLED",
        }
    }


def _needs_rollout(plan: TaskDefinitionPlan, service: Service, last: ServiceDeployment | None) -> bool:
    if plan.reuse is None or plan.reuse != service.task_definition:
        return True
    primary = service.primary
    if primary is not None and (primary.task_definition not in ("", plan.reuse) or primary.rollout_state == "FAILED"):
        return True  # the service names it, and something else runs, or nothing does
    # The same revision runs already. Only where its last deployment did not succeed is there anything to repeat.
    if last is None or last.ongoing or last.status in ("SUCCESSFUL", "ROLLBACK_SUCCESSFUL"):
        return False
    return last.status in FINAL or primary is None or primary.rollout_state != "COMPLETED"


def _creation(wanted: Wanted) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        **CREATED_WITH,
        "launchType": "FARGATE",
        "desiredCount": 1 if wanted.count is None else wanted.count,
        "deploymentConfiguration": dict(DEPLOYMENT_CONFIGURATION),
    }
    if wanted.network is not None:
        parameters["networkConfiguration"] = network_configuration(wanted.network)
    if "capacityProviderStrategy" in wanted.service_raw:
        del parameters["launchType"]
    return merge(parameters, wanted.service_raw)


def _settings(wanted: Wanted, service: Service) -> dict[str, Any]:
    """Return what the config says of the service, in the form of UpdateService."""
    settings: dict[str, Any] = {"deploymentConfiguration": dict(DEPLOYMENT_CONFIGURATION), "propagateTags": "SERVICE"}
    if service.capacity_providers:
        settings[CAPACITY] = []  # which means the launch type again (ECS API, UpdateService)
    if wanted.network is not None:
        settings["networkConfiguration"] = network_configuration(wanted.network)
    return merge(settings, wanted.service_raw)


def _changed_settings(wanted: Wanted, service: Service, revision: ServiceRevision | None) -> tuple[Change, ...]:
    changes: list[Change] = []
    for key, value in sorted(_settings(wanted, service).items()):
        changes += differences(key, current(service, revision, key), value)
    return tuple(changes)


def _update_settings(wanted: Wanted, service: Service, changes: tuple[Change, ...]) -> dict[str, Any]:
    """Return whole settings for the ones that differ: UpdateService replaces, it does not merge."""
    touched = {change.path.split(".")[0] for change in changes}
    return {key: value for key, value in _settings(wanted, service).items() if key in touched}
