"""What a command wants of AWS: the target, an image or a revision, and which parts it is responsible for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ecsdeploy.core.image import Image, Unbuilt
from ecsdeploy.core.target import Target
from ecsdeploy.policy.trust import GitHubSource

Part = Literal[
    "repository",
    "github",
    "task roles",
    "service-linked role",
    "cluster",
    "log group",
    "security group",
    "task definition",
    "service",
]
"""What a plan may be about, in the order in which it can be made."""

FOUNDATION: tuple[Part, ...] = ("task roles", "service-linked role", "cluster", "log group", "security group")
"""What a service stands on, besides its image."""
DEPLOY: tuple[Part, ...] = (*FOUNDATION, "task definition", "service")
SETUP: tuple[Part, ...] = ("repository", "github", *FOUNDATION)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the account is held against.

    `revision` is the ARN of a task definition that exists, in the place of what the config renders. `count` is how
    many tasks shall run, None where that is left as it is. `settings` says whether the service's other settings follow
    the config; where they do not, only its revision and its count are looked at. `force` replaces every task even if
    nothing differs. `revision_tags` go to a new revision and are never part of a difference. `service_tags` are what
    the service shall be tagged with besides, or not any more (None). `ask` is what a person is asked before it changes.
    """

    target: Target
    parts: tuple[Part, ...]
    image: Image | Unbuilt | None = None
    commit: str = ""
    revision: str = ""
    count: int | None = None
    settings: bool = True
    force: bool = False
    source: GitHubSource | None = None
    revision_tags: Mapping[str, str] = field(default_factory=dict)
    service_tags: Mapping[str, str | None] = field(default_factory=dict)
    ask: str = ""

    @property
    def names_revision(self) -> bool:
        """Return whether a revision is asked for; else the service's own stays."""
        return bool(self.revision) or "task definition" in self.parts

    @property
    def only_counts(self) -> bool:
        """Return whether nothing but the count is asked for, which starts no deployment and disturbs none."""
        return not (self.settings or self.force or self.names_revision)
