"""Which commit of which repository the tool is: told by git, by the installer, or by the running action."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ecsdeploy import __version__
from ecsdeploy.errors import Refused
from ecsdeploy.github.action import Action
from ecsdeploy.workflow.own_action import own_action
from tests.support.world import git

HOST = "github.com"
COMMIT = "0123456789" * 4
UNTAGGED = f"ecsdeploy {__version__}"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout of the tool with one commit, which its repository has too."""
    folder = tmp_path / "ecsdeploy"
    folder.mkdir()
    (folder / "action.yml").write_text("name: ecsdeploy\n")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "-A")
    git(folder, "commit", "--quiet", "--message", "one")
    git(folder, "remote", "add", "origin", "git@github.com:acme/ecsdeploy.git")
    git(folder, "update-ref", "refs/remotes/origin/main", "HEAD")
    return folder


def head(folder: Path) -> str:
    return git(folder, "rev-parse", "HEAD").strip()


def own(source: Path, noted: str = "", host: str = HOST, **environ: str) -> Action | None:
    return own_action({**os.environ, "ECSDEPLOY_ACTION": "", **environ}, host, source, noted)


def test_a_checkout_is_its_remote_at_its_commit(checkout: Path) -> None:
    assert own(checkout) == Action(f"acme/ecsdeploy@{head(checkout)}", UNTAGGED)

    git(checkout, "tag", "v1.2.3")
    assert own(checkout) == Action(f"acme/ecsdeploy@{head(checkout)}", "v1.2.3")


def test_a_commit_that_was_not_pushed_is_refused(checkout: Path) -> None:
    git(checkout, "commit", "--quiet", "--allow-empty", "--message", "two")

    with pytest.raises(Refused, match="is in none of the branches of its repository"):
        own(checkout)


@pytest.mark.parametrize("remote", ["https://gitlab.com/acme/ecsdeploy", "/srv/git/ecsdeploy"])
def test_a_checkout_from_elsewhere_is_refused(remote: str, checkout: Path) -> None:
    git(checkout, "remote", "set-url", "origin", remote)

    with pytest.raises(Refused, match=r"and the workflow runs on github\.com"):
        own(checkout)


def test_a_server_has_actions_of_its_own(checkout: Path) -> None:
    git(checkout, "remote", "set-url", "origin", "https://github.example.com/tools/ecsdeploy.git")

    assert own(checkout, host="github.example.com") == Action(f"tools/ecsdeploy@{head(checkout)}", UNTAGGED)


def without_remote(checkout: Path) -> Path:
    git(checkout, "remote", "remove", "origin")
    return checkout


def in_a_repository_of_somebody_else(checkout: Path) -> Path:
    inner = checkout / ".venv" / "lib"
    inner.mkdir(parents=True)
    (inner / "action.yml").write_text("")
    return inner


def without_git(checkout: Path) -> Path:
    (checkout / ".git").rename(checkout / "not-git")
    return checkout


@pytest.mark.parametrize("change", [without_remote, in_a_repository_of_somebody_else, without_git])
def test_what_is_not_known_is_not_made_up(change: Callable[[Path], Path], checkout: Path) -> None:
    assert own(change(checkout)) is None


def note(**about: Any) -> str:
    known = {"vcs": "git", "commit_id": COMMIT, "requested_revision": "v0.9.0"}
    return json.dumps({"url": "https://github.com/acme/ecsdeploy", "vcs_info": {**known, **about}})


@pytest.mark.parametrize(
    ("noted", "action"),
    [
        (note(), Action(f"acme/ecsdeploy@{COMMIT}", "v0.9.0")),
        (note(requested_revision="main"), Action(f"acme/ecsdeploy@{COMMIT}", UNTAGGED)),
        (note(commit_id="main"), None),
        (json.dumps({"url": "file:///x", "dir_info": {}}), None),
        (json.dumps(["x"]), None),
        ("not JSON", None),
        ("", None),
    ],
)
def test_an_installation_from_git_is_what_the_installer_noted(
    noted: str, action: Action | None, tmp_path: Path
) -> None:
    assert own(tmp_path, noted) == action


def test_the_running_action_says_which_it_is_if_it_is_pinned(checkout: Path) -> None:
    pinned = f"acme/fork@{COMMIT}"

    assert own(checkout, ECSDEPLOY_ACTION=pinned) == Action(pinned, UNTAGGED)
    for other in ("acme/fork@v1", "@", f"{pinned} x", "./"):
        assert own(checkout, ECSDEPLOY_ACTION=other) == own(checkout)
