"""What the scheduler and its engine tell one another beside what concerns the runtime."""

from __future__ import annotations

from dataclasses import dataclass

from ecsdeploy.sandbox.runtime.base import Command, Observation


@dataclass(frozen=True, slots=True)
class ResolveImages:
    """Find the digests that the tags of a service revision stand for now."""

    cluster: str
    service: str
    revision: str
    images: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImagesResolved:
    """The digests of a service revision's images; None where it could not be told."""

    cluster: str
    service: str
    revision: str
    digests: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class SpotReclaimed:
    """Fargate Spot takes a task's capacity back."""

    task: str


EngineCommand = Command | ResolveImages
Signal = Observation | ImagesResolved | SpotReclaimed
