"""Waiting for tasks is no verdict on somebody else's deployment."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

from ecsdeploy.core.service import Service
from ecsdeploy.report.plain import PlainReporter
from ecsdeploy.workflow.await_count import await_count
from tests.unit.core import builders as a
from tests.unit.fakes import FakeClock


class Shown:
    """A service that looks the same every time, or that comes to its last look, and a run to watch it with."""

    def __init__(self, *looks: Service) -> None:
        self._looks = list(looks)
        self.clock = FakeClock()
        self.report = PlainReporter(io.StringIO(), io.StringIO())
        self.config = a.config()
        self.names = a.names(self.config)

    def service(self, name: str) -> Service:
        """Return the service."""
        return self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]


def verdict(service: Service) -> str:
    shown: Any = Shown(service)
    return await_count(shown, shown, service, a.service().task_definition, 60).kind


def test_as_many_tasks_as_are_desired_are_a_success() -> None:
    assert verdict(a.service()) == "succeeded"


def test_another_revision_that_came_in_between_is_not() -> None:
    (primary,) = a.service().deployments
    assert verdict(a.service(deployments=(replace(primary, task_definition="hello:9"),))) == "superseded"


def test_the_count_from_before_the_update_is_no_success() -> None:
    written = a.service(desired=3, running=1)
    shown: Any = Shown(a.service(), a.service(), a.service(desired=3, running=3))
    assert await_count(shown, shown, written, written.task_definition, 60).kind == "succeeded"
    assert shown.clock.slept == [1.5, 1.5]


def test_a_count_that_somebody_else_set_meanwhile_is_taken_after_a_while() -> None:
    written = a.service(desired=3, running=1)
    shown: Any = Shown(a.service())
    assert await_count(shown, shown, written, written.task_definition, 60).kind == "succeeded"
    assert sum(shown.clock.slept) == 15
