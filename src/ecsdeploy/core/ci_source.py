"""Who may deploy from another CI than GitHub, as the config's table of it says."""

from __future__ import annotations

from ecsdeploy.config.ci import Bitbucket, Buildkite, CircleCi, GitLab
from ecsdeploy.config.models import Config
from ecsdeploy.policy.ci.bitbucket import BitbucketSource
from ecsdeploy.policy.ci.buildkite import BuildkiteSource
from ecsdeploy.policy.ci.circleci import CircleCiSource
from ecsdeploy.policy.ci.gitlab import GitLabSource
from ecsdeploy.policy.issuers import GITLAB_ISSUER
from ecsdeploy.policy.source import OtherSource


def source_in(config: Config, ci: str) -> OtherSource | None:
    """Return whose jobs may deploy from `ci`, a name of `config.ci.TABLES`; None if the config has no such table."""
    match getattr(config, ci, None):
        case GitLab() as table:
            return GitLabSource(
                table.project,
                str(table.project_id),
                str(table.namespace_id),
                branches=table.branches,
                tags=table.tags,
                protected=table.protected,
                issuer=table.server.removeprefix("https://") if table.server else GITLAB_ISSUER,
            )
        case Bitbucket() as table:
            return BitbucketSource(table.workspace, table.workspace_id, table.repository_id, table.environments)
        case CircleCi() as table:
            return CircleCiSource(table.organization_id, table.project_id, table.origin, table.branches)
        case Buildkite() as table:
            ids = table.organization_id, table.pipeline_id
            return BuildkiteSource(table.organization, ids[0], table.pipeline, ids[1], table.branches)
        case _:
            return None
