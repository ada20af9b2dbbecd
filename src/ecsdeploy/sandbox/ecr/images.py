"""Images: put, get, list, describe, delete."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ecsdeploy.sandbox.ecr import errors
from ecsdeploy.sandbox.ecr.manifests import IMAGES
from ecsdeploy.sandbox.ecr.paging import page
from ecsdeploy.sandbox.ecr.records import Image, Repository
from ecsdeploy.sandbox.ecr.store import DIGEST, EcrStore
from ecsdeploy.sandbox.wire import Caller

_BAD_DIGEST = (
    "InvalidImageDigest",
    "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
)
_NOTHING = ("MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null")
_UNKNOWN = ("ImageNotFound", "Requested image not found")
_MISMATCH = ("ImageTagDoesNotMatchDigest", "Requested image tag does not match the image digest")


class Images:
    """The operations on images."""

    def __init__(self, store: EcrStore) -> None:
        self._store = store

    def put(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """PutImage."""
        del caller
        name, tag = params["repositoryName"], params.get("imageTag")
        with self._store.repository(name, params.get("registryId")):
            image = self._store.put_image(
                name,
                params["imageManifest"].encode(),
                media_type=params.get("imageManifestMediaType"),
                tag=tag,
                digest=params.get("imageDigest"),
            )
        return {"image": self._image(name, image, tag)}

    def get(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """BatchGetImage; counts as a pull.

        Indexes are given only to those who list their types in acceptedMediaTypes.
        """
        del caller
        name = params["repositoryName"]
        accepted = params.get("acceptedMediaTypes") or IMAGES
        images: list[dict[str, Any]] = []
        failures: list[dict[str, Any]] = []
        with self._store.repository(name, params.get("registryId")) as repository:
            for image_id in params["imageIds"]:
                found = _find(repository, image_id)
                if isinstance(found, Image) and found.manifest.media_type not in accepted:
                    found = _UNKNOWN
                if isinstance(found, Image):
                    self._store.record_pull(found)
                    images.append(self._image(name, found, image_id.get("imageTag")))
                else:
                    failures.append(_failure(image_id, found))
        return {"images": images, "failures": failures}

    def list_ids(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """ListImages: one entry for each tag, and one for each image without tags."""
        del caller
        with self._store.repository(params["repositoryName"], params.get("registryId")) as repository:
            found = [image_id for image in _filtered(repository, params) for image_id in _ids(image)]
            found.sort(key=_id_key)
            chosen, token = page(found, _id_key, params)
        return {"imageIds": chosen, **token}

    def describe(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """DescribeImages; images that are asked for by their ids come in one answer (API reference)."""
        del caller
        image_ids = params.get("imageIds")
        for option in ("nextToken", "maxResults"):
            if image_ids and params.get(option):
                raise errors.invalid(option, "cannot be used when imageIds are specified")
        with self._store.repository(params["repositoryName"], params.get("registryId")) as repository:
            if image_ids:
                return {"imageDetails": [self._detail(repository, each) for each in self._named(repository, image_ids)]}
            found = sorted(_filtered(repository, params), key=lambda image: image.digest)
            chosen, token = page(found, lambda image: image.digest, params)
            return {"imageDetails": [self._detail(repository, image) for image in chosen], **token}

    def delete(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """BatchDeleteImage: a tag alone is taken away, and the image goes with its last one."""
        del caller
        deleted: list[dict[str, str]] = []
        failures: list[dict[str, Any]] = []
        with self._store.repository(params["repositoryName"], params.get("registryId")) as repository:
            for image_id in params["imageIds"]:
                outcome = delete_image(self._store, repository, image_id)
                if isinstance(outcome, tuple):
                    failures.append(_failure(image_id, outcome))
                else:
                    deleted += outcome
        return {"imageIds": deleted, "failures": failures}

    def referrers(self, params: dict[str, Any], caller: Caller) -> Mapping[str, Any]:
        """ListImageReferrers."""
        del caller
        wanted = set((params.get("filter") or {}).get("artifactTypes") or ())
        with self._store.repository(params["repositoryName"], params.get("registryId")) as repository:
            found = [
                descriptor(image) | {"artifactStatus": "ACTIVE"}
                for image in referrers(repository, params["subjectId"]["imageDigest"])
                if not wanted or image.manifest.artifact_type in wanted
            ]
        chosen, token = page(found, lambda each: str(each["digest"]), params, default=50)
        return {"referrers": chosen, **token}

    def _named(self, repository: Repository, image_ids: list[dict[str, str]]) -> list[Image]:
        found = [find_image(repository, image_id, self._store.account) for image_id in image_ids]
        return list({image.digest: image for image in found}.values())

    def _image(self, name: str, image: Image, tag: str | None) -> dict[str, Any]:
        return {
            "registryId": self._store.account,
            "repositoryName": name,
            "imageId": {"imageDigest": image.digest} | ({"imageTag": tag} if tag else {}),
            "imageManifest": image.manifest.raw.decode(),
            "imageManifestMediaType": image.manifest.media_type,
        }

    def _detail(self, repository: Repository, image: Image) -> dict[str, Any]:
        manifest = image.manifest
        detail: dict[str, Any] = {
            "registryId": self._store.account,
            "repositoryName": repository.name,
            "imageDigest": image.digest,
            "imageTags": list(image.tags),
            "imageSizeInBytes": repository.size(image),
            "imagePushedAt": datetime.fromtimestamp(image.pushed, UTC),
            "imageManifestMediaType": manifest.media_type,
            "artifactMediaType": manifest.artifact_type,
            "lastRecordedPullTime": datetime.fromtimestamp(image.pulled, UTC) if image.pulled else None,
            "subjectManifestDigest": manifest.subject,
            "imageStatus": "ACTIVE",
        }
        return {key: value for key, value in detail.items() if value not in (None, [])}


def delete_image(
    store: EcrStore, repository: Repository, image_id: Mapping[str, str]
) -> list[dict[str, str]] | tuple[str, str]:
    """Delete an image, or take one tag away; return what went, or AWS's failure code and reason.

    The repository is locked by the caller.
    """
    found = _find(repository, image_id)
    if not isinstance(found, Image):
        return found
    tag = image_id.get("imageTag")
    if tag is not None and len(found.tags) > 1:
        repository.untag(tag)
        return [{"imageDigest": found.digest, "imageTag": tag}]
    if parents := repository.parents(found.digest):
        return "ImageReferencedByManifestList", f"Requested image referenced by manifest list: [{', '.join(parents)}]"
    ids = _ids(found)
    store.drop_blobs(repository.remove(found.digest))
    return ids


def find_image(repository: Repository, image_id: Mapping[str, str], account: str) -> Image:
    """Return an image. Raises AWS's ImageNotFoundException."""
    found = _find(repository, image_id)
    if not isinstance(found, Image):
        raise errors.no_image(image_id, repository.name, account)
    return found


def referrers(repository: Repository, subject: str) -> list[Image]:
    """Return the images that name `subject` as what they are about, in order of their digests."""
    found = [image for image in repository.images.values() if image.manifest.subject == subject]
    return sorted(found, key=lambda image: image.digest)


def descriptor(image: Image) -> dict[str, Any]:
    """Return an OCI descriptor of an image."""
    manifest = image.manifest
    optional = {"artifactType": manifest.artifact_type, "annotations": manifest.annotations}
    given = {key: value for key, value in optional.items() if value}
    return {"mediaType": manifest.media_type, "digest": image.digest, "size": len(manifest.raw), **given}


def _find(repository: Repository, image_id: Mapping[str, str]) -> Image | tuple[str, str]:
    digest, tag = image_id.get("imageDigest"), image_id.get("imageTag")
    if digest is None and tag is None:
        return _NOTHING
    if digest is not None and not DIGEST.fullmatch(digest):
        return _BAD_DIGEST
    image = repository.images.get(digest) if digest else repository.images.get(repository.tagged.get(str(tag), ""))
    if image is None:
        return _UNKNOWN
    return _MISMATCH if tag is not None and tag not in image.tags else image


def _failure(image_id: Mapping[str, str], why: tuple[str, str]) -> dict[str, Any]:
    return {"imageId": dict(image_id), "failureCode": why[0], "failureReason": why[1]}


def _filtered(repository: Repository, params: dict[str, Any]) -> list[Image]:
    wanted = params.get("filter") or {}
    if wanted.get("imageStatus") not in (None, "ACTIVE", "ANY"):
        return []
    status = wanted.get("tagStatus", "ANY")
    return [
        image for image in repository.images.values() if status == "ANY" or (status == "TAGGED") == bool(image.tags)
    ]


def _ids(image: Image) -> list[dict[str, str]]:
    tagged = [{"imageDigest": image.digest, "imageTag": tag} for tag in image.tags]
    return tagged or [{"imageDigest": image.digest}]


def _id_key(image_id: Mapping[str, str]) -> str:
    return f"{image_id['imageDigest']} {image_id.get('imageTag', '')}"
