"""`ecsdeploy bootstrap-oidc`: a CI deploys without a stored key."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace

from ecsdeploy.core.target import Target
from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.core.wanted import Wanted
from ecsdeploy.events import Result
from ecsdeploy.github.repository import Fetch, Ids
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.job_to_paste import tell_how_to_deploy
from ecsdeploy.workflow.made import bring_up, foresee
from ecsdeploy.workflow.oidc_source import missing_table, oidc_source


@dataclass(frozen=True, kw_only=True)
class OidcOptions:
    """The options: the CI, GitHub's ids, the ARN of a permissions boundary, and what may be done to what exists.

    `ci` is "" for that of the config. `adopt` takes over roles that are not ours, `tighten` takes rights back, `repair`
    undoes changes by hand.
    """

    ci: str = ""
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

    @property
    def given(self) -> str:
        """Return these options for a shell, with a space before each; "" for none."""
        named = {
            "--ci": self.ci,
            "--repository-id": self.repository_id,
            "--owner-id": self.owner_id,
            "--permissions-boundary": self.boundary,
        }
        flags = {"--adopt": self.adopt, "--tighten": self.tighten, "--repair": self.repair}
        valued = [f" {name} {shlex.quote(value)}" for name, value in named.items() if value]
        return "".join((*valued, *(f" {name}" for name, on in flags.items() if on)))

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
    command = f"ecsdeploy bootstrap-oidc{run.options.place}{options.given}"
    foresee(run, wanted_access(run, target, options, fetch), options.upkeep, command)


def wanted_access(run: Run, target: Target, options: OidcOptions, fetch: Fetch | None = None) -> Wanted:
    """Return the provider and the three roles as they should be.

    Raises `ConfigError` without the CI's table, and `Refused` if others or nobody would be let in.
    """
    source = oidc_source(run, target, options.ci, Ids(options.repository_id, options.owner_id), fetch)
    if source is None:
        raise missing_table(options.ci)
    return Wanted(target=options.limited(target), parts=("task roles", "github"), source=source)
