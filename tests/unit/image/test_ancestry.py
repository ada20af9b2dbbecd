"""Which commit is older, asked of real repositories."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ecsdeploy.image.ancestry import Lineage
from tests.unit.image.checkout import ENV, WHO, commit, git


@dataclass(frozen=True)
class Forked:
    """A repository with two commits on main, and a branch from the first."""

    folder: Path
    first: str
    second: str
    branch: str


@pytest.fixture
def forked(tmp_path: Path) -> Forked:
    folder = tmp_path / "whole"
    folder.mkdir()
    first = commit(folder, {"a": "1"})
    second = commit(folder, {"a": "2"})
    git(folder, "checkout", "-q", "-b", "feature", first)
    branch = commit(folder, {"b": "1"})
    git(folder, "checkout", "-q", "main")
    return Forked(folder, first, second, branch)


def cloned(of: Forked, *options: str) -> Path:
    git(of.folder.parent, "clone", "-q", *options, f"file://{of.folder}", "clone")
    return of.folder.parent / "clone"


def test_history_says_which_is_older(forked: Forked) -> None:
    lineage = Lineage(forked.folder, ENV)
    assert lineage.relation(forked.first, forked.second) == "ancestor"
    assert lineage.relation(forked.second, forked.first) == "descendant"
    assert lineage.relation(forked.second, forked.branch) == "diverged"


def test_a_folder_inside_the_repository_is_as_good(forked: Forked) -> None:
    (forked.folder / "service").mkdir()
    assert Lineage(forked.folder / "service", ENV).relation(forked.first, forked.second) == "ancestor"


def test_a_commit_that_is_not_there_is_unknown(forked: Forked) -> None:
    lineage = Lineage(forked.folder, ENV)
    assert lineage.relation(forked.first, "0" * 40) == "unknown"
    assert lineage.relation("0" * 40, forked.first) == "unknown"
    assert lineage.time("0" * 40) is None


def test_a_shallow_clone_does_not_know_what_it_cut_off(forked: Forked) -> None:
    lineage = Lineage(cloned(forked, "--depth=1"), ENV)
    assert lineage.relation(forked.second, forked.first) == "unknown"
    assert lineage.time(forked.second) is not None


def test_a_shallow_clone_with_both_tips_does_not_call_them_diverged(forked: Forked) -> None:
    lineage = Lineage(cloned(forked, "--depth=1", "--no-single-branch"), ENV)
    assert lineage.relation(forked.second, forked.branch) == "unknown"


def test_a_shallow_clone_that_has_both_says_so(forked: Forked) -> None:
    third = commit(forked.folder, {"a": "3"})
    lineage = Lineage(cloned(forked, "--depth=2"), ENV)
    assert lineage.relation(third, forked.second) == "descendant"
    assert lineage.relation(forked.second, third) == "ancestor"


def test_a_clone_without_the_files_still_knows_the_commits(forked: Forked) -> None:
    git(forked.folder, "config", "uploadpack.allowFilter", "true")
    lineage = Lineage(cloned(forked, "--filter=tree:0", "--no-checkout"), ENV)
    assert lineage.relation(forked.first, forked.second) == "ancestor"


def test_nothing_is_fetched_to_find_out(forked: Forked) -> None:
    git(forked.folder, "config", "uploadpack.allowFilter", "true")
    git(forked.folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    clone = cloned(forked, "--filter=blob:none", "--no-checkout", "--single-branch")
    assert Lineage(clone, ENV).relation(forked.second, forked.branch) == "unknown"
    assert subprocess.run(
        ["git", "cat-file", "-e", forked.branch], cwd=clone, env={**ENV, "GIT_NO_LAZY_FETCH": "1"}, check=False
    ).returncode


@pytest.mark.parametrize("text", ["", "HEAD", "--all", "-h", "v1", "a" * 39, f"{'a' * 40} --all"])
def test_what_is_no_commit_is_not_given_to_git(forked: Forked, text: str) -> None:
    lineage = Lineage(forked.folder, ENV)
    assert lineage.relation(text, forked.first) == "unknown"
    assert lineage.relation(forked.first, text) == "unknown"
    assert lineage.time(text) is None


def test_a_commit_has_the_time_of_its_committer(forked: Forked) -> None:
    dated = {**ENV, "GIT_AUTHOR_DATE": "2020-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2026-11-20T14:00:00+02:00"}
    made = ["git", *WHO, "commit", "-q", "--allow-empty", "-m", "dated"]
    subprocess.run(made, cwd=forked.folder, env=dated, check=True)
    found = Lineage(forked.folder, ENV).time(git(forked.folder, "rev-parse", "HEAD"))
    assert found == datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def test_the_users_own_settings_of_the_log_do_not_matter(forked: Forked) -> None:
    git(forked.folder, "config", "log.showSignature", "true")
    git(forked.folder, "config", "log.date", "relative")
    assert Lineage(forked.folder, ENV).time(forked.first) is not None


def test_without_git_or_a_repository_everything_is_unknown(forked: Forked, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    nowhere.mkdir()
    for lineage in (
        Lineage(forked.folder, {**ENV, "PATH": str(nowhere)}),
        Lineage(nowhere, {**ENV, "GIT_CEILING_DIRECTORIES": str(tmp_path)}),
    ):
        assert lineage.relation(forked.first, forked.second) == "unknown"
        assert lineage.time(forked.first) is None


def test_a_folder_that_is_gone_is_unknown(forked: Forked) -> None:
    lineage = Lineage(forked.folder / "gone", ENV)
    assert lineage.relation(forked.first, forked.second) == "unknown"
    assert lineage.time(forked.first) is None
