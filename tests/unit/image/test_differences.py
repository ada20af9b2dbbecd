"""What reaches the builder decides the tag, whatever git says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ecsdeploy.errors import Refused
from ecsdeploy.image.stand_ins import StandIns
from tests.unit.image.checkout import ENV, commit, git, read, write

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22e\nsize 12345\n"
DOCKERFILE = {"Dockerfile": "FROM scratch"}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A repository that is a build context."""
    folder = tmp_path / "app"
    folder.mkdir()
    commit(folder, {**DOCKERFILE, "main.js": "1", "docs/index.md": "n", ".gitignore": "target/\n"})
    return folder


@pytest.mark.parametrize("flag", ["--skip-worktree", "--assume-unchanged"])
def test_a_file_that_git_was_told_not_to_look_at_is_looked_at(app: Path, flag: str) -> None:
    git(app, "update-index", flag, "main.js")
    assert not read(app).dirty
    (app / "main.js").write_text("2")

    second = read(app)
    (app / "main.js").write_text("3")

    assert second.changed == ("main.js",)
    assert read(app).tag != second.tag


def test_a_program_and_a_link_that_git_does_not_look_at_are_compared_as_such(app: Path) -> None:
    (app / "run").write_text("#!/bin/sh\n")
    (app / "run").chmod(0o755)
    (app / "now").symlink_to("main.js")
    commit(app, {})
    git(app, "update-index", "--skip-worktree", "run", "now")
    assert not read(app).dirty

    (app / "run").chmod(0o644)
    (app / "now").unlink()
    (app / "now").write_text("main.js")

    assert read(app).changed == ("now", "run")


def test_a_sparse_checkout_is_its_commit_only_where_nothing_of_the_context_is_missing(app: Path) -> None:
    commit(app, {"web/Dockerfile": "FROM scratch", "web/a": "1", "web/deep/b": "2", "api/Dockerfile": "FROM scratch"})
    git(app, "sparse-checkout", "set", "--no-cone", "/web/Dockerfile", "/web/a")
    assert not (app / "api").exists()

    assert read(app / "web").changed == ("web/deep/b",)
    assert not read(app / "web", ignore="deep").dirty
    git(app, "sparse-checkout", "set", "web")
    assert not read(app / "web").dirty


def test_what_git_ignores_and_the_builder_gets_is_said_by_the_tag(app: Path) -> None:
    head = git(app, "rev-parse", "HEAD")
    write(app, {"target/app.jar": "built", "target/classes/A.class": "built"})
    first = read(app)
    (app / "target" / "app.jar").write_text("built again")
    second = read(app)
    (app / "target" / "app.jar").write_text("built")

    assert (first.dirty, first.ignored) == (False, ("target/app.jar", "target/classes/A.class"))
    assert first.tag.startswith(f"{head}-plus-")
    assert second.tag != first.tag
    assert read(app) == first
    assert read(app, ignore="target").tag == head


def test_a_new_file_counts_as_a_change_beside_ignored_ones(app: Path) -> None:
    write(app, {"target/app.jar": "built", "new.js": "1"})

    found = read(app)

    assert (found.changed, found.ignored) == (("new.js",), ("target/app.jar",))
    assert "-dirty-" in found.tag


def test_what_is_not_sent_does_not_count(app: Path) -> None:
    (app / "docs" / "index.md").write_text("other")
    assert read(app).changed == ("docs/index.md",)
    assert not read(app, ignore="docs").dirty


def test_a_dockerfile_that_is_not_sent_counts(app: Path) -> None:
    (app / "Dockerfile").write_text("FROM another")
    first = read(app, ignore="Dockerfile")
    (app / "Dockerfile").write_text("FROM a-third")

    assert first.changed == ("Dockerfile",)
    assert read(app, ignore="Dockerfile").tag != first.tag


def test_an_ignore_file_that_is_not_sent_counts_for_what_it_leaves_out(app: Path) -> None:
    commit(app, {".dockerignore": ".dockerignore\n"})
    assert not read(app, ignore=".dockerignore").dirty
    (app / ".dockerignore").write_text(".dockerignore\ndocs\n")

    assert read(app, ignore=".dockerignore\ndocs").changed == (".dockerignore",)


def test_a_config_that_was_changed_counts_and_so_does_what_it_says_of_the_build(app: Path) -> None:
    config = app / "ecsdeploy.toml"
    web = app / "web"
    commit(app, {"ecsdeploy.toml": "1", "web/Dockerfile": "FROM scratch"})
    assert not read(web, config=config, recipe="a").dirty
    config.write_text("2")

    first = read(web, config=config, recipe="a")

    assert first.changed == ("ecsdeploy.toml",)
    assert read(web, config=config, recipe="b").tag != first.tag


@pytest.fixture
def parent(app: Path, tmp_path: Path) -> Path:
    """A repository with a submodule, checked out."""
    library = tmp_path / "library"
    library.mkdir()
    commit(library, {"lib.c": "1", ".gitignore": "*.o\n"})
    git(app, "submodule", "add", "-q", str(library), "vendor/lib")
    commit(app, {})
    return app


def test_a_submodule_as_its_commit_says_is_the_commit(parent: Path) -> None:
    assert read(parent).tag == git(parent, "rev-parse", "HEAD")


def test_a_change_inside_a_submodule_counts(parent: Path) -> None:
    (parent / "vendor" / "lib" / "lib.c").write_text("2")
    first = read(parent)
    (parent / "vendor" / "lib" / "lib.c").write_text("3")

    assert first.changed == ("vendor/lib",)
    assert read(parent).tag != first.tag
    assert not read(parent, ignore="vendor").dirty


def test_another_commit_of_a_submodule_counts(parent: Path) -> None:
    commit(parent / "vendor" / "lib", {"lib.c": "2"})

    assert read(parent).changed == ("vendor/lib",)


def test_a_file_of_a_submodule_that_git_does_not_look_at_is_looked_at(parent: Path) -> None:
    git(parent / "vendor" / "lib", "update-index", "--assume-unchanged", "lib.c")
    (parent / "vendor" / "lib" / "lib.c").write_text("2")

    assert read(parent).changed == ("vendor/lib/lib.c",)


def test_what_a_submodule_ignores_is_said_by_the_tag(parent: Path) -> None:
    (parent / "vendor" / "lib" / "lib.o").write_text("built")

    found = read(parent)

    assert (found.dirty, found.ignored) == (False, ("vendor/lib/lib.o",))


def test_a_submodule_that_is_not_checked_out_counts(parent: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", str(parent), "clone")

    assert read(tmp_path / "clone").changed == ("vendor/lib",)
    assert not read(tmp_path / "clone", ignore="vendor").dirty


def test_a_checkout_inside_the_checkout_counts_file_by_file(app: Path) -> None:
    write(app, {"other/main.c": "1"})
    commit(app / "other", {})
    first = read(app)
    (app / "other" / "main.c").write_text("2")

    assert first.changed == ("other/main.c",)
    assert read(app).tag != first.tag


def test_a_pointer_in_place_of_a_large_file_is_refused(app: Path) -> None:
    commit(
        app, {".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n", "model.bin": POINTER, "b.bin": POINTER}
    )

    with pytest.raises(StandIns) as caught:
        read(app)

    assert caught.value.what == "The build context has pointers of Git LFS in place of the files themselves."
    assert caught.value.why == "These reach the builder:\n  b.bin\n  model.bin"
    assert "git lfs pull" in caught.value.fix
    assert not read(app, ignore="*.bin").dirty


def test_a_text_that_only_looks_like_a_pointer_is_a_file(app: Path) -> None:
    commit(app, {"docs/pointer.txt": POINTER})

    assert not read(app).dirty


def test_a_large_file_that_was_fetched_is_its_commit(app: Path) -> None:
    """Here `sed` stands in for `git lfs`: what is committed is not what is on disk."""
    git(app, "config", "filter.lfs.clean", "sed s/content/pointer/")
    git(app, "config", "filter.lfs.smudge", "sed s/pointer/content/")
    head = commit(app, {".gitattributes": "*.bin filter=lfs\n", "model.bin": "the content"})
    assert git(app, "show", "HEAD:model.bin") == "the pointer"

    assert read(app).tag == head
    (app / "model.bin").write_text("another content")
    assert read(app).changed == ("model.bin",)


def test_line_ends_that_git_translates_are_no_difference(app: Path) -> None:
    git(app, "config", "core.autocrlf", "true")
    head = commit(app, {"a.txt": "one\ntwo\n"})
    (app / "a.txt").unlink()
    git(app, "checkout", "-q", "a.txt")
    assert (app / "a.txt").read_bytes() == b"one\r\ntwo\r\n"

    assert read(app).tag == head


def test_a_file_that_is_still_encrypted_is_refused(app: Path) -> None:
    write(app, {".gitattributes": "*.key filter=git-crypt\n"})
    (app / "tls.key").write_bytes(b"\0GITCRYPT\0" + bytes(40))
    commit(app, {})

    with pytest.raises(StandIns, match="still encrypted"):
        read(app)


def test_the_same_content_has_the_same_digits_in_every_commit(app: Path) -> None:
    first = read(app)
    commit(app, {"docs/index.md": "another"})
    second = read(app)
    commit(app, {"docs/index.md": "n"})

    assert read(app).content == first.content != second.content
    assert read(app, ignore="docs").content != read(app).content


def test_a_commit_beside_the_context_changes_no_digit(app: Path) -> None:
    commit(app, {"web/Dockerfile": "FROM scratch", "web/a": "1"})
    first = read(app / "web")
    commit(app, {"main.js": "2"})

    assert read(app / "web").content == first.content
    assert read(app / "web").commit != first.commit


def test_a_file_that_cannot_be_read_is_named(app: Path) -> None:
    (app / "new.js").write_text("1")
    (app / "new.js").chmod(0)
    if os.access(app / "new.js", os.R_OK):
        pytest.skip("root reads everything")

    with pytest.raises(Refused, match="can't be read"):
        read(app)


def test_sockets_and_pipes_are_passed_over(app: Path) -> None:
    os.mkfifo(app / "pipe")

    assert not read(app).dirty


def test_names_of_every_kind(app: Path) -> None:
    commit(app, {"new\nline": "1", "tab\tname": "1", ":(top)x": "1", "é 日本": "1"})
    assert not read(app).dirty
    for name in ("new\nline", "tab\tname", ":(top)x", "é 日本"):
        (app / name).write_text("2")

    assert set(read(app).changed) == {"new\nline", "tab\tname", ":(top)x", "é 日本"}


def test_a_folder_below_the_top_is_read_alone(app: Path) -> None:
    commit(app, {"web/Dockerfile": "FROM scratch"})
    write(app, {"target/app.jar": "x", "web/target/a.jar": "x", "main.js": "2"})

    found = read(app / "web")

    assert (found.changed, found.ignored) == ((), ("web/target/a.jar",))
    assert read(app / "web", {**ENV, "GIT_OPTIONAL_LOCKS": "1"}) == found
