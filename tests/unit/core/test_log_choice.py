"""The lines that say the cause are shown, whatever stands behind them; nothing is changed, nothing silently dropped."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.core.log_choice import ROOM, choose, telling

MARK = re.compile(r"\.\.\. (\d+) lines? left out")

PYTHON = """\
Traceback (most recent call last):
  File "/app/settings.py", line 8, in load
    return os.environ["DATABASE_URL"]
           ~~~~~~~~~~^^^^^^^^^^^^^^^^
KeyError: 'DATABASE_URL'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/main.py", line 3, in <module>
    settings.load()
app.settings.NotConfigured: DATABASE_URL is not set"""
GUNICORN = """\
[2026-11-29 14:00:00 +0000] [7] [ERROR] Exception in worker process
Traceback (most recent call last):
  File "/usr/lib/python3/gunicorn/arbiter.py", line 609, in spawn_worker
    worker.init_process()
  File "/app/app.py", line 3
    def broken(:
               ^
SyntaxError: invalid syntax
[2026-11-29 14:00:00 +0000] [7] [INFO] Worker exiting (pid: 7)
[2026-11-29 14:00:00 +0000] [1] [ERROR] Worker (pid:7) exited with code 3
[2026-11-29 14:00:00 +0000] [1] [ERROR] Reason: Worker failed to boot."""
NODE = """\
/app/server.js:12
  throw new Error("no port");
  ^

TypeError [ERR_INVALID_ARG]: no port
    at Object.<anonymous> (/app/server.js:12:9)
    at Module._compile (node:internal/modules/cjs/loader:1554:14)

Node.js v22.14.0"""
JAVA = """\
Exception in thread "main" java.lang.IllegalStateException: cannot start
\tat com.acme.Main.main(Main.java:12)
Caused by: java.net.UnknownHostException: db.internal
\tat java.base/java.net.InetAddress.getAllByName(InetAddress.java:1)
\t... 12 more"""
GO = """\
panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x47c1d2]

goroutine 1 [running]:
main.main()
\t/src/main.go:9 +0x12
exit status 2"""
RUBY = """\
app.rb:3:in `connect': no route to db (RuntimeError)
\tfrom app.rb:9:in `<main>'"""
DOTNET = """\
Unhandled exception. System.InvalidOperationException: no connection string
 ---> System.Collections.Generic.KeyNotFoundException: ConnectionStrings:Db
   at Program.Main() in /src/Program.cs:line 7"""
SAID = [
    (PYTHON, "KeyError: 'DATABASE_URL'"),
    (PYTHON, "app.settings.NotConfigured: DATABASE_URL is not set"),
    (GUNICORN, "SyntaxError: invalid syntax"),
    (GUNICORN, "               ^"),
    (GUNICORN, "[2026-11-29 14:00:00 +0000] [1] [ERROR] Reason: Worker failed to boot."),
    (NODE, "TypeError [ERR_INVALID_ARG]: no port"),
    (NODE, "    at Object.<anonymous> (/app/server.js:12:9)"),
    (JAVA, 'Exception in thread "main" java.lang.IllegalStateException: cannot start'),
    (JAVA, "Caused by: java.net.UnknownHostException: db.internal"),
    (GO, "panic: runtime error: invalid memory address or nil pointer dereference"),
    (RUBY, "app.rb:3:in `connect': no route to db (RuntimeError)"),
    (DOTNET, "Unhandled exception. System.InvalidOperationException: no connection string"),
    (DOTNET, " ---> System.Collections.Generic.KeyNotFoundException: ConnectionStrings:Db"),
    ('2026/11/29 nginx: [emerg] host not found in upstream "api"', "nginx: [emerg]"),
    ('{"level":"error","msg":"no database"}', '"level":"error"'),
    ('{"severity": "CRITICAL", "message": "no database"}', "CRITICAL"),
    ('{"level":60,"msg":"no database"}', '"level":60'),
    ("time=x level=fatal msg=x", "level=fatal"),
    ("sh: 1: cannot create /var/x: Read-only file system", "Read-only"),
    ("\x1b[31mERROR\x1b[0m cannot start", "cannot start"),
    ("\x1b[1;31mTypeError: no port\x1b[0m", "TypeError"),
    ("** (RuntimeError) no database", "RuntimeError"),
    ("thread 'main' panicked at src/main.rs:2:5:", "panicked"),
]


@pytest.mark.parametrize(("log", "line"), SAID)
def test_what_says_the_cause_is_shown_wherever_it_stands(log: str, line: str) -> None:
    noise = [f"GET /{n} 200" for n in range(60)]
    for before, after in ((noise, noise), (noise, noise[:30]), ([], noise), (noise, [])):
        shown = choose([*before, *log.split("\n"), *after])
        assert any(line in each for each in shown), shown


def test_the_cause_is_found_far_above_what_a_program_says_when_it_stops() -> None:
    shown = choose([*("booting" for _ in range(70)), *GUNICORN.split("\n"), *(f"bye {n}" for n in range(40))])
    assert "SyntaxError: invalid syntax" in shown
    assert '  File "/app/app.py", line 3' in shown
    assert shown[0] == "... 70 lines left out"
    assert shown[-1] == "bye 39"


def test_the_same_exception_of_many_workers_leaves_room_for_what_came_after() -> None:
    shown = choose([*(GUNICORN.split("\n") * 30), *(f"bye {n}" for n in range(5))])
    assert shown.count("SyntaxError: invalid syntax") <= 2
    assert shown[-5:] == [f"bye {n}" for n in range(5)]


def test_many_handled_exceptions_hide_neither_the_first_nor_the_last() -> None:
    shown = choose([f"app.OddError: {n}" for n in range(100)])
    assert (shown[0], shown[-1]) == ("app.OddError: 0", "app.OddError: 99")


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (PYTHON, "app.settings.NotConfigured: DATABASE_URL is not set"),
        (GUNICORN, "SyntaxError: invalid syntax"),
        (JAVA, "Caused by: java.net.UnknownHostException: db.internal"),
        ("12:00:01 ERROR cannot reach 10.0.0.7\nbye", "#:#:# ERROR cannot reach #.#.#.#"),
        ("\x1b[31mTypeError: no port 3000\x1b[0m", "TypeError: no port #"),
        ("Listening on 3000\nbye", ""),
        ("", ""),
    ],
)
def test_two_logs_that_say_the_same_are_known_as_such(log: str, said: str) -> None:
    assert telling(log.split("\n")) == said


PIECES = st.sampled_from([*"\n".join(log for log, _ in SAID).split("\n"), "GET / 200", "", "  ", "\x1b[31mred"])


@given(lines=st.lists(PIECES | st.text(max_size=12), max_size=120))
def test_the_choice_is_the_log_with_marks_for_what_is_left_out(lines: list[str]) -> None:
    lines = [line for line in lines if not MARK.fullmatch(line)]
    shown = choose(lines)
    at = kept = 0
    for each in shown:
        if mark := MARK.fullmatch(each):
            at += int(mark[1])
            assert int(mark[1]) > 0
        else:
            assert lines[at] == each
            at, kept = at + 1, kept + 1
    assert at == len(lines)  # so the last line is there
    assert kept == min(len(lines), ROOM)
    assert not any(MARK.fullmatch(one) and MARK.fullmatch(other) for one, other in pairwise(shown))


@given(before=st.lists(PIECES, max_size=100), after=st.lists(st.just("GET / 200"), max_size=100))
def test_the_last_exceptions_own_words_are_always_shown(before: list[str], after: list[str]) -> None:
    end = "orders.Sold: out of stock"
    traceback = ["Traceback (most recent call last):", '  File "/app/a.py", line 1, in <module>', "    sell()", end]
    assert end in choose([*before, *traceback, *after])
