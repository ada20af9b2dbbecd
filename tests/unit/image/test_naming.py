from __future__ import annotations

import pytest

from ecsdeploy.core.image import Image, checked_tag, is_digest, tag_prefix
from ecsdeploy.errors import Refused, UsageError
from ecsdeploy.image.naming import ImageName, name_image, refuse_dirty
from ecsdeploy.image.revision import Revision

COMMIT = "0123456789abcdef0123456789abcdef01234567"
CLEAN = Revision(COMMIT, source="https://example.com/acme/web")
DIRTY = Revision(COMMIT, changed=tuple(f"file{number}" for number in range(7)), content="abcdef0123456789")


def test_the_commit_is_the_tag_and_the_labels_say_where_it_is_from() -> None:
    name = name_image(CLEAN, tag=None)

    assert name.tag == COMMIT
    assert name.labels == {
        "org.opencontainers.image.revision": COMMIT,
        "org.opencontainers.image.source": "https://example.com/acme/web",
        "org.opencontainers.image.version": COMMIT,
    }


def test_a_dirty_tree_never_looks_like_its_commit() -> None:
    name = name_image(DIRTY, tag=None)

    assert name.tag == f"{COMMIT}-dirty-abcdef012345"
    assert name.labels["org.opencontainers.image.revision"] == f"{COMMIT}-dirty"


def test_what_git_ignores_is_told_from_the_commit_too() -> None:
    name = name_image(Revision(COMMIT, ignored=("target/app.jar",), content="abcdef0123456789"), tag=None)

    assert name.tag == f"{COMMIT}-plus-abcdef012345"
    assert name.labels["org.opencontainers.image.revision"] == COMMIT


def test_images_that_differ_by_environment_have_tags_that_do() -> None:
    assert name_image(CLEAN, tag=None, suffix="staging").tag == f"{COMMIT}-staging"


def test_a_given_tag_is_used_as_it_is() -> None:
    assert name_image(CLEAN, tag="v1.2", suffix="staging").tag == "v1.2"
    assert name_image(None, tag="v1.2") == ImageName("v1.2")
    assert name_image(None, tag="v1.2").labels == {"org.opencontainers.image.version": "v1.2"}


@pytest.mark.parametrize("tag", ["", ".a", "-a", "a/b", "a:b", "a b", "ä", "a" * 129, "a\n"])
def test_what_no_registry_takes_is_refused(tag: str) -> None:
    with pytest.raises(UsageError, match="is not a valid image tag"):
        checked_tag(tag)


def test_a_refusal_in_ci_names_what_changed() -> None:
    with pytest.raises(Refused) as caught:
        refuse_dirty(DIRTY)

    assert caught.value.what == "The source differs from commit 0123456, and this is a CI job."
    assert caught.value.why.splitlines() == [
        "Changed, or new in the build context:",
        *(f"  file{number}" for number in range(5)),
        "  and 2 more",
    ]
    assert "--allow-dirty" in caught.value.fix


def test_an_image_needs_a_digest() -> None:
    with pytest.raises(ValueError, match="not a digest: 'latest'"):
        Image("r.example/web", "latest")
    assert not is_digest("sha256:" + "A" * 64)
    assert not is_digest("sha256:" + "a" * 64 + "\n")


def test_an_app_and_a_suffix_leave_room_for_a_commit_that_differs() -> None:
    prefixes = [tag_prefix(app * 63) for app in "ab"]
    tags = {name_image(DIRTY, tag=None, prefix=each, suffix="s" * 60).tag for each in prefixes}
    assert len(tags) == 2
    assert max(len(tag) for tag in tags) <= 128
    long = name_image(DIRTY, tag=None, prefix=tag_prefix("a" * 40), suffix="s" * 60).tag
    assert long.startswith(f"{'a' * 40}.{COMMIT}-dirty-abcdef012345-")
    assert len(long) <= 128


def test_a_suffix_leaves_room_for_a_commit_that_differs() -> None:
    long = [f"{'a' * 40}-{stage * 40}" for stage in "st"]
    tags = {name_image(DIRTY, tag=None, suffix=suffix).tag for suffix in long}
    assert len(tags) == 2
    assert all(len(tag) <= 128 and tag.startswith(f"{COMMIT}-dirty-abcdef012345-") for tag in tags)
