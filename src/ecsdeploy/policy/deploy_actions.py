"""Every action that a deploy role was ever given: what is beyond them, somebody else has added."""

from __future__ import annotations

from collections.abc import Mapping

_BY_SERVICE: Mapping[str, str] = {
    "application-autoscaling": "DescribeScalableTargets",
    "ec2": "DescribeNetworkInterfaces DescribeRouteTables DescribeSecurityGroups DescribeSubnets DescribeVpcs",
    "ecr": "BatchCheckLayerAvailability BatchGetImage CompleteLayerUpload DescribeImages DescribeRepositories "
    "GetAuthorizationToken GetDownloadUrlForLayer GetLifecyclePolicy InitiateLayerUpload ListTagsForResource PutImage "
    "UploadLayerPart",
    "ecs": "CreateService DescribeClusters DescribeServiceDeployments DescribeServiceRevisions DescribeServices "
    "DescribeTaskDefinition DescribeTasks ListServiceDeployments ListTaskDefinitions ListTasks RegisterTaskDefinition "
    "RunTask StopServiceDeployment StopTask TagResource UntagResource UpdateService",
    "iam": "GetRole GetRolePolicy PassRole",
    "kms": "Decrypt",
    "logs": "DescribeLogGroups DescribeLogStreams FilterLogEvents GetLogEvents ListTagsForResource",
    "secretsmanager": "DescribeSecret GetSecretValue",
    "ssm": "GetParameter ListTagsForResource",
}
EVER = frozenset(f"{service}:{name}" for service, names in _BY_SERVICE.items() for name in names.split())
