"""Who may deploy from GitHub: what the config names, with what GitHub says about the repository."""

from __future__ import annotations

from dataclasses import replace

from ecsdeploy.config.github import GitHub
from ecsdeploy.errors import Refused
from ecsdeploy.events import Note
from ecsdeploy.github.api import GITHUB_COM
from ecsdeploy.github.repository import Fetch, Ids, look_up
from ecsdeploy.policy.issuers import github_issuer
from ecsdeploy.policy.subjects import DEFAULT_KEYS
from ecsdeploy.policy.trust import GitHubSource, SourceError, require_names, subjects_of
from ecsdeploy.runtime import Run


def github_source(run: Run, github: GitHub, given: Ids, fetch: Fetch | None = None) -> GitHubSource:
    """Return which workflows may deploy; `given` are the command line's ids.

    Raises `Refused` if that would let others in or nobody, if GitHub's ids cannot be found, or are others.
    """
    source = as_configured(github)
    configured = Ids(source.repository_id, source.owner_id)
    try:
        require_names(source)
        found = look_up(
            github.repository, given.or_else(configured), run.environ, fetch, server=github.server or GITHUB_COM
        )
        if found.unanswered:
            run.report(Note(f"The ids of {github.repository} were not compared with GitHub's. {found.unanswered}"))
        keys = _claim_keys(run, github, found.claim_keys)
        source = replace(source, repository_id=found.ids.repository, owner_id=found.ids.owner, claim_keys=keys)
        subjects_of(source)
    except SourceError as error:
        raise Refused(error.what, why=error.why, fix=error.fix) from error
    for text in _told(source):
        run.report(Note(text))
    return source


def as_configured(github: GitHub) -> GitHubSource:
    """Return which workflows may deploy as far as the config says it, whatever GitHub says; its ids may be missing."""
    keys = github.include_claim_keys or ()
    return GitHubSource(
        github.repository,
        repository_id=str(github.repository_id or ""),
        owner_id=str(github.owner_id or ""),
        branches=github.branches,
        environments=github.environments,
        tags=github.tags,
        workflows=github.workflows,
        issuer=github_issuer(github.server or "", github.enterprise or "").name,
        claim_keys=() if keys == DEFAULT_KEYS else keys,
    )


def _claim_keys(run: Run, github: GitHub, on_github: tuple[str, ...] | None) -> tuple[str, ...]:
    """Return what `sub` is composed of, empty for GitHub's default. Raises `Refused` if config and GitHub disagree."""
    configured = github.include_claim_keys
    if configured == DEFAULT_KEYS:
        configured = ()
    if on_github is None or configured == on_github:
        return configured or ()
    written = ", ".join(f'"{key}"' for key in on_github)
    fix = f"include_claim_keys = [{written}]" if on_github else ""
    if configured is not None:
        raise Refused(
            f"GitHub composes the sub of {github.repository} of {', '.join(on_github) or 'its default claims'}, "
            f"the config says {', '.join(configured) or 'of its default claims'}.",
            why="The role trusts whole subs, character by character: it would let nobody in.",
            fix=f"Write {fix} in [github]." if fix else "Remove include_claim_keys from [github].",
        )
    if on_github:
        run.report(
            Note(
                f"GitHub composes the sub of {github.repository} of {', '.join(on_github)}, and the role trusts that. "
                f"Write {fix} in [github], so that it is known without a token as well."
            )
        )
    return on_github


def _told(source: GitHubSource) -> list[str]:
    """Return what the role's trust does not do, for the admin to know."""
    told = []
    if source.tags:
        told.append(
            f"Whoever may push a tag {', '.join(source.tags)} to {source.repository} may deploy"
            + (" (* is any text, slashes included)" if source.tag_patterns else "")
            + f": protect them at {source.url}/settings/rules."
        )
    if not source.minted_by.knows("repository_id") and "repository_id" not in source.claim_keys:
        told.append(
            f"Whether AWS can test the ids in tokens of {source.minted_by.url} is not documented. If it can, the role "
            f"compares them; if not, whoever registers the name {source.repository} there once it is free may deploy. "
            "Compose its sub of repository_id, repo and context, and it does not depend on that."
        )
    return told
