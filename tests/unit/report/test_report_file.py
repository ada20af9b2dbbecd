"""`--report FILE`: there whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ecsdeploy.errors import UsageError
from ecsdeploy.report.file import ReportFile
from tests.unit.report.records import good


@pytest.mark.parametrize(("name", "begins"), [("run.json", "{"), ("RUN.HTML", "<!doctype html>")])
def test_the_names_end_decides_the_format(tmp_path: Path, name: str, begins: str) -> None:
    file = ReportFile.at(tmp_path / name)
    assert list(tmp_path.iterdir()) == []
    file(good())

    assert [each.name for each in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text().startswith(begins)


def test_it_replaces_the_one_before_also_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real = tmp_path / "real" / "run.json"
    real.write_text("old")
    link = tmp_path / "run.json"
    link.symlink_to(real)
    ReportFile.at(link)(good())

    assert link.is_symlink()
    assert json.loads(real.read_text())["schema"] == "ecsdeploy.report/1"


def test_it_has_the_rights_of_any_new_file_of_the_users(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        ReportFile.at(tmp_path / "run.json")(good())
    finally:
        os.umask(before)

    assert (tmp_path / "run.json").stat().st_mode & 0o777 == 0o640


def nothing(folder: Path) -> Path:
    return folder / "missing" / "run.json"


def a_folder(folder: Path) -> Path:
    (folder / "run.json").mkdir()
    return folder / "run.json"


def a_loop(folder: Path) -> Path:
    (folder / "run.json").symlink_to(folder / "run.json")
    return folder / "run.json"


def below_a_file(folder: Path) -> Path:
    (folder / "file").write_text("")
    return folder / "file" / "run.json"


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (nothing, "No such file or directory."),
        (a_folder, "Is a directory."),
        (a_loop, "Too many levels of symbolic links."),
        (below_a_file, "Not a directory."),
        (lambda folder: folder / ("x" * 300 + ".json"), "File name too long."),
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_happens(
    tmp_path: Path, make: Callable[[Path], Path], why: str
) -> None:
    path = make(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UsageError) as refused:
        ReportFile.at(path)

    assert refused.value.what == f"The report {path} can't be written."
    assert refused.value.why == why
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["run", "run.txt", "run.html.gz", ".json"])
def test_an_unknown_format_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="has no format: the name's end tells it"):
        ReportFile.at(tmp_path / name)


def test_a_write_that_fails_leaves_the_file_before_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text("old")

    def fail(_: object) -> str:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        ReportFile(path, path, fail)(good())
    assert [each.name for each in tmp_path.iterdir()] == ["run.json"]
    assert path.read_text() == "old"
