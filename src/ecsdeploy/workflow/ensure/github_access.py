"""GitHub's OIDC provider and the deploy role that trusts one repository through it."""

from __future__ import annotations

from ecsdeploy.aws.iam import Iam
from ecsdeploy.config.models import GitHub
from ecsdeploy.core.role import WantedRole
from ecsdeploy.core.upkeep import Upkeep
from ecsdeploy.errors import ConfigError
from ecsdeploy.events import Change
from ecsdeploy.policy import PolicyError
from ecsdeploy.policy.arns import GITHUB_ISSUER
from ecsdeploy.policy.deploy import DeployScope, deploy_permissions
from ecsdeploy.policy.trust import GitHubSource, github_trust
from ecsdeploy.runtime import Run
from ecsdeploy.workflow.ensure.place import place_of, tags_of
from ecsdeploy.workflow.ensure.retry import retry
from ecsdeploy.workflow.ensure.roles import CONTENDED, ensure_role
from ecsdeploy.workflow.ensure.settling import Settling
from ecsdeploy.workflow.ensure.task_roles import secrets_of
from ecsdeploy.workflow.ensure.telling import created, doing, making, unchanged, updated

PROVIDER = "OIDC provider"


def ensure_github_provider(run: Run, upkeep: Upkeep) -> None:
    """Create GitHub's OIDC provider, or add STS to the audiences of the one that the account has.

    An account has one, for all repositories: it is never taken away from.
    """
    iam, place = Iam(run.aws), place_of(run)
    arn, audience = place.github_provider(), place.sts_audience
    audiences = iam.provider_audiences(arn)
    if audiences is None:
        with making(run, upkeep, PROVIDER, GITHUB_ISSUER):
            if iam.create_provider(f"https://{GITHUB_ISSUER}", audience):
                created(run, PROVIDER, GITHUB_ISSUER, f"audience {audience}")
                return
        audiences = iam.provider_audiences(arn) or ()
    if audience in audiences:
        unchanged(run, upkeep, PROVIDER, GITHUB_ISSUER)
        return
    with doing(run, f"updating {PROVIDER} {GITHUB_ISSUER}"):
        retry(run, lambda: iam.add_audience(arn, audience), codes=CONTENDED)
    updated(run, PROVIDER, GITHUB_ISSUER, (Change("audiences", list(audiences), [*audiences, audience]),))


def deploy_role(run: Run, source: GitHubSource) -> WantedRole:
    """Return the deploy role as the config has it. Raises `ConfigError` when IAM would not take it."""
    place, names = place_of(run), run.names
    looked_up = [each for each in secrets_of(run) if each.kind == "secretsmanager" and not each.arn]
    scope = DeployScope(
        repository=names.repository,
        cluster=names.cluster,
        service=names.service,
        family=names.family,
        log_group=names.log_group,
        execution_role=names.execution_role,
        task_role=names.task_role,
        secrets=tuple(sorted({each.resource(place) for each in looked_up})),
    )
    try:
        trust, permissions = github_trust(place, source), deploy_permissions(place, scope)
    except PolicyError as error:
        raise ConfigError(f"The deploy role cannot be made: {error}", fix="Correct [github] in the config.") from error
    return WantedRole(
        kind="deploy role",
        name=names.deploy_role,
        description=f"GitHub Actions of {source.repository} deploys {names.service} with it",
        trust=trust,
        permissions=permissions,
        tags=tags_of(run),
    )


def ensure_deploy_role(run: Run, source: GitHubSource, upkeep: Upkeep) -> Settling:
    """Return the role that GitHub Actions assumes, created or brought to what the config says."""
    return ensure_role(run, deploy_role(run, source), upkeep)


def source_of(github: GitHub, repository_id: str, owner_id: str) -> GitHubSource:
    """Return which workflows the config lets deploy."""
    return GitHubSource(github.repository, repository_id, owner_id, github.branches, github.environments)
