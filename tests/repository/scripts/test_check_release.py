"""`scripts/check_release.py`: a release that is what its tag says, and each way in which it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from check_release import main, mistakes

CHANGELOG = """\
# Changelog

## [Unreleased]

- Something for later.

## [1.2.0] - 2026-11-29

### Added

- Something.

## [1.1.0] - 2026-10-01

- Something else.

[1.2.0]: https://github.com/acme/hello/releases/tag/v1.2.0
"""
FILES = {
    "src/ecsdeploy/__init__.py": '__version__ = "1.2.0"\n\nDISTRIBUTION = "some-name"\n',
    "pyproject.toml": '[project]\nname = "some-name"\nurls = { Homepage = "https://github.com/acme/hello" }\n',
    "README.md": "# It\n",
    "SECURITY.md": "# Safe\n",
    "CHANGELOG.md": CHANGELOG,
    "dist/.gitignore": "*",
    "dist/some_name-1.2.0.tar.gz": "",
    "dist/some_name-1.2.0-py3-none-any.whl": "",
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("name", ["", "some-name"])
def test_what_fits_together_can_be_released(checkout: Path, name: str) -> None:
    assert list(mistakes(checkout, "v1.2.0", name)) == []


@pytest.mark.parametrize("tag", ["v1.2.1", "1.2.0", "v1.2", ""])
def test_another_tag_is_another_version(checkout: Path, tag: str) -> None:
    (mistake,) = mistakes(checkout, tag)

    assert mistake == f"the tag is {tag}, and this is version 1.2.0: tag it v1.2.0, or change __version__"


def test_only_the_name_that_the_distribution_has_is_published(checkout: Path) -> None:
    (mistake,) = mistakes(checkout, "v1.2.0", "another")

    assert mistake.startswith("the name to publish is another, and the distribution's is some-name")


@pytest.mark.parametrize(
    ("file", "good", "bad", "told"),
    [
        ("CHANGELOG.md", " - 2026-11-29", "", "CHANGELOG.md has no section '## [1.2.0] - YYYY-MM-DD'"),
        ("CHANGELOG.md", "- Something.\n", "", "CHANGELOG.md says nothing about 1.2.0"),
        ("CHANGELOG.md", "acme/hello", "OWNER/REPOSITORY", "CHANGELOG.md has the placeholder"),
        ("pyproject.toml", "acme/hello", "OWNER/REPOSITORY", "pyproject.toml has the placeholder"),
        ("README.md", "It", "github.com/OWNER/REPOSITORY", "README.md has the placeholder"),
        ("SECURITY.md", "Safe", "--repo OWNER/REPOSITORY", "SECURITY.md has the placeholder"),
        ("pyproject.toml", "some-name", "other", "pyproject.toml calls the distribution other"),
    ],
)
def test_a_mistake_in_a_file_is_told(checkout: Path, file: str, good: str, bad: str, told: str) -> None:
    (checkout / file).write_text(FILES[file].replace(good, bad))

    (mistake,) = mistakes(checkout, "v1.2.0")

    assert mistake.startswith(told)


def test_exactly_one_sdist_and_one_wheel_go_out(checkout: Path) -> None:
    (checkout / "dist" / "some_name-1.2.0.tar.gz").rename(checkout / "dist" / "some_name-1.1.0.tar.gz")

    assert list(mistakes(checkout, "v1.2.0")) == [
        "dist/some_name-1.2.0.tar.gz was not built",
        "dist/some_name-1.1.0.tar.gz is not part of this release",
    ]


def test_without_a_tag_it_says_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert capsys.readouterr().err == "usage: python scripts/check_release.py TAG [NAME]\n"
