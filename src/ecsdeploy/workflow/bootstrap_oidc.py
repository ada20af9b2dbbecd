"""`ecsdeploy bootstrap-oidc`: GitHub Actions deploys without a stored key."""

from __future__ import annotations

from dataclasses import dataclass

from ecsdeploy.config.models import GitHub
from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.errors import ConfigError
from ecsdeploy.events import Note, Result
from ecsdeploy.github.repository import Fetch, Ids, repository_ids
from ecsdeploy.github.snippet import deploy_job
from ecsdeploy.policy.trust import GitHubSource
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.ensure.github_access import (
    deploy_role,
    ensure_deploy_role,
    ensure_github_provider,
    source_of,
)
from ecsdeploy.workflow.ensure.settling import Settling, wait_until_settled
from ecsdeploy.workflow.ensure.task_roles import ensure_task_roles


@dataclass(frozen=True, kw_only=True)
class OidcOptions:
    """What the command line says: GitHub's numbers, and whether roles that are not ours become ours."""

    repository_id: str = ""
    owner_id: str = ""
    adopt: bool = False


def bootstrap_oidc(run: Run, options: OidcOptions, fetch: Fetch | None = None) -> None:
    """Create or reconcile the provider and the three roles; tell the deploy role's ARN and the job to paste."""
    if run.config.github is None:
        raise ConfigError(
            "The config has no [github] table.",
            why="It says which repository may deploy, and from which branches or environments.",
            fix='Write:\n[github]\nrepository = "OWNER/REPOSITORY"\nbranches = ["main"]',
        )
    run.aws.require_account(run.config.account)
    upkeep = Upkeep(adopt=options.adopt)
    source = github_source(run, run.config.github, options, fetch)
    role = github_access(run, source, upkeep)
    roles = ensure_task_roles(run, upkeep)
    wait_until_settled(run, (role, roles.execution, roles.task))
    tell_how_to_deploy(run, source, role)
    run.report(Result("deploy-role", role.arn))


def github_source(run: Run, github: GitHub, options: OidcOptions, fetch: Fetch | None = None) -> GitHubSource:
    """Return which workflows may deploy, having found whatever could stop the first write."""
    given = Ids(options.repository_id, options.owner_id)
    configured = Ids(str(github.repository_id or ""), str(github.owner_id or ""))
    ids = repository_ids(github.repository, given.or_else(configured), run.environ, fetch)
    source = source_of(github, ids.repository, ids.owner)
    deploy_role(run, source)
    return source


def github_access(run: Run, source: GitHubSource, upkeep: Upkeep) -> Settling:
    """Return the deploy role, its provider made before it."""
    ensure_github_provider(run, upkeep)
    return ensure_deploy_role(run, source, upkeep)


def tell_how_to_deploy(run: Run, source: GitHubSource, role: Settling) -> None:
    """Tell what to paste, and what protects an environment."""
    environment = next(iter(source.environments), "") if not source.branches else ""
    named = run.loaded.environment
    job = deploy_job(
        role=role.arn,
        region=run.aws.region,
        environment=environment,
        command="ecsdeploy deploy --yes" + (f" --env {named}" if named else ""),
    )
    run.report(Note(f"To deploy from GitHub Actions, add this job to a workflow of {source.repository}:"), Note(job))
    if source.environments:
        run.report(
            Note(
                f"Until {', '.join(source.environments)} has protection rules, any branch may use it: "
                f"https://github.com/{source.repository}/settings/environments"
            )
        )
