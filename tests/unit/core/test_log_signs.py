"""What the log of a container that ended gives away, and what it must not be taken for."""

from __future__ import annotations

import pytest

from ecsdeploy.core.diagnose import explain, hopeless
from ecsdeploy.core.log_choice import exception
from ecsdeploy.core.subject import Part, Subject
from ecsdeploy.core.task import Task
from tests.unit.core import builders as a

ABOUT = Subject("hello", memory=512, storage=20, architecture="arm64", parts=(Part("hello"),))
UNBUILT = "a program in its image is built for another CPU architecture than the task's"

SAID = [
    (255, "exec /app/server: exec format error", UNBUILT),
    (1, "standard_init_linux.go:228: exec user process caused: exec format error", UNBUILT),
    (126, "/bin/sh: 1: /app/server: cannot execute binary file: Exec format error", UNBUILT),
    (127, "/app/server: 1: \x7fELF\x02\x01\x01\x03\x02\ufffd@8: not found", UNBUILT),
    (2, "/app/server: line 1: \x7fELF\x02\x01\x01: not found", UNBUILT),
    (127, "/app/server: error while loading shared libraries: libpq.so.5: cannot open shared object file: No such file "
          "or directory", "lacks the shared library libpq.so.5"),
    (127, "Error loading shared library libgcc_s.so.1: No such file or directory (needed by /app/server)",
     "lacks the shared library libgcc_s.so.1"),
    (1, "/app/server: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by /app/server)",
     "needs a newer C library than the image has (GLIBC_2.34)"),
    (127, "sh: 1: gunicorn: not found", "the command gunicorn is not in the image"),
    (127, "/docker-entrypoint.sh: exec: line 47: servr: not found", "the command servr is not in the image"),
    (127, "bash: line 1: foo: command not found", "the command foo is not in the image"),
    (127, "env: 'node': No such file or directory", "the command node is not in the image"),
    (127, "/usr/bin/env: \u2018python3\u2019: No such file or directory", "the command python3 is not in the image"),
    (1, "exec /entrypoint.sh: no such file or directory", "the command /entrypoint.sh is not in the image"),
    (127, "[FATAL tini (7)] exec /app/serve failed: No such file or directory", "the command /app/serve is not in the"),
    (126, "[FATAL tini (7)] exec /app/serve failed: Permission denied", "/app/serve is not executable"),
    (126, "/bin/sh: 1: /app/run.sh: Permission denied", "/app/run.sh is not executable"),
    (1, "Error: listen EACCES: permission denied 0.0.0.0:80", "may not listen on port 80"),
    (1, "nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)", "may not listen on port 80"),
    (1, "2026/11/29 10:00:00 listen tcp :443: bind: permission denied", "may not listen on port 443"),
    (1, "Error: EACCES: permission denied, open '/data/x.db'", "lacks permission for /data/x.db"),
    (1, "PermissionError: [Errno 13] Permission denied: '/data'", "lacks permission for /data"),
    (2, "panic: open /data/x: permission denied", "lacks permission for /data/x"),
    (1, "mkdir: cannot create directory '/data/x': Permission denied", "lacks permission for /data/x"),
    (2, "sh: can't create /data/x: Permission denied", "lacks permission for /data/x"),
    (1, "Error: getaddrinfo ENOTFOUND db.internal", "the name db.internal could not be resolved"),
    (2, "panic: dial tcp: lookup db.internal on 10.0.0.2:53: no such host", "the name db.internal could not"),
    (1, "Caused by: java.net.UnknownHostException: db.internal", "the name db.internal could not be resolved"),
    (1, 'psycopg2.OperationalError: could not translate host name "db" to address: Name or service not known',
     "the name db could not be resolved"),
    (1, "socket.gaierror: [Errno -2] Name or service not known", "a name could not be resolved"),
    (1, 'nginx: [emerg] host not found in upstream "api" in /etc/nginx/nginx.conf:3', "the name api could not"),
    (1, "Error: connect ECONNREFUSED 10.0.0.7:5432", "10.0.0.7:5432 refused the connection"),
    (1, "2026/11/29 10:00:00 dial tcp 10.0.0.7:5432: connect: connection refused", "10.0.0.7:5432 refused"),
    (1, 'psycopg.OperationalError: connection to server at "10.0.0.7", port 5432 failed: Connection refused',
     "10.0.0.7:5432 refused the connection"),
    (1, "redis.exceptions.ConnectionError: Error 111 connecting to redis:6379. Connection refused.",
     "redis:6379 refused the connection"),
    (1, "org.postgresql.util.PSQLException: Connection to localhost:5432 refused. Check that the hostname",
     "localhost:5432 refused the connection"),
    (1, "ConnectionRefusedError: [Errno 111] Connection refused", "something refused the connection"),
    (1, "Error: connect ETIMEDOUT 10.0.0.7:5432", "10.0.0.7:5432 did not answer"),
    (1, "Error: DATABASE_URL is not set", "the environment variable DATABASE_URL is not set"),
    (1, "Error: missing required environment variable: DATABASE_URL", "the environment variable DATABASE_URL"),
    (2, "sh: DATABASE_URL: parameter not set", "the environment variable DATABASE_URL is not set"),
    (1, "Error: listen EADDRINUSE: address already in use :::3000", "the port 3000 that it wants is taken"),
    (1, "OSError: [Errno 98] Address already in use", "the port that it wants is taken"),
    (1, "listen tcp :8080: bind: address already in use", "the port 8080 that it wants is taken"),
    (1, "OSError: [Errno 28] No space left on device", "the task's disk is full"),
    (1, "sh: 1: cannot create /var/x: Read-only file system", "a file system that is read-only"),
    (134, "FATAL ERROR: Ineffective mark-compacts: JavaScript heap out of memory", "it ran out of memory"),
]  # fmt: skip
SILENT = [
    (1, "GET /favicon.ico: not found"),
    (1, "ValueError: first_name is required"),
    (1, "KeyError: 'DATABASE_URL'"),
    (1, "Error: listen EACCES: permission denied 0.0.0.0:8080"),
    (1, "all is well"),
    (1, "/srv/run.sh: 1: SELF: not found"),
    (1, "TypeError: x is not a function"),
    (1, "ERROR response 403: permission denied"),
]


def ended(code: int) -> Task:
    return a.stopped(containers=(a.container(exit_code=code),))


@pytest.mark.parametrize(("code", "line", "because"), SAID)
def test_what_the_log_says_is_the_cause(code: int, line: str, because: str) -> None:
    found = explain(ended(code), ("starting", line), ABOUT)
    assert found.cause.startswith(f"The container hello ended with exit code {code}")
    assert because in found.cause
    assert found.fix.endswith(".")
    assert "{" not in found.cause + found.fix


@pytest.mark.parametrize(("code", "line"), SILENT)
def test_what_the_log_does_not_say_for_certain_is_not_said(code: int, line: str) -> None:
    cause = explain(ended(code), ("starting", line), ABOUT).cause
    begins = "The container hello ended with an error (exit code 1)"
    assert cause in (f"{begins}.", f"{begins}: {line}")
    assert (line in cause) == (exception([line]) != "")


def test_what_a_program_went_on_after_is_not_why_it_ended() -> None:
    log = ("Error: connect ECONNREFUSED 10.0.0.7:5432", *("Error: retrying" for _ in range(4)), "TypeError: no orders")
    ended_with = "The container hello ended with an error (exit code 1): TypeError: no orders"
    assert explain(ended(1), log, ABOUT).cause == ended_with


def test_no_log_explains_an_end_that_is_no_error() -> None:
    assert "must keep running" in explain(ended(0), ("Read-only file system",), ABOUT).cause


LOOKED_UP = """\
Traceback (most recent call last):
  File "/app/main.py", line 3, in <module>
    port = os.environ["{name}"]
           ~~~~~~~~~~^^^^^^^^
  File "<frozen os>", line 714, in __getitem__
KeyError: '{name}'"""


def test_a_key_that_is_missing_is_a_variable_only_where_the_environment_was_asked() -> None:
    log = LOOKED_UP.format(name="PORT").split("\n")
    assert "the environment variable PORT is not set" in explain(ended(1), log, ABOUT).cause
    other = [line.replace("os.environ", "row").replace("<frozen os>", "/app/rows.py") for line in log]
    assert "variable" not in explain(ended(1), other, ABOUT).cause


def test_a_variable_that_is_set_is_not_called_missing() -> None:
    about = Subject("hello", parts=(Part("hello", variables=frozenset({"DATABASE_URL"})),))
    for line in ("Error: DATABASE_URL is not set", *LOOKED_UP.format(name="DATABASE_URL").split("\n")[-1:]):
        assert "variable" not in explain(ended(1), (line,), about).cause


@pytest.mark.parametrize(
    ("code", "line", "never"),
    [
        (255, "exec /app/server: exec format error", True),
        (127, "sh: 1: gunicorn: not found", True),
        (127, "Error loading shared library libgcc_s.so.1: No such file or directory (needed by /app/server)", True),
        (1, "Error: connect ECONNREFUSED 10.0.0.7:5432", False),
        (1, "Error: DATABASE_URL is not set", False),
        (1, "boom", False),
    ],
)
def test_a_program_that_cannot_run_at_all_is_hopeless(code: int, line: str, *, never: bool) -> None:
    assert hopeless(ended(code), ("starting", line)) is never
    assert not hopeless(ended(code), (line, *("GET / 200" for _ in range(9)))), "it went on after that"


@pytest.mark.parametrize(
    ("code", "line", "now"),
    [(1, "MemoryError", "[task] memory is 512 now."), (1, "ENOSPC", "[task] ephemeral_storage is 20 now."),
     (1, "exec format error", "[task] architecture is arm64 now.")],
)  # fmt: skip
def test_advice_gives_the_setting_as_it_is(code: int, line: str, now: str) -> None:
    assert explain(ended(code), ("starting", f"Error: {line}"), ABOUT).fix.endswith(now)
