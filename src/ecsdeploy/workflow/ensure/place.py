"""Where the run's resources are, by the credentials, and what they are tagged with."""

from __future__ import annotations

from ecsdeploy.config.tags import ENV, tags_for
from ecsdeploy.policy.arns import Place
from ecsdeploy.runtime import Run


def place_of(run: Run) -> Place:
    """Return the partition, Region and account that ARNs are made of. Raises `CredentialsError`."""
    identity = run.aws.identity
    return Place(identity.partition, run.aws.region, identity.account)


def tags_of(run: Run) -> dict[str, str]:
    """Return the tags of what belongs to one environment."""
    return tags_for(run.config, run.names.environment)


def shared_tags_of(run: Run) -> dict[str, str]:
    """Return the tags of what all environments share."""
    return {key: value for key, value in tags_of(run).items() if key != ENV}
