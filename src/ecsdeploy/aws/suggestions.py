"""What a shell may suggest on Tab: one call, asked once, of what a person would otherwise look up."""

from __future__ import annotations

from ecsdeploy.aws.session import Aws

MOST = 20
"""A longer list nobody looks through, and it would take a second call."""
PAGE = 1000
"""The most images that one DescribeImages gives (ECR API); they come in no order."""


def task_ids(aws: Aws, cluster: str, service: str) -> list[str]:
    """Return the ids of the service's running tasks (ecs:ListTasks); botocore's errors are raised as they are."""
    found = aws.client("ecs", once=True).list_tasks(
        cluster=cluster, serviceName=service, desiredStatus="RUNNING", maxResults=MOST
    )
    return [arn.rpartition("/")[2] for arn in found["taskArns"]]


def revisions(aws: Aws, family: str) -> list[str]:
    """Return the numbers of the newest ACTIVE revisions of `family`, newest first (ecs:ListTaskDefinitions)."""
    found = aws.client("ecs", once=True).list_task_definitions(
        familyPrefix=family, status="ACTIVE", sort="DESC", maxResults=MOST
    )
    names = [arn.rpartition("/")[2].rpartition(":") for arn in found["taskDefinitionArns"]]
    return [number for name, _, number in names if name == family]


def image_tags(aws: Aws, repository: str) -> list[str]:
    """Return tags of images in `repository`, the newest image's first (ecr:DescribeImages, one page)."""
    found = aws.client("ecr", once=True).describe_images(
        repositoryName=repository, filter={"tagStatus": "TAGGED"}, maxResults=PAGE
    )
    newest = sorted(found["imageDetails"], key=lambda each: each["imagePushedAt"].timestamp(), reverse=True)
    return [tag for each in newest for tag in each["imageTags"]][:MOST]


def profiles() -> list[str]:
    """Return the profiles in the user's AWS configuration; none if it cannot be read."""
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    try:
        return list(Session().available_profiles)
    except (BotoCoreError, OSError, ValueError):
        return []
