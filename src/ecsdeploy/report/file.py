"""A report as a file, which is there whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ecsdeploy.core.record import Record
from ecsdeploy.errors import UsageError

Writer = Callable[[Record], str]


@dataclass(frozen=True)
class ReportFile:
    """The file of one `--report`. `path` is as it was given, `place` where that is, behind any symbolic link."""

    path: Path
    place: Path
    write: Writer

    @classmethod
    def at(cls, path: Path) -> ReportFile:
        """Return the file at `path`, which can be written: that was tried beside it, and nothing is left of it.

        Raises `UsageError`.
        """
        write = _writers().get(path.suffix.lower())
        if write is None:
            raise UsageError(
                f"--report {path} has no format: the name's end tells it.",
                fix="Write FILE.html for a page to read, or FILE.json for a program.",
            )
        file = cls(path, Path(os.path.realpath(path)), write)
        try:
            _prove(file.place)
        except OSError as error:
            raise UsageError(
                f"The report {path} can't be written.",
                why=f"{error.strerror or error}.",
                fix="Name a file in a folder that exists and that you may write to.",
            ) from None
        return file

    @property
    def name(self) -> str:
        """Return what it is, to begin a sentence with."""
        return f"The report {self.path}"

    def __call__(self, record: Record) -> None:
        """Write the report. Raises `OSError`."""
        with _beside(self.place) as beside:
            beside.write_text(self.write(record), encoding="utf-8")
            beside.replace(self.place)


def _prove(place: Path) -> None:
    """Make sure that a file can be put at `place`. Raises `OSError`."""
    with suppress(FileNotFoundError):
        if stat.S_ISDIR(place.stat().st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    with _beside(place):
        pass


@contextmanager
def _beside(place: Path) -> Iterator[Path]:
    """Make an empty file beside `place`, with the rights that a new file of the user's has; remove it if it is left."""
    beside = place.with_name(f".{place.name[:100]}.{secrets.token_hex(8)}")
    os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    try:
        yield beside
    finally:
        beside.unlink(missing_ok=True)


def _writers() -> Mapping[str, Writer]:
    from ecsdeploy.report.page import page
    from ecsdeploy.report.record_json import text

    return {".json": text, ".html": page}
