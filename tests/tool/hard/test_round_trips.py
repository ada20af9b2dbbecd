"""What a config asks for is what ECS has: rendered, registered, read back, no difference."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from ecsdeploy.aws.ecs import Ecs
from ecsdeploy.aws.ecs_answers import to_task_definition
from ecsdeploy.aws.session import Aws
from ecsdeploy.aws.write import write
from ecsdeploy.config.models import Config
from ecsdeploy.core.task_definition import TaskDefinition, diff, render
from ecsdeploy.errors import AwsError
from tests.tool.hard.fields import ELSEWHERE, OURS, REFUSED, TAKEN, known_fields, named_fields
from tests.tool.hard.lab import Lab
from tests.tool.hard.rows import Row
from tests.unit.config.documents import TASKS
from tests.unit.core import builders as a

EXAMPLES = 1000
ROUND = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
def aws(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """The way to ECS."""
    for name, value in lab.env.items():
        monkeypatch.setenv(name, value)
    return Aws("us-east-1")


def register(aws: Aws, document: dict[str, Any]) -> TaskDefinition:
    """Register a revision; return what ECS answers."""
    tags = [{"key": "ecsdeploy:app", "value": "hello"}]
    answer = write(aws, "ecs:RegisterTaskDefinition", {**document, "tags": tags}, once=True)
    return to_task_definition(answer["taskDefinition"])


def rendered(task: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of RegisterTaskDefinition."""
    config = Config.model_validate({"app": "hello", "region": "us-east-1", "task": task})
    secrets = {name: f"arn:aws:ssm:us-east-1:123456789012:parameter/{name}" for name in config.task.secrets}
    return render(config, a.names(config), a.facts(secrets=secrets))


def differences(aws: Aws, document: dict[str, Any]) -> list[str]:
    """Register; return where what ECS answers, and what it has then, is not what was asked for."""
    registered = register(aws, document)
    found = Ecs(aws, "hello").task_definition(registered.arn)
    assert found is not None
    return [str(change) for change in (*diff(registered.document, document), *diff(found.document, document))]


@ROUND
@given(task=TASKS)
def test_a_config_comes_back_as_it_was(aws: Aws, task: dict[str, Any]) -> None:
    assert differences(aws, rendered(task)) == []


@pytest.mark.hard
@pytest.mark.timeout(1800)
def test_a_thousand_configs_come_back_as_they_were(aws: Aws) -> None:
    row = Row("round trips", "random configs: render, register, describe")

    @settings(parent=ROUND, max_examples=EXAMPLES, derandomize=True)
    @given(task=TASKS)
    def run(task: dict[str, Any]) -> None:
        row.case(str(task), differences(aws, rendered(task)))

    run()
    row.tell()


def test_each_field_is_tried() -> None:
    tried = {field for raw in (*TAKEN.values(), *REFUSED.values()) for field in named_fields(raw)}
    rest = set(named_fields(rendered({"port": 3000, "environment": {"A": "b"}, "secrets": {"S": "ssm:/s"}})))
    assert known_fields() - tried - rest - OURS - ELSEWHERE == set()
    assert tried <= known_fields()


def test_each_field_that_fargate_takes_comes_back_as_it_was(aws: Aws) -> None:
    row = Row("round trips", "[task.raw]: what Fargate takes")
    for name, raw in TAKEN.items():
        row.case(name, differences(aws, rendered({"raw": raw})))
    row.tell()


def test_each_field_that_fargate_does_not_have_is_refused(aws: Aws) -> None:
    row = Row("round trips", "[task.raw]: what Fargate refuses")
    for name, raw in REFUSED.items():
        try:
            register(aws, rendered({"raw": raw}))
        except AwsError as error:
            row.case(name, [] if error.code in ("ClientException", "InvalidParameterException") else [error.code])
        else:
            row.case(name, ["ECS took it"])
    row.tell()
