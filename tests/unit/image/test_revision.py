from __future__ import annotations

import os
from pathlib import Path

import pytest

from ecsdeploy.errors import Refused
from ecsdeploy.image.revision import Revision, head, normalized_remote
from tests.unit.image.checkout import ENV, commit, git, read


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a folder that is built, one that is not, and a pattern of files that git ignores."""
    files = {"other/notes.md": "n", "app/Dockerfile": "FROM scratch", "app/main.js": "1"}
    commit(tmp_path, {".gitignore": "*.log\n", "Dockerfile": "FROM scratch", **files})
    return tmp_path


def test_a_clean_tree_is_its_commit(repository: Path) -> None:
    head = git(repository, "rev-parse", "HEAD")

    found = read(repository / "app")

    assert found == Revision(commit=head, content=found.content)
    assert (found.tag, found.short, found.dirty) == (head, head[:7], False)


def test_a_changed_file_gives_a_tag_of_its_own_that_depends_on_the_content_alone(repository: Path) -> None:
    head = git(repository, "rev-parse", "HEAD")
    (repository / "app" / "main.js").write_text("2")
    second = read(repository / "app")
    (repository / "app" / "main.js").write_text("3")
    third = read(repository / "app")
    (repository / "app" / "main.js").write_text("2")
    os.utime(repository / "app" / "main.js", (1, 1))

    assert second.changed == ("app/main.js",)
    assert second.tag.startswith(f"{head}-dirty-")
    assert len(second.tag) == 40 + len("-dirty-") + 12
    assert second.short == f"{head[:7]}-dirty"
    assert third.tag != second.tag
    assert read(repository / "app") == second


def test_a_staged_change_counts_as_one_that_is_not(repository: Path) -> None:
    (repository / "app" / "main.js").write_text("2")
    before = read(repository / "app")
    git(repository, "add", ".")

    assert read(repository / "app") == before


def test_a_renamed_file_counts_and_none_that_is_not_sent(repository: Path) -> None:
    git(repository, "mv", "app/main.js", "app/index.js")
    git(repository, "rm", "-q", "other/notes.md")

    assert set(read(repository / "app").changed) == {"app/index.js", "app/main.js"}


def test_a_new_file_counts_if_it_can_get_into_the_image(repository: Path) -> None:
    (repository / "other" / "draft.md").write_text("not in the context")
    (repository / "app" / "cache.tmp").write_text("left out by .dockerignore")
    assert not read(repository / "app").dirty

    (repository / "app" / "new\nname é.js").write_text("1")
    first = read(repository / "app")
    (repository / "app" / "new\nname é.js").write_text("2")

    assert first.changed == ("app/new\nname é.js",)
    assert read(repository / "app").tag != first.tag


def test_a_new_file_is_told_from_an_executable_one_and_from_a_link(repository: Path) -> None:
    path = repository / "app" / "run"
    path.write_text("x")
    tags = {read(repository / "app").tag}
    path.chmod(0o755)
    tags.add(read(repository / "app").tag)
    path.unlink()
    path.symlink_to("x")
    tags.add(read(repository / "app").tag)

    assert len(tags) == 3


def test_the_tag_does_not_depend_on_where_the_checkout_is(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "copy"
    git(repository, "clone", "-q", str(repository), str(elsewhere))
    for folder in (repository, elsewhere):
        (folder / "app" / "new.js").write_text("new")
        (folder / "app" / "main.js").write_text("changed")

    assert read(elsewhere / "app").tag == read(repository / "app").tag


def test_reading_leaves_the_repository_as_it_was(repository: Path) -> None:
    (repository / "app" / "main.js").write_text("2")
    before = (repository / ".git" / "index").read_bytes()

    read(repository / "app")

    assert (repository / ".git" / "index").read_bytes() == before


def test_a_hooks_variables_do_not_name_the_image_after_another_repository(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """git gives them to its hooks, and what a hook starts inherits them."""
    other = tmp_path_factory.mktemp("other")
    hook = {"GIT_DIR": str(other / ".git"), "GIT_WORK_TREE": str(other), "GIT_INDEX_FILE": str(other / "index")}
    assert read(repository, {**ENV, **hook}) == read(repository, ENV)


def test_programs_that_the_repository_names_are_not_run(repository: Path) -> None:
    witness = repository / "ran.tmp"
    script = repository / "hook.tmp"
    script.write_text(f"#!/bin/sh\ntouch {witness}\n")
    script.chmod(0o755)
    (repository / ".gitattributes").write_text("*.js diff=evil\n")
    for name in ("core.fsmonitor", "diff.external", "diff.evil.textconv", "diff.evil.command"):
        git(repository, "config", name, str(script))
    (repository / "app" / "main.js").write_text("2")

    read(repository / "app")

    assert not witness.exists()


def test_git_gets_no_credentials(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    bin_folder = tmp_path_factory.mktemp("bin")
    fake = bin_folder / "git"
    fake.write_text(f'#!/bin/sh\nenv >> {bin_folder}/seen\nPATH={ENV["PATH"]} exec git "$@"\n')
    fake.chmod(0o755)

    read(
        repository,
        {**ENV, "PATH": f"{bin_folder}:{ENV['PATH']}", "AWS_SECRET_ACCESS_KEY": "canary", "GITHUB_TOKEN": "canary"},
    )

    assert "canary" not in (bin_folder / "seen").read_text()


def test_a_folder_without_git_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        read(tmp_path)

    assert "is not in a git repository" in caught.value.what
    assert "--tag" in caught.value.fix


def test_a_repository_without_a_commit_says_so(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")

    with pytest.raises(Refused, match="has no commit yet"):
        read(tmp_path)


def test_a_machine_without_git_says_so(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        read(tmp_path, {"PATH": str(tmp_path)})

    assert "`git` was not found" in caught.value.what
    assert caught.value.fix == "Install git, or name the image yourself with --tag."


def test_a_checkout_of_another_user_is_explained(repository: Path) -> None:
    with pytest.raises(Refused) as caught:
        read(repository, {**ENV, "GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"})

    assert caught.value.what == "git does not trust this checkout: it belongs to another user."
    assert f"git config --global --add safe.directory {repository}" in caught.value.fix


def test_the_source_is_the_remote_without_its_password(repository: Path) -> None:
    git(repository, "remote", "add", "origin", "https://user:canary@example.com/acme/web.git")

    assert read(repository).source == "https://example.com/acme/web"


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("git@github.com:acme/web.git", "https://github.com/acme/web"),
        ("github.com:acme/web", "https://github.com/acme/web"),
        ("ssh://git@example.com:2222/acme/web.git/", "https://example.com/acme/web"),
        ("https://x-access-token:ghs_canary@github.com/acme/web", "https://github.com/acme/web"),
        ("https://u:p@ss@example.com/a", "https://example.com/a"),
        ("https://example.com/a?token=canary#canary", "https://example.com/a"),
        ("git://example.com/a/b.git", "https://example.com/a/b"),
        ("/srv/git/web.git", ""),
        ("../web", ""),
        ("C:\\code\\web", ""),
        ("file:///srv/git/web.git", ""),
        ("", ""),
    ],
)
def test_remotes_become_public_addresses(url: str, source: str) -> None:
    assert normalized_remote(url) == source


def test_the_commit_that_is_checked_out_is_asked_for_and_never_insisted_on(
    repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert head(repository / "app", ENV) == git(repository, "rev-parse", "HEAD")
    assert head(elsewhere, {**ENV, "GIT_CEILING_DIRECTORIES": str(elsewhere.parent)}) == ""
    assert head(elsewhere / "missing", ENV) == ""
    assert head(repository, {**ENV, "PATH": str(elsewhere)}) == ""
