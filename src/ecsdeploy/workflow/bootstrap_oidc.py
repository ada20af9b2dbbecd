"""`ecsdeploy bootstrap-oidc`: GitHub Actions deploys without a stored key."""

from __future__ import annotations

from dataclasses import dataclass

from ecsdeploy.core.target import Target
from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.errors import ConfigError
from ecsdeploy.events import Note, Result
from ecsdeploy.github.repository import Fetch, Ids
from ecsdeploy.github.snippet import deploy_job
from ecsdeploy.policy.trust import GitHubSource
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.github_source import github_source
from ecsdeploy.workflow.made import bring_up


@dataclass(frozen=True, kw_only=True)
class OidcOptions:
    """The options: GitHub's ids, whether to take over roles that are not ours, and whether to take rights back."""

    repository_id: str = ""
    owner_id: str = ""
    adopt: bool = False
    tighten: bool = False


def bootstrap_oidc(run: Run, target: Target, options: OidcOptions, fetch: Fetch | None = None) -> None:
    """Create or reconcile the provider and the three roles; print the deploy role's ARN and the job to paste."""
    github = target.config.github
    if github is None:
        raise ConfigError(
            "The config has no [github] table.",
            why="It says which repository may deploy, and from which branches or environments.",
            fix='Write:\n[github]\nrepository = "OWNER/REPOSITORY"\nbranches = ["main"]',
        )
    source = github_source(run, github, Ids(options.repository_id, options.owner_id), fetch)
    wanted = Wanted(target=target, parts=("github", "task roles"), source=source)
    made = bring_up(run, wanted, Upkeep(adopt=options.adopt))
    tell_how_to_deploy(run, target, source, made.deploy_role)
    run.report(Result("deploy-role", made.deploy_role))


def tell_how_to_deploy(run: Run, target: Target, source: GitHubSource, role: str) -> None:
    """Print what to paste, and how to protect an environment."""
    environment = next(iter(source.environments), "") if not source.branches else ""
    job = deploy_job(
        role=role,
        region=target.region,
        environment=environment,
        command=f"ecsdeploy deploy --yes{target.env_option}",
    )
    run.report(Note(f"To deploy from GitHub Actions, add this job to a workflow of {source.repository}:"), Note(job))
    if source.environments:
        run.report(
            Note(
                f"Until {', '.join(source.environments)} has protection rules, any branch may use it: "
                f"{source.url}/settings/environments"
            )
        )
