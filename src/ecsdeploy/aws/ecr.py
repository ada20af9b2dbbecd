"""ECR repositories: dicts in, core models out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ecsdeploy.aws.errors import aws_errors
from ecsdeploy.aws.session import Aws
from ecsdeploy.aws.tolerate import Tolerate
from ecsdeploy.core.repository import ENCRYPTION, Repository


class Ecr:
    """What `create-repo` asks of ECR."""

    def __init__(self, aws: Aws) -> None:
        self._ecr = aws.client("ecr")

    def repository(self, name: str) -> Repository | None:
        """Return the repository `name`, or None."""
        with Tolerate("RepositoryNotFoundException"), aws_errors("ecr"):
            return _repository(self._ecr.describe_repositories(repositoryNames=[name])["repositories"][0])
        return None

    def tags(self, repository: Repository) -> dict[str, str]:
        """Return the repository's tags."""
        with aws_errors("ecr"):
            tags = self._ecr.list_tags_for_resource(resourceArn=repository.arn).get("tags", [])
        return {tag["Key"]: tag.get("Value", "") for tag in tags}

    def lifecycle(self, name: str) -> Mapping[str, Any] | None:
        """Return the lifecycle policy, or None."""
        with Tolerate("LifecyclePolicyNotFoundException"), aws_errors("ecr"):
            text = self._ecr.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"]
            policy: Mapping[str, Any] = json.loads(text)
            return policy
        return None


def _repository(raw: Mapping[str, Any]) -> Repository:
    return Repository(
        name=raw["repositoryName"],
        arn=raw["repositoryArn"],
        uri=raw["repositoryUri"],
        mutability=raw.get("imageTagMutability", "MUTABLE"),
        exclusions=tuple(each["filter"] for each in raw.get("imageTagMutabilityExclusionFilters", [])),
        scan_on_push=raw.get("imageScanningConfiguration", {}).get("scanOnPush", False),
        encryption=raw.get("encryptionConfiguration", {}).get("encryptionType", ENCRYPTION),
    )
