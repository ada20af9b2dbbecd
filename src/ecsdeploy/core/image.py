"""What a task runs: a repository plus a digest. A tag can be moved, so a bare tag is never an image."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from ecsdeploy.core.step import Later, Ref
from ecsdeploy.errors import UsageError

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
# The registry specification's grammar; ECR's ImageTag type is 1 to 300 characters, a Docker Engine takes 128.
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


@dataclass(frozen=True)
class Image:
    """An image in ECR: the `repositoryUri` as AWS returned it, the manifest's digest, a tag that it has."""

    repository: str
    digest: str
    tag: str = ""

    def __post_init__(self) -> None:
        if not is_digest(self.digest):
            raise ValueError(f"not a digest: {self.digest!r}")

    @property
    def reference(self) -> str:
        """Return `repository@sha256:...`, which always names the same bytes."""
        return f"{self.repository}@{self.digest}"

    def __str__(self) -> str:
        return self.reference


@dataclass(frozen=True, kw_only=True)
class StoredImage:
    """An image as DescribeImages shows it; `is_index` says that it names others, one for each platform.

    `subject` is the digest of the image that this one is about, such as its signature; "" for an image of its own.
    """

    digest: str
    tags: tuple[str, ...] = ()
    pushed_at: datetime
    size: int = 0
    is_index: bool = False
    subject: str = ""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """An image's manifest as BatchGetImage gives it: what PutImage takes to give the image one more tag."""

    repository: str
    digest: str
    text: str
    media_type: str


@dataclass(frozen=True)
class Unbuilt:
    """An image that is not in ECR yet: the `name` that it will have (`repository:tag`), and the tag alone."""

    name: str
    tag: str

    @property
    def reference(self) -> Later:
        """Return a substitute for its digest until it is pushed."""
        return Later(Ref("image", self.name), "digest")


@dataclass(frozen=True)
class RegistryLogin:
    """A registry's login; the password is never shown or written."""

    username: str
    password: str = field(repr=False)


_OF_COMMIT = re.compile(r"(?P<prefix>[a-z0-9-]+\.)?(?P<commit>[0-9a-f]{40})(?P<dirty>-dirty-[0-9a-f]+)?")
_PREFIX = 40
"""Characters of an app's name that a tag has room for in front of a commit."""


def tag_prefix(app: str) -> str:
    """Return what the tags of an app's images begin with, in a repository that others may use too.

    No app's name has a dot, so the prefix of one is never the beginning of another's.
    """
    return f"{app if len(app) <= _PREFIX else _digits(app)[:12]}."


def is_of_another_app(tags: Iterable[str], prefix: str) -> bool:
    """Return whether an image is an app's whose tags have another prefix than ours, or one while ours have none."""
    prefixes = {found["prefix"] for tag in tags if (found := _OF_COMMIT.match(tag)) and found["prefix"]}
    return bool(prefixes) and prefix not in prefixes


def commit_in(tag: str) -> tuple[str, bool]:
    """Return the commit that a tag was made from (40 hex digits), and whether the source differed; "" if none."""
    found = _OF_COMMIT.match(tag)
    return (found["commit"], found["dirty"] is not None) if found else ("", False)


def content_mark(content: str, digest: str) -> str:
    """Return the digits by which a revision says that the image of this digest was built from `content`.

    They hold for this image alone: somebody may copy a revision, its tags included, and set another image.
    """
    return _digits(f"{content}@{digest}")


def _digits(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def is_digest(text: str) -> bool:
    """Return whether `text` is `sha256:` and 64 lower-case hexadecimal digits."""
    return _DIGEST.fullmatch(text) is not None


def checked_tag(tag: str) -> str:
    """Return `tag` if a registry accepts it. Raises `UsageError`."""
    if _TAG.fullmatch(tag):
        return tag
    raise UsageError(
        f"{tag!r} is not a valid image tag.",
        why="A tag has 1 to 128 letters, digits, `_`, `.` and `-`, and does not begin with `.` or `-`.",
        fix="Choose another with --tag, or leave it out to use the git commit.",
    )
