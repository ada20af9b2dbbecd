"""`ecsdeploy setup`: everything that an admin creates once, in the order in which it can be made."""

from __future__ import annotations

from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.events import Note, Outcome, Result
from ecsdeploy.github.repository import Fetch
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.bootstrap_oidc import OidcOptions, github_access, github_source, tell_how_to_deploy
from ecsdeploy.workflow.create_repo import repository
from ecsdeploy.workflow.ensure.network import find_subnets
from ecsdeploy.workflow.ensure.settling import wait_until_settled
from ecsdeploy.workflow.foundation import ensure_foundation


def setup(run: Run, options: OidcOptions, fetch: Fetch | None = None) -> None:
    """Create what is missing, bring the rest to what the config says, and say what to do next."""
    run.aws.require_account(run.config.account)
    github, upkeep = run.config.github, Upkeep(adopt=options.adopt)
    # What could refuse comes before the first write.
    source = github_source(run, github, options, fetch) if github else None
    subnets = find_subnets(run)
    repository(run, upkeep)
    role = github_access(run, source, upkeep) if source else None
    foundation = ensure_foundation(run, upkeep, subnets)
    wait_until_settled(run, [*([role] if role else []), foundation.roles.execution, foundation.roles.task])
    if source and role:
        if role.written is not None:
            tell_how_to_deploy(run, source, role)
        run.report(Result("deploy-role", role.arn))
    else:
        run.report(Note("The config has no [github] table, so nothing was made for GitHub Actions."))
    environment = f" --env {run.loaded.environment}" if run.loaded.environment else ""
    run.report(Outcome(True, f"{run.names.service} can be deployed: ecsdeploy deploy{environment}"))
