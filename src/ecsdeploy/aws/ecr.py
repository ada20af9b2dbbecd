"""ECR repositories: dicts in, core models out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ecsdeploy.aws.errors import aws_errors
from ecsdeploy.aws.session import Aws
from ecsdeploy.aws.tolerate import Tolerate
from ecsdeploy.core.repository import ENCRYPTION, IMMUTABLE, Repository, RepositoryDetails


class Ecr:
    """What `create-repo` asks of ECR."""

    def __init__(self, aws: Aws) -> None:
        self._ecr = aws.client("ecr")

    def repository(self, name: str) -> Repository | None:
        """Return the repository `name`, or None."""
        with Tolerate("RepositoryNotFoundException"), aws_errors("ecr"):
            return _repository(self._ecr.describe_repositories(repositoryNames=[name])["repositories"][0])
        return None

    def details(self, repository: Repository) -> RepositoryDetails:
        """Return what DescribeRepositories does not show."""
        with aws_errors("ecr"):
            tags = self._ecr.list_tags_for_resource(resourceArn=repository.arn).get("tags", [])
        return RepositoryDetails(self._lifecycle(repository.name), {tag["Key"]: tag.get("Value", "") for tag in tags})

    def _lifecycle(self, name: str) -> Mapping[str, Any] | None:
        with Tolerate("LifecyclePolicyNotFoundException"), aws_errors("ecr"):
            text = self._ecr.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"]
            policy: Mapping[str, Any] = json.loads(text)
            return policy
        return None

    def create(self, name: str, tags: Mapping[str, str]) -> Repository | None:
        """Return the new repository; None: it appeared in between."""
        with Tolerate("RepositoryAlreadyExistsException"), aws_errors("ecr"):
            answer = self._ecr.create_repository(
                repositoryName=name,
                imageTagMutability=IMMUTABLE,
                imageScanningConfiguration={"scanOnPush": True},
                encryptionConfiguration={"encryptionType": ENCRYPTION},
                tags=_tags(tags),
            )
            return _repository(answer["repository"])
        return None

    def make_tags_immutable(self, name: str) -> None:
        """Let no tag be pushed twice."""
        with aws_errors("ecr"):
            self._ecr.put_image_tag_mutability(repositoryName=name, imageTagMutability=IMMUTABLE)

    def scan_on_push(self, name: str) -> None:
        """Scan every image that arrives."""
        with aws_errors("ecr"):
            self._ecr.put_image_scanning_configuration(
                repositoryName=name, imageScanningConfiguration={"scanOnPush": True}
            )

    def put_lifecycle(self, name: str, policy: Mapping[str, Any]) -> None:
        """Set the lifecycle policy."""
        with aws_errors("ecr"):
            self._ecr.put_lifecycle_policy(repositoryName=name, lifecyclePolicyText=json.dumps(policy))

    def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        """Add tags; others stay."""
        with aws_errors("ecr"):
            self._ecr.tag_resource(resourceArn=arn, tags=_tags(tags))


def _repository(raw: Mapping[str, Any]) -> Repository:
    return Repository(
        name=raw["repositoryName"],
        arn=raw["repositoryArn"],
        uri=raw["repositoryUri"],
        mutability=raw.get("imageTagMutability", "MUTABLE"),
        scan_on_push=raw.get("imageScanningConfiguration", {}).get("scanOnPush", False),
        encryption=raw.get("encryptionConfiguration", {}).get("encryptionType", ENCRYPTION),
    )


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
