"""ARNs, built from what GetCallerIdentity and the config say.

Formats: Service Authorization Reference, the resource types of each service.
"""

from __future__ import annotations

from dataclasses import dataclass

GITHUB_ISSUER = "token.actions.githubusercontent.com"
ECS_TASKS = "ecs-tasks.amazonaws.com"
"""The principal as which ECS assumes the roles of tasks (ECS Developer Guide, "Amazon ECS task IAM role")."""


_PARTITIONS = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("eusc-", "aws-eusc"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("eu-isoe-", "aws-iso-e"),
    ("us-iso-", "aws-iso"),
)
"""The partitions beside `aws`, by what their Regions' names begin with (botocore, partitions.json)."""


def partition_of(region: str) -> str:
    """Return the partition of a Region."""
    return next((partition for begins, partition in _PARTITIONS if region.startswith(begins)), "aws")


@dataclass(frozen=True)
class Place:
    """Where the resources are: a partition (`aws`, `aws-cn`, ...), a Region and an account."""

    partition: str
    region: str
    account: str

    def regional(self, service: str, resource: str) -> str:
        """Return the ARN of a resource that lives in the Region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def iam(self, resource: str) -> str:
        """Return the ARN of a resource of IAM, which has no Region."""
        return f"arn:{self.partition}:iam::{self.account}:{resource}"

    def role(self, name: str, path: str = "/") -> str:
        """Return the ARN of the role `name`; a path begins and ends with a slash."""
        return self.iam(f"role{path}{name}")

    def provider(self, issuer: str) -> str:
        """Return the ARN of the OIDC provider of an issuer, its host and path: one per account."""
        return self.iam(f"oidc-provider/{issuer}")

    def github_provider(self) -> str:
        """Return the ARN of the OIDC provider of GitHub.com."""
        return self.provider(GITHUB_ISSUER)

    def repository(self, name: str) -> str:
        """Return the ARN of an ECR repository."""
        return self.regional("ecr", f"repository/{name}")

    def cluster(self, name: str) -> str:
        """Return the ARN of an ECS cluster."""
        return self.regional("ecs", f"cluster/{name}")

    def of_service(self, kind: str, cluster: str, service: str, rest: str = "") -> str:
        """Return the ARN of a `service`, or of the `service-deployment`s and `service-revision`s below it."""
        return self.regional("ecs", f"{kind}/{cluster}/{service}{rest}")

    def tasks(self, cluster: str) -> str:
        """Return the pattern of the ARNs of every task in a cluster."""
        return self.regional("ecs", f"task/{cluster}/*")

    def revisions(self, family: str) -> str:
        """Return the pattern of the ARNs of every revision of a task definition family."""
        return self.regional("ecs", f"task-definition/{family}:*")

    def log_group(self, name: str) -> str:
        """Return the ARN of a log group, as the APIs that take a group want it."""
        return self.regional("logs", f"log-group:{name}")

    @property
    def sts_audience(self) -> str:
        """Return the audience that STS expects in an id token."""
        return f"sts.{self.dns_suffix}"

    @property
    def dns_suffix(self) -> str:
        """Return what the partition's service names end with in policies."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"
