"""A command of the user's: what it is given, what it says, and that nothing of it is left."""

from __future__ import annotations

import json
import os
import select
import sys
from pathlib import Path

import pytest

from ecsdeploy.probe.command import missing, run, safe_environment

ENVIRON = dict(os.environ)
SECRETS = {
    "AWS_ACCESS_KEY_ID": "AKIA",
    "AWS_SECRET_ACCESS_KEY": "x",
    "AWS_SESSION_TOKEN": "x",
    "AWS_PROFILE": "admin",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/token",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.2/x",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "x",
    "ACTIONS_ID_TOKEN_REQUEST_URL": "x",
    "ACTIONS_RUNTIME_TOKEN": "x",
    "GITHUB_TOKEN": "x",
    "GH_TOKEN": "x",
    "GH_ENTERPRISE_TOKEN": "x",
}


def python(
    code: str, folder: Path, *, seconds: float = 20.0, env: dict[str, str] | None = None
) -> tuple[int, list[str]]:
    """Run a program; return its code and what it said."""
    said: list[str] = []
    argv = [sys.executable, "-u", "-c", code]
    return run(argv, env=env or ENVIRON, folder=folder, seconds=seconds, say=said.append), said


def ends(pid: int) -> bool:
    """Return whether the process ends within some seconds, if it has not yet."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], 20)[0])
    finally:
        os.close(handle)


def pid_in(said: list[str]) -> int:
    """Return the process id that was said; another process may have spoken before."""
    return next(int(line) for line in said if line.isdecimal())


def test_no_credential_reaches_it(tmp_path: Path) -> None:
    env = safe_environment({**ENVIRON, **SECRETS, "MY_TOKEN": "mine"}, {"ECSDEPLOY_URL": "http://192.0.2.7:3000"})

    code, said = python("import json, os; print(json.dumps(dict(os.environ)))", tmp_path, env=env)

    seen = json.loads(said[0])
    assert code == 0
    assert not SECRETS.keys() & seen.keys()
    assert (seen["MY_TOKEN"], seen["ECSDEPLOY_URL"]) == ("mine", "http://192.0.2.7:3000")


def test_files_and_the_machine_s_role_give_it_none_either(tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text("[default]\naws_access_key_id = A\naws_secret_access_key = B\n")
    env = safe_environment({**ENVIRON, **SECRETS, "HOME": str(tmp_path)}, {})

    _, said = python("from botocore.session import Session; print(Session().get_credentials())", tmp_path, env=env)

    assert said == ["None"]


def test_what_it_says_comes_line_by_line_and_its_code_at_the_end(tmp_path: Path) -> None:
    code = "import os, sys; os.write(1, b'out\\n'); os.write(2, 'err é'.encode() + b'\\xff\\r\\nrest'); sys.exit(7)"

    assert python(code, tmp_path) == (7, ["out", "err é\ufffd", "rest"])
    assert python("import os; os.kill(os.getpid(), 9)", tmp_path) == (-9, [])


def test_it_runs_beside_the_config_without_a_shell_and_without_input(tmp_path: Path) -> None:
    script = tmp_path / "smoke.sh"
    script.write_text('#!/bin/sh\necho "$PWD $1"\nread line || echo nothing\n')
    script.chmod(0o755)
    said: list[str] = []

    code = run(["./smoke.sh", "$HOME; exit 3"], env=ENVIRON, folder=tmp_path, seconds=20, say=said.append)

    assert (code, said) == (0, [f"{tmp_path} $HOME; exit 3", "nothing"])


STUBBORN = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
CHILD = f"""
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", {STUBBORN!r}])
print(child.pid)
"""


def test_what_takes_too_long_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    said: list[str] = []
    argv = [sys.executable, "-u", "-c", CHILD + "time.sleep(60)"]

    with pytest.raises(TimeoutError):
        run(argv, env=ENVIRON, folder=tmp_path, seconds=1.5, say=said.append)

    assert ends(pid_in(said))


def test_what_it_leaves_in_the_background_is_ended_and_not_waited_for(tmp_path: Path) -> None:
    code, said = python(CHILD, tmp_path, seconds=50)

    assert code == 0
    assert ends(pid_in(said))


def test_a_program_that_is_missing_is_known_before(tmp_path: Path) -> None:
    (tmp_path / "plain.sh").write_text("#!/bin/sh\n")

    assert missing(["sh"], tmp_path, ENVIRON) == ""
    assert missing(["no-such-program"], tmp_path, ENVIRON) == "there is no such program in PATH"
    assert missing(["./smoke.sh"], tmp_path, ENVIRON) == "there is no file ./smoke.sh beside the config"
    assert missing(["./plain.sh"], tmp_path, ENVIRON) == "./plain.sh is not executable: chmod +x ./plain.sh"
    (tmp_path / "plain.sh").chmod(0o755)
    assert missing(["./plain.sh"], tmp_path, ENVIRON) == ""


def test_a_file_that_is_no_program_is_told_as_such(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(b"\x00\x01")
    program.chmod(0o755)

    with pytest.raises(OSError, match="Exec format"):
        run(["./program"], env=ENVIRON, folder=tmp_path, seconds=5, say=print)
