"""What is known of one task's real containers beyond the state machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ecsdeploy.sandbox.runtime.base import TaskSpec
from ecsdeploy.sandbox.runtime.logs import LogReader


@dataclass
class Held:
    """One task's images, secrets and containers; `ids` and `readers` are by container name."""

    spec: TaskSpec
    images: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    secrets: dict[str, dict[str, str]] = field(default_factory=dict)
    pause: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    readers: dict[str, LogReader] = field(default_factory=dict)
    out_of_memory: set[str] = field(default_factory=set)
