"""Starting is part of every use: what is heavy is loaded by those who need it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("boto3", "botocore", "docker", "rich", "moto", "flask", "cheroot")
TELL = f"import sys; loaded = sorted(set(sys.modules) & set({HEAVY!r})); sys.stderr.write(' '.join(loaded))"


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["deploy", "--help"], ["sandbox", "up", "--help"]])
def test_help_and_version_load_nothing_heavy(arguments: list[str]) -> None:
    program = (
        f"import sys, atexit; sys.argv = ['ecsdeploy', *{arguments!r}]\n"
        f"atexit.register(lambda: exec({TELL!r}))\n"
        "from ecsdeploy.cli import main\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout
