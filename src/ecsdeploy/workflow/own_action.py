"""Which commit of which repository this tool is: what a workflow that it writes has to use.

It is never guessed. A checkout tells by git, an installation from git by what the installer noted (PEP 610), and the
action itself by what GitHub says of the step that runs it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import urlsplit

import ecsdeploy
from ecsdeploy.errors import Refused
from ecsdeploy.github.action import Action, pinned
from ecsdeploy.image.revision import Git, normalized_remote

SOURCE = Path(ecsdeploy.__file__).resolve().parents[2]
"""The checkout's folder, where the package is used from one."""
VARIABLE = "ECSDEPLOY_ACTION"
"""In it, action.yml says which action it is, as `OWNER/REPOSITORY@COMMIT` if it was pinned by its commit."""
NAME = "--action OWNER/REPOSITORY@COMMIT"
_VERSION = re.compile(r"v\d+(\.\d+)*")


def own_action(environ: Mapping[str, str], host: str, source: Path = SOURCE, noted: str | None = None) -> Action | None:
    """Return the action at the commit that this tool is, for workflows on `host`; None if that is not known.

    `source` is the folder that the package lies in, `noted` what the installer wrote down, read if it is not given.
    Raises `Refused` if it is known, and a workflow could not use it.
    """
    running = pinned(environ.get(VARIABLE, ""), _comment(""))
    if running is not None:
        return running
    if (source / "action.yml").is_file():
        return _of_checkout(source, environ, host)
    return _of_note(_note() if noted is None else noted, host)


def _note() -> str:
    try:
        return distribution(ecsdeploy.DISTRIBUTION).read_text("direct_url.json") or ""
    except PackageNotFoundError:
        return ""


def _of_checkout(source: Path, environ: Mapping[str, str], host: str) -> Action | None:
    git = Git(source, environ)
    try:
        if Path(git.lines("rev-parse", "--show-toplevel")[0]).resolve() != source:
            return None
        commit = git.lines("rev-parse", "--verify", "HEAD^{commit}")[0]
        published = git.run("for-each-ref", "--count=1", "--contains", commit, "refs/remotes/")
    except (Refused, OSError):
        return None
    remote = git.remote()
    if not remote:
        return None
    if not published:
        raise Refused(
            f"ecsdeploy's commit {commit[:7]} is in none of the branches of its repository that this checkout knows.",
            why="The workflow would name a commit that GitHub does not have.",
            fix=f"Push it and run this again, or name another with {NAME}.",
        )
    return _action(remote, commit, _tag(git), host)


def _tag(git: Git) -> str:
    try:
        return git.lines("describe", "--tags", "--exact-match", "--match", "v[0-9]*", "HEAD")[0]
    except Refused:
        return ""


def _of_note(note: str, host: str) -> Action | None:
    """Return the action from a `direct_url.json` (packaging.python.org, "Direct URL Data Structure")."""
    try:
        known = json.loads(note)
        about = known["vcs_info"]
        return _action(str(known["url"]), str(about["commit_id"]), str(about.get("requested_revision", "")), host)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _action(remote: str, commit: str, revision: str, host: str) -> Action | None:
    address = urlsplit(normalized_remote(remote))
    repository = address.path.strip("/")
    if address.hostname != host:
        origin = address.hostname or "a folder of this machine"
        raise Refused(
            f"This ecsdeploy comes from {origin}, and the workflow runs on {host}.",
            why="A workflow uses actions of its own server alone.",
            fix=f"Name the action there, in a copy of the repository: {NAME}.",
        )
    return pinned(f"{repository}@{commit}", _comment(revision))


def _comment(revision: str) -> str:
    """Return what stands beside the commit: the tag, if it is one, else the version that is being worked on."""
    return revision if _VERSION.fullmatch(revision) else f"{ecsdeploy.DISTRIBUTION} {ecsdeploy.__version__}"
