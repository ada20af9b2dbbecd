"""Which tag and labels the image gets: from the git commit, or from the user."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from ecsdeploy.core.image import checked_tag
from ecsdeploy.errors import Refused
from ecsdeploy.image.file_list import listed
from ecsdeploy.image.revision import Revision

_ROOM = 60
_LONGEST = 128
"""Characters of a tag (the registry specification's grammar)."""


@dataclass(frozen=True)
class ImageName:
    """The tag of an image, and the source that it is built from, as far as that is known."""

    tag: str
    commit: str = ""
    dirty: bool = False
    source: str = ""

    @property
    def labels(self) -> dict[str, str]:
        """Return the OCI annotations with the image's origin.

        Not the time: the same source would make another image each time.
        https://github.com/opencontainers/image-spec/blob/main/annotations.md
        """
        revision = f"{self.commit}-dirty" if self.commit and self.dirty else self.commit
        known = {"revision": revision, "source": self.source, "version": self.tag}
        return {f"org.opencontainers.image.{key}": value for key, value in known.items() if value}


def name_image(revision: Revision | None, *, tag: str | None, prefix: str = "", suffix: str = "") -> ImageName:
    """Return the name for `revision`: `tag` if one is given, else the commit's own. Raises `UsageError`.

    `prefix` and `suffix` tell apart the images that one commit makes for several apps, environments or configs.
    """
    if revision is None:
        return ImageName(checked_tag(tag or ""))
    named = f"{prefix}{revision.tag}"
    own = f"{named}-{_fitting(suffix, _LONGEST - len(named) - 1)}" if suffix else named
    return ImageName(
        tag=checked_tag(tag if tag is not None else own),
        commit=revision.commit,
        dirty=revision.dirty,
        source=revision.source,
    )


def _fitting(suffix: str, room: int) -> str:
    """Return `suffix`, or 12 digits that stand for it if a tag has no room for it next to a commit."""
    return suffix if len(suffix) <= min(room, _ROOM) else hashlib.sha256(suffix.encode()).hexdigest()[:12]


def refuse_dirty(revision: Revision) -> None:
    """Raise `Refused`: a CI job's tree should be the commit that it says it builds."""
    raise Refused(
        f"The source differs from commit {revision.commit[:7]}, and this is a CI job.",
        why=listed("Changed, or new in the build context:", revision.changed),
        fix="Make earlier steps write elsewhere, or add their files to .dockerignore, or to .gitignore if the image "
        "needs them. If this is intended: --allow-dirty.",
    )
