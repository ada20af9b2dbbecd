"""The one store behind ECR's API and its registry: what is pushed through one is seen through the other.

Repositories and images live in memory, blobs on disk under `home`. One lock guards the records and is never held
while bytes move.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ecsdeploy.sandbox.clock import Clock, SystemClock
from ecsdeploy.sandbox.ecr import errors
from ecsdeploy.sandbox.ecr.blobs import Blobs, Opener, Upload, open_for_writing
from ecsdeploy.sandbox.ecr.manifests import Manifest, ManifestError, parse_manifest
from ecsdeploy.sandbox.ecr.records import Image, Repository, wildcard
from ecsdeploy.sandbox.ecr.tokens import USER, Tokens
from ecsdeploy.sandbox.image_reference import ImageReference
from ecsdeploy.sandbox.wire import AwsError

TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,299}")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")

_ABANDONED = 24 * 3600


class EcrStore:
    """The registry of one account in one region. `registry` gives its host and port once they are known."""

    def __init__(
        self,
        home: Path,
        account: str,
        region: str,
        registry: Callable[[], str],
        *,
        clock: Clock | None = None,
        opener: Opener = open_for_writing,
        vulnerable: Callable[[Collection[str]], bool] = lambda tags: False,
    ) -> None:
        self.account = account
        self.region = region
        self.registry = registry
        self.clock = clock or SystemClock()
        self.vulnerable = vulnerable
        self.tokens = Tokens(self.clock)
        self.blobs = Blobs(home / "registry", opener)
        self.settings = {
            "BASIC_SCAN_TYPE_VERSION": "AWS_NATIVE",
            "REGISTRY_POLICY_SCOPE": "V2",
            "BLOB_MOUNTING": "DISABLED",
        }
        self.scanning: dict[str, Any] = {"scanType": "BASIC", "rules": []}
        self._repositories: dict[str, Repository] = {}
        self._uploads: dict[tuple[str, str], Upload] = {}
        self._lock = threading.RLock()

    # ---- for the rest of the sandbox

    def close(self) -> None:
        """Forget the uploads that nobody will finish."""
        with self._lock:
            for upload in self._uploads.values():
                upload.abort()
            self._uploads.clear()

    def credentials(self) -> tuple[str, str]:
        """Return a user name and password that can pull."""
        return USER, self.tokens.password("")[0]

    def digest_of(self, image_reference: str) -> str | None:
        """Return the digest that `host:port/name:tag` or `...@digest` stands for now.

        None where the reference is for another registry or there is no such image.
        """
        found = ImageReference.of(image_reference)
        if found.host != self.registry():
            return None
        with self._lock:
            repository = self._repositories.get(found.name)
            image = repository and repository.find(found.version)
            return image.digest if image else None

    # ---- repositories

    def arn(self, name: str) -> str:
        """Return a repository's ARN."""
        return f"arn:aws:ecr:{self.region}:{self.account}:repository/{name}"

    @contextmanager
    def locked(self) -> Iterator[dict[str, Repository]]:
        """Give the repositories by name for as long as nobody else may touch them."""
        with self._lock:
            yield self._repositories

    @contextmanager
    def repository(self, name: str, registry_id: str | None = None) -> Iterator[Repository]:
        """Give one repository, locked. Raises AWS's RepositoryNotFoundException."""
        with self._lock:
            repository = self._repositories.get(name)
            if repository is None or registry_id not in (None, self.account):
                raise errors.no_repository(name, registry_id or self.account)
            yield repository

    def delete_repository(self, name: str) -> None:
        """Drop a repository and every blob that no other one needs."""
        with self._lock:
            gone = self._repositories.pop(name)
            for key in [key for key in self._uploads if key[0] == name]:
                self._uploads.pop(key).abort()
            self.drop_blobs(gone.layers)

    # ---- blobs

    def drop_blobs(self, digests: Any) -> None:
        """Delete those of the blobs that no repository holds any more."""
        with self._lock:
            held = {digest for repository in self._repositories.values() for digest in repository.layers}
            for digest in digests:
                if digest not in held:
                    self.blobs.remove(digest)

    def begin_upload(self, name: str, registry_id: str | None = None) -> Upload:
        """Return a new upload into a repository; uploads that nobody has touched for a day are dropped."""
        now = self.clock.now()
        with self.repository(name, registry_id):
            for key, old in list(self._uploads.items()):
                if old.touched < now - _ABANDONED:
                    self._uploads.pop(key).abort()
            upload = self.blobs.begin()
            upload.touched = now
            self._uploads[name, upload.id] = upload
            return upload

    def upload(self, name: str, upload_id: str, registry_id: str | None = None) -> Upload:
        """Return an upload in progress. Raises AWS's UploadNotFoundException."""
        with self.repository(name, registry_id):
            upload = self._uploads.get((name, upload_id))
            if upload is None:
                raise errors.no_upload(upload_id, name, self.account)
            upload.touched = self.clock.now()
            return upload

    def forget_upload(self, name: str, upload: Upload) -> None:
        """Drop an upload."""
        with self._lock:
            self._uploads.pop((name, upload.id), None)
        upload.abort()

    def finish_upload(self, name: str, upload: Upload, wanted: str | None) -> str:
        """Turn an upload into a blob of the repository and return its digest. Raises `DigestError`."""
        with self._lock:
            self._uploads.pop((name, upload.id), None)
            digest = self.blobs.keep(upload, wanted)
            with self.repository(name) as repository:
                repository.layers[digest] = upload.size
            return digest

    def mount(self, name: str, digest: str, source: str) -> bool:
        """Share another repository's blob where the account setting BLOB_MOUNTING allows it; return whether."""
        with self._lock:
            other = self._repositories.get(source)
            if self.settings["BLOB_MOUNTING"] != "ENABLED" or other is None or digest not in other.layers:
                return False
            with self.repository(name) as repository:
                repository.layers[digest] = other.layers[digest]
            return True

    # ---- images

    def put_image(
        self, name: str, raw: bytes, *, media_type: str | None, tag: str | None, digest: str | None = None
    ) -> Image:
        """Keep a manifest, and tag it. Raises AWS's errors of PutImage."""
        with self.repository(name):
            pass
        try:
            manifest = parse_manifest(raw, media_type)
        except ManifestError as error:
            raise errors.invalid("ImageManifest", str(error)) from None
        if digest is not None and digest != manifest.digest:
            raise AwsError(
                "ImageDigestDoesNotMatchException",
                f"The specified image digest '{digest}' does not match the calculated digest '{manifest.digest}'",
            )
        if tag is not None and not TAG.fullmatch(tag):
            raise errors.invalid("imageTag", f"must satisfy regular expression '{TAG.pattern}'")
        with self.repository(name) as repository:
            self._check_parts(repository, manifest)
            self._check_tag(repository, manifest, tag)
            image = repository.images.setdefault(manifest.digest, Image(manifest, self.clock.now()))
            if tag is not None:
                if tag in repository.tagged:
                    repository.untag(tag)
                repository.tagged[tag] = image.digest
                image.tags.append(tag)
            if image.scanned is None and self.scans_on_push(repository):
                image.scanned = self.clock.now()
            return image

    def _check_parts(self, repository: Repository, manifest: Manifest) -> None:
        layers = [digest for digest in manifest.layers if digest not in repository.layers]
        if layers:
            raise errors.missing_parts("LayersNotFoundException", "Layers", layers, repository.name, self.account)
        images = [digest for digest in manifest.children if digest not in repository.images]
        if images:
            raise errors.missing_parts(
                "ReferencedImagesNotFoundException", "Images", images, repository.name, self.account
            )

    def _check_tag(self, repository: Repository, manifest: Manifest, tag: str | None) -> None:
        current = repository.tagged.get(tag) if tag else None
        if current == manifest.digest or (tag is None and manifest.digest in repository.images):
            raise errors.image_exists(manifest.digest, tag, repository.name, self.account)
        if tag and current and repository.immutable(tag):
            raise errors.tag_taken(tag, repository.name)

    def scans_on_push(self, repository: Repository) -> bool:
        """Return whether the repository or a rule of the registry asks for a scan of every push."""
        return repository.scan_on_push or self.scan_frequency(repository.name)[0] == "SCAN_ON_PUSH"

    def scan_frequency(self, name: str) -> tuple[str, list[dict[str, str]]]:
        """Return how often the registry's rules have a repository scanned, and the filters that say so."""
        for rule in self.scanning["rules"]:
            filters = [each for each in rule["repositoryFilters"] if _covers(each["filter"], name)]
            if filters:
                return rule["scanFrequency"], filters
        return "MANUAL", []

    def record_pull(self, image: Image) -> None:
        """Note that an image was pulled; as on AWS the time moves once a day (ImageDetail.lastRecordedPullTime)."""
        now = self.clock.now()
        if image.pulled is None or image.pulled <= now - 24 * 3600:
            image.pulled = now


def _covers(pattern: str, name: str) -> bool:
    """Return whether a scan filter covers a repository: one without a wild card covers every name it stands in."""
    return wildcard(pattern).fullmatch(name) is not None if "*" in pattern else pattern in name
