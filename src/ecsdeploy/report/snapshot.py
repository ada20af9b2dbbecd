"""A snapshot as text: a section for each kind of thing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from ecsdeploy import facts as f
from ecsdeploy.changes import Planned
from ecsdeploy.events import Note, ServiceMessage, Snapshot
from ecsdeploy.report import standing
from ecsdeploy.report.clean import clean_lines
from ecsdeploy.report.line import Line
from ecsdeploy.report.listing import environment_lines, past_lines

T = TypeVar("T")


def snapshot_lines(snapshot: Snapshot) -> Iterator[Line]:
    """Yield the lines of everything that a command read, with an empty line between two sections."""
    at, deployments = snapshot.at, _each(snapshot, f.DeploymentState)
    sections = (
        standing.service_lines(_each(snapshot, f.ServiceState), at, live=snapshot.live),
        standing.deployment_lines(deployments, at),
        standing.task_lines(_each(snapshot, f.TasksSeen), _each(snapshot, f.RunningTask), deployments, at),
        standing.message_lines(_each(snapshot, ServiceMessage), at),
        environment_lines(_each(snapshot, f.EnvironmentState), at),
        past_lines(_each(snapshot, f.PastDeployment)),
        (Line(line, "note") for note in _each(snapshot, Note) for line in clean_lines(note.text)),
        standing.drift_lines(_each(snapshot, f.Drift), _each(snapshot, Planned)),
    )
    began = False
    for section in map(list, sections):
        if section and began:
            yield Line("")
        began = began or bool(section)
        yield from section


def _each(snapshot: Snapshot, kind: type[T]) -> list[T]:
    return [fact for fact in snapshot.facts if isinstance(fact, kind)]
