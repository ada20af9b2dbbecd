from __future__ import annotations

import os
from pathlib import Path

import pytest

from ecsdeploy.github.gh import gh_token

PROGRAM = """#!/bin/sh
echo "$@" > "$SEEN"
env >> "$SEEN"
{}
"""


def with_gh(folder: Path, ends: str) -> dict[str, str]:
    """Return an environment that has a `gh`, which notes what it was started with."""
    program = folder / "gh"
    program.write_text(PROGRAM.format(ends))
    program.chmod(0o755)
    path = f"{folder}{os.pathsep}{os.defpath}"
    return {"PATH": path, "SEEN": str(folder / "seen"), "AWS_SECRET_ACCESS_KEY": "canary"}


def test_the_token_that_gh_has_for_the_host(tmp_path: Path) -> None:
    environ = with_gh(tmp_path, "echo gho_abc")

    assert gh_token(environ, "github.example.com") == "gho_abc"
    asked, *variables = (tmp_path / "seen").read_text().splitlines()
    assert asked == "auth token --hostname github.example.com"
    assert not any("canary" in each for each in variables)


@pytest.mark.parametrize(
    "ends", ["echo no token >&2; exit 1", "echo gho_abc; exit 1", "", "echo two words", "printf '\\377'"]
)
def test_a_gh_without_a_token_is_no_token(tmp_path: Path, ends: str) -> None:
    assert gh_token(with_gh(tmp_path, ends), "github.com") == ""


def test_no_gh_is_no_token(tmp_path: Path) -> None:
    assert gh_token({"PATH": str(tmp_path)}, "github.com") == ""
    assert gh_token({}, "github.com") == ""
