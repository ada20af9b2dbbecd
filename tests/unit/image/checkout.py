"""A git repository to build from, and what is read of it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from ecsdeploy.image.context import BuildContext
from ecsdeploy.image.differences import read_revision
from ecsdeploy.image.ignore import parse_ignore
from ecsdeploy.image.revision import Revision

WHO = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com", "-c", "init.defaultBranch=main"]
ENV = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}


def git(folder: Path, *arguments: str) -> str:
    """Run git as somebody; return what it prints."""
    own = ["-c", "protocol.file.allow=always"]  # a submodule may be a folder of this machine
    done = subprocess.run(
        ["git", *WHO, *own, *arguments], cwd=folder, env=ENV, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(folder: Path, files: Mapping[str, str]) -> str:
    """Write files, commit everything, and return the commit."""
    write(folder, files)
    if not (folder / ".git").exists():
        git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "change")
    return git(folder, "rev-parse", "HEAD")


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files into a folder, by their paths there."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def read(
    context: Path,
    env: dict[str, str] | None = None,
    *,
    ignore: str = "**/*.tmp\n.dockerignore",
    config: Path | None = None,
    recipe: str = "",
) -> Revision:
    """Return what would be built from a folder, against its commit."""
    found = BuildContext(context, context / "Dockerfile", parse_ignore(ignore))
    return read_revision(found, env or ENV, config=config, recipe=recipe)
