"""`python -m ecsdeploy` is `ecsdeploy`."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from ecsdeploy import __version__
from tests.unit.test_start import HEAVY


def run(*arguments: str, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run the package as a program, with `options` for the interpreter."""
    command = [sys.executable, *options, "-m", "ecsdeploy", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_package_runs_as_a_program() -> None:
    done = run("--version")

    assert (done.returncode, done.stdout, done.stderr) == (0, f"ecsdeploy {__version__}\n", "")


def test_its_help_speaks_of_the_command_and_not_of_python() -> None:
    done = run("deploy", "--help")

    assert done.returncode == 0
    assert done.stdout.lstrip().startswith("Usage: ecsdeploy deploy ")


def test_a_usage_error_ends_as_that_of_the_command() -> None:
    done = run("deploy", "--nonsense")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: ecsdeploy deploy ")
    assert "Try 'ecsdeploy deploy -h' for help." in done.stderr
    assert "--nonsense" in done.stderr


def test_it_loads_nothing_heavy_either() -> None:
    imported = re.findall(r"\| +([\w.]+)$", run("--version", options=("-X", "importtime")).stderr, re.MULTILINE)

    assert "ecsdeploy.cli" in imported
    assert {name.split(".")[0] for name in imported} & set(HEAVY) == set()


@pytest.mark.parametrize(("number", "code", "word"), [(2, 130, "Interrupted"), (15, 143, "Terminated")])
def test_a_signal_while_it_is_loaded_ends_it_with_a_word(number: int, code: int, word: str) -> None:
    program = (
        "import os, sys\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'ecsdeploy.cli':\n"
        f"            os.kill(os.getpid(), {number})\n"
        "sys.meta_path.insert(0, Finder())\n"
        "from ecsdeploy.start import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (code, "", f"error: {word}.\n")
