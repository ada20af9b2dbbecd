"""Whose jobs may deploy, whatever the CI: what the provider and the deploy role are made of."""

from __future__ import annotations

from typing import TypeAlias

from ecsdeploy.policy import Document
from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.ci.bitbucket import BitbucketSource
from ecsdeploy.policy.ci.buildkite import BuildkiteSource
from ecsdeploy.policy.ci.circleci import CircleCiSource
from ecsdeploy.policy.ci.gitlab import GitLabSource
from ecsdeploy.policy.trust import GitHubSource, github_trust

OtherSource: TypeAlias = GitLabSource | BitbucketSource | CircleCiSource | BuildkiteSource
Source: TypeAlias = GitHubSource | OtherSource


def trust_for(place: Place, source: Source) -> Document:
    """Return the deploy role's trust policy. Raises `PolicyError`."""
    return github_trust(place, source) if isinstance(source, GitHubSource) else source.trust(place)
