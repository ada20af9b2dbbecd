"""The service: compares what runs with what is wanted, and says what to wait for then.

Unchanged means: the revision that the service runs equals the wanted one, and its last deployment succeeded. Tags are
never part of a difference, and a count that was not asked for belongs to autoscaling or the user.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ecsdeploy.changes import Change
from ecsdeploy.config.percentages import MAXIMUM_PERCENT, MINIMUM_HEALTHY_PERCENT
from ecsdeploy.config.raw import merge
from ecsdeploy.core.account import Account, ServiceSeen
from ecsdeploy.core.busy import busy, replaces, whose
from ecsdeploy.core.ownership import no_service, require_deployable
from ecsdeploy.core.service import FINAL, Service, ServiceDeployment, ServiceRevision
from ecsdeploy.core.service_settings import CAPACITY, current, differences, is_hidden
from ecsdeploy.core.step import Answer, Blame, Later, Ref, Repeat, Step, answers, update
from ecsdeploy.core.things.foresight import contests, late
from ecsdeploy.core.things.network import Network, network_of
from ecsdeploy.core.things.outcome import Decision, Question
from ecsdeploy.core.things.task_definition import arn_of
from ecsdeploy.core.things.threshold import CONFIGURATION, Threshold, threshold
from ecsdeploy.core.upkeep import Upkeep, tag_changes
from ecsdeploy.core.wanted import Wanted

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
"""Parameters of UpdateService that start a deployment when they change, besides the task definition (ECS API)."""
DEPLOYMENT_CONFIGURATION: Mapping[str, object] = {
    "strategy": "ROLLING",
    "minimumHealthyPercent": MINIMUM_HEALTHY_PERCENT,
    "maximumPercent": MAXIMUM_PERCENT,
    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
}
JUST_MADE = (
    *answers("ClusterNotFoundException"),
    Answer("ClientException", ("task", "definition", "not found")),
    Answer("InvalidParameterException", ("task", "definition", "not found")),
)
"""ECS may not find what was just created: a new name is not known everywhere at once."""
BLAME = Blame("ECS does not accept these service settings.", fix="Correct [service.raw] in the config.")

Until = Literal["rollout", "flight", "count", "nothing"]


@dataclass(frozen=True, kw_only=True)
class Awaited:
    """What a command waits for after its writes.

    `rollout`: the deployment that its step starts. `flight`: one that is in flight and does what is wanted. `count`:
    the desired number of tasks. `nothing`: everything is as it should be.
    """

    until: Until
    task_definition: str | Later = ""
    seen: ServiceSeen | None = None


def decide(wanted: Wanted, account: Account, upkeep: Upkeep) -> tuple[Decision, Awaited]:
    """Return what to do about the service, and what to wait for. Raises `Refused`, `Busy`."""
    target, found = wanted.target, account.service
    ref = Ref("service", target.names.service)
    if found is None:
        if not wanted.settings:
            raise no_service(target)
        arn = arn_of(wanted, account)
        return Decision(ref=ref, steps=(_create(wanted, account, arn, ref),)), Awaited(
            until="rollout", task_definition=arn
        )
    require_deployable(found.service, target.tags, adopt=upkeep.adopt)
    arn = arn_of(wanted, account) if wanted.names_revision else found.service.task_definition
    flying = found.in_flight
    if flying is None or wanted.only_counts:
        return _update(wanted, account, found, arn, ref)
    if _is_the_same(wanted, found, flying, arn):
        return Decision(ref=ref, quiet=True), Awaited(until="flight", task_definition=arn, seen=found)
    if wanted.if_busy == "fail":
        raise busy(target.names.service, flying, found.flying_to, account.flying, account.at)
    return _update(wanted, account, found, arn, ref, flying=flying if wanted.if_busy == "supersede" else None)


def _is_the_same(wanted: Wanted, found: ServiceSeen, flying: ServiceDeployment, arn: str | Later) -> bool:
    """Return whether the deployment in flight is the one we would start.

    If new tasks are wanted and no revision is named, it is not: some of its tasks started before the request.
    """
    moves = flying.status in ("PENDING", "IN_PROGRESS")
    return wanted.names_revision and moves and bool(found.flying_to) and found.flying_to == arn


def _update(
    wanted: Wanted,
    account: Account,
    found: ServiceSeen,
    arn: str | Later,
    ref: Ref,
    *,
    flying: ServiceDeployment | None = None,
) -> tuple[Decision, Awaited]:
    """Return the update; one that replaces `flying`, a deployment in flight, always starts another."""
    service = found.service
    settings = _changed_settings(wanted, account, service) if wanted.settings else ()
    touched = {change.path.split(".")[0] for change in settings}
    rolled = wanted.names_revision and (flying is not None or _needs_rollout(arn, service, found.last))
    unseen = any(is_hidden(service, key) for key in touched)
    forced = _is_forced(wanted, settings, hidden=unseen, again=rolled and arn == service.task_definition)
    starts = rolled or forced or bool(touched & STARTS_DEPLOYMENT)
    resized = wanted.count is not None and wanted.count != service.desired
    count = (Change("desiredCount", service.desired, wanted.count),) if resized else ()
    trips = _threshold(wanted, service.raw.get(CONFIGURATION), service.desired) if starts else None
    writes: tuple[Step, ...] = ()
    if starts or settings or resized:
        parameters = _update_settings(wanted, account, service, touched)
        parameters |= {"taskDefinition": arn} if wanted.names_revision else {}
        parameters |= {"desiredCount": wanted.count} if resized else {}
        parameters |= {CONFIGURATION: trips.configuration} if trips else {}
        changes = (*settings, *count, *((trips.change,) if trips else ()))
        writes = (_write(wanted, parameters, changes, ref, forced=forced),)
    decision = Decision(
        ref=ref,
        steps=(*_tagged(wanted, service, ref), *writes, *_untagged(wanted, service, ref)),
        quiet=not wanted.settings,
        questions=(Question(wanted.ask),) if wanted.ask and writes else (),
        warnings=(*_replaced(wanted, account, flying), *(contests(wanted, account) if resized else ())),
        notes=() if starts else tuple(late(settings)),
    )
    short = service.running < service.desired
    until: Until = "rollout" if starts else "count" if writes or short else "nothing"
    return decision, Awaited(until=until, task_definition=arn, seen=found)


def _replaced(wanted: Wanted, account: Account, flying: ServiceDeployment | None) -> Iterator[str]:
    if flying is not None:
        yield replaces(wanted.target.names.service, flying, whose(flying, account.flying))


def _is_forced(wanted: Wanted, settings: tuple[Change, ...], *, hidden: bool, again: bool) -> bool:
    """Return whether ECS has to be told to start a deployment.

    It starts none by itself for a revision that the service already names, nor for other capacity. What only a service
    revision shows is seen to have arrived when there is a new one.
    """
    moved = any(change.path == CAPACITY for change in settings)
    return wanted.force or moved or hidden or again


def _needs_rollout(arn: str | Later, service: Service, last: ServiceDeployment | None) -> bool:
    if arn != service.task_definition:
        return True
    primary = service.primary
    if primary is not None and (primary.task_definition not in ("", arn) or primary.rollout_state == "FAILED"):
        return True  # the service names it, but something else runs, or nothing does
    # The same revision runs already. Only where its last deployment did not succeed is there anything to repeat.
    if last is None or last.ongoing or last.status in ("SUCCESSFUL", "ROLLBACK_SUCCESSFUL"):
        return False
    return last.status in FINAL or primary is None or primary.rollout_state != "COMPLETED"


def _tagged(wanted: Wanted, service: Service, ref: Ref) -> Iterator[Step]:
    """Yield the step that adds the missing tags to the service: our own, and other wanted ones."""
    own = wanted.target.tags if wanted.settings else {}
    tags = {**own, **{key: value for key, value in wanted.service_tags.items() if value is not None}}
    if changes := tag_changes(service.tags, tags):
        parameters = {"resourceArn": service.arn, "tags": [{"key": k, "value": v} for k, v in tags.items()]}
        yield update(ref, "ecs:TagResource", parameters, changes)


def _untagged(wanted: Wanted, service: Service, ref: Ref) -> Iterator[Step]:
    """Yield the step that removes the tags that the service should no longer have."""
    gone = [key for key, value in wanted.service_tags.items() if value is None and key in service.tags]
    if gone:
        changes = tuple(Change(f"tags.{key}", service.tags[key], None) for key in gone)
        yield update(ref, "ecs:UntagResource", {"resourceArn": service.arn, "tagKeys": gone}, changes)


def _write(
    wanted: Wanted, parameters: Mapping[str, Any], changes: tuple[Change, ...], ref: Ref, *, forced: bool
) -> Step:
    """Return the update; one that forces a new deployment starts another whenever it arrives."""
    force = {"forceNewDeployment": True} if forced else {}
    return Step(
        about=ref,
        action="updated",
        call="ecs:UpdateService",
        parameters={"cluster": wanted.target.names.cluster, "service": ref.name, **parameters, **force},
        changes=changes,
        gives={"arn": "service.serviceArn"},
        repeat=Repeat(passes=JUST_MADE, once=forced),
        blame=_blame(wanted),
    )


def _create(wanted: Wanted, account: Account, arn: str | Later, ref: Ref) -> Step:
    raw = wanted.target.config.service.raw
    parameters: dict[str, Any] = {
        **CREATED_WITH,
        "launchType": "FARGATE",
        "desiredCount": 1 if wanted.count is None else wanted.count,
        CONFIGURATION: dict(DEPLOYMENT_CONFIGURATION),
    }
    if (network := network_of(wanted.target, account)) is not None:
        parameters["networkConfiguration"] = network_configuration(network)
    if CAPACITY in raw:
        del parameters["launchType"]
    trips = _threshold(wanted, None, 1)
    parameters |= {CONFIGURATION: trips.configuration} if trips else {}
    return Step(
        about=ref,
        action="created",
        call="ecs:CreateService",
        parameters={
            "cluster": wanted.target.names.cluster,
            "serviceName": ref.name,
            "taskDefinition": arn,
            "tags": [{"key": key, "value": value} for key, value in wanted.target.tags.items()],
            **merge(parameters, raw),
        },
        gives={"arn": "service.serviceArn"},
        repeat=Repeat(
            passes=JUST_MADE,
            token="clientToken",
            taken=(Answer("InvalidParameterException", ("not idempotent",)),),
        ),
        blame=_blame(wanted),
    )


def _threshold(wanted: Wanted, shown: Any, desired: int) -> Threshold | None:
    """Return the circuit breaker's threshold for a deployment of the wanted count, or of what is desired now."""
    service = wanted.target.config.service
    configured = merge({CONFIGURATION: DEPLOYMENT_CONFIGURATION}, service.raw)[CONFIGURATION]
    count = desired if wanted.count is None else wanted.count
    return threshold(service.deployment, count, configured, shown, settings=wanted.settings)


def _blame(wanted: Wanted) -> Blame | None:
    """Return what ECS's refusal says about the config: [service.raw] can ask for more than Fargate has."""
    return BLAME if wanted.settings and wanted.target.config.service.raw else None


def network_configuration(network: Network) -> dict[str, Any]:
    """Return where tasks run, as ECS's networkConfiguration."""
    return {
        "awsvpcConfiguration": {
            "subnets": list(network.subnets),
            "securityGroups": list(network.security_groups),
            "assignPublicIp": "ENABLED" if network.assign_public_ip else "DISABLED",
        }
    }


def _settings(wanted: Wanted, account: Account, service: Service) -> dict[str, Any]:
    """Return what the config says of the service, in the form of UpdateService."""
    settings: dict[str, Any] = {CONFIGURATION: dict(DEPLOYMENT_CONFIGURATION), "propagateTags": "SERVICE"}
    if service.capacity_providers:
        settings[CAPACITY] = []  # which means the launch type again (ECS API, UpdateService)
    if (network := network_of(wanted.target, account)) is not None:
        settings["networkConfiguration"] = network_configuration(network)
    return merge(settings, wanted.target.config.service.raw)


def _changed_settings(wanted: Wanted, account: Account, service: Service) -> tuple[Change, ...]:
    revision: ServiceRevision | None = account.revision
    changes: list[Change] = []
    for key, value in sorted(_settings(wanted, account, service).items()):
        changes += differences(key, current(service, revision, key), value)
    return tuple(changes)


def _update_settings(wanted: Wanted, account: Account, service: Service, touched: set[str]) -> dict[str, Any]:
    """Return whole settings for the ones that differ: UpdateService replaces, it does not merge."""
    if not wanted.settings:
        return {}
    return {key: value for key, value in _settings(wanted, account, service).items() if key in touched}
