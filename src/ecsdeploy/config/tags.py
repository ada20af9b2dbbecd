"""The tags on everything that ecsdeploy creates, by which it recognizes its resources."""

from __future__ import annotations

from ecsdeploy.config.models import Config

APP = "ecsdeploy:app"
ENV = "ecsdeploy:env"
COMMIT = "ecsdeploy:commit"
ACTOR = "ecsdeploy:actor"
RUN = "ecsdeploy:run"
"""What a revision was registered from, by whom and in which CI run."""
COMMITTED_AT = "ecsdeploy:committed-at"
REF = "ecsdeploy:ref"
"""When its commit was made (ISO 8601, UTC), and the git ref of the CI run: for where git cannot tell what is newer."""
CONTENT = "ecsdeploy:content"
"""A revision's tag: digits for everything that its image was built from, in case the next commit changes none of it."""
NO_ENVIRONMENT = "default"
"""The tag's value, and what `{env}` stands for, without an environment. No environment can have this name."""


def tags_for(config: Config, environment: str | None) -> dict[str, str]:
    """Return the tags of what belongs to this app and environment."""
    return {APP: config.app, ENV: environment or NO_ENVIRONMENT}
