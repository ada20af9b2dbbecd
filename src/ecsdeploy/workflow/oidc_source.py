"""Whose jobs may deploy, of the CI that the config has a table of."""

from __future__ import annotations

from collections.abc import Iterator

from ecsdeploy.core.ci_source import source_in
from ecsdeploy.core.target import Target
from ecsdeploy.errors import ConfigError, Refused, UsageError
from ecsdeploy.events import Note
from ecsdeploy.github.repository import Fetch, Ids
from ecsdeploy.policy.ci.bitbucket import BitbucketSource
from ecsdeploy.policy.ci.buildkite import BuildkiteSource
from ecsdeploy.policy.ci.circleci import CircleCiSource
from ecsdeploy.policy.ci.gitlab import GitLabSource
from ecsdeploy.policy.github import SourceError
from ecsdeploy.policy.issuers import issuer_named
from ecsdeploy.policy.source import OtherSource, Source
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.github_source import github_source

TABLE = {
    "github": '[github]\nrepository = "OWNER/REPOSITORY"\nbranches = ["main"]',
    "gitlab": '[gitlab]\nproject = "GROUP/PROJECT"\nproject_id = 1\nnamespace_id = 1\nbranches = ["main"]',
    "bitbucket": '[bitbucket]\nworkspace = "NAME"\nworkspace_id = "UUID"\nrepository_id = "UUID"\n'
    'environments = ["UUID"]',
    "circleci": '[circleci]\norganization_id = "UUID"\nproject_id = "UUID"\norigin = "github.com/OWNER/REPOSITORY"\n'
    'branches = ["main"]',
    "buildkite": '[buildkite]\norganization = "SLUG"\norganization_id = "UUID"\npipeline = "SLUG"\n'
    'pipeline_id = "UUID"\nbranches = ["main"]',
}


def oidc_source(run: Run, target: Target, ci: str, ids: Ids, fetch: Fetch | None = None) -> Source | None:
    """Return whose jobs may deploy, None if the config has no table of a CI; `ci` is "" for the one that it has.

    Raises `ConfigError` if it has no table of `ci`, and `Refused` if others or nobody would be let in.
    """
    config = target.config
    chosen = ci or config.ci
    if chosen == "github":
        if config.github:
            return github_source(run, config.github, ids, fetch)
    elif ids.repository or ids.owner:
        raise UsageError("--repository-id and --owner-id are GitHub's.", fix=f"Write the ids into [{chosen}].")
    source = source_in(config, chosen)
    if source is None:
        if ci:
            raise missing_table(ci)
        return None
    try:
        source.require()
    except SourceError as error:
        raise Refused(error.what, why=error.why, fix=error.fix) from error
    for text in caveats(source):
        run.report(Note(text))
    return source


def missing_table(ci: str) -> ConfigError:
    """Return the error that the config does not say who may deploy."""
    table = ci or "github"
    return ConfigError(
        f"The config has no [{table}] table.",
        why="It says which repository may deploy, and from which branches or environments.",
        fix=f"Write:\n{TABLE[table]}",
    )


def caveats(source: OtherSource) -> list[str]:
    """Return what is not certain of a CI's tokens, or not in the role's hands."""
    match source:
        case GitLabSource():
            return list(_of_gitlab(source))
        case BitbucketSource():
            branch = (
                "AWS cannot test the branch of a Bitbucket step: limit the deployment environments to branches there."
            )
            return [branch, _UNSEEN.format("Bitbucket")]
        case CircleCiSource():
            rerun = "A job that is rerun with SSH has the same token, and whoever reruns it may deploy: turn that off."
            return [rerun, _UNSEEN.format("CircleCI")]
        case BuildkiteSource():
            return [_UNSEEN.format("Buildkite")]


def _of_gitlab(source: GitLabSource) -> Iterator[str]:
    if not issuer_named(source.issuer).knows("project_id"):
        yield (
            f"Whether AWS can test the ids in tokens of https://{source.issuer} is not documented. If it can, the role "
            "compares them; if not, whoever gets the project's path there may deploy."
        )
    if not source.protected:
        yield f"Whoever may push to these branches and tags of {source.project} may deploy."


_UNSEEN = (
    "What {0}'s sub looks like is taken from its documentation; it was not seen in a real token. If AWS refuses the "
    "first job, compare its token's sub with the role's trust policy."
)
