"""What Application Auto Scaling knows: scalable targets, their policies and what was done to them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

DIMENSION = "ecs:service:DesiredCount"


@dataclass(frozen=True, slots=True)
class TargetKey:
    """An ECS service as Application Auto Scaling names it."""

    region: str
    resource: str

    @property
    def service(self) -> tuple[str, str]:
        """Return the names of the cluster and the service."""
        _, cluster, service = self.resource.split("/")
        return cluster, service


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A registered scalable target. `suspended` has the members of the API's SuspendedState.

    `service_created` is when its service was created, in seconds since the epoch: the next one of that name is another.
    """

    key: TargetKey
    id: str
    minimum: int
    maximum: int
    created: datetime
    service_created: float | None
    suspended: Mapping[str, bool] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A scaling policy; `configuration` is the API's member for its type."""

    key: TargetKey
    name: str
    id: str
    type: str
    configuration: Mapping[str, Any]
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A change of a service's desired count."""

    key: TargetKey
    id: str
    cause: str
    description: str
    at: datetime


def new_id() -> str:
    """Return the random part of an ARN."""
    return str(uuid.uuid4())
