from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ecsdeploy.aws.ecr_images import EcrImages, NoRepository
from ecsdeploy.aws.session import Aws
from ecsdeploy.core.image import Image
from tests.cli.world import World, open_world


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
    assert images.find(digest) == Image(uri, digest)
    assert images.find("v2") is None
    assert images.find("sha256:" + "0" * 64) is None


def test_a_missing_repository_is_not_a_missing_image(world: World) -> None:
    images = EcrImages(Aws("us-east-1"), "nothing")

    for ask in (lambda: images.uri, lambda: images.find("v1")):
        with pytest.raises(NoRepository) as caught:
            ask()
        assert caught.value.what == "There is no ECR repository nothing in us-east-1."
        assert caught.value.exit_code == 3


def test_the_login_is_there_and_not_to_be_seen(world: World) -> None:
    login = EcrImages(Aws("us-east-1"), "hello").login()

    assert login.username == "AWS"
    assert len(login.password) > 20
    assert login.password not in repr(login)
