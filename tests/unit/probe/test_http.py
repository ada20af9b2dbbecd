"""Asking a service over HTTP: what counts as an answer, and what users saw meanwhile."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from ecsdeploy.errors import UsageError
from ecsdeploy.probe.http import Prober, ask, checked_url, find
from ecsdeploy.workflow.reach import refuses
from tests.support.clocks import FakeClock


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with the status that the path names."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(int(self.path.strip("/")))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def deaf() -> Iterator[str]:
    """What a port mapping does when nothing listens behind it: it takes the connection and drops it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drop() -> None:
            for _ in range(2):
                try:
                    connection, _peer = listening.accept()
                except OSError:
                    return
                connection.close()

        threading.Thread(target=drop, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture
def endless() -> Iterator[str]:
    """What server-sent events look like: a status, and a body that goes on."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n:")
                over.wait(30)

        threading.Thread(target=answer, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        over.set()


@pytest.fixture
def wordless() -> Iterator[str]:
    """A program that speaks something else: it hangs up on whoever speaks HTTP."""
    yield from another_program(b"")


@pytest.fixture
def outspoken() -> Iterator[str]:
    """A program that speaks first, as SSH and databases do."""
    yield from another_program(b"SSH-2.0-OpenSSH_9\r\n")


def another_program(greeting: bytes) -> Iterator[str]:
    """Listen, greet, and hang up on whoever says something."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def hang_up() -> None:
            with suppress(OSError):
                for _ in range(2):
                    connection, _peer = listening.accept()
                    with connection:
                        connection.sendall(greeting)
                        connection.recv(65536)

        threading.Thread(target=hang_up, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def nobody() -> str:
    """Return an address where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.parametrize(("path", "problem"), [("200", ""), ("302", ""), ("404", "HTTP 404"), ("503", "HTTP 503")])
def test_what_counts_as_an_answer(service: str, path: str, problem: str) -> None:
    assert ask(f"{service}/{path}") == problem


def test_an_answer_that_does_not_end_is_one(endless: str) -> None:
    assert ask(endless) == ""


def test_a_password_in_the_address_is_refused_and_not_shown() -> None:
    with pytest.raises(UsageError) as caught:
        checked_url("http://me:hunter2@127.0.0.1:8080/")
    assert "hunter2" not in f"{caught.value.what}{caught.value.why}{caught.value.fix}"


def test_nobody_there_is_a_problem(deaf: str) -> None:
    assert ask(nobody()).startswith("ConnectionRefusedError")
    assert refuses(find(nobody(), 2.0))
    assert refuses(find(deaf, 2.0))


def test_a_program_that_does_not_speak_http_listens(wordless: str) -> None:
    assert ask(wordless).startswith("RemoteDisconnected")


def test_and_is_not_taken_for_one_that_does_not(wordless: str, outspoken: str) -> None:
    assert find(wordless, 2.0) == ""
    assert find(outspoken, 2.0) == ""


def test_what_a_program_says_that_speaks_no_http_is_told_in_one_line(outspoken: str) -> None:
    assert ask(outspoken) == "BadStatusLine: SSH-2.0-OpenSSH_9"


def test_a_program_that_says_nothing_in_time_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert find(f"http://127.0.0.1:{silent.getsockname()[1]}", 0.1) == ""


def test_a_service_that_answers_badly_listens(service: str) -> None:
    assert find(f"{service}/404", 2.0) == ""
    assert find(f"{service}/500", 2.0) == ""


@pytest.mark.parametrize("url", ["", "hello", "ftp://x", "http://", "http://[", "http://x:99999", "//x"])
def test_what_cannot_be_asked_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        checked_url(url)


def test_requests_go_on_in_the_background_until_the_end() -> None:
    enough = threading.Event()
    asked: list[str] = []

    def answer(url: str) -> str:
        asked.append(url)
        if len(asked) == 3:
            enough.set()
        return "" if len(asked) != 2 else "late"

    with Prober("http://203.0.113.7/x", FakeClock(), ask=answer) as prober:
        assert enough.wait(10)
    assert [sample.problem for sample in prober.samples[:3]] == ["", "late", ""]
    assert [sample.at for sample in prober.samples[:3]] == [0.0, 0.25, 0.5]
    count = len(asked)
    assert asked == ["http://203.0.113.7/x"] * count
