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
    """A service that looks the same every time, and a run to watch it with."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.clock = FakeClock()
        self.report = PlainReporter(io.StringIO(), io.StringIO())
        self.config = a.config()
        self.names = a.names(self.config)

    def service(self, name: str) -> Service:
        """Return the service."""
        return self._service


def verdict(service: Service) -> str:
    shown: Any = Shown(service)
    return await_count(shown, shown, service, a.service().task_definition, 60).kind


def test_as_many_tasks_as_are_desired_are_a_success() -> None:
    assert verdict(a.service()) == "succeeded"


def test_another_revision_that_came_in_between_is_not() -> None:
    (primary,) = a.service().deployments
    assert verdict(a.service(deployments=(replace(primary, task_definition="hello:9"),))) == "superseded"
