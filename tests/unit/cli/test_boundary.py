"""What ends a command, and with which code."""

from __future__ import annotations

import io

import pytest
import typer

from ecsdeploy.cli.boundary import boundary
from ecsdeploy.errors import Refused
from ecsdeploy.runtime import Options


def test_a_traceback_is_as_harmless_as_any_other_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), boundary(Options(output="plain", debug=True)):
        raise Refused("said \x1b]0;evil\x07 ##[add-path]/evil\n::stop-commands::x")
    shown = capsys.readouterr().err
    assert "Traceback" in shown
    assert "\x1b" not in shown
    assert "##[" not in shown
    assert not any(line.lstrip().startswith("::") for line in shown.splitlines())


@pytest.mark.parametrize(("changes", "code"), [(False, 0), (True, 1)])
def test_a_reader_that_goes_away_is_no_success_of_what_was_under_way(
    changes: bool, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr", io.StringIO())
    with pytest.raises(typer.Exit) as left, boundary(Options(output="plain"), changes=changes):
        raise BrokenPipeError
    assert left.value.exit_code == code
