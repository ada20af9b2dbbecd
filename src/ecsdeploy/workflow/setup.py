"""`ecsdeploy setup`: everything that an admin creates once, in the order in which it can be made."""

from __future__ import annotations

from ecsdeploy.core.target import Target
from ecsdeploy.core.wanted import SETUP, Part, Wanted
from ecsdeploy.events import Note, Outcome, Result
from ecsdeploy.github.repository import Fetch, Ids
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.bootstrap_oidc import OidcOptions
from ecsdeploy.workflow.job_to_paste import tell_how_to_deploy
from ecsdeploy.workflow.made import bring_up, foresee
from ecsdeploy.workflow.oidc_source import oidc_source


def setup(run: Run, target: Target, options: OidcOptions, fetch: Fetch | None = None) -> None:
    """Create what is missing, update the rest to match the config, and say what to do next."""
    wanted = _wanted(run, target, options, fetch)
    source, made = wanted.source, bring_up(run, wanted, options.upkeep)
    run.report(Result("repository", made.repository_uri))
    if source:
        if made.wrote_deploy_role:
            tell_how_to_deploy(run, target, source, made.deploy_role)
        run.report(Result("deploy-role", made.deploy_role))
    else:
        run.report(Note("The config has no [github] table, so nothing was made for GitHub Actions."))
    run.report(Outcome(True, f"{target.names.service} can be deployed: ecsdeploy deploy{target.env_option}"))


def foresee_setup(run: Run, target: Target, options: OidcOptions, fetch: Fetch | None = None) -> None:
    """Show what `setup` would do with the same options; raise what it would raise."""
    command = f"ecsdeploy setup{run.options.place}{options.given}"
    foresee(run, _wanted(run, target, options, fetch), options.upkeep, command)


def _wanted(run: Run, target: Target, options: OidcOptions, fetch: Fetch | None) -> Wanted:
    source = oidc_source(run, target, options.ci, Ids(options.repository_id, options.owner_id), fetch)
    parts: tuple[Part, ...] = SETUP if source else tuple(part for part in SETUP if part != "github")
    return Wanted(target=options.limited(target), parts=parts, source=source)
