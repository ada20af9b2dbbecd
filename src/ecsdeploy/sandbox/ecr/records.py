"""Repositories and images as they are kept in memory; times are seconds since the epoch."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ecsdeploy.sandbox.ecr.manifests import Manifest


@dataclass
class Image:
    """One manifest in one repository. `vulnerable` is what its scan finds, None before anybody looks at it."""

    manifest: Manifest
    pushed: float
    tags: list[str] = field(default_factory=list)
    pulled: float | None = None
    scanned: float | None = None
    vulnerable: bool | None = None

    @property
    def digest(self) -> str:
        """Return the image's digest."""
        return self.manifest.digest


@dataclass
class Repository:
    """One repository. `layers` maps the digests of its blobs to their sizes in bytes.

    `lifecycle_since` is when the lifecycle policy was put.
    """

    name: str
    created: float
    mutability: str = "MUTABLE"
    exclusions: list[dict[str, str]] = field(default_factory=list)
    scan_on_push: bool = False
    encryption: dict[str, str] = field(default_factory=lambda: {"encryptionType": "AES256"})
    tags: dict[str, str] = field(default_factory=dict)
    policy: str | None = None
    lifecycle: str | None = None
    lifecycle_since: float = 0.0
    preview: dict[str, Any] | None = None
    images: dict[str, Image] = field(default_factory=dict)
    tagged: dict[str, str] = field(default_factory=dict)
    layers: dict[str, int] = field(default_factory=dict)

    def immutable(self, tag: str) -> bool:
        """Return whether an existing `tag` may not be moved (imageTagMutability and its exclusion filters)."""
        excluded = any(wildcard(each["filter"]).fullmatch(tag) for each in self.exclusions)
        return excluded if self.mutability == "MUTABLE_WITH_EXCLUSION" else self._frozen() and not excluded

    def _frozen(self) -> bool:
        return self.mutability in ("IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION")

    def find(self, reference: str) -> Image | None:
        """Return the image with this tag or digest."""
        return self.images.get(self.tagged.get(reference, reference))

    def size(self, image: Image) -> int:
        """Return an image's size in bytes: its layers and configuration, or the largest image of an index."""
        if image.manifest.children:
            children = (self.images.get(digest) for digest in image.manifest.children)
            return max((self.size(child) for child in children if child), default=0)
        return sum(image.manifest.layers.values())

    def parents(self, digest: str) -> list[str]:
        """Return the digests of the indexes that refer to an image."""
        return [each.digest for each in self.images.values() if digest in each.manifest.children]

    def untag(self, tag: str) -> None:
        """Take a tag away from its image."""
        self.images[self.tagged.pop(tag)].tags.remove(tag)

    def remove(self, digest: str) -> list[str]:
        """Delete an image with all its tags; return the digests of the layers that no image needs any more."""
        image = self.images.pop(digest)
        for tag in image.tags:
            del self.tagged[tag]
        needed = {layer for each in self.images.values() for layer in each.manifest.layers}
        gone = [layer for layer in image.manifest.layers if layer not in needed]
        for layer in gone:
            self.layers.pop(layer, None)
        return gone


def wildcard(pattern: str) -> re.Pattern[str]:
    """Return a pattern in which an asterisk stands for any text."""
    return re.compile(".*".join(map(re.escape, pattern.split("*"))))
