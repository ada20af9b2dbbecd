"""`scripts/setup.sh` on a machine with few programs, one of them a Python that only notes what it is asked."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.repository.scripts.fakes import program

ROOT = Path(__file__).parents[3]

PYTHON = f"""
case "$1 $2" in
"-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
"-m pip") shift 3; echo "$*" | sed 's/.*--no-warn-script-location //' >>"$NOTES"; test -z "$PIP_FAILS" ;;
*) exec {sys.executable} "$@" ;;
esac
"""
SHIM = "echo 'pyenv: python3.14: command not found' >&2; exit 127"
OLD = "case $2 in *version_info*3,*) exit 1 ;; esac"
BARE = f'case $2 in *ensurepip*) exit 1 ;; esac\nexec {sys.executable} "$@"'


class Checkout:
    """A copy of what setup.sh reads, and the programs it may use."""

    def __init__(self, folder: Path) -> None:
        """Make one without any Python."""
        self.folder, self.bin, self.notes = folder, folder / "bin", folder / "notes"
        (folder / "scripts").mkdir()
        (folder / "requirements").mkdir()
        self.bin.mkdir()
        shutil.copy(ROOT / "scripts" / "setup.sh", folder / "scripts")
        (folder / "pyproject.toml").write_text("[project]\n")
        for name in ("dev", "run", "clients", "lowest", "release"):
            (folder / "requirements" / f"{name}.txt").write_text(f"{name}==1 --hash=sha256:00\n")
        for tool in ("cat", "cksum", "cp", "dirname", "mkdir", "rm", "sed"):
            found = shutil.which(tool)
            assert found is not None
            (self.bin / tool).symlink_to(found)

    def set_up(self, purpose: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the script with nothing in PATH but this checkout's programs."""
        bash = shutil.which("bash")
        assert bash is not None
        return subprocess.run(
            [bash, str(self.folder / "scripts" / "setup.sh"), purpose],
            env={"PATH": str(self.bin), "NOTES": str(self.notes), "NO_INSTALL": "1", **environment},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def installed(self) -> list[str]:
        """Return what pip was asked to install since the last look."""
        lines = self.notes.read_text().splitlines() if self.notes.exists() else []
        self.notes.unlink(missing_ok=True)
        return lines


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


PROJECT = "--no-deps --no-build-isolation --editable ."


def hashed(name: str) -> str:
    return f"--require-hashes --requirement requirements/{name}.txt"


def test_a_shim_or_an_old_python_is_passed_over(checkout: Checkout) -> None:
    program(checkout.bin, "python3.14", SHIM)
    program(checkout.bin, "python3.13", OLD)
    program(checkout.bin, "python3.12", PYTHON)

    done = checkout.set_up("test")

    assert done.returncode == 0, done.stderr
    assert checkout.installed() == [hashed("dev"), PROJECT, hashed("clients")]
    assert (checkout.folder / ".venv" / "bin" / "python").exists()
    assert (checkout.folder / ".venv-clients" / "bin" / "python").exists()


def test_a_second_run_does_nothing_and_says_nothing(checkout: Checkout) -> None:
    program(checkout.bin, "python3", PYTHON)
    checkout.set_up("dev")
    checkout.installed()

    done = checkout.set_up("dev")

    assert (done.returncode, done.stdout, done.stderr, checkout.installed()) == (0, "", "", [])


def test_other_peoples_clients_come_with_the_tests_alone(checkout: Checkout) -> None:
    program(checkout.bin, "python3", PYTHON)
    checkout.set_up("dev")
    assert checkout.installed() == [hashed("dev"), PROJECT]
    assert not (checkout.folder / ".venv-clients").exists()

    checkout.set_up("test")

    assert checkout.installed() == [hashed("clients")]


def test_what_a_user_sets_up_is_what_the_demo_set_up() -> None:
    """`make setup` after `make demo` has nothing to do; what tests need comes with `make test`."""
    makefile = (ROOT / "Makefile").read_text()
    purposes = dict(re.findall(r"^(\w+):.*\n\t@scripts/setup\.sh (\w+)$", makefile, re.MULTILINE))
    assert purposes["setup"] == "run"
    assert "scripts/setup.sh run\n" in (ROOT / "scripts" / "demo.sh").read_text()
    needs = dict(re.findall(r"^(\w+): (\w+)\b.*##", makefile, re.MULTILINE))
    assert {target: purposes[needs[target]] for target in ("check", "test", "hard")} == {
        "check": "dev",
        "test": "test",
        "hard": "test",
    }


def test_what_development_needs_holds_what_running_needs(checkout: Checkout) -> None:
    program(checkout.bin, "python3", PYTHON)
    checkout.set_up("dev")
    checkout.installed()

    checkout.set_up("run")

    assert checkout.installed() == []


def test_running_takes_less_than_development(checkout: Checkout) -> None:
    program(checkout.bin, "python3", PYTHON)

    checkout.set_up("run")

    assert checkout.installed() == [hashed("run"), PROJECT]


def test_a_release_is_built_with_nothing_but_its_own_tools(checkout: Checkout) -> None:
    program(checkout.bin, "python3", PYTHON)
    checkout.set_up("release")

    assert checkout.installed() == [hashed("release")]
    assert not (checkout.folder / ".venv").exists()
    assert (checkout.set_up("release").returncode, checkout.installed()) == (0, [])


def test_the_oldest_dependencies_do_not_come_among_the_newest(checkout: Checkout) -> None:
    program(checkout.bin, "python3", PYTHON)

    checkout.set_up("lowest")

    assert checkout.installed() == [hashed("lowest"), PROJECT]
    assert not (checkout.folder / ".venv").exists()


@pytest.mark.parametrize("changed", ["requirements/run.txt", "pyproject.toml"])
def test_a_change_is_installed(checkout: Checkout, changed: str) -> None:
    program(checkout.bin, "python3", PYTHON)
    checkout.set_up("run")
    checkout.installed()
    (checkout.folder / changed).write_text("changed\n")

    checkout.set_up("run")

    assert checkout.installed() == [hashed("run"), PROJECT]


def test_a_failed_installation_is_tried_again(checkout: Checkout) -> None:
    program(checkout.bin, "python3", PYTHON)
    failed = checkout.set_up("run", PIP_FAILS="1")
    assert failed.returncode == 1
    checkout.installed()

    again = checkout.set_up("run")

    assert again.returncode == 0
    assert checkout.installed() == [hashed("run"), PROJECT]


def test_without_a_python_it_says_what_to_install(checkout: Checkout) -> None:
    done = checkout.set_up("dev")

    assert done.returncode == 3
    assert done.stderr == (
        "ecsdeploy needs Python 3.11 or later, and none of python3.14 ... python3.11, python3 is that here.\n"
        "  Debian 12, Ubuntu 24.04 or later: apt-get install python3 python3-venv."
        " Or name one: make setup PYTHON=...\n"
    )


def test_a_python_without_venv_is_told_which_package_has_it(checkout: Checkout) -> None:
    program(checkout.bin, "python3.11", BARE)

    done = checkout.set_up("dev")

    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert done.returncode == 3
    assert done.stderr == (
        f"{checkout.bin}/python3.11 cannot make virtual environments."
        f" On Debian or Ubuntu: sudo apt-get install python{version}-venv\n"
    )


REQUIREMENTS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_requirements_are_pinned_and_hashed_and_name_no_address(path: Path) -> None:
    text = path.read_text()
    pins = [line for line in text.splitlines() if line[:1].isalnum()]

    assert all("==" in pin and pin.endswith("\\") for pin in pins)
    assert text.count("--hash=sha256:") >= len(pins)
    assert not any(sign in text for sign in ("://", "index-url", "find-links", "file:", " /"))


def test_what_runs_is_the_same_in_development() -> None:
    def pins(name: str) -> set[str]:
        lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
        return {line for line in lines if line[:1].isalnum()}

    assert pins("run") < pins("dev")


def test_the_oldest_dependencies_are_those_that_the_package_says() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    declared = [*project["dependencies"], *extras["sandbox"], *extras["test"]]
    bounds = [re.sub(r"\[.*\]", "", bound).split(">=") for bound in declared]
    pins = dict(re.findall(r"^([\w-]+)==([\d.]+)", (ROOT / "requirements" / "lowest.txt").read_text(), re.MULTILINE))

    assert [
        f"{name}>={oldest} is tried with {pins[name]}"
        for name, oldest in bounds
        if not re.fullmatch(re.escape(oldest) + r"(\.0)*", pins[name])
    ] == []
