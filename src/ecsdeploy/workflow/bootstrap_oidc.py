"""`ecsdeploy bootstrap-oidc`: GitHub Actions deploys without a stored key."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from pathlib import Path

from ecsdeploy.core.target import Target
from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.errors import ConfigError
from ecsdeploy.events import Note, Result
from ecsdeploy.github.repository import Fetch, Ids
from ecsdeploy.policy.trust import GitHubSource
from ecsdeploy.runtime import CONFIG, Run
from ecsdeploy.workflow.github_source import github_source
from ecsdeploy.workflow.made import bring_up, foresee


@dataclass(frozen=True, kw_only=True)
class OidcOptions:
    """The options: GitHub's ids, the ARN of a permissions boundary, and what may be done to what exists.

    `adopt` takes over roles that are not ours, `tighten` takes rights back, `repair` undoes changes by hand.
    """

    repository_id: str = ""
    owner_id: str = ""
    boundary: str = ""
    adopt: bool = False
    tighten: bool = False
    repair: bool = False

    @property
    def upkeep(self) -> Upkeep:
        """Return what may be done to existing resources."""
        return Upkeep(adopt=self.adopt, tighten=self.tighten, repair=self.repair)

    def limited(self, target: Target) -> Target:
        """Return the target with the permissions boundary that was given, which counts before the config's."""
        if not self.boundary:
            return target
        iam = target.config.iam.model_copy(update={"permissions_boundary": self.boundary})
        return replace(target, config=target.config.model_copy(update={"iam": iam}))


def bootstrap_oidc(run: Run, target: Target, options: OidcOptions, fetch: Fetch | None = None) -> None:
    """Create or reconcile the provider and the three roles; print the deploy role's ARN, and how to go on."""
    wanted = wanted_access(run, target, options, fetch)
    made = bring_up(run, wanted, options.upkeep)
    assert wanted.source is not None
    tell_how_to_deploy(run, target, wanted.source, made.deploy_role)
    run.report(Result("deploy-role", made.deploy_role))


def foresee_oidc(run: Run, target: Target, options: OidcOptions, fetch: Fetch | None = None) -> None:
    """Show what `bootstrap_oidc` would do with the same options; raise what it would raise."""
    command = f"ecsdeploy bootstrap-oidc{run.options.place}"
    foresee(run, wanted_access(run, target, options, fetch), options.upkeep, command)


def wanted_access(run: Run, target: Target, options: OidcOptions, fetch: Fetch | None = None) -> Wanted:
    """Return the provider and the three roles as they should be.

    Raises `ConfigError` without [github], and `Refused` if GitHub's ids cannot be found.
    """
    github = target.config.github
    if github is None:
        raise ConfigError(
            "The config has no [github] table.",
            why="It says which repository may deploy, and from which branches or environments.",
            fix='Write:\n[github]\nrepository = "OWNER/REPOSITORY"\nbranches = ["main"]',
        )
    source = github_source(run, github, Ids(options.repository_id, options.owner_id), fetch)
    return Wanted(target=options.limited(target), parts=("task roles", "github"), source=source)


def tell_how_to_deploy(run: Run, target: Target, source: GitHubSource, role: str) -> None:
    """Say how the workflow is made, what a job needs to find the role, and how to protect an environment."""
    config = "" if run.options.config == Path(CONFIG) else f" --config {shlex.quote(str(run.options.config))}"
    run.report(Note(f"To deploy from {source.repository}, write its workflow: ecsdeploy workflow{config}"))
    path = role.partition(":role")[2].rpartition("/")[0] + "/"
    if path != target.config.iam.path:
        run.report(Note(f'The role has a path of its own, which a job must know: write path = "{path}" in [iam].'))
    if source.environments:
        run.report(
            Note(
                f"Until {', '.join(source.environments)} has protection rules, any branch may use it: "
                f"{source.url}/settings/environments"
            )
        )
