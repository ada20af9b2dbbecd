"""Layers and image configurations on disk, named by their digest.

Bytes are hashed while they are written to a file of their own; only a file whose digest is right is moved to where it
is found, so a full disk, a broken connection or a wrong digest leaves nothing behind that could be pulled.
"""

from __future__ import annotations

import hashlib
import os
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

Opener = Callable[[Path], BinaryIO]

SMALLEST_PART = 5 * 1024 * 1024
"""Bytes that every part of an upload has at least, but for the last one (LayerPartTooSmallException)."""


class StorageError(Exception):
    """The disk would not take what was written; the text is the operating system's reason."""


class DigestError(Exception):
    """What was uploaded has another digest than the client said."""


def open_for_writing(path: Path) -> BinaryIO:
    """Return a new file, unbuffered: chunks arrive large enough."""
    return path.open("xb", buffering=0)


class Upload:
    """A blob on its way in. `size` is how many bytes have arrived; `touched` is seconds since the epoch."""

    def __init__(self, folder: Path, opener: Opener) -> None:
        self.id = str(uuid.uuid4())
        self.size = 0
        self.touched = 0.0
        self.lock = threading.Lock()
        self.last_part: int | None = None
        self.too_small = False
        self._path = folder / self.id
        self._file = opener(self._path)
        self._hash = hashlib.sha256()

    def write(self, chunk: bytes) -> None:
        """Append bytes. Raises `StorageError`, and then the upload is over."""
        try:
            rest = memoryview(chunk)
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self.abort()
            raise StorageError(error.strerror or str(error)) from error
        self._hash.update(chunk)
        self.size += len(chunk)

    def end_part(self, size: int, smallest: int) -> None:
        """Count a part that has arrived whole: it shows whether the one before it was too small to be followed."""
        self.too_small = self.too_small or (self.last_part is not None and self.last_part < smallest)
        self.last_part = size

    def digest(self) -> str:
        """Return the digest of what has arrived."""
        return f"sha256:{self._hash.hexdigest()}"

    def finish(self, place: Path) -> None:
        """Move the blob to its place."""
        self._file.close()
        place.parent.mkdir(parents=True, exist_ok=True)
        os.replace(self._path, place)

    def abort(self) -> None:
        """Forget what has arrived."""
        self._file.close()
        self._path.unlink(missing_ok=True)


class Blobs:
    """Every blob of the sandbox, of whatever repository, once."""

    def __init__(self, folder: Path, opener: Opener = open_for_writing) -> None:
        self._blobs = folder / "blobs"
        self._uploads = folder / "uploads"
        self._opener = opener
        for each in (self._blobs, self._uploads):
            each.mkdir(parents=True, exist_ok=True)

    def begin(self) -> Upload:
        """Return a new upload. Raises `StorageError`."""
        try:
            return Upload(self._uploads, self._opener)
        except OSError as error:
            raise StorageError(error.strerror or str(error)) from error

    def keep(self, upload: Upload, wanted: str | None) -> str:
        """End an upload and return its digest. Raises `DigestError` where that is not the `wanted` one."""
        digest = upload.digest()
        if wanted is not None and wanted != digest:
            upload.abort()
            raise DigestError(f"provided digest {wanted} did not match uploaded content {digest}")
        upload.finish(self._place(digest))
        return digest

    def open(self, digest: str) -> BinaryIO:
        """Return a blob's bytes. Raises `FileNotFoundError`."""
        return self._place(digest).open("rb", buffering=0)

    def remove(self, digest: str) -> None:
        """Delete a blob; one that is being read stays readable until its reader is done."""
        self._place(digest).unlink(missing_ok=True)

    def _place(self, digest: str) -> Path:
        name = digest.removeprefix("sha256:")
        return self._blobs / name[:2] / name
