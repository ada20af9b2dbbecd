"""What GitHub's access consists of, whatever writes it down."""

from __future__ import annotations

from dataclasses import dataclass

from ecsdeploy.core.account import Account
from ecsdeploy.core.role import WantedRole
from ecsdeploy.core.target import Target
from ecsdeploy.core.things.wanted_roles import deploy_role, execution_role, task_role
from ecsdeploy.policy.arns import Place
from ecsdeploy.policy.issuers import issuer_named
from ecsdeploy.policy.source import Source


@dataclass(frozen=True)
class Access:
    """The provider's URL and audience, and the roles, each under a short name; `place` is the account."""

    place: Place
    url: str
    audience: str
    roles: dict[str, WantedRole]

    def arn(self, role: WantedRole) -> str:
        """Return the ARN that a role will have."""
        return self.place.role(role.name, role.path)


def access(target: Target, place: Place, source: Source) -> Access:
    """Return the access that `bootstrap-oidc` would create in an empty account. Raises `ConfigError`, `Refused`."""
    roles = {
        "deploy": deploy_role(target, Account(place=place), source),
        "execution": execution_role(target, place),
        "task": task_role(target, place),
    }
    return Access(place, issuer_named(source.issuer).url, source.audience(place), roles)
