"""Our decisions and those of another engine, on thousands of requests and documents: no disagreement.

The engine is npm's @cloud-copilot/iam-simulate, which is used by tests alone.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from ecsdeploy.policy import Document
from ecsdeploy.policy.evaluate import Request
from ecsdeploy.sandbox.iam.authorization import TABLES, Surroundings, authorizations
from ecsdeploy.sandbox.iam.rights import Rights
from tests.support.other_engine import OtherEngine, Question, concrete, other_engine
from tests.unit.policy.documents import DEPLOY, EXECUTION, PLACE, RELEASING, TELLING

pytestmark = pytest.mark.second_engine
ROLE = "arn:aws:iam::123456789012:role/job"
SEED = 20_261_129


@pytest.fixture(scope="module")
def other() -> Iterator[OtherEngine]:
    with other_engine() as engine:
        yield engine


def ours(question: Question) -> str:
    """Return our decision in the other engine's words."""

    def text(document: Any) -> str:
        return json.dumps(document)

    rights = Rights(
        ROLE,
        tuple(map(text, question.policies)),
        text(question.boundary) if question.boundary else None,
        (text(question.session),) if question.session else None,
    )
    refusal = rights.refusal(question.request, [text(question.of_resource)] if question.of_resource else [])
    if refusal is None:
        return "Allowed"
    return "ExplicitlyDenied" if refusal.value.startswith("with an explicit deny") else "ImplicitlyDenied"


def hold(questions: list[Question], other: OtherEngine) -> dict[str, int]:
    """Have both engines answer; return how often each answer was given. Fails where they disagree."""
    answers = [(ours(each), other.answer(each), each) for each in questions]
    assert [(own, theirs, each.line()) for own, theirs, each in answers if own != theirs] == []
    return Counter(own for own, _, _ in answers)


def names(chance: random.Random) -> dict[str, Any]:
    """Return parameters for any operation: each name is the app's or a sibling's, each option is there or not."""

    def own(mine: str, *others: str) -> str:
        return mine if chance.random() < 0.8 else chance.choice(others)

    service, cluster = own("hello", "hello-2", "other"), own("shop", "other")
    below = f"{chance.choice(('service-deployment', 'service-revision'))}/{cluster}/{service}/1"
    found: dict[str, Any] = {
        "cluster": cluster,
        "clusterName": cluster,
        "clusters": [cluster],
        "service": service,
        "serviceName": service,
        "services": [service],
        "task": "1",
        "tasks": ["1"],
        "family": own("hello", "hello-2", "admin"),
        "taskDefinition": f"{own('hello', 'hello-2', 'admin')}:7",
        "taskRoleArn": PLACE.role(own("hello-task", "admin")),
        "executionRoleArn": PLACE.role(own("hello-execution", "hello-github-deploy")),
        "requiresCompatibilities": [own("FARGATE", "EC2")],
        "containerDefinitions": [{"privileged": chance.random() < 0.2}],
        "serviceDeploymentArn": PLACE.regional("ecs", below),
        "repositoryName": own("hello", "hello-2", "other"),
        "repositoryNames": [own("hello", "hello-2", "other")],
        "logGroupName": own("/ecs/hello", "/ecs/hello-2"),
        "logStreamName": "app/1",
        "RoleName": own("hello-task", "hello-execution", "hello-github-deploy", "admin"),
        "SecretId": own("db-a1B2c3", "db-prod-a1B2c3"),
        "Name": own("hello/url", "hello/url2"),
        "ResourceId": own("hello/url", "hello/url2"),
        "enableExecuteCommand": chance.random() < 0.5,
        "resourceArn": chance.choice(
            [
                PLACE.of_service("service", cluster, service),
                PLACE.regional("ecs", "task-definition/hello:7"),
                PLACE.repository("hello"),
                PLACE.log_group("/ecs/hello"),
            ]
        ),
    }
    if chance.random() < 0.5:
        key = own("ecsdeploy:count-before", "ecsdeploy:released", "team")
        found |= {"tags": [{"key": key, "value": "1"}], "tagKeys": [key]}
    kept = {name: value for name, value in found.items() if chance.random() < 0.9}
    # Both would be read: what is tagged comes first.
    return kept if chance.random() < 0.4 else {name: value for name, value in kept.items() if name != "resourceArn"}


EVERYWHERE: dict[str, str | tuple[str, ...]] = {"aws:RequestedRegion": "us-east-1", "aws:PrincipalArn": ROLE}


def anywhere(request: Request, chance: random.Random) -> Request:
    """Return a request on one resource, with the keys that every request has, and some that it may have."""
    tags = {"aws:ResourceTag/ecsdeploy:released": "1"} if chance.random() < 0.3 else {}
    found = concrete(request)
    return Request(found.action, found.resource, {**EVERYWHERE, **tags, **found.context})


@pytest.mark.parametrize(
    "document", [DEPLOY, RELEASING, TELLING, EXECUTION], ids=["deploy", "release", "tell", "execute"]
)
def test_the_generated_policies(document: Document, other: OtherEngine) -> None:
    chance = random.Random(SEED)
    around = Surroundings(PLACE)
    questions = []
    for service, table in TABLES.items():
        for operation in table.lines:
            for _ in range(4):
                asked = authorizations(service, operation, names(chance), around)
                questions += [Question(anywhere(each, chance), (document,)) for each in asked]
    assert len(questions) > 1000
    assert hold(questions, other)["Allowed"] >= 5


ACTIONS = ("ecs:UpdateService", "ecs:DescribeServices", "ecs:TagResource", "ecr:PutImage", "iam:PassRole")
ACTION_PATTERNS = ("*", "ecs:*", "ecs:Update*", "ECS:updateservice", "ecs:*Service", "ecs:?pdateService", "ecr:Put*")
RESOURCES = (
    PLACE.of_service("service", "shop", "hello"),
    PLACE.of_service("service", "shop", "hello-2"),
    PLACE.repository("team/hello"),
    PLACE.role("hello-task"),
    PLACE.log_group("/ecs/hello:log-stream:x"),
)
RESOURCE_PATTERNS = (
    *RESOURCES,
    "*",
    "arn:aws:ecs:*:*:service/shop/*",
    "arn:aws:ecs:us-east-1:123456789012:service/*/hello",
    "arn:aws:ecs:us-east-1:123456789012:service/shop/hell?",
    "arn:aws:ecs:us-east-1:123456789012:service/${aws:PrincipalTag/cluster}/*",
    "arn:*:ecr:*:123456789012:repository/*/hello",
    "arn:aws:ecr:us-east-1:123456789012:repository/*lo",
    "arn:aws:iam::123456789012:role/hello-*",
    "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/hello:*",
)
KEYS: dict[str, tuple[Any, ...]] = {
    "ecs:cluster": (PLACE.cluster("shop"), PLACE.cluster("other")),
    "aws:RequestTag/team": ("web", "WEB", "ops"),
    "aws:PrincipalTag/cluster": ("shop", "other"),
    "aws:TagKeys": (("team",), ("team", "env"), ("env", "owner")),
    "ecs:task-cpu": ("256", "1024"),
    "aws:CurrentTime": ("2026-01-01T00:00:00Z", "2026-11-29T12:00:00Z"),
    "aws:SourceIp": ("10.0.0.7", "192.168.1.9"),
    "aws:SecureTransport": ("true", "false"),
    "ecs:enable-execute-command": ("true", "false"),
}
ARN_TESTS = ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringEquals", "StringLike", "StringNotLike")
TEXT_TESTS = (
    *("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
    *("StringLike", "StringNotLike"),
)
NUMBER_TESTS = tuple(f"Numeric{each}" for each in ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan"))
DATE_TESTS = tuple(f"Date{each}" for each in ("Equals", "NotEquals", "LessThan", "GreaterThan", "GreaterThanEquals"))
TESTS: dict[str, tuple[tuple[str, ...], tuple[Any, ...]]] = {
    "ecs:cluster": (ARN_TESTS, (PLACE.cluster("shop"), "arn:aws:ecs:*:*:cluster/s*", PLACE.cluster("*"))),
    "aws:RequestTag/team": (TEXT_TESTS, ("web", "w*", "?eb", ["web", "ops"], "${aws:PrincipalTag/cluster}")),
    "aws:PrincipalTag/cluster": (TEXT_TESTS, ("shop", "*", ["shop", "x"])),
    "aws:TagKeys": (
        tuple(f"{each}:{test}" for each in ("ForAllValues", "ForAnyValue") for test in ("StringEquals", "StringLike")),
        (["team"], ["team", "env"], ["t*"], "owner"),
    ),
    "ecs:task-cpu": (NUMBER_TESTS, ("256", "512", ["256", "1024"])),
    "aws:CurrentTime": (DATE_TESTS, ("2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z")),
    "aws:SourceIp": (("IpAddress", "NotIpAddress"), ("10.0.0.0/8", ["10.0.0.0/8", "192.168.0.0/16"], "10.0.0.7")),
    "aws:SecureTransport": (("Bool",), ("true", "false")),
    "ecs:enable-execute-command": (("Bool", "StringEquals"), ("true", "false")),
}


def some(chance: random.Random, values: tuple[Any, ...]) -> Any:
    return chance.choice(values) if chance.random() < 0.6 else chance.sample(values, 2)


def condition(chance: random.Random) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key in chance.sample(tuple(TESTS), chance.choice((1, 1, 2))):
        tests, values = TESTS[key]
        operator = chance.choice(tests)
        # What a negated test says of a variable that has no value is not documented: the engines differ there.
        values = tuple(each for each in values if "Not" not in operator or "${" not in each)
        if chance.random() < 0.25:
            operator += "IfExists"
        if chance.random() < 0.15:
            operator, values = "Null", ("true", "false")
        found.setdefault(operator, {})[key] = chance.choice(values)
    return found


def statement(chance: random.Random, *, principal: bool = False) -> dict[str, Any]:
    action = "NotAction" if chance.random() < 0.2 else "Action"
    resource = "NotResource" if chance.random() < 0.2 else "Resource"
    # What NotResource means with a variable that has no value is not documented: the engines differ there.
    patterns = tuple(each for each in RESOURCE_PATTERNS if resource == "Resource" or "${" not in each)
    found: dict[str, Any] = {
        "Effect": "Deny" if chance.random() < 0.15 else "Allow",
        action: some(chance, (*ACTIONS, *ACTION_PATTERNS)),
        resource: some(chance, patterns),
    }
    if principal:
        # Not `*`: whether a boundary limits what that allows to a session is not documented.
        found["Principal"] = {"AWS": chance.choice((ROLE, "123456789012", "arn:aws:iam::123456789012:role/x"))}
    return found | ({"Condition": condition(chance)} if chance.random() < 0.6 else {})


def policy(chance: random.Random, *, principal: bool = False) -> Document:
    count = chance.choice((1, 2, 3))
    version = "2012-10-17"
    return {"Version": version, "Statement": [statement(chance, principal=principal) for _ in range(count)]}


def question(chance: random.Random) -> Question:
    context = {key: chance.choice(values) for key, values in KEYS.items() if chance.random() < 0.7}

    def sometimes(*, principal: bool = False) -> Document | None:
        return policy(chance, principal=principal) if chance.random() < 0.2 else None

    request = Request(chance.choice(ACTIONS), chance.choice(RESOURCES), context)
    policies = tuple(policy(chance) for _ in range(chance.choice((1, 1, 2))))
    return Question(request, policies, sometimes(), sometimes(), sometimes(principal=True))


def test_documents_at_random(other: OtherEngine) -> None:
    chance = random.Random(SEED)
    found = hold([question(chance) for _ in range(2000)], other)
    assert min(found[word] for word in ("Allowed", "ImplicitlyDenied", "ExplicitlyDenied")) > 50
