from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from machine import Machine, Outcome, Unmet, install, read_os_release, run, this_machine
from tests.repository.scripts.fakes import ADMIN, DONE, FakeRunner

QUIET = "apt-get -qq --yes -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120"


def test_run_tells_how_a_program_ended() -> None:
    assert run(["sh", "-c", "echo out; echo err >&2; exit 4"]) == Outcome(4, "out\nerr\n")
    assert run(["no-such-program-here"]) == Outcome(127, "no-such-program-here: no such program")
    assert run(["sleep", "30"], timeout=0.05) == Outcome(124, "sleep: no answer within 0.05 s")


def test_reads_what_a_distribution_says_of_itself() -> None:
    assert read_os_release('# comment\nID=ubuntu\nID_LIKE="debian"\n\nVERSION_CODENAME=noble\n') == {
        "ID": "ubuntu",
        "ID_LIKE": "debian",
        "VERSION_CODENAME": "noble",
    }


@pytest.mark.parametrize(("value", "may"), [(None, True), ("", True), ("0", True), ("1", False), ("yes", False)])
def test_no_install_forbids_to_install(value: str | None, may: bool, tmp_path: Path) -> None:
    machine = this_machine({} if value is None else {"NO_INSTALL": value}, tmp_path / "none")

    assert machine.may_install is may


def test_install_says_so_and_needs_no_new_package_lists() -> None:
    runner = FakeRunner()

    install(ADMIN, ["docker.io", "iptables"], to="run containers", runner=runner)

    assert runner.asked == [f"{QUIET} install --no-install-recommends docker.io iptables"]


def test_install_fetches_the_package_lists_when_the_package_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = iter([Outcome(100, "E: Unable to locate package docker.io"), DONE])
    runner = FakeRunner({f"{QUIET} install": lambda _: next(outcomes)})

    install(ADMIN, ["docker.io"], to="run containers", runner=runner)

    attempt = f"{QUIET} install --no-install-recommends docker.io"
    assert runner.asked == [attempt, f"{QUIET} update", attempt]
    assert capsys.readouterr().err == "Installing docker.io (apt-get), needed to run containers.\n"


def test_a_failed_install_shows_the_end_of_what_apt_said() -> None:
    runner = FakeRunner({QUIET: Outcome(100, "reading\nE: no route to host\n")})

    with pytest.raises(Unmet) as error:
        install(ADMIN, ["docker.io"], to="run containers", runner=runner)

    assert str(error.value) == (
        "'apt-get install --no-install-recommends docker.io' failed:\n    reading\n    E: no route to host"
    )


@pytest.mark.parametrize(
    ("machine", "reason"),
    [
        (replace(ADMIN, may_install=False), "NO_INSTALL is set"),
        (replace(ADMIN, root=False), "this does not run as root"),
    ],
)
def test_what_may_not_be_installed_is_named_with_the_command(machine: Machine, reason: str) -> None:
    runner = FakeRunner()

    with pytest.raises(Unmet) as error:
        install(machine, ["docker.io"], to="run containers", runner=runner)

    assert str(error.value) == (
        f"docker.io is needed to run containers, and is not installed here: {reason}."
        "\n  On Debian or Ubuntu: sudo apt-get install --no-install-recommends docker.io"
    )
    assert runner.asked == []


def test_no_apt_command_is_given_to_another_distribution() -> None:
    fedora = Machine(root=True, distribution={"ID": "fedora"}, may_install=True)

    with pytest.raises(Unmet) as error:
        install(fedora, ["docker.io"], to="run containers", runner=FakeRunner())

    assert str(error.value) == (
        "docker.io is needed to run containers, and is not installed here: this is neither Debian nor Ubuntu."
    )
