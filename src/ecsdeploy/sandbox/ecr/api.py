"""ECR at the wire: AWS's operation names and what answers them."""

from __future__ import annotations

from collections.abc import Mapping

from ecsdeploy.sandbox.ecr.images import Images
from ecsdeploy.sandbox.ecr.layers import Layers
from ecsdeploy.sandbox.ecr.lifecycles import Lifecycles
from ecsdeploy.sandbox.ecr.repositories import Repositories
from ecsdeploy.sandbox.ecr.scans import Scans
from ecsdeploy.sandbox.ecr.store import EcrStore
from ecsdeploy.sandbox.wire import Operations

PARTIAL: Mapping[str, str] = {
    "CreateRepository": "KMS keys are kept and encrypt nothing.",
    "SetRepositoryPolicy": "Kept, not evaluated.",
    "PutLifecyclePolicy": "Checked, kept and shown by previews; no image expires while a sandbox lasts.",
    "StartImageScan": "Every scan ends as FAILED (UnsupportedImageError): the sandbox knows no vulnerabilities but "
    "those that `sandbox break vulnerable` invents.",
    "DescribeImageScanFindings": "As StartImageScan.",
    "PutRegistryScanningConfiguration": "Kept; enhanced scanning scans nothing.",
    "DescribeRegistry": "No replication rules.",
}
"""What is missing of operations that are answered, for `docs/sandbox-operations.md`."""


def operations(store: EcrStore) -> Operations:
    """Return every operation of ECR that the sandbox answers."""
    repositories, images, layers = Repositories(store), Images(store), Layers(store)
    lifecycles, scans = Lifecycles(store), Scans(store)
    return {
        "CreateRepository": repositories.create,
        "DescribeRepositories": repositories.describe,
        "DeleteRepository": repositories.delete,
        "PutImageTagMutability": repositories.put_mutability,
        "PutImageScanningConfiguration": repositories.put_scanning,
        "SetRepositoryPolicy": repositories.set_policy,
        "GetRepositoryPolicy": repositories.get_policy,
        "DeleteRepositoryPolicy": repositories.delete_policy,
        "TagResource": repositories.tag,
        "UntagResource": repositories.untag,
        "ListTagsForResource": repositories.list_tags,
        "PutImage": images.put,
        "BatchGetImage": images.get,
        "ListImages": images.list_ids,
        "DescribeImages": images.describe,
        "BatchDeleteImage": images.delete,
        "ListImageReferrers": images.referrers,
        "GetAuthorizationToken": layers.authorize,
        "BatchCheckLayerAvailability": layers.check,
        "GetDownloadUrlForLayer": layers.download_url,
        "InitiateLayerUpload": layers.initiate,
        "UploadLayerPart": layers.upload_part,
        "CompleteLayerUpload": layers.complete,
        "PutLifecyclePolicy": lifecycles.put,
        "GetLifecyclePolicy": lifecycles.get,
        "DeleteLifecyclePolicy": lifecycles.delete,
        "StartLifecyclePolicyPreview": lifecycles.start_preview,
        "GetLifecyclePolicyPreview": lifecycles.get_preview,
        "StartImageScan": scans.start,
        "DescribeImageScanFindings": scans.findings,
        "GetRegistryScanningConfiguration": scans.get_registry,
        "PutRegistryScanningConfiguration": scans.put_registry,
        "BatchGetRepositoryScanningConfiguration": scans.get_repositories,
        "DescribeRegistry": scans.describe_registry,
        "GetAccountSetting": scans.get_setting,
        "PutAccountSetting": scans.put_setting,
    }
