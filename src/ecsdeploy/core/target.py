"""What a command is about: one service of one config, in one environment."""

from __future__ import annotations

from dataclasses import dataclass

from ecsdeploy.config.models import Config
from ecsdeploy.config.names import Names
from ecsdeploy.config.tags import ENV, tags_for
from ecsdeploy.core.ci_source import source_in
from ecsdeploy.core.image import tag_prefix
from ecsdeploy.policy.issuers import GITHUB, Issuer, github_issuer, issuer_named


@dataclass(frozen=True)
class Target:
    """A service as the config has it: passed to everything that needs a name, a setting or a tag."""

    config: Config
    names: Names
    region: str

    @property
    def tags(self) -> dict[str, str]:
        """Return the tags of what belongs to one environment."""
        return tags_for(self.config, self.names.environment)

    @property
    def shared_tags(self) -> dict[str, str]:
        """Return the tags of what all environments share."""
        return {key: value for key, value in self.tags.items() if key != ENV}

    @property
    def tag_prefix(self) -> str:
        """Return what its images' tags begin with: its app, where [names] gives it a repository that others may use."""
        own = self.names.repository.rpartition("/")[2] == self.config.app
        return "" if own else tag_prefix(self.config.app)

    @property
    def env_option(self) -> str:
        """Return ` --env NAME`, to append to a command in a message; "" without an environment."""
        return f" --env {self.names.environment}" if self.names.environment else ""

    @property
    def title(self) -> str:
        """Return the app's name, with its environment if it has one: what everything is named after."""
        app, environment = self.config.app, self.names.environment
        return f"{app}-{environment}" if environment else app

    @property
    def has_ci(self) -> bool:
        """Return whether the config says whose jobs may deploy."""
        return self.config.github is not None or source_in(self.config, self.config.ci) is not None

    @property
    def issuer(self) -> Issuer:
        """Return who mints the id tokens of its CI: GitHub.com where the config names no other."""
        github, other = self.config.github, source_in(self.config, self.config.ci)
        if other is not None:
            return issuer_named(other.issuer)
        return github_issuer(github.server or "", github.enterprise or "") if github else GITHUB

    def __str__(self) -> str:
        return f"{self.names.cluster}/{self.names.service}"
