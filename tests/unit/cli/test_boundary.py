"""What ends a command, and with which code."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from ecsdeploy.cli.boundary import boundary
from ecsdeploy.cli.signals import Terminated
from ecsdeploy.errors import (
    AwsError,
    Busy,
    ConfigError,
    CredentialsError,
    EcsdeployError,
    Failed,
    PermissionDenied,
    Refused,
    TimedOut,
    Unreachable,
)
from ecsdeploy.events import Note
from ecsdeploy.runtime import Journal, Options


def test_a_traceback_is_as_harmless_as_any_other_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    with pytest.raises(typer.Exit), boundary(Options(output="plain", debug=True)):
        raise Refused("said \x1b]0;evil\x07 ##[add-path]/evil\n::stop-commands::x")
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert "\x1b" not in shown
    assert "##[" not in shown
    assert not any(line.lstrip().startswith("::") for line in shown.splitlines())


def test_a_log_whose_reader_goes_away_ends_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", io.StringIO())
    with pytest.raises(typer.Exit) as left, boundary(Options(output="plain")):
        raise BrokenPipeError
    assert left.value.exit_code == 0


@pytest.mark.parametrize("output", ["plain", "json"])
def test_what_changes_something_goes_on_when_nobody_reads(output: str) -> None:
    """As in `ecsdeploy deploy | head -1`: the verdict, not the reader, decides the exit code."""
    program = (
        "import time, typer\n"
        "from ecsdeploy.cli.boundary import boundary\n"
        "from ecsdeploy.events import Note\n"
        "from ecsdeploy.runtime import Options\n"
        f"with boundary(Options(output={output!r}), changes=True) as report:\n"
        "    report(*(Note(f'line {n}' * 1000) for n in range(200)))\n"
        "    raise SystemExit(4)\n"
    )
    done = subprocess.run(
        ["bash", "-c", '"$0" -c "$1" 2>&1 | head -c 10 >/dev/null; exit ${PIPESTATUS[0]}', sys.executable, program],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (4, "")


PROGRAM = """
import typer
from ecsdeploy.cli.boundary import boundary
from ecsdeploy.cli.signals import Terminated
from ecsdeploy.events import Note, Result
from ecsdeploy.runtime import Options
def main() -> None:
    with boundary(Options(output="plain"), changes={changes}) as report:
        report(Note("a note"), Result("address", "http://192.0.2.1"))
        raise SystemExit(4)
typer.run(main)
"""
LOST = "warning: Standard output was not written in full: No space left on device.\n"
ERROR = "error: The output cannot be written.\n  No space left on device.\n  Write it elsewhere, or free some space.\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is Linux's")
@pytest.mark.parametrize(
    ("changes", "to", "code", "told"),
    [
        (True, "2>/dev/full", 4, ""),
        (True, ">/dev/full", 4, f"a note\n{LOST}"),
        (False, ">/dev/full", 3, f"a note\n{ERROR}"),
        (False, "2>/dev/full", 4, ""),
    ],
)
def test_a_full_disk_is_no_bug(changes: bool, to: str, code: int, told: str) -> None:
    command = ["bash", "-c", f'exec "$0" -c "$1" {to}', sys.executable, PROGRAM.format(changes=changes)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (code, told)


@pytest.mark.parametrize(
    ("journal", "code", "told"),
    [
        (Journal(), 3, ""),
        (Journal(doing="creating cluster x"), 5, "Not finished: creating cluster x.\n"),
        (Journal(done=["created role y"]), 5, "Done before that: created role y.\n"),
    ],
)
def test_where_aws_stops_answering_the_code_says_whether_anything_was_changed(
    journal: Journal, code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as left, boundary(Options(output="plain"), journal):
        raise Unreachable("AWS does not answer.", code="x", operation="y")
    assert left.value.exit_code == code
    assert capsys.readouterr().err == f"error: AWS does not answer.\n{told}"


STOPPED = (
    Refused("This needs your consent."),
    CredentialsError("The AWS credentials have expired."),
    PermissionDenied("You may not.", action="ecs:CreateCluster", resource="*"),
    AwsError("ECS refuses it.", code="x", operation="y"),
)


@pytest.mark.parametrize("error", STOPPED, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("doing", ["", "creating cluster x"])
def test_what_an_error_left_undone_is_told(
    error: EcsdeployError, doing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Something was written, so it is neither "nothing was changed" nor unexpected: it is half done."""
    journal = Journal(done=["created role y", "created role z"], doing=doing)
    with pytest.raises(typer.Exit) as left, boundary(Options(output="plain"), journal):
        raise error
    assert left.value.exit_code == 5
    unfinished = f"Not finished: {doing}.\n" if doing and type(error) is not Refused else ""
    assert capsys.readouterr().err == f"error: {error}\nDone before that: created role y; created role z.\n{unfinished}"


@pytest.mark.parametrize("error", STOPPED, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("journal", [None, Journal(), Journal(doing="creating cluster x")])
def test_an_error_before_the_first_write_keeps_its_code(
    error: EcsdeployError, journal: Journal | None, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as left, boundary(Options(output="plain"), journal):
        raise error
    assert left.value.exit_code == error.exit_code == (1 if isinstance(error, AwsError) else 3)
    assert "Done before that" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("ECS does not accept this task definition."), 2),
        (Failed("The deployment is gone."), 5),
        (TimedOut("The cluster is not ACTIVE."), 6),
        (Busy("Another deployment is in flight."), 9),
    ],
)
def test_a_code_that_does_not_say_that_nothing_was_changed_stays(error: EcsdeployError, code: int) -> None:
    with pytest.raises(typer.Exit) as left, boundary(Options(output="plain"), Journal(done=["created role y"])):
        raise error
    assert left.value.exit_code == code


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is Linux's")
@pytest.mark.parametrize("arguments", [["--help"], ["sandbox", "break", "--list"], ["--version"]])
def test_help_that_cannot_be_written_is_no_bug(arguments: list[str], tmp_path: Path) -> None:
    program = "from ecsdeploy.cli import main\nmain()\n"
    command = ["bash", "-c", 'exec "$0" -c "$@" >/dev/full', sys.executable, program, *arguments]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env={**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    )
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert "bug" not in done.stderr


@pytest.mark.parametrize(("journal", "code"), [(Journal(), 3), (Journal(done=["created role y"]), 5)])
def test_a_program_reads_the_exit_code_that_the_process_ends_with(
    journal: Journal, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as left, boundary(Options(output="json"), journal):
        raise Unreachable("AWS does not answer.", code="EndpointConnectionError", operation="UpdateService")

    told = next(record for line in capsys.readouterr().out.splitlines() if "what" in (record := json.loads(line)))
    assert left.value.exit_code == told["exit_code"] == code


def ended(folder: Path, raised: BaseException | None) -> tuple[int, dict[str, Any]]:
    """Run a command that reports and then ends; return its exit code and its report."""
    code = 0
    file = folder / "run.json"
    try:
        with boundary(Options(output="plain", command="deploy", reports=(file,)), changes=True) as report:
            report(Note("begun"))
            if raised is not None:
                raise raised
    except typer.Exit as end:
        code = end.exit_code
    return code, json.loads(file.read_text())


@pytest.mark.parametrize(
    ("raised", "code", "what"),
    [
        (None, 0, None),
        (typer.Exit(4), 4, None),
        (Refused("No."), 3, "No."),
        (KeyboardInterrupt(), 130, "Interrupted."),
        (Terminated(), 143, "Terminated."),
        (ValueError("odd"), 1, "Something unexpected happened: ValueError: odd"),
    ],
)
def test_a_report_is_written_however_a_command_ends(
    tmp_path: Path, raised: BaseException | None, code: int, what: str | None
) -> None:
    left, found = ended(tmp_path, raised)

    assert left == found["exit_code"] == code
    assert (found["error"] or {}).get("what") == what
    assert found["events"][0]["text"] == "begun"


def test_a_report_that_cannot_be_written_in_the_end_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    file = folder / "run.html"
    with boundary(Options(output="plain", reports=(file,)), changes=True):
        folder.rmdir()

    assert capsys.readouterr().err == f"warning: The report {file} was not written: No such file or directory.\n"


def test_a_signal_while_a_report_is_written_waits_for_its_end(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from ecsdeploy.cli.boundary import boundary\n"
        "from ecsdeploy.report import file\n"
        "from ecsdeploy.runtime import Options\n"
        "def write(record):\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    return 'whole'\n"
        "file._writers = lambda: {'.json': write}\n"
        "with boundary(Options(output='plain', reports=(Path(sys.argv[1]),)), changes=True):\n"
        "    pass\n"
    )
    path = tmp_path / "run.json"
    ran = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr, path.read_text()) == (0, "", "whole")


KEY = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00"


@pytest.mark.parametrize("output", ["plain", "json", "rich", "auto"])
@pytest.mark.parametrize("error", [Refused(f"x {KEY}", why=f"{KEY}", fix=KEY), ValueError(f"Invalid header {KEY!r}")])
def test_a_secret_is_in_no_message_and_no_traceback(
    output: Any, error: Exception, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("COLUMNS", "30")
    options = Options(output=output, debug=True, reports=(tmp_path / "run.html", tmp_path / "run.json"))

    def tell() -> None:
        with boundary(options) as report:
            options.hidden.add(KEY)
            report(Note(f"said {KEY}"))
            raise error

    with pytest.raises(typer.Exit):
        tell()

    shown = capsys.readouterr()
    mask = f"::add-mask::{KEY}\n"
    assert shown.err.count(mask) == 1
    told = shown.out + shown.err.replace(mask, "") + "".join(each.read_text() for each in tmp_path.iterdir())
    assert KEY not in told
    assert KEY not in "".join(told.split())
    assert "***" in told


def test_a_mask_is_written_to_no_file(tmp_path: Path) -> None:
    program = (
        "from ecsdeploy.cli.boundary import boundary\n"
        "from ecsdeploy.runtime import Options\n"
        "options = Options()\n"
        "with boundary(options):\n"
        f"    options.hidden.add('{KEY}')\n"
    )
    with (tmp_path / "log").open("w") as log:
        subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, "GITHUB_ACTIONS": "true"}, stderr=log, check=True
        )

    assert (tmp_path / "log").read_text() == ""
