"""What exists without a name in the config: every revision, every service and task of a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from ecsdeploy.asked import ask
from ecsdeploy.aws.ecs_answers import to_task_definition
from ecsdeploy.aws.errors import aws_errors
from ecsdeploy.aws.session import Aws
from ecsdeploy.aws.tolerate import Tolerate
from ecsdeploy.core.task_definition import TaskDefinition, short_name

AT_ONCE = 8
"""How many revisions are asked for in parallel: botocore keeps 10 connections open."""

A = TypeVar("A")
T = TypeVar("T")


class Inventory:
    """What `destroy` and `prune` ask of ECS."""

    def __init__(self, aws: Aws) -> None:
        self._ecs = aws.client("ecs")

    def revisions(self, family: str, *, inactive: bool) -> tuple[TaskDefinition, ...]:
        """Return the ACTIVE revisions of exactly this family, `inactive` ones too if asked for, oldest first."""
        more = ask(lambda: self._arns(family, "INACTIVE")) if inactive else list
        arns = [*self._arns(family, "ACTIVE"), *more()]
        found = side_by_side(self._revision, dict.fromkeys(arns))
        return tuple(sorted((each for each in found if each is not None), key=lambda each: each.revision))

    def service_names(self, cluster: str) -> list[str]:
        """Return the names of a cluster's ACTIVE services; none if there is no such cluster."""
        with Tolerate("ClusterNotFoundException"):
            return sorted(arn.rpartition("/")[2] for arn in self._all("list_services", "serviceArns", cluster=cluster))
        return []

    def task_arns(self, cluster: str, **wanted: str) -> list[str]:
        """Return the ARNs of a cluster's tasks, by `desiredStatus` and `family`; none if there is no cluster."""
        with Tolerate("ClusterNotFoundException"):
            return self._all("list_tasks", "taskArns", cluster=cluster, **wanted)
        return []

    def _arns(self, family: str, status: str) -> list[str]:
        # familyPrefix is the whole name (ECS API reference); if it is taken as a prefix, others are listed too.
        found = self._all("list_task_definitions", "taskDefinitionArns", familyPrefix=family, status=status)
        return [arn for arn in found if short_name(arn).rpartition(":")[0] == family]

    def _revision(self, arn: str) -> TaskDefinition | None:
        """Return the revision; None if it was deleted since it was listed."""
        with Tolerate("ClientException", "InvalidParameterException"), aws_errors("ecs"):
            answer = self._ecs.describe_task_definition(taskDefinition=arn, include=["TAGS"])
            return to_task_definition(answer["taskDefinition"], answer.get("tags", ()))
        return None

    def _all(self, operation: str, key: str, **arguments: Any) -> list[str]:
        with aws_errors("ecs"):
            client: Any = self._ecs  # no type can say which operation it is
            pages = client.get_paginator(operation).paginate(**arguments)
            return [arn for page in pages for arn in page.get(key, [])]


def side_by_side(question: Callable[[A], T], about: Iterable[A]) -> list[T]:
    """Return the answers to one question about many things, in order, a few asked at a time."""
    todo = list(about)
    parts = [ask(_each(question, todo[start::AT_ONCE])) for start in range(min(AT_ONCE, len(todo)))]
    answers = [part() for part in parts]
    return [answers[number % AT_ONCE][number // AT_ONCE] for number in range(len(todo))]


def _each(question: Callable[[A], T], about: Sequence[A]) -> Callable[[], list[T]]:
    return lambda: [question(each) for each in about]
