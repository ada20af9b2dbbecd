"""Blobs of the registry: download, and upload in one piece, in several, or not at all where they can be shared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from ecsdeploy.sandbox.ecr import errors
from ecsdeploy.sandbox.ecr.blobs import DigestError, StorageError, Upload
from ecsdeploy.sandbox.ecr.http import CHUNK, Refusal, Request, Response
from ecsdeploy.sandbox.ecr.store import DIGEST, EcrStore

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_CONTENT_RANGE = re.compile(r"(?:bytes[ =])?(\d+)-(\d+)(?:/.*)?")


class BlobRoutes:
    """What the registry answers under `/blobs/`."""

    def __init__(self, store: EcrStore, smallest_part: int) -> None:
        self._store = store
        self._smallest_part = smallest_part

    def get(self, request: Request, name: str, digest: str) -> Response:
        """Give a blob, or the part of it that the Range header asks for."""
        with self._store.repository(name) as repository:
            size = repository.layers.get(digest)
        if size is None:
            raise Refusal(404, "BLOB_UNKNOWN", "Requested blob not found")
        start, end = _range(request.header("Range"), size)
        headers = {
            "Content-Type": "application/octet-stream",
            "Docker-Content-Digest": digest,
            "Accept-Ranges": "bytes",
            "Content-Length": str(end - start),
        }
        partial = end - start < size
        if partial:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
        if request.method == "HEAD":
            return Response(206 if partial else 200, headers, ())
        try:
            file = self._store.blobs.open(digest)
        except FileNotFoundError:
            raise Refusal(404, "BLOB_UNKNOWN", "Requested blob not found") from None
        return Response(206 if partial else 200, headers, _Reader(file, start, end))

    def start(self, request: Request, name: str) -> Response:
        """Begin an upload; with `mount` share a blob, with `digest` take it from this very request."""
        mounted, source = request.query.get("mount"), request.query.get("from")
        if mounted and source and self._store.mount(name, mounted, source):
            return _created(name, mounted)
        try:
            upload = self._store.begin_upload(name)
        except StorageError as error:
            raise _full(error) from error
        if digest := request.query.get("digest"):
            return self._finish(request, name, upload, digest)
        return _accepted(name, upload)

    def status(self, request: Request, name: str, upload: str) -> Response:
        """Say how much of an upload has arrived."""
        del request
        found = self._store.upload(name, upload)
        return Response(204, _progress(name, found))

    def append(self, request: Request, name: str, upload: str) -> Response:
        """Take more of a blob. ECR's answer is 201, where the specification has 202."""
        found = self._store.upload(name, upload)
        with found.lock:
            self._take(request, name, found)
            return Response(201, _progress(name, found))

    def finish(self, request: Request, name: str, upload: str) -> Response:
        """Take the rest of a blob and keep it if its digest is the one that was announced."""
        found = self._store.upload(name, upload)
        return self._finish(request, name, found, request.query.get("digest", ""))

    def cancel(self, request: Request, name: str, upload: str) -> Response:
        """Forget an upload."""
        del request
        found = self._store.upload(name, upload)
        with found.lock:
            self._store.forget_upload(name, found)
        return Response(204)

    def _finish(self, request: Request, name: str, upload: Upload, digest: str) -> Response:
        if not DIGEST.fullmatch(digest):
            raise Refusal(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
        with upload.lock:
            self._take(request, name, upload)
            if not upload.size:
                raise errors.empty_upload(upload.id, name, self._store.account)
            if upload.too_small:
                raise errors.part_too_small()
            try:
                self._store.finish_upload(name, upload, digest)
            except DigestError as error:
                raise errors.wrong_digest() from error
            except OSError as error:
                self._store.forget_upload(name, upload)
                raise _full(StorageError(error.strerror or str(error))) from error
        return _created(name, digest)

    def _take(self, request: Request, name: str, upload: Upload) -> None:
        given = _CONTENT_RANGE.fullmatch(request.header("Content-Range") or "")
        if given and int(given[1]) != upload.size:
            said = errors.wrong_first_byte(int(given[1]), upload.size)
            raise Refusal(416, "BLOB_UPLOAD_INVALID", said, _progress(name, upload))
        before = upload.size
        try:
            for chunk in request.chunks():
                upload.write(chunk)
        except StorageError as error:
            self._store.forget_upload(name, upload)
            raise _full(error) from error
        if upload.size > before:
            upload.end_part(upload.size - before, self._smallest_part)


def _full(error: StorageError) -> Refusal:
    return Refusal(507, "UNKNOWN", f"The sandbox cannot store the layer: {error}")


def _progress(name: str, upload: Upload) -> dict[str, str]:
    return {
        "Location": f"/v2/{name}/blobs/uploads/{upload.id}",
        "Range": f"0-{max(upload.size - 1, 0)}",
        "Docker-Upload-UUID": upload.id,
    }


def _accepted(name: str, upload: Upload) -> Response:
    return Response(202, _progress(name, upload))


def _created(name: str, digest: str) -> Response:
    return Response(201, {"Location": f"/v2/{name}/blobs/{digest}", "Docker-Content-Digest": digest})


def _range(header: str | None, size: int) -> tuple[int, int]:
    """Return the first byte and the one after the last. Raises `Refusal` for a range outside the blob."""
    found = _RANGE.fullmatch(header or "")
    if not found or found[1] == found[2] == "":
        return 0, size
    if not found[1]:
        return max(0, size - int(found[2])), size
    start, end = int(found[1]), min(int(found[2]) + 1, size) if found[2] else size
    if start >= size or end <= start:
        headers = {"Content-Range": f"bytes */{size}"}
        raise Refusal(416, "RANGE_INVALID", "the requested range is not satisfiable", headers)
    return start, end


class _Reader:
    """A part of a file, piece by piece; closes it also where nobody reads a single piece."""

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        file.seek(start)
        self._file = file
        self._left = end - start

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = self._file.read(min(CHUNK, self._left)) if self._left else b""
        if not chunk:
            self.close()
            raise StopIteration
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        self._left = 0
        self._file.close()
