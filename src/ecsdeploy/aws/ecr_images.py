"""The images in an ECR repository: found by tag or digest, and the login to push them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ecsdeploy.asked import ask
from ecsdeploy.aws.errors import aws_errors
from ecsdeploy.aws.session import Aws
from ecsdeploy.core.image import Image, Manifest, RegistryLogin, StoredImage, commit_in, is_digest
from ecsdeploy.errors import AwsError, Refused

INDEXES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
"""The media types that name several images (OCI image specification; Docker's manifest lists)."""
MANIFESTS = ("application/vnd.docker.distribution.manifest.v2+json", "application/vnd.oci.image.manifest.v1+json")
"""The media types that name one image (the same)."""
MOST_TAGS = 1000
"""Tags that one image can have (Amazon ECR User Guide, service quotas; read on 2026-11-29)."""


class NoRepository(Refused):
    """There is no ECR repository of that name."""


class ImageArchived(Refused):
    """The image is in ECR's archive, and cannot be pulled."""


@dataclass
class EcrImages:
    """Reads one repository, by name; `known_uri` returns its URI if that was already read."""

    aws: Aws
    repository: str
    known_uri: Callable[[], str] = str
    _uri: str = field(default="", init=False)

    @property
    def uri(self) -> str:
        """Return the `repositoryUri` as ECR returns it. Raises `NoRepository`."""
        self._uri = self._uri or self.known_uri()
        if not self._uri:
            answer = self._ask("describe_repositories", repositoryNames=[self.repository])
            self._uri = str(answer["repositories"][0]["repositoryUri"])
        return self._uri

    def find(self, tag_or_digest: str) -> Image | None:
        """Return the image of that tag or digest, or None if the repository has none.

        Raises `NoRepository`, and `ImageArchived` for one that is there and cannot be pulled.
        """
        by = "imageDigest" if is_digest(tag_or_digest) else "imageTag"
        uri = ask(lambda: self.uri)
        try:
            answer = self._ask("describe_images", repositoryName=self.repository, imageIds=[{by: tag_or_digest}])
        except AwsError as error:
            if error.code == "ImageNotFoundException":
                return None
            raise
        if not answer.get("imageDetails"):
            return None
        detail = answer["imageDetails"][0]
        if detail.get("imageStatus", "ACTIVE") != "ACTIVE":
            raise self._archived(tag_or_digest, by, str(detail["imageStatus"]))
        tag = tag_or_digest if by == "imageTag" else _telling(detail.get("imageTags", ()))
        return Image(repository=uri(), digest=str(detail["imageDigest"]), tag=tag)

    def manifest(self, digest: str) -> Manifest | None:
        """Return the manifest of an image that can be pulled and can take one more tag; None if there is none."""
        ids = [{"imageDigest": digest}]
        found = ask(lambda: self._ask("describe_images", repositoryName=self.repository, imageIds=ids))
        answer = self._ask(
            "batch_get_image",
            repositoryName=self.repository,
            imageIds=ids,
            acceptedMediaTypes=[*MANIFESTS, *INDEXES],
        )
        try:
            details = found().get("imageDetails", [])
        except AwsError as error:
            if error.code == "ImageNotFoundException":
                return None
            raise
        if not details or not answer.get("images") or not _takes_a_tag(details[0]):
            return None
        image = answer["images"][0]
        text = str(image["imageManifest"])
        if f"sha256:{hashlib.sha256(text.encode()).hexdigest()}" != digest:
            return None  # given in another form than it is kept in
        return Manifest(
            repository=self.uri, digest=digest, text=text, media_type=str(image.get("imageManifestMediaType", ""))
        )

    def every(self) -> tuple[StoredImage, ...]:
        """Return all images of the repository. Raises `NoRepository`."""
        found: list[StoredImage] = []
        request: dict[str, Any] = {"repositoryName": self.repository, "maxResults": 1000}
        while True:
            answer = self._ask("describe_images", **request)
            found += [_stored(item) for item in answer.get("imageDetails", [])]
            if not (token := answer.get("nextToken")):
                return tuple(found)
            request["nextToken"] = token

    def children(self, indexes: Sequence[str]) -> dict[str, frozenset[str]]:
        """Return the digests that each of these images names: one for each platform (BatchGetImage takes 100)."""
        found: dict[str, frozenset[str]] = {}
        for start in range(0, len(indexes), 100):
            ids = [{"imageDigest": digest} for digest in indexes[start : start + 100]]
            answer = self._ask(
                "batch_get_image", repositoryName=self.repository, imageIds=ids, acceptedMediaTypes=list(INDEXES)
            )
            for item in answer.get("images", []):
                named = frozenset(str(each["digest"]) for each in _named(item["imageManifest"]))
                found[item["imageId"]["imageDigest"]] = named
        return found

    def for_machine(self, index: str, machine: str) -> tuple[str, ...]:
        """Return the digests that an index names for `machine` (`amd64`); none if it is the image itself.

        Attestations are manifests too, for a machine that is unknown (BuildKit, "Image attestation storage").
        """
        answer = self._ask(
            "batch_get_image",
            repositoryName=self.repository,
            imageIds=[{"imageDigest": index}],
            acceptedMediaTypes=list(INDEXES),
        )
        named = [one for item in answer.get("images", []) for one in _named(item["imageManifest"])]
        return tuple(str(one["digest"]) for one in named if one.get("platform", {}).get("architecture") == machine)

    def stored_bytes(self) -> int:
        """Return the total size of the images; layers that they share are counted for each. Raises `NoRepository`."""
        return sum(image.size for image in self.every())

    def login(self) -> RegistryLogin:
        """Return the login of the registry, valid for 12 hours (GetAuthorizationToken)."""
        token = self._ask("get_authorization_token")["authorizationData"][0]["authorizationToken"]
        username, _, password = base64.b64decode(token).decode().partition(":")
        self.aws.hidden.add(password, token)
        return RegistryLogin(username, password)

    def _archived(self, name: str, by: str, status: str) -> ImageArchived:
        """Return the refusal of an image that is ARCHIVED or ACTIVATING (ECR API, ImageDetail.imageStatus)."""
        restore = (
            f"aws ecr update-image-storage-class --repository-name {self.repository} --image-id {by}={name} "
            "--target-storage-class STANDARD"
        )
        return ImageArchived(
            f"The image {name} is in ECR's archive: tasks cannot pull it.",
            why=f"Its status in {self.uri} is {status}.",
            fix="Wait until ECR has restored it, then run the same command again."
            if status == "ACTIVATING"
            else f"Restore it with `{restore}`, which takes up to 20 minutes, or choose another image.",
        )

    def _ask(self, operation: str, **parameters: object) -> Mapping[str, Any]:
        try:
            with aws_errors("ecr"):
                answer: Mapping[str, Any] = getattr(self.aws.client("ecr"), operation)(**parameters)
        except AwsError as error:
            if error.code != "RepositoryNotFoundException":
                raise
            raise NoRepository(
                f"There is no ECR repository {self.repository} in {self.aws.region}.",
                why=error.message,
                fix="Create it with `ecsdeploy create-repo`, or check `region` and the credentials.",
            ) from error
        return answer


def _named(manifest: str) -> list[Mapping[str, Any]]:
    """Return the descriptors of the images that an index names; a manifest of an image names none."""
    return list(json.loads(manifest).get("manifests", []))


def _stored(item: Mapping[str, Any]) -> StoredImage:
    return StoredImage(
        digest=str(item["imageDigest"]),
        tags=tuple(sorted(item.get("imageTags", ()))),
        pushed_at=item["imagePushedAt"],
        size=item.get("imageSizeInBytes", 0),
        is_index=item.get("imageManifestMediaType") in INDEXES,
        subject=item.get("subjectManifestDigest", ""),
    )


def _takes_a_tag(detail: Mapping[str, Any]) -> bool:
    return detail.get("imageStatus", "ACTIVE") == "ACTIVE" and len(detail.get("imageTags", ())) < MOST_TAGS


def _telling(tags: Sequence[str]) -> str:
    """Return the most telling of an image's tags: a commit, else any; "" if it has none."""
    commits = [tag for tag in tags if commit_in(tag)[0]]
    return min(commits or tags, default="")
