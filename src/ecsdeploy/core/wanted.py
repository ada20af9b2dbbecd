"""What a command wants in AWS: the target, an image or a revision, and the parts it is responsible for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from ecsdeploy.core.busy import IfBusy
from ecsdeploy.core.image import Image, Unbuilt
from ecsdeploy.core.target import Target
from ecsdeploy.policy.source import Source

Part = Literal[
    "repository",
    "task roles",
    "github",
    "service-linked role",
    "cluster",
    "log group",
    "security group",
    "image",
    "task definition",
    "service",
]
"""The parts of a plan, in the order in which they can be created."""

FOUNDATION: tuple[Part, ...] = ("task roles", "service-linked role", "cluster", "log group", "security group")
"""What a service needs, besides its image."""
DEPLOY: tuple[Part, ...] = (*FOUNDATION, "image", "task definition", "service")
SETUP: tuple[Part, ...] = ("repository", "task roles", "github", *FOUNDATION[1:])
"""The task's roles come before the deploy role, which may pass them: whatever stops them stops it as well."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the account is compared with.

    `revision` is the ARN of an existing task definition, instead of what the config renders. `count` is how many tasks
    should run, None to leave it as it is. `settings` says whether the service's other settings follow the config; if
    not, only its revision and its count are compared. `force` replaces every task even if nothing differs.
    `revision_tags` go to a new revision and are never part of a difference. `service_tags` are more tags to set on the
    service, or to remove (None). `ask` is the question before it changes. `if_busy` is what to do about a deployment in
    flight: `wait` decides as if it were over, which is enough as long as nothing is written to the service.
    """

    target: Target
    parts: tuple[Part, ...]
    image: Image | Unbuilt | None = None
    commit: str = ""
    revision: str = ""
    count: int | None = None
    settings: bool = True
    force: bool = False
    source: Source | None = None
    revision_tags: Mapping[str, str] = field(default_factory=dict)
    service_tags: Mapping[str, str | None] = field(default_factory=dict)
    ask: str = ""
    if_busy: IfBusy = "fail"

    @property
    def names_revision(self) -> bool:
        """Return whether a revision is wanted; else the service keeps its own."""
        return bool(self.revision) or "task definition" in self.parts

    @property
    def only_counts(self) -> bool:
        """Return whether only the count is wanted, which starts no deployment and disturbs none."""
        return not (self.settings or self.force or self.names_revision)

    @property
    def in_turn(self) -> Wanted:
        """Return what is wanted once it is its turn: then a deployment in flight is not overlooked."""
        return replace(self, if_busy="fail") if self.if_busy == "wait" else self
