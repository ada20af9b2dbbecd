"""Image references, taken apart: `host:port/name:tag`, `host:port/name@digest` or both."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ImageReference:
    """An image in a registry; `digest` is "" where only a tag is named, and without either the tag is `latest`."""

    host: str
    name: str
    tag: str
    digest: str = ""

    @classmethod
    def of(cls, text: str) -> ImageReference:
        """Return the parts of a reference that begins with its registry's host."""
        host, _, rest = text.partition("/")
        named, _, digest = rest.partition("@")
        name, colon, tag = named.partition(":")
        return cls(host, name, tag if colon else "latest", digest)

    @property
    def version(self) -> str:
        """Return which of the repository's images it is: a digest, else a tag."""
        return self.digest or self.tag
