"""The workflows of a repository, read as somebody who wants to deploy without being allowed to would read them.

A file may be anything: what is broken, huge, binary or leads out of the repository is a finding, never an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ecsdeploy.github.lint.finding import Lint
from ecsdeploy.github.lint.job import MARK
from ecsdeploy.github.lint.rules import lint
from ecsdeploy.github.lint.tree import Unreadable, read_tree

FOLDER = Path(".github/workflows")
LARGEST = 200_000
FILES = 200

__all__ = ["Lint", "lint_workflows", "repository_root"]


def repository_root(start: Path) -> Path | None:
    """Return the folder of the git repository that `start` is in, None if there is none."""
    try:
        here = start.resolve()
        return next((each for each in (here, *here.parents) if (each / ".git").exists()), None)
    except OSError:
        return None


def lint_workflows(root: Path) -> tuple[int, tuple[Lint, ...]]:
    """Return how many workflows the repository at `root` has, and each rule that they break, once, file by file."""
    try:
        every = sorted(path for path in (root / FOLDER).iterdir() if path.suffix in (".yml", ".yaml"))
    except OSError:
        return 0, ()
    found = [finding for path in every[:FILES] for finding in _of_file(path, root)]
    if len(every) > FILES:
        found.append(_unread(FOLDER.as_posix(), 0, f"only the first {FILES} of {len(every)} files were read"))
    return len(every), tuple(dict.fromkeys(found))


def _of_file(path: Path, root: Path) -> Iterator[Lint]:
    name = (FOLDER / path.name).as_posix()
    try:
        text = _text(path, root)
        tree = read_tree(text)
    except Unreadable as error:
        yield _unread(name, error.line, str(error))
        return
    yield from lint(tree, name, written=MARK in text)


def _text(path: Path, root: Path) -> str:
    """Return the file's text. Raises `Unreadable`; only an ordinary file in the repository is opened."""
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(root.resolve()):
            raise Unreadable("it is a link that leads out of the repository")
        if not real.is_file():
            raise Unreadable("it is not a file")
        with real.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, RuntimeError) as error:
        why = error.strerror if isinstance(error, OSError) else None
        raise Unreadable(why or "it is a link to itself") from None
    if len(content) > LARGEST:
        raise Unreadable(f"it is larger than {LARGEST:,} bytes")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise Unreadable("it is not text in UTF-8") from None


def _unread(file: str, line: int, why: str) -> Lint:
    return Lint(
        "unreadable",
        "warning",
        file,
        line,
        f"{file} was not checked: {why}.",
        "GitHub may run it all the same, or refuse it.",
        "Correct the file.",
    )
