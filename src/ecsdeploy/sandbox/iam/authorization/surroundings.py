"""What a request alone does not say of the resources that it names: their tags, paths, and what belongs to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ecsdeploy.policy.arns import Place


@dataclass(frozen=True)
class Definition:
    """A task definition's revision: `arn` ends with its number, `roles` are the ARNs of its roles."""

    arn: str
    cpu: str = ""
    memory: str = ""
    roles: tuple[str, ...] = ()


class Surroundings:
    """An account in which nothing is known: names become ARNs by AWS's formats alone.

    A subclass answers from the account that it knows.
    """

    def __init__(self, place: Place) -> None:
        self.place = place

    def tags(self, arn: str) -> Mapping[str, str]:
        """Return a resource's tags; none of one that does not exist."""
        del arn
        return {}

    def definition(self, reference: str) -> Definition:
        """Return the revision that `family`, `family:revision` or an ARN stands for; of a family its newest."""
        if reference.startswith("arn:"):
            return Definition(reference)
        name = reference if ":" in reference else f"{reference}:*"
        return Definition(self.place.regional("ecs", f"task-definition/{name}"))

    def iam(self, kind: str, name: str) -> str:
        """Return the ARN of a `role`, `user` or `group`, with its path."""
        return self.place.iam(f"{kind}/{name}")

    def boundary(self, arn: str) -> str:
        """Return the ARN of the permissions boundary of a role or a user, or ""."""
        del arn
        return ""

    def vpc(self, group: str) -> str:
        """Return the id of a security group's VPC, or ""."""
        del group
        return ""

    def secret(self, reference: str) -> str:
        """Return the ARN of a secret from its name or ARN."""
        if reference.startswith("arn:"):
            return reference
        return self.place.regional("secretsmanager", f"secret:{reference}")

    def user_of_key(self, access_key: str) -> str:
        """Return the ARN of the user that an access key belongs to, or ""."""
        del access_key
        return ""
