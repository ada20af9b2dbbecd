"""The build context: the folder that a builder reads, its Dockerfile, and what must not be in it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ecsdeploy.errors import Refused, UsageError
from ecsdeploy.events import Note
from ecsdeploy.image.file_list import listed
from ecsdeploy.image.ignore import Ignore, ignore_file, read_ignore, require_readable
from ecsdeploy.image.sensitive import allowed, sensitive

LARGE_BYTES = 100 * 1024 * 1024
_SHOWN = 10


@dataclass(frozen=True)
class BuildContext:
    """A folder to build from: both paths are absolute; only the Dockerfile itself may be a symbolic link.

    Docker goes by its name as it was given: `NAME.dockerignore` belongs to it, whatever it links to.
    """

    root: Path
    dockerfile: Path
    ignore: Ignore

    def kept(self) -> Iterator[tuple[str, os.DirEntry[str]]]:
        """Yield what reaches the builder: its path in the context (`/` between names) and its entry."""
        skip = len(str(self.root).rstrip(os.sep)) + 1
        for entry in self.ignore.walk(self.root):
            yield entry.path[skip:].replace(os.sep, "/"), entry


def workspace_of(folder: Path) -> Path:
    """Return the top of the checkout that `folder` lies in, or `folder` itself outside of one."""
    real = folder.resolve()
    return next((parent for parent in (real, *real.parents) if (parent / ".git").exists()), real)


def open_context(folder: Path, context: str, dockerfile: str) -> BuildContext:
    """Return the context of the config in `folder`; `dockerfile` is relative to the context.

    Neither may lie outside the checkout, not through `..` nor through a symbolic link: a config from somebody else
    must not read this machine's files into an image. Raises `UsageError`.
    """
    workspace = workspace_of(folder)
    root = _inside(workspace, folder / context, f"image.context = {context!r}")
    if not root.is_dir():
        raise UsageError(
            f"The build context {str(root)!r} is not a folder.",
            fix="Set `context` in [image] to the folder that holds the Dockerfile.",
        )
    given, setting = root / dockerfile, f"image.dockerfile = {dockerfile!r}"
    _inside(workspace, given, setting)
    path = _inside(workspace, given.parent, setting) / given.name
    if not path.is_file():
        raise UsageError(f"There is no {dockerfile} in {root}.", why=_others(root), fix=_FIX_DOCKERFILE)
    return BuildContext(root, path, read_ignore(root, path))


_FIX_DOCKERFILE = "Write a Dockerfile there, or set `context` and `dockerfile` (relative to the context) in [image]."


def check_context(context: BuildContext, *, allow: Sequence[str], secret_files: Iterable[Path] = ()) -> list[Note]:
    """Return notes about the context: its size, if it is large.

    `secret_files` are build secrets that must not be sent as plain files beside. Raises `Refused` for what
    `.dockerignore` lets through and no pattern of `allow` names, `UsageError` for what this user cannot read.
    """
    found: list[tuple[str, str]] = []
    size = 0
    secrets = {str(path.resolve()) for path in secret_files}
    for path, entry in context.kept():
        if any(path.startswith(f"{history}/") for history, _ in found):
            continue
        meaning = "a build secret" if entry.path in secrets else sensitive(path, entry)
        if meaning and not allowed(path, allow):
            found.append((path, meaning))
        if entry.is_file(follow_symlinks=False):
            size += entry.stat(follow_symlinks=False).st_size
            require_readable(path, entry.path)
    if found:
        raise _refusal(context, found)
    if size <= LARGE_BYTES:
        return []
    return [
        Note(f"The build context is {size / 1024**2:.0f} MiB. Exclude what the image does not need in `.dockerignore`.")
    ]


def _refusal(context: BuildContext, found: Sequence[tuple[str, str]]) -> Refused:
    file = ignore_file(context.root, context.dockerfile)
    name = file.name if file else ".dockerignore"
    title = f"{name} does not exclude:" if file else "There is no .dockerignore to exclude:"
    return Refused(
        "The build context has files that must not get into an image.",
        why=listed(title, [f"{path}  ({meaning})" for path, meaning in found], shown=_SHOWN),
        fix="\n".join(
            [
                f"Add to {context.root / name}, one line each:",
                *(f"  {path}" for path, _ in found[:_SHOWN]),
                f"If one of them is harmless: --allow-sensitive-context {found[0][0]} (may be repeated)",
            ]
        ),
    )


def _inside(workspace: Path, path: Path, setting: str) -> Path:
    real = path.resolve()
    if real.is_relative_to(workspace):
        return real
    raise UsageError(
        f"{setting} points outside the checkout.",
        why=f"It is {real}; the checkout is {workspace}.",
        fix="Keep the Dockerfile and everything that the image is built from in the same repository.",
    )


def _others(root: Path) -> str:
    """Return the files in `root` that may be the Dockerfile that was meant."""
    near = sorted(path.name for path in root.iterdir() if "dockerfile" in path.name.lower() and path.is_file())
    return f"There is {', '.join(near)}." if near else "The folder has no file with Dockerfile in its name."
