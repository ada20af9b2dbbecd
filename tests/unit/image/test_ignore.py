from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.errors import UsageError
from ecsdeploy.image.ignore import Ignore, parse_ignore, read_ignore

# As Docker reads them: moby/patternmatcher's own rules, one by one.
CASES = [
    ("*.md", "README.md", True),
    ("*.md", "docs/README.md", False),
    ("**/*.md", "docs/a/README.md", True),
    ("**/*.md", "README.md", True),
    ("/foo", "foo", True),
    ("foo/", "foo", True),
    ("./foo", "foo", True),
    ("a/../foo", "foo", True),
    ("foo", "foo/deep/inside", True),
    ("foo", "a/foo", False),
    ("**/secrets", "a/b/secrets/x", True),
    ("a/**/z", "a/z", True),
    ("a/**/z", "a/b/c/z", True),
    ("a/**", "a/b", True),
    ("a/**", "b", False),
    ("**", "anything/at/all", True),
    ("*", ".git", True),
    (".", "a", False),
    ("a?c", "abc", True),
    ("a?c", "a/c", False),
    ("[ab]c", "bc", True),
    ("[^ab]c", "bc", False),
    ("a\\*b", "a*b", True),
    ("a\\*b", "axb", False),
    (".ENV", ".env", False),
    ("a.b", "axb", False),
    ("a+b(c)", "a+b(c)", True),
    ("  foo  ", "foo", True),
    ("# foo", "foo", False),
    ("*\n!keep", "keep", False),
    ("*\n!keep", "other", True),
    ("*\n!src", "src/main.js", False),
    ("*\n! src", "src/main.js", False),
    ("!src\n*", "src/main.js", True),
    ("*\n!src\nsrc/*.log", "src/a.log", True),
    ("*.md\n!README*.md\nREADME-secret.md", "README-secret.md", True),
    ("*.md\n!README*.md\nREADME-secret.md", "README-x.md", False),
]


@pytest.mark.parametrize(("text", "path", "out"), CASES)
def test_paths_are_left_out_as_docker_does(text: str, path: str, out: bool) -> None:
    assert parse_ignore(text).keeps_out(path) is out


def test_a_mistake_is_named_with_its_line() -> None:
    with pytest.raises(UsageError, match=r"\.dockerignore, line 2: 'a\[' is not a pattern"):
        parse_ignore("ok\na[\n")


def tree(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    return root


def walked(ignore: Ignore, root: Path) -> list[str]:
    return [str(Path(entry.path).relative_to(root)) for entry in ignore.walk(root)]


def test_the_walk_finds_what_is_let_in_again_below_what_is_left_out(tmp_path: Path) -> None:
    tree(tmp_path, "a/b/keep.txt", "a/b/drop.txt", "c/x", "Dockerfile")

    assert walked(parse_ignore("a\nc\n!a/b/keep.txt"), tmp_path) == ["Dockerfile", "a/b/keep.txt"]
    assert walked(parse_ignore("*\n!**/x"), tmp_path) == ["c/x"]
    assert walked(Ignore(), tmp_path) == ["Dockerfile", "a", "a/b", "a/b/drop.txt", "a/b/keep.txt", "c", "c/x"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    tree(tmp_path / "outside", "secret")
    inside = tree(tmp_path / "inside", "a")
    (inside / "link").symlink_to(tmp_path / "outside")
    (inside / "round").symlink_to(inside)

    assert walked(Ignore(), inside) == ["a", "link", "round"]


def test_the_dockerfiles_own_file_comes_first(tmp_path: Path) -> None:
    tree(tmp_path, "build/web.Dockerfile")
    (tmp_path / ".dockerignore").write_text("shared\n")
    dockerfile = tmp_path / "build" / "web.Dockerfile"
    assert read_ignore(tmp_path, dockerfile).keeps_out("shared")

    (tmp_path / "build" / "web.Dockerfile.dockerignore").write_text("\ufeffown\n")

    assert read_ignore(tmp_path, dockerfile).keeps_out("own")
    assert not read_ignore(tmp_path, dockerfile).keeps_out("shared")


NAMES = st.sampled_from(["a", "b", "ab", ".env", "x.pem"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
PATTERNS = st.lists(
    st.tuples(
        st.sampled_from(["", "!"]),
        st.lists(st.sampled_from(["a", "b", "*", "**", "?", ".env", "*.pem", "a*", "[ab]"]), min_size=1, max_size=3),
    ).map(lambda parts: parts[0] + "/".join(parts[1])),
    max_size=6,
)


@given(PATTERNS, st.lists(PATHS, max_size=8))
def test_the_walk_and_the_question_agree(
    tmp_path_factory: pytest.TempPathFactory, patterns: list[str], paths: list[str]
) -> None:
    """Not descending into a folder is a short cut, never another answer."""
    root = tmp_path_factory.mktemp("walk")
    for path in paths:
        if not (root / path).is_dir() and not any(parent.is_file() for parent in (root / path).parents):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text("x")
    ignore = parse_ignore("\n".join(patterns))

    everything = [str(path.relative_to(root)) for path in root.rglob("*")]

    assert sorted(walked(ignore, root)) == sorted(path for path in everything if not ignore.keeps_out(path))


@given(PATTERNS, PATHS)
def test_the_last_word_counts(patterns: list[str], path: str) -> None:
    assert parse_ignore("\n".join([*patterns, path])).keeps_out(path)
    assert not parse_ignore("\n".join([*patterns, f"!{path}"])).keeps_out(path)
    assert parse_ignore("\n".join([*patterns, path])).keeps_out(f"{path}/below")
