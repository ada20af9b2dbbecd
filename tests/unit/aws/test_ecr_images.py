from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from ecsdeploy.aws.ecr_images import EcrImages, ImageArchived, NoRepository
from ecsdeploy.aws.session import Aws
from ecsdeploy.core.image import Image
from tests.support.world import World, open_world
from tests.unit.aws.stubs import StubbedAws


@pytest.fixture(name="world")
def _world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with open_world(tmp_path) as world:
        for name, value in world.env.items():
            monkeypatch.setenv(name, value)
        yield world


def test_an_image_is_found_by_tag_and_by_digest_as_aws_names_it(world: World) -> None:
    digest = world.push_image("v1")
    images = EcrImages(Aws("us-east-1"), "hello")
    uri = world.client("ecr").describe_repositories()["repositories"][0]["repositoryUri"]

    assert images.uri == uri
    assert images.find("v1") == Image(uri, digest, "v1")
    assert images.find(digest) == Image(uri, digest, "v1")
    assert images.find("v2") is None
    assert images.find("sha256:" + "0" * 64) is None


def test_a_missing_repository_is_not_a_missing_image(world: World) -> None:
    images = EcrImages(Aws("us-east-1"), "nothing")

    for ask in (lambda: images.uri, lambda: images.find("v1")):
        with pytest.raises(NoRepository) as caught:
            ask()
        assert caught.value.what == "There is no ECR repository nothing in us-east-1."
        assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("status", "fix"),
    [
        (
            "ARCHIVED",
            "Restore it with `aws ecr update-image-storage-class --repository-name hello --image-id imageTag=v1 "
            "--target-storage-class STANDARD`, which takes up to 20 minutes, or choose another image.",
        ),
        ("ACTIVATING", "Wait until ECR has restored it, then run the same command again."),
    ],
)
def test_an_image_in_the_archive_is_not_there_to_be_run(status: str, fix: str) -> None:
    aws = StubbedAws()
    uri = "123456789012.dkr.ecr.us-east-1.amazonaws.com/hello"
    detail = {"imageDigest": "sha256:" + "a" * 64, "imageStatus": status}
    named = {"repositoryName": "hello", "imageIds": [{"imageTag": "v1"}]}
    aws.answers("ecr", "describe_images", {"imageDetails": [detail]}, **named)
    aws.answers("ecr", "describe_repositories", {"repositories": [{"repositoryUri": uri}]}, repositoryNames=["hello"])

    with pytest.raises(ImageArchived) as caught:
        EcrImages(cast(Aws, aws), "hello").find("v1")

    assert caught.value.what == "The image v1 is in ECR's archive: tasks cannot pull it."
    assert caught.value.why == f"Its status in {uri} is {status}."
    assert caught.value.fix == fix
    assert caught.value.exit_code == 3


def test_the_login_is_there_and_not_to_be_seen(world: World) -> None:
    login = EcrImages(Aws("us-east-1"), "hello").login()

    assert login.username == "AWS"
    assert len(login.password) > 20
    assert login.password not in repr(login)


def test_no_details_are_no_image(aws: StubbedAws) -> None:
    asked = {"repositoryName": "hello", "imageIds": [{"imageTag": "v1"}]}
    aws.answers("ecr", "describe_images", {"imageDetails": []}, **asked)
    assert EcrImages(cast("Aws", aws), "hello").find("v1") is None


def test_a_manifest_comes_as_it_is_kept(world: World) -> None:
    digest = world.push_image("v1")
    images = EcrImages(Aws("us-east-1"), "hello")

    found = images.manifest(digest)

    assert found is not None
    assert (found.repository, found.digest) == (images.uri, digest)
    put = {"imageManifest": found.text, "imageManifestMediaType": found.media_type, "imageDigest": digest}
    world.client("ecr").put_image(repositoryName="hello", imageTag="v2", **put)
    assert images.find("v2") == Image(images.uri, digest, "v2")
    assert images.manifest("sha256:" + "0" * 64) is None


@pytest.mark.parametrize(
    ("detail", "takes"),
    [
        ({"imageTags": [f"v{number}" for number in range(999)]}, True),
        ({"imageTags": [f"v{number}" for number in range(1000)]}, False),
        ({"imageStatus": "ARCHIVED"}, False),
    ],
)
def test_an_image_that_takes_no_more_tags_is_none_to_tag(detail: dict[str, Any], takes: bool) -> None:
    digest = f"sha256:{hashlib.sha256(b'{}').hexdigest()}"

    class Ecr:
        def describe_images(self, **_: object) -> dict[str, Any]:
            return {"imageDetails": [{"imageDigest": digest, **detail}]}

        def batch_get_image(self, **_: object) -> dict[str, Any]:
            return {"images": [{"imageManifest": "{}", "imageManifestMediaType": "application/json"}]}

    class Account:
        def client(self, _service: str) -> Ecr:
            return Ecr()

    images = EcrImages(cast(Aws, Account()), "hello", lambda: "r.example/hello")
    assert (images.manifest(digest) is not None) is takes
    assert images.manifest("sha256:" + "0" * 64) is None
