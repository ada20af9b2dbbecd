from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest

from ecsdeploy.sandbox.ecr.store import EcrStore
from ecsdeploy.sandbox.wire import AwsError
from tests.support.clocks import FakeSandboxClock

Call = Callable[..., Any]
R = "hello"
INDEX = "application/vnd.oci.image.index.v1+json"


class Push(Protocol):
    def blob(self, repository: str, content: bytes) -> dict[str, Any]: ...
    def manifest(self, repository: str, content: str, **extra: Any) -> str: ...
    def image(self, repository: str, content: str, tag: str | None = None, **extra: Any) -> str: ...
    def index(self, repository: str, digests: list[str], tag: str | None = None) -> str: ...
    def put(self, repository: str, manifest: str, tag: str | None = None) -> str: ...


@pytest.fixture(autouse=True)
def _repository(call: Call) -> None:
    call("CreateRepository", repositoryName=R)


def refused(call: Call, operation: str, **params: Any) -> tuple[str, str]:
    with pytest.raises(AwsError) as error:
        call(operation, repositoryName=R, **params)
    return error.value.code, error.value.message


def test_an_image_has_its_real_digest_and_size(call: Call, push: Push, clock: FakeSandboxClock) -> None:
    manifest = push.manifest(R, "layer")
    digest = push.put(R, manifest, "v1")
    assert digest == f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"
    clock.seconds += 60
    image = call("BatchGetImage", repositoryName=R, imageIds=[{"imageTag": "v1"}])["images"][0]
    assert (image["imageManifest"], image["imageId"]) == (manifest, {"imageDigest": digest, "imageTag": "v1"})
    detail = {
        "registryId": "123456789012",
        "repositoryName": R,
        "imageDigest": digest,
        "imageTags": ["v1"],
        "imageSizeInBytes": len("layer") + len('{"architecture": "amd64"}'),
        "imagePushedAt": datetime.fromtimestamp(1_800_000_000, UTC),
        "imageManifestMediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactMediaType": "application/vnd.oci.image.config.v1+json",
        "lastRecordedPullTime": datetime.fromtimestamp(1_800_000_060, UTC),
        "imageStatus": "ACTIVE",
    }
    for image_id in ({"imageTag": "v1"}, {"imageDigest": digest}):
        assert call("DescribeImages", repositoryName=R, imageIds=[image_id]) == {"imageDetails": [detail]}


def test_a_tag_moves_and_leaves_the_old_image_untagged(call: Call, push: Push) -> None:
    old, new = push.image(R, "1", "latest"), push.image(R, "2", "latest")
    ids = call("ListImages", repositoryName=R, filter={"tagStatus": "TAGGED"})["imageIds"]
    assert ids == [{"imageDigest": new, "imageTag": "latest"}]
    untagged = call("DescribeImages", repositoryName=R, filter={"tagStatus": "UNTAGGED"})["imageDetails"]
    assert [each["imageDigest"] for each in untagged] == [old]
    assert "imageTags" not in untagged[0]
    assert call("ListImages", repositoryName=R, filter={"imageStatus": "ARCHIVED"}) == {"imageIds": []}


def test_lists_are_paged(call: Call, push: Push) -> None:
    digests = sorted(push.image(R, str(at), f"v{at}") for at in range(5))
    seen: list[str] = []
    token: dict[str, str] = {}
    for _ in range(3):
        page = call("DescribeImages", repositoryName=R, maxResults=2, **token)
        seen += [each["imageDigest"] for each in page["imageDetails"]]
        token = {"nextToken": page.get("nextToken", "")}
    assert (seen, token) == (digests, {"nextToken": ""})
    first = call("ListImages", repositoryName=R, maxResults=4)
    rest = call("ListImages", repositoryName=R, nextToken=first["nextToken"])
    assert (len(first["imageIds"]), len(rest["imageIds"])) == (4, 1)


@pytest.mark.parametrize("option", [{"maxResults": 2}, {"nextToken": "next"}])
def test_images_that_are_named_come_in_no_pages(call: Call, push: Push, option: dict[str, Any]) -> None:
    push.image(R, "1", "a")
    code, message = refused(call, "DescribeImages", imageIds=[{"imageTag": "a"}], **option)
    assert (code, next(iter(option)) in message) == ("InvalidParameterException", True)


def test_immutable_tags_are_refused_in_aws_words(call: Call, push: Push) -> None:
    call("PutImageTagMutability", repositoryName=R, imageTagMutability="IMMUTABLE")
    manifest = push.manifest(R, "1")
    digest = push.put(R, manifest, "v1")
    assert refused(call, "PutImage", imageManifest=push.manifest(R, "2"), imageTag="v1") == (
        "ImageTagAlreadyExistsException",
        "The image tag 'v1' already exists in the 'hello' repository and cannot be overwritten "
        "because the tag is immutable.",
    )
    assert refused(call, "PutImage", imageManifest=manifest, imageTag="v1") == (
        "ImageAlreadyExistsException",
        f"Image with digest '{digest}' and tag 'v1' already exists in the repository with name 'hello' "
        "in registry with id '123456789012'",
    )
    assert push.put(R, manifest, "v2") == digest


@pytest.mark.parametrize(
    ("mutability", "movable"),
    [("IMMUTABLE_WITH_EXCLUSION", {"cache-1", "latest"}), ("MUTABLE_WITH_EXCLUSION", {"v1", "xlatest"})],
)
def test_exclusion_filters_turn_the_rule_around(call: Call, push: Push, mutability: str, movable: set[str]) -> None:
    filters = [{"filterType": "WILDCARD", "filter": each} for each in ("latest", "cache-*")]
    call(
        "PutImageTagMutability",
        repositoryName=R,
        imageTagMutability=mutability,
        imageTagMutabilityExclusionFilters=filters,
    )
    moved = set()
    for tag in ("v1", "latest", "cache-1", "xlatest"):
        push.image(R, "first", tag)
        with contextlib.suppress(AwsError):
            push.image(R, "second", tag)
            moved.add(tag)
    assert moved == movable


def test_a_manifest_needs_its_parts(call: Call, push: Push) -> None:
    nothing = "sha256:" + "0" * 64
    manifest = json.loads(push.manifest(R, "1"))
    manifest["layers"][0]["digest"] = nothing
    assert refused(call, "PutImage", imageManifest=json.dumps(manifest)) == (
        "LayersNotFoundException",
        f"Layers with digests '[{nothing}]' required for pushing image into repository with name 'hello' "
        "in the registry with id '123456789012' do not exist",
    )
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [{"digest": nothing}]}
    assert refused(call, "PutImage", imageManifest=json.dumps(index))[0] == "ReferencedImagesNotFoundException"
    assert refused(call, "PutImage", imageManifest=push.manifest(R, "1"), imageDigest=nothing)[0] == (
        "ImageDigestDoesNotMatchException"
    )
    for text in ("{", "[]", "{}", '{"mediaType": "x", "schemaVersion": 2}', '{"schemaVersion": 1, "mediaType": "x"}'):
        assert refused(call, "PutImage", imageManifest=text)[0] == "InvalidParameterException"


def test_an_index_is_given_to_those_who_ask_for_its_type(call: Call, push: Push) -> None:
    large, small = push.image(R, "large layer"), push.image(R, "small")
    digest = push.index(R, [small, large], "v1")
    ids = [{"imageTag": "v1"}]
    assert call("BatchGetImage", repositoryName=R, imageIds=ids) == {
        "images": [],
        "failures": [
            {
                "imageId": {"imageTag": "v1"},
                "failureCode": "ImageNotFound",
                "failureReason": "Requested image not found",
            }
        ],
    }
    found = call("BatchGetImage", repositoryName=R, imageIds=ids, acceptedMediaTypes=[INDEX])["images"]
    assert found[0]["imageId"]["imageDigest"] == digest
    described = call("DescribeImages", repositoryName=R, imageIds=ids)["imageDetails"][0]
    assert described["imageSizeInBytes"] == len("large layer") + 25
    failed = call("BatchDeleteImage", repositoryName=R, imageIds=[{"imageDigest": large}])["failures"]
    assert failed == [
        {
            "imageId": {"imageDigest": large},
            "failureCode": "ImageReferencedByManifestList",
            "failureReason": f"Requested image referenced by manifest list: [{digest}]",
        }
    ]


def test_images_are_deleted_by_tag_or_digest(call: Call, push: Push, store: EcrStore) -> None:
    digest = push.image(R, "1", "a")
    push.image(R, "1", "b")
    push.image(R, "1", "c")

    def delete(*image_ids: dict[str, str]) -> Any:
        return call("BatchDeleteImage", repositoryName=R, imageIds=list(image_ids))

    assert delete({"imageTag": "a"}) == {"imageIds": [{"imageDigest": digest, "imageTag": "a"}], "failures": []}
    assert [each["failureCode"] for each in delete({}, {"imageDigest": "x"}, {"imageTag": "a"})["failures"]] == [
        "MissingDigestAndTag",
        "InvalidImageDigest",
        "ImageNotFound",
    ]
    other = push.image(R, "2", "z")
    assert delete({"imageDigest": other, "imageTag": "b"})["failures"][0]["failureCode"] == "ImageTagDoesNotMatchDigest"
    assert delete({"imageDigest": digest})["imageIds"] == [
        {"imageDigest": digest, "imageTag": "b"},
        {"imageDigest": digest, "imageTag": "c"},
    ]
    assert refused(call, "DescribeImages", imageIds=[{"imageTag": "b"}]) == (
        "ImageNotFoundException",
        "The image with imageId {imageDigest:'null', imageTag:'b'} does not exist within the repository "
        "with name 'hello' in the registry with id '123456789012'",
    )
    assert delete({"imageTag": "z"})["imageIds"] == [{"imageDigest": other, "imageTag": "z"}]
    assert call("ListImages", repositoryName=R) == {"imageIds": []}
    with store.repository(R) as repository:
        assert repository.layers == {}


def test_a_repository_with_images_is_deleted_by_force_only(call: Call, push: Push) -> None:
    push.image(R, "1")
    assert refused(call, "DeleteRepository") == (
        "RepositoryNotEmptyException",
        "The repository with name 'hello' in registry with id '123456789012' cannot be deleted "
        "because it still contains images",
    )
    call("DeleteRepository", repositoryName=R, force=True)
    assert call("DescribeRepositories") == {"repositories": []}


def test_a_blob_lives_as_long_as_a_repository_holds_it(call: Call, push: Push, store: EcrStore) -> None:
    call("CreateRepository", repositoryName="other")
    layer = push.blob(R, b"shared")["digest"]
    push.blob("other", b"shared")
    call("DeleteRepository", repositoryName=R)
    with store.blobs.open(layer) as file:
        assert file.read() == b"shared"
    call("DeleteRepository", repositoryName="other")
    with pytest.raises(FileNotFoundError):
        store.blobs.open(layer)


def test_a_layer_stays_while_another_image_needs_it(call: Call, push: Push, store: EcrStore) -> None:
    push.image(R, "shared", "v1")
    push.image(R, "shared", "v2", annotations={"a": "other"})
    layer = push.blob(R, b"shared")["digest"]
    for tag, kept in (("v1", True), ("v2", False)):
        call("BatchDeleteImage", repositoryName=R, imageIds=[{"imageTag": tag}])
        with store.repository(R) as repository:
            assert (layer in repository.layers) is kept


def test_layers_arrive_in_order(call: Call, push: Push) -> None:
    upload = call("InitiateLayerUpload", repositoryName=R)["uploadId"]
    part = {"uploadId": upload, "partFirstByte": 1, "partLastByte": 3, "layerPartBlob": b"abc"}
    code, message = refused(call, "UploadLayerPart", **part)
    assert (code, message) == (
        "InvalidLayerPartException",
        "First byte of the layer part is 1 instead of 0",
    )
    digest = "sha256:" + "0" * 64
    assert refused(call, "CompleteLayerUpload", uploadId=upload, layerDigests=[digest])[0] == "EmptyUploadException"
    for first in (0, 3):
        call("UploadLayerPart", repositoryName=R, **part | {"partFirstByte": first, "partLastByte": first + 2})
    finish = {"uploadId": upload, "layerDigests": [digest]}
    assert refused(call, "CompleteLayerUpload", **finish)[0] == "LayerPartTooSmallException"
    other = call("InitiateLayerUpload", repositoryName=R)["uploadId"]
    call("UploadLayerPart", repositoryName=R, **part | {"uploadId": other, "partFirstByte": 0, "partLastByte": 2})
    wrong = refused(call, "CompleteLayerUpload", uploadId=other, layerDigests=[digest])
    assert wrong[0] == "InvalidLayerException"
    assert refused(call, "CompleteLayerUpload", uploadId=other, layerDigests=[digest])[0] == "UploadNotFoundException"
    answer = call("BatchCheckLayerAvailability", repositoryName=R, layerDigests=[digest, "x"])
    assert answer["layers"] == [{"layerDigest": digest, "layerAvailability": "UNAVAILABLE"}]
    assert answer["failures"][0]["failureCode"] == "InvalidLayerDigest"


def test_a_scan_does_not_pretend_to_have_looked(call: Call, push: Push, clock: FakeSandboxClock) -> None:
    image_id = {"imageDigest": push.image(R, "1", "v1")}
    assert refused(call, "DescribeImageScanFindings", imageId={"imageTag": "v1"}) == (
        "ScanNotFoundException",
        "Image scan does not exist for the image with '{imageDigest:'null', imageTag:'v1'}' "
        "in the repository with name 'hello' in the registry with id '123456789012'",
    )
    started = call("StartImageScan", repositoryName=R, imageId=image_id)
    assert started["imageScanStatus"] == {"status": "IN_PROGRESS"}
    found = call("DescribeImageScanFindings", repositoryName=R, imageId=image_id)
    assert found["imageScanStatus"] == {
        "status": "FAILED",
        "description": "UnsupportedImageError: The operating system and/or package manager are not supported.",
    }
    assert "imageScanFindings" not in found
    assert refused(call, "StartImageScan", imageId=image_id) == (
        "LimitExceededException",
        "The scan quota per image has been exceeded. Wait and try again.",
    )
    clock.seconds += 24 * 3600 + 1
    call("StartImageScan", repositoryName=R, imageId=image_id)


def test_referrers_are_listed(call: Call, push: Push) -> None:
    subject = push.image(R, "1", "v1")
    about = {"mediaType": "x", "digest": subject, "size": 1}
    signature = push.image(R, "signature", subject=about, artifactType="application/sig")
    push.image(R, "sbom", subject=about, artifactType="application/sbom")
    wanted = {"artifactTypes": ["application/sig"]}
    found = call("ListImageReferrers", repositoryName=R, subjectId={"imageDigest": subject}, filter=wanted)
    assert [each["digest"] for each in found["referrers"]] == [signature]


def test_the_runtime_asks_what_a_reference_stands_for(push: Push, store: EcrStore) -> None:
    digest = push.image(R, "1", "latest")
    host = "127.0.0.1:4510"
    answers = {
        f"{host}/hello": digest,
        f"{host}/hello:latest": digest,
        f"{host}/hello@{digest}": digest,
        f"{host}/hello:latest@{digest}": digest,
        f"{host}/hello:none": None,
        f"{host}/none:latest": None,
        "127.0.0.1:1/hello": None,
        "hello": None,
    }
    assert {reference: store.digest_of(reference) for reference in answers} == answers
