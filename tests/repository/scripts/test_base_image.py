from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from base_image import PUBLISHED, STAND_IN, base_image, package_source
from machine import Outcome, Unmet
from tests.repository.scripts.fakes import ADMIN, DONE, GONE, FakeRunner

NO_REGISTRY = Outcome(1, "Error response from daemon:\nlookup registry: no such host\n")
SOURCES = Outcome(0, "mirror://one/debian/ bookworm main\nmirror://one/debian/ bookworm-updates main\n")
OFFLINE = {
    "docker image inspect": GONE,
    "docker pull": NO_REGISTRY,
    "apt-get indextargets": SOURCES,
    "chroot": Outcome(0, "v18.20.4\n"),
}


@pytest.fixture(autouse=True)
def _debootstrap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/sbin/{name}")


@pytest.mark.parametrize("here", [PUBLISHED, STAND_IN])
def test_an_image_that_is_here_is_taken_without_asking_a_registry(here: str) -> None:
    runner = FakeRunner({"docker image inspect": GONE, f"docker image inspect {here}": DONE})

    assert base_image(ADMIN, runner) == here
    assert all(line.startswith("docker image inspect") for line in runner.asked)


def test_the_published_image_is_pulled_where_that_works() -> None:
    runner = FakeRunner({"docker image inspect": GONE})

    assert base_image(ADMIN, runner) == PUBLISHED
    assert runner.asked[-1] == f"docker pull --quiet {PUBLISHED}"


def test_without_a_registry_a_stand_in_is_made_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    runner = FakeRunner(OFFLINE)

    assert base_image(ADMIN, runner) == STAND_IN

    programs = [line.split()[0] for line in runner.asked]
    assert programs == ["docker", "docker", "docker", "apt-get", "debootstrap", "chroot", "tar", "docker"]
    debootstrap = runner.asked[4].split()
    assert debootstrap[1:5] == ["--variant=minbase", "--components=main", "--include=nodejs", "bookworm"]
    assert debootstrap[6] == "mirror://one/debian/"
    assert runner.asked[-1].startswith("docker import --change LABEL ecsdeploy.base-image=stand-in --change CMD")
    assert capsys.readouterr().err.splitlines() == [
        "node:22-slim cannot be pulled here: lookup registry: no such host",
        "Building a stand-in from the distribution's nodejs (half a minute).",
        "The stand-in has Node v18.20.4.",
    ]


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (
            {"chroot": Outcome(0, "v12.22.9")},
            "The distribution's Node is v12.22.9; the example needs Node 18 or later.",
        ),
        ({"chroot": Outcome(127, "")}, "The distribution's Node is missing; the example needs Node 18 or later."),
        ({"debootstrap": Outcome(1, "E: broken\n")}, "debootstrap failed:\n    E: broken"),
        ({"tar": Outcome(2, "disk full")}, "The stand-in's files could not be packed:\n    disk full"),
        ({"docker import": Outcome(1, "disk full")}, "docker import failed:\n    disk full"),
        ({"apt-get indextargets": DONE}, "APT on this machine has no package source for bookworm."),
    ],
)
def test_what_went_wrong_is_said(answers: dict[str, Outcome], message: str) -> None:
    with pytest.raises(Unmet) as error:
        base_image(ADMIN, FakeRunner({**OFFLINE, **answers}))

    assert str(error.value) == message


def test_without_root_it_says_what_a_stand_in_takes() -> None:
    with pytest.raises(Unmet) as error:
        base_image(replace(ADMIN, root=False), FakeRunner(OFFLINE))

    assert str(error.value) == (
        "A stand-in for node:22-slim needs debootstrap, root and Debian's or Ubuntu's packages: "
        "this does not run as root."
    )


def test_components_of_one_source_are_put_together() -> None:
    def answer(_: Sequence[str]) -> Outcome:
        return Outcome(0, "a://x/ bookworm main\na://x/ bookworm universe\nb://y/ bookworm extra\na://x/ other main\n")

    assert package_source(ADMIN, FakeRunner({"apt-get": answer})) == ("a://x/", "main,universe")
