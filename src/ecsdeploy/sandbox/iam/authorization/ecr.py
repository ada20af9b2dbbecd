"""Amazon ECR: what each operation asks, through its API and through its registry.

Source: Service Authorization Reference, "Amazon Elastic Container Registry", which lacks ListImageReferrers: its action
is taken to be named as the operation is.
"""

from __future__ import annotations

from collections.abc import Mapping

from ecsdeploy.sandbox.iam.authorization.rule import Call, Table, named, tagging


def _repositories(call: Call) -> list[str]:
    if arn := call.text("resourceArn"):
        return [arn]
    names = call.texts("repositoryNames") or [call.text("repositoryName") or "*"]
    return [call.around.place.repository(name) for name in names]


_TAGS = "aws:RequestTag aws:TagKeys"
_OF_A_REPOSITORY = (
    *("BatchCheckLayerAvailability", "BatchDeleteImage", "BatchGetImage", "BatchGetRepositoryScanningConfiguration"),
    *("CompleteLayerUpload", "DeleteLifecyclePolicy", "DeleteRepository", "DeleteRepositoryPolicy"),
    *("DescribeImageScanFindings", "DescribeImages", "DescribeRepositories", "GetDownloadUrlForLayer"),
    *("GetLifecyclePolicy", "GetLifecyclePolicyPreview", "GetRepositoryPolicy", "InitiateLayerUpload"),
    *("ListImageReferrers", "ListImages", "ListTagsForResource", "PutImage", "PutImageScanningConfiguration"),
    *("PutImageTagMutability", "PutLifecyclePolicy", "SetRepositoryPolicy", "StartImageScan"),
    *("StartLifecyclePolicyPreview", "UploadLayerPart"),
)
_OF_THE_REGISTRY = ("DescribeRegistry", "GetAuthorizationToken", "GetRegistryScanningConfiguration")

LINES: Mapping[str, tuple[str, str]] = {
    **{operation: ("repository", "") for operation in _OF_A_REPOSITORY},
    **{operation: ("", "") for operation in (*_OF_THE_REGISTRY, "PutRegistryScanningConfiguration")},
    "CreateRepository": ("repository", _TAGS),
    "GetAccountSetting": ("", "ecr:AccountSetting"),
    "PutAccountSetting": ("", "ecr:AccountSetting"),
    "TagResource": ("repository", _TAGS),
    "UntagResource": ("repository", "aws:TagKeys"),
}

TABLE = Table(
    prefix="ecr",
    types={"repository": _repositories},
    keys={"ecr:AccountSetting": named("ecr:AccountSetting", "name")},
    lines=LINES,
    further={"CreateRepository": (tagging("ecr:TagResource", _repositories),)},
)
