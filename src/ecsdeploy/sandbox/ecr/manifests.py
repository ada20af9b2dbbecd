"""Image manifests and indexes: what they refer to, and how large the image is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

DOCKER_IMAGE = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI_IMAGE = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"

IMAGES = (DOCKER_IMAGE, OCI_IMAGE)
INDEXES = (DOCKER_LIST, OCI_INDEX)


class ManifestError(ValueError):
    """A manifest that cannot be kept; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A manifest's bytes and what they say.

    `layers` maps the digests of the blobs that an image needs, its configuration included, to their sizes in bytes;
    `children` are the digests of an index's images.
    """

    raw: bytes
    digest: str
    media_type: str
    layers: dict[str, int]
    children: tuple[str, ...] = ()
    artifact_type: str | None = None
    subject: str | None = None
    annotations: dict[str, str] | None = None


def parse_manifest(raw: bytes, media_type: str | None) -> Manifest:
    """Return the manifest. Raises `ManifestError` for broken JSON and for types that ECR does not take today."""
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):
        raise ManifestError("Invalid JSON syntax") from None
    if not isinstance(content, dict):
        raise ManifestError("Invalid JSON syntax")
    kind = content.get("mediaType") or media_type
    if not kind:
        raise ManifestError("image manifest mediatype not provided in manifest or parameter")
    if media_type and kind != media_type:
        raise ManifestError("media type in manifest and in request do not match")
    try:
        return _manifest(raw, kind, content)
    except (KeyError, TypeError, AttributeError):
        raise ManifestError("Invalid image manifest") from None


def _manifest(raw: bytes, kind: str, content: dict[str, Any]) -> Manifest:
    layers: dict[str, int] = {}
    children: tuple[str, ...] = ()
    artifact: str | None = content.get("artifactType")
    if content["schemaVersion"] != 2:
        raise ManifestError("Unsupported manifest schema version")
    if kind in IMAGES:
        artifact = artifact or content["config"]["mediaType"]
        # A layer with URLs is fetched from there and need not be in the registry.
        needed = [content["config"], *(layer for layer in content["layers"] if not layer.get("urls"))]
        layers = {str(each["digest"]): int(each["size"]) for each in needed}
    elif kind in INDEXES:
        children = tuple(str(each["digest"]) for each in content["manifests"])
    else:
        raise ManifestError(f"Unsupported manifest media type '{kind}'")
    subject = content.get("subject")
    return Manifest(
        raw=raw,
        digest=f"sha256:{hashlib.sha256(raw).hexdigest()}",
        media_type=kind,
        layers=layers,
        children=children,
        artifact_type=artifact,
        subject=subject["digest"] if subject else None,
        annotations=content.get("annotations"),
    )
