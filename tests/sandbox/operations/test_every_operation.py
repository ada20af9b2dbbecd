"""Every operation of every table, held against AWS's model of it: what it refuses, and what it answers.

A refusal is right when its code is one that the operation's model lists (or a common one) and its status is 400;
500 would be the sandbox's own mistake. Answers are held against the output shape by the sandbox itself, which
answers 500 where they do not fit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.model import Shape, StructureShape

from ecsdeploy.sandbox.dispatch import service_model
from ecsdeploy.sandbox.operations import IMPLEMENTED, PARTIAL
from tests.sandbox.operations.furnished import Furnished, furnished_sandbox
from tests.sandbox.operations.raw import Answered, call, known_errors

EVERY = [(service, name) for service, names in IMPLEMENTED.items() for name in sorted(names)]
each_operation = pytest.mark.parametrize(("service", "operation"), EVERY, ids=[f"{s}-{n}" for s, n in EVERY])


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    with furnished_sandbox(tmp_path_factory.mktemp("home")) as furnished:
        yield furnished


def input_shape(service: str, operation: str) -> StructureShape:
    shape = service_model(service).operation_model(operation).input_shape
    assert isinstance(shape, StructureShape)
    return shape


def unlike_aws(service: str, operation: str, answered: Answered) -> str | None:
    """Return what is wrong with a refusal, or None."""
    if answered.status != 400:
        return f"status {answered.status}: {answered.body}"
    if answered.code not in known_errors(service, operation):
        return f"{answered.code} is none of its errors: {answered.body}"
    return None if answered.error[1] else f"{answered.code} without a message"


def wrong_value(shape: Shape) -> Any:
    return 7 if shape.type_name in ("string", "list", "map", "structure", "boolean", "blob") else "seven"


@each_operation
def test_a_missing_member_is_refused(furnished: Furnished, service: str, operation: str) -> None:
    params = furnished.requests()[service, operation]
    wrong = {}
    for name in required(service, operation):
        less = {key: value for key, value in params.items() if key != name}
        wrong[name] = unlike_aws(service, operation, call(furnished.endpoint, service, operation, less))
    assert {name: why for name, why in wrong.items() if why} == {}


@each_operation
def test_a_member_of_another_type_is_refused(furnished: Furnished, service: str, operation: str) -> None:
    params = furnished.requests()[service, operation]
    wrong = {}
    for name, shape in input_shape(service, operation).members.items():
        bad = {**params, name: wrong_value(shape)}
        answered = call(furnished.endpoint, service, operation, bad)
        if (answered.status, answered.code) != (400, "SerializationException"):
            wrong[name] = (answered.status, answered.error)
    assert wrong == {}


@each_operation
def test_a_value_outside_its_enum_is_refused(furnished: Furnished, service: str, operation: str) -> None:
    params = furnished.requests()[service, operation]
    wrong = {}
    for name, shape in input_shape(service, operation).members.items():
        inner = getattr(shape, "member", shape)
        if inner.metadata.get("enum"):
            value = "NoSuchValue" if inner is shape else ["NoSuchValue"]
            answered = call(furnished.endpoint, service, operation, {**params, name: value})
            wrong[name] = unlike_aws(service, operation, answered)
    assert {name: why for name, why in wrong.items() if why} == {}


PAGED = [(s, n) for s, n in EVERY if {m.lower() for m in input_shape(s, n).members} & {"maxresults", "limit"}]
each_paged = pytest.mark.parametrize(("service", "operation"), PAGED, ids=[f"{s}-{n}" for s, n in PAGED])


@each_paged
@pytest.mark.parametrize("size", [0, -1, 10_001])
def test_a_page_of_another_size_is_refused(furnished: Furnished, service: str, operation: str, size: int) -> None:
    names = input_shape(service, operation).members
    name = next(name for name in names if name.lower() in ("maxresults", "limit"))
    bad = {**furnished.requests()[service, operation], name: size}
    assert unlike_aws(service, operation, call(furnished.endpoint, service, operation, bad)) is None


@each_paged
def test_a_token_that_nobody_gave_is_refused(furnished: Furnished, service: str, operation: str) -> None:
    names = input_shape(service, operation).members
    name = next(name for name in names if name.lower() == "nexttoken")
    params = furnished.requests()[service, operation]
    wrong = {}
    for token in ("bogus", "Ym9ndXM=", "!!", "é"):
        answered = call(furnished.endpoint, service, operation, {**params, name: token})
        wrong[token] = unlike_aws(service, operation, answered)
    assert {token: why for token, why in wrong.items() if why} == {}


# What names a resource, per service; "nothing-like-it" is none, in the form that the member has.
NAMES: dict[str, dict[str, Any]] = {
    "ecs": {
        "cluster": "nothing-like-it",
        "service": "nothing-like-it",
        "serviceName": "nothing-like-it",
        "taskDefinition": "nothing-like-it:1",
        "task": "0" * 32,
        "resourceArn": "arn:aws:ecs:us-east-1:123456789012:service/c/nothing-like-it",
        "serviceDeploymentArn": "arn:aws:ecs:us-east-1:123456789012:service-deployment/c/web/nothing-like-it",
    },
    "ecr": {
        "repositoryName": "nothing-like-it",
        "repositoryNames": ["nothing-like-it"],
        "resourceArn": "arn:aws:ecr:us-east-1:123456789012:repository/nothing-like-it",
        "imageId": {"imageTag": "nothing-like-it"},
        "layerDigest": "sha256:" + "0" * 64,
        "registryId": "210987654321",
    },
    "logs": {
        "logGroupName": "/nothing/like/it",
        "logStreamName": "nothing-like-it",
        "resourceArn": "arn:aws:logs:us-east-1:123456789012:log-group:/nothing/like/it",
        "logGroupIdentifiers": ["arn:aws:logs:us-east-1:123456789012:log-group:/nothing/like/it"],
        "logGroupIdentifier": "/nothing/like/it",
    },
    "application-autoscaling": {"ResourceId": "service/c/nothing-like-it", "PolicyName": "nothing-like-it"},
}
# These make what they name, or list it, or say in the answer what they did not find.
MAKERS = {
    ("ecs", "CreateService", "serviceName"),
    ("ecs", "ListTasks", "cluster"),
    ("ecr", "CreateRepository", "repositoryName"),
    ("ecr", "BatchGetRepositoryScanningConfiguration", "repositoryNames"),
    ("ecr", "DescribeRepositories", "registryId"),
    ("ecr", "CreateRepository", "registryId"),
    ("logs", "CreateLogGroup", "logGroupName"),
    ("logs", "CreateLogStream", "logStreamName"),
    ("logs", "DescribeLogGroups", "logGroupIdentifiers"),
    ("application-autoscaling", "DescribeScalableTargets", "ResourceId"),
}


@each_operation
def test_what_is_not_there_is_refused(furnished: Furnished, service: str, operation: str) -> None:
    params = furnished.requests()[service, operation]
    wrong = {}
    for name, nothing in NAMES[service].items():
        if name in params and (service, operation, name) not in MAKERS:
            answered = call(furnished.endpoint, service, operation, {**params, name: nothing})
            wrong[name] = unlike_aws(service, operation, answered)
    assert {name: why for name, why in wrong.items() if why} == {}


@each_operation
def test_unknown_members_and_nulls_are_passed_over(furnished: Furnished, service: str, operation: str) -> None:
    """What is asked for is not there, so that nothing changes; what makes something makes it here."""
    params = {**furnished.requests()[service, operation], **not_there(service, operation)}
    unset = dict.fromkeys(input_shape(service, operation).members)
    loose = call(furnished.endpoint, service, operation, {**unset, **params, "noSuchMember": {"a": [1]}})
    if operation.startswith("Create"):
        assert loose.status == 200
        return
    plain = call(furnished.endpoint, service, operation, params)
    assert (loose.status, loose.error) == (plain.status, plain.error)
    assert plain.status in (200, 400)


def not_there(service: str, operation: str) -> dict[str, Any]:
    """Return what a request names, so that it names nothing."""
    if operation.startswith("Create"):
        return {}
    return {name: value for name, value in NAMES[service].items() if name in required(service, operation)}


def required(service: str, operation: str) -> list[str]:
    return list(input_shape(service, operation).required_members)


def test_what_is_declared_partial_is_there() -> None:
    for service, notes in PARTIAL.items():
        assert notes.keys() <= IMPLEMENTED[service]


def test_what_is_absent_says_so(furnished: Furnished) -> None:
    answered = call(furnished.endpoint, "ecs", "CreateExpressGatewayService", {})
    assert answered.error == (
        "UnknownOperationException",
        "The sandbox does not answer ecs:CreateExpressGatewayService; AWS does.",
    )
