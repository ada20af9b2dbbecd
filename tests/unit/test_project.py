"""What the project says of itself, in the places that have to agree: its name, version, changelog and address."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path

from ecsdeploy import DISTRIBUTION, __version__

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
HEADINGS = re.findall(r"^## \[(.+?)\](.*)$", CHANGELOG, re.MULTILINE)
LINKS = dict(re.findall(r"^\[(.+?)\]: (\S+)$", CHANGELOG, re.MULTILINE))


def number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def test_the_distribution_has_one_name() -> None:
    assert PROJECT["name"] == DISTRIBUTION


def test_the_changelog_leads_from_what_is_unreleased_down_the_versions() -> None:
    versions = [version for version, _ in HEADINGS[1:]]

    assert HEADINGS[0] == ("Unreleased", "")
    assert versions == sorted(versions, key=number, reverse=True)
    assert all(date.fromisoformat(when.removeprefix(" - ")) for _, when in HEADINGS[1:])


def test_the_changelog_has_the_version_that_this_is() -> None:
    assert __version__ in dict(HEADINGS)


def test_every_version_in_the_changelog_can_be_looked_at() -> None:
    newest = HEADINGS[1][0]
    home = PROJECT["urls"]["Homepage"]

    assert list(LINKS) == [version for version, _ in HEADINGS]
    assert LINKS["Unreleased"] == f"{home}/compare/v{newest}...HEAD"
    assert all(link.startswith(f"{home}/") and link.endswith(f"v{v}") for v, link in LINKS.items() if v != "Unreleased")


def test_the_project_has_one_address() -> None:
    home = PROJECT["urls"]["Homepage"]

    assert all(url.startswith(home) for url in PROJECT["urls"].values())
    assert f"git+{home}@COMMIT" in (ROOT / "README.md").read_text()
