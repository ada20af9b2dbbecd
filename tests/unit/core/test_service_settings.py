"""Whatever [service.raw] can say, ECS's answer to it is no difference; and what was changed since is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel

from ecsdeploy.config.raw import SERVICE_OWNED
from ecsdeploy.core.account import ServiceSeen
from ecsdeploy.core.plan import Plan, make_plan
from ecsdeploy.core.service import Service, ServiceRevision
from ecsdeploy.core.service_settings import IN_REVISION_ALONE, running_revision
from ecsdeploy.core.target import Target
from ecsdeploy.core.upkeep import FILL
from tests.unit.core import builders as a

MODEL = ServiceModel(Loader().load_service_model("ecs", "service-2"), "ecs")


def members(shape: str) -> dict[str, Any]:
    """Return what a structure of ECS's API model has."""
    found: Any = MODEL.shape_for(shape)
    return dict(found.members)


ON_SERVICE = members("Service")
ON_DEPLOYMENT = members("Deployment")
ON_REVISION = members("ServiceRevision")
FIELDS = {k: v for k, v in members("CreateServiceRequest").items() if k not in SERVICE_OWNED}
REVISION = f"{a.ARN}:service-revision/hello/hello/1"
NAMES = a.names(a.config())


def value_of(shape: Any, number: int = 1) -> Any:
    """Return a value that ECS could take: every member of every table, two items in every list."""
    match shape.type_name:
        case "structure":
            return {name: value_of(member, number) for name, member in shape.members.items()}
        case "list":
            return [value_of(shape.member, number), value_of(shape.member, number + 1)]
        case "map":
            return {f"key-{number}": value_of(shape.value, number)}
        case "boolean":
            return True
        case "string":
            return shape.enum[0] if shape.enum else f"value-{number}"
        case _:
            return number


def turned(value: Any) -> Any:
    """Return the same value as another machine might answer it: every list turned round."""
    if isinstance(value, Mapping):
        return {key: turned(inner) for key, inner in value.items()}
    return [turned(inner) for inner in reversed(value)] if isinstance(value, list) else value


def others(value: Any) -> Iterator[Any]:
    """Yield the value with one thing in it changed, for each thing in it."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from ({**value, key: other} for other in others(inner))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from ([*value[:index], other, *value[index + 1 :]] for other in others(inner))
        yield value[:-1]
    elif isinstance(value, bool):
        yield not value
    else:
        yield value + (1000 if isinstance(value, int) else "-other")


def answering(field: str, value: Any) -> tuple[Service, ServiceRevision]:
    """Return the service and its revision as ECS answers them where `field` was set to `value`."""
    raw: dict[str, Any] = {**a.service().raw, "currentServiceRevisions": [{"arn": REVISION}]}
    revision: dict[str, Any] = {}
    if field in ON_SERVICE:
        raw[field] = value
    elif field in ON_DEPLOYMENT:
        raw["deployments"] = [{"status": "ACTIVE"}, {"status": "PRIMARY", field: value}]
    else:
        revision[field] = value
    strategy = tuple(value) if field == "capacityProviderStrategy" else ()
    service = a.service(raw=raw, capacity_providers=strategy)
    return service, ServiceRevision(arn=REVISION, task_definition=service.task_definition, raw=revision)


def planned(field: str, answered: Any, asked: Any) -> Plan:
    service, revision = answering(field, answered)
    target = asking(field, asked)
    seen = ServiceSeen(service=service, deployments=(a.rollout(),))
    account = a.account(target, service=seen, revision=revision)
    return make_plan(a.wanted(target=target, parts=("task definition", "service")), account, FILL)


def asking(field: str, asked: Any) -> Target:
    """Return a target whose [service.raw] says this; what Fargate would refuse of it is not looked at."""
    config = a.config()
    service = config.service.model_copy(update={"raw": {field: asked}})
    return Target(config.model_copy(update={"service": service}), NAMES, config.region)


def written(plan: Plan) -> Mapping[str, Any]:
    """Return what UpdateService is asked for, beside which service it is and which revision it runs."""
    (step,) = plan.steps
    assert step.call == "ecs:UpdateService"
    return {k: v for k, v in step.parameters.items() if k not in ("cluster", "service", "taskDefinition")}


@pytest.mark.parametrize("field", FIELDS)
def test_what_ecs_has_as_it_was_asked_for_is_left_alone(field: str) -> None:
    asked = value_of(FIELDS[field])
    for answered in (asked, turned(asked)):
        plan = planned(field, answered, asked)
        assert plan.steps == ()
        assert plan.awaited.until == "nothing"


@pytest.mark.parametrize("field", FIELDS)
def test_whatever_is_otherwise_is_written(field: str) -> None:
    asked = value_of(FIELDS[field])
    for other in others(asked):
        assert field in written(planned(field, other, asked)), other


def test_a_setting_has_a_place_where_ecs_shows_it() -> None:
    alone = FIELDS.keys() - ON_SERVICE.keys() - ON_DEPLOYMENT.keys()
    assert alone == IN_REVISION_ALONE
    assert alone <= ON_REVISION.keys()


def test_what_only_a_revision_shows_comes_with_a_new_one() -> None:
    monitoring = {"metricConfigurations": [{"metricNames": ["CPUUtilization"], "resolutionSeconds": 20}]}
    plan = planned("monitoring", None, monitoring)
    assert written(plan) == {"monitoring": monitoring, "forceNewDeployment": True}
    assert plan.awaited.until == "rollout"


def test_the_revision_that_runs_is_known_where_there_is_one() -> None:
    raw = a.service().raw
    assert running_revision(a.service()) == ""
    assert running_revision(a.service(raw={**raw, "currentServiceRevisions": [{"arn": REVISION}]})) == REVISION
    two = [{"arn": REVISION}, {"arn": f"{REVISION}2"}]
    assert running_revision(a.service(raw={**raw, "currentServiceRevisions": two})) == ""
