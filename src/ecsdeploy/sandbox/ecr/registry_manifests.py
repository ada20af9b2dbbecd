"""Manifests, tags and lists of the registry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from ecsdeploy.sandbox.ecr.errors import invalid, tag_taken
from ecsdeploy.sandbox.ecr.http import Refusal, Request, Response, as_refusal
from ecsdeploy.sandbox.ecr.images import delete_image, descriptor, referrers
from ecsdeploy.sandbox.ecr.manifests import OCI_INDEX
from ecsdeploy.sandbox.ecr.store import DIGEST, EcrStore
from ecsdeploy.sandbox.paging import BadTokenError, Place, next_page
from ecsdeploy.sandbox.wire import AwsError

LARGEST = 4_194_304
"""Bytes of a manifest (PutImage.imageManifest)."""

PAGE = 100
LARGEST_PAGE = 1000


class ManifestRoutes:
    """What the registry answers beside blobs."""

    def __init__(self, store: EcrStore) -> None:
        self._store = store

    def get(self, request: Request, name: str, reference: str) -> Response:
        """Give a manifest by tag or digest; GET counts as a pull, HEAD does not."""
        with self._store.repository(name) as repository:
            image = repository.find(reference)
            if image is None:
                raise Refusal(404, "MANIFEST_UNKNOWN", "Requested image not found")
            if request.method == "GET":
                self._store.record_pull(image)
        raw = image.manifest.raw
        headers = {
            "Content-Type": image.manifest.media_type,
            "Docker-Content-Digest": image.digest,
            "Content-Length": str(len(raw)),
        }
        return Response(200, headers, raw)

    def put(self, request: Request, name: str, reference: str) -> Response:
        """Keep a manifest under a tag, or under its digest alone."""
        raw = request.body(LARGEST)
        digest = reference if DIGEST.fullmatch(reference) else None
        tag = None if digest else reference
        kind = (request.header("Content-Type") or "").partition(";")[0].strip()
        try:
            image = self._store.put_image(
                name,
                raw,
                media_type=kind if kind.endswith("+json") else None,
                tag=tag,
                digest=digest,
            )
        except AwsError as error:
            if error.code != "ImageAlreadyExistsException":
                raise as_refusal(error) from error
            with self._store.repository(name) as repository:
                found = repository.find(reference)
                # What the API calls an image that exists already is a push that succeeds, but not where a tag is
                # immutable: there the registry refuses even what is identical.
                if tag and repository.immutable(tag):
                    raise as_refusal(tag_taken(tag, name)) from None
            if found is None:
                raise as_refusal(error) from error
            image = found
        headers = {"Location": f"/v2/{name}/manifests/{image.digest}", "Docker-Content-Digest": image.digest}
        if image.manifest.subject:
            headers["OCI-Subject"] = image.manifest.subject
        return Response(201, headers)

    def delete(self, request: Request, name: str, reference: str) -> Response:
        """Delete an image by digest, or take a tag away."""
        del request
        key = "imageDigest" if DIGEST.fullmatch(reference) else "imageTag"
        with self._store.repository(name) as repository:
            outcome = delete_image(self._store, repository, {key: reference})
        if isinstance(outcome, tuple):
            unknown = outcome[0] == "ImageNotFound"
            raise Refusal(404 if unknown else 405, "MANIFEST_UNKNOWN" if unknown else "UNSUPPORTED", outcome[1])
        return Response(202)

    def tags(self, request: Request, name: str) -> Response:
        """List a repository's tags, as on ECR in no order that means anything."""
        with self._store.repository(name) as repository:
            everything = sorted(repository.tagged, key=lambda tag: (repository.tagged[tag], tag))
            chosen, headers = self._page(request, everything, lambda tag: (repository.tagged[tag], tag))
        return Response.of_json({"name": name, "tags": chosen}, headers)

    def catalog(self, request: Request) -> Response:
        """List the repositories."""
        with self._store.locked() as repositories:
            everything = sorted(repositories)
        chosen, headers = self._page(request, everything, lambda name: (name,))
        return Response.of_json({"repositories": chosen}, headers)

    def _page(
        self, request: Request, everything: Sequence[str], place: Callable[[str], Place]
    ) -> tuple[list[str], dict[str, str]]:
        """Return the page that `n` and `last` ask for, and its headers: `Link` leads to the next one.

        As on ECR (users' reports) `last` is a token and no name, and more than 1,000 cannot be asked for.
        """
        try:
            chosen, token = next_page(everything, place, request.query.get("last"), _size(request.query.get("n")))
        except BadTokenError:
            raise _bad_list("NextToken", "Invalid next token provided") from None
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        if token:
            query = urlencode({name: value for name, value in request.query.items() if name == "n"} | {"last": token})
            headers["Link"] = f'<http://{self._store.registry()}{request.path}?{query}>; rel="next"'
        return chosen, headers

    def referrers(self, request: Request, name: str, digest: str) -> Response:
        """List the manifests that name this one as their subject, as an OCI index."""
        wanted = request.query.get("artifactType")
        with self._store.repository(name) as repository:
            found = [descriptor(image) for image in referrers(repository, digest)]
        headers = {"Content-Type": OCI_INDEX} | ({"OCI-Filters-Applied": "artifactType"} if wanted else {})
        manifests = [each for each in found if wanted in (None, each.get("artifactType"))]
        return Response.of_json({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests}, headers)


def _size(asked: str | None) -> int:
    if asked is None:
        return PAGE
    number = int(asked) if asked.isascii() and asked.isdigit() else 0
    if not 1 <= number <= LARGEST_PAGE:
        bound = f"less than or equal to {LARGEST_PAGE}" if number else "greater than or equal to 1"
        raise _bad_list("maxResults", f"Member must have value {bound}")
    return number


def _bad_list(parameter: str, constraint: str) -> Refusal:
    return Refusal(405, "UNSUPPORTED", invalid(parameter, constraint).message)
