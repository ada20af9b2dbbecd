"""The README's pictures show what the commands print today."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pictures import kinds

ROOT = Path(__file__).parents[3]


def test_lines_that_differ_in_ids_and_numbers_alone_are_of_one_kind() -> None:
    one = kinds(["  12 s  done: 1/2", "task 0a1b2c3d (3 times) ended"])

    assert one.keys() == kinds(["   7 s  done: 2/2", "task 99887766 ended"]).keys()
    assert one.keys() != kinds(["   7 s  gone: 2/2", "task 99887766 ended"]).keys()


def test_a_line_that_the_terminal_broke_is_one_line() -> None:
    assert list(kinds(["x" * 110, "y"]).values()) == ["x" * 110 + "y", ""]


@pytest.mark.docker
@pytest.mark.timeout(400)
def test_the_pictures_say_what_the_commands_print(node_base_image: str) -> None:
    done = subprocess.run(
        [sys.executable, "scripts/pictures.py", "--check"],
        cwd=ROOT, env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=380, check=False,
    )  # fmt: skip

    assert (done.stdout, done.returncode) == ("", 0), done.stderr
