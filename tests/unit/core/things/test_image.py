from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ecsdeploy.core.account import Account
from ecsdeploy.core.image import Image, Manifest, Unbuilt, content_mark, is_of_another_app, tag_prefix
from ecsdeploy.core.things import image
from ecsdeploy.core.upkeep import FILL
from ecsdeploy.errors import AwsError
from tests.unit.core import builders as a
from tests.unit.workflow.hands import Hands

DIGEST = "sha256:" + "a" * 64
COMMIT = "3f2c1ab" + "0" * 33
ALIKE = Manifest(repository="r.example/hello", digest=DIGEST, text="{}", media_type="application/json")
WANTED = a.wanted(parts=("image",), image=Image("r.example/hello", DIGEST, COMMIT))


def account(**changed: Any) -> Account:
    return a.account(**{"image": None, "alike": ALIKE, **changed})


def test_an_image_of_the_same_content_gets_the_wanted_tag() -> None:
    decision = image.decide(WANTED, account(), FILL)

    assert decision is not None
    (step,) = decision.steps
    assert step.call == "ecr:PutImage"
    assert step.parameters == {
        "repositoryName": "hello",
        "imageManifest": "{}",
        "imageManifestMediaType": "application/json",
        "imageDigest": DIGEST,
        "imageTag": COMMIT,
    }


@pytest.mark.parametrize("changed", [{"image": a.IMAGE}, {"alike": None}])
def test_one_that_is_there_or_is_built_gets_none(changed: dict[str, Any]) -> None:
    assert image.decide(WANTED, account(**changed), FILL) is None


def test_only_the_image_that_is_wanted_gets_it() -> None:
    assert image.decide(replace(WANTED, image=Unbuilt("hello:1", "1")), account(), FILL) is None
    other = Image("r.example/hello", "sha256:" + "b" * 64, COMMIT)
    assert image.decide(replace(WANTED, image=other), account(), FILL) is None


def test_a_tag_that_somebody_else_has_put_meanwhile_is_left() -> None:
    hands = Hands.over(account(), WANTED, FILL)
    hands.aws.refuse["ecr:PutImage"] = [
        AwsError("taken", code="ImageTagAlreadyExistsException", operation="PutImage")
    ] * 99
    hands.aws.account = replace(hands.aws.account, alike=ALIKE)
    plan = hands.plan()
    hands.aws.account = account(image=a.IMAGE)

    hands.applier.apply(plan)

    assert hands.report.resources == []
    assert hands.replanned == 1


def test_a_mark_is_of_one_content_and_one_image() -> None:
    mark = content_mark("c", DIGEST)
    assert mark != content_mark("d", DIGEST)
    assert mark != content_mark("c", "sha256:" + "b" * 64)


def test_images_of_other_apps_are_told_by_their_tags() -> None:
    web = tag_prefix("web")
    assert is_of_another_app([f"web.{COMMIT}"], "")
    assert is_of_another_app([f"web-admin.{COMMIT}-staging"], web)
    assert not is_of_another_app([f"web.{COMMIT}", f"worker.{COMMIT}"], web)
    assert not is_of_another_app([COMMIT, "v1.2", "web.latest"], web)
    assert not is_of_another_app([], "")
