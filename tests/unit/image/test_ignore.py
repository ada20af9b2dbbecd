from __future__ import annotations

import os
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
    # `**` at the beginning, and no other wildcard: the end of a path.
    ("**.pem", "certs/server.pem", True),
    ("**.pem", "server.pem", True),
    ("**.pem", "server.pem.txt", False),
    ("*\n!**.json", "gha-creds-1.json", False),
    ("*\n!**.json", "keys/my-service-account.json", False),
    ("**foo/bar", "a/xfoo/bar", True),
    ("**/foo", "foo", True),
    ("**/foo", "a/foo", True),
    ("**/foo", "a/xfoo", False),
    # `**` at the end, after no other wildcard: the beginning of one.
    ("foo**", "foobar/x", True),
    ("foo/**", "foo", False),
    # No wildcard: the path itself, whatever a regular expression would make of it.
    ("a^b", "a^b", True),
    ("x^", "x^", True),
    # A `*` between brackets is a wildcard all the same, and `[[:digit:]]` a class.
    ("[*]", "^[]", True),
    ("[*]", "a", False),
    ("v[[:digit:]]", "v7", True),
    ("v[[:digit:]]", "v:]", False),
    ("v\\d", "v7", True),
    ("v\\d", "vd", False),
    ("a\\[b", "a[b", True),
    # Only \\n and \\r\\n end a line, and only what Go calls a space is trimmed.
    ("a\x0bb\x0cc\u2028d", "a\x0bb\x0cc\u2028d", True),
    ("foo\r\nbar\r\n", "foo", True),
    ("\u00a0foo\u3000", "foo", True),
    ("foo\x1c", "foo", False),
    (" # foo", "# foo", True),
    ("!!a\n*\n!!a", "!a", False),
    # What a folder was not asked, its children do not inherit.
    ("a/b\n!a", "a/b", True),
    ("*\n!a\na/b", "a/b", True),
    ("/", "a", False),
    ("../a", "a", False),
]


@pytest.mark.parametrize(("text", "path", "out"), CASES)
def test_paths_are_left_out_as_docker_does(text: str, path: str, out: bool) -> None:
    assert parse_ignore(text).keeps_out(path) is out


@pytest.mark.parametrize(
    "mistake", ["a[", "[]a]", "[^]", "[a-]", "[-a]", "a\\", "[a", "!", "! ", "[z-a]", "\\q", "[[:nope:]]"]
)
def test_a_mistake_is_named_with_its_line(mistake: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_ignore(f"ok\n{mistake}\n")

    assert caught.value.what == f".dockerignore, line 2: {mistake.strip()!r} is not a pattern."
    assert caught.value.why


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


def test_a_link_is_not_taken_for_the_file(tmp_path: Path) -> None:
    """BuildKit follows none that leads out of the context, and then leaves nothing out (moby/moby#42108)."""
    tree(tmp_path, "configs/.dockerignore", "product/Dockerfile", "product/own")
    (tmp_path / "product" / ".dockerignore").symlink_to("../configs/.dockerignore")
    with pytest.raises(UsageError, match=r"^\.dockerignore is a symbolic link"):
        read_ignore(tmp_path / "product", tmp_path / "product" / "Dockerfile")

    (tmp_path / "product" / "Dockerfile.dockerignore").symlink_to("own")
    with pytest.raises(UsageError, match=r"^Dockerfile\.dockerignore is a symbolic link"):
        read_ignore(tmp_path / "product", tmp_path / "product" / "Dockerfile")


@pytest.mark.parametrize("content", [b"node_modules\n" + ".env\n".encode("utf-16-le"), b"caf\xe9\n"])
def test_a_file_that_docker_reads_otherwise_than_it_looks(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".dockerignore").write_bytes(content)

    with pytest.raises(UsageError) as caught:
        read_ignore(tmp_path, tmp_path / "Dockerfile")

    assert caught.value.what == ".dockerignore is not UTF-8 text, so Docker does not read what you see in it."


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read(tmp_path: Path) -> None:
    tree(tmp_path, "pgdata/base/1", "Dockerfile")
    (tmp_path / "pgdata").chmod(0)
    try:
        with pytest.raises(UsageError, match=r"^pgdata in the build context cannot be read\."):
            walked(Ignore(), tmp_path)
        assert walked(parse_ignore("pgdata"), tmp_path) == ["Dockerfile"]
        assert walked(parse_ignore("pgdata\n!**/keep"), tmp_path) == ["Dockerfile"]
    finally:
        (tmp_path / "pgdata").chmod(0o700)


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
