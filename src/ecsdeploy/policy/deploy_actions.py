"""Every action that some config, or an earlier version, gave a deploy role: what is beyond them was added by hand.

Nothing is taken from this list when the role no longer needs it: roles that have it are still ours.
"""

from __future__ import annotations

from collections.abc import Mapping

_BY_SERVICE: Mapping[str, str] = {
    "application-autoscaling": "DescribeScalableTargets",
    "ec2": "DeleteSecurityGroup DescribeNetworkInterfaces DescribeRouteTables DescribeSecurityGroups DescribeSubnets "
    "DescribeVpcs",
    "ecr": "BatchCheckLayerAvailability BatchDeleteImage BatchGetImage CompleteLayerUpload DeleteRepository "
    "DescribeImageScanFindings DescribeImages DescribeRepositories GetAuthorizationToken GetDownloadUrlForLayer "
    "GetLifecyclePolicy InitiateLayerUpload ListTagsForResource PutImage StartImageScan UploadLayerPart",
    "ecs": "CreateService DeleteCluster DeleteService DeleteTaskDefinitions DeregisterTaskDefinition DescribeClusters "
    "DescribeServiceDeployments DescribeServiceRevisions DescribeServices DescribeTaskDefinition DescribeTasks "
    "ExecuteCommand GetTaskProtection ListServiceDeployments ListServices ListTaskDefinitions ListTasks "
    "RegisterTaskDefinition RunTask StopServiceDeployment StopTask TagResource UntagResource UpdateService",
    "iam": "GetRole GetRolePolicy PassRole",
    "kms": "Decrypt",
    "logs": "DeleteLogGroup DescribeLogGroups DescribeLogStreams FilterLogEvents GetLogEvents ListTagsForResource",
    "secretsmanager": "DescribeSecret GetSecretValue",
    "ssm": "GetParameter ListTagsForResource",
}
EVER = frozenset(f"{service}:{name}" for service, names in _BY_SERVICE.items() for name in names.split())
