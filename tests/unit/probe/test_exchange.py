"""One request and its answer: what comes back, and what is said if nothing does."""

from __future__ import annotations

import http.server
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from ecsdeploy.core.smoke import Answer, Check, NoAnswer
from ecsdeploy.probe.exchange import LARGEST_BODY, exchange

REDIRECTED: list[str] = []


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        asked = [f"{self.command} {self.path}", *(f"{name}: {value}" for name, value in self.headers.items())]
        body = "\n".join([*asked, self.rfile.read(length).decode()]).encode()
        if self.path.endswith("/large"):
            body = b"x" * (LARGEST_BODY + 10)
        self.send_response(302 if self.path == "/away" else 200)
        if self.path == "/away":
            self.send_header("Location", f"http://{self.headers['Host']}/elsewhere")
        if self.path == "/elsewhere":
            REDIRECTED.append(self.path)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            with suppress(OSError):
                self.wfile.write(body)

    do_POST = do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def program(serve: Callable[[socket.socket, threading.Event], None]) -> Iterator[str]:
    """Run a program that takes one connection."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            with suppress(OSError), listening.accept()[0] as connection:
                serve(connection, over)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        over.set()
        thread.join(10)


def answered(check: Check, url: str) -> Answer:
    """Return the answer, which there is."""
    answer = exchange(check, url)
    assert isinstance(answer, Answer), answer
    return answer


def test_the_request_is_sent_as_it_is_written(service: str) -> None:
    check = Check(method="POST", path="/a?b=%20", headers={"X-Key": "k", "Host": "hello.example.com"}, body="schön")

    answer = answered(check, f"{service}/base")

    lines = answer.body.decode().splitlines()
    assert (answer.status, answer.whole) == (200, True)
    assert (lines[0], lines[-1]) == ("POST /base/a?b=%20", "schön")
    assert {"X-Key: k", "Host: hello.example.com", "User-Agent: ecsdeploy"} <= set(lines)
    assert [line for line in lines if line.lower().startswith("host:")] == ["Host: hello.example.com"]
    own = answered(Check(headers={"user-agent": "me"}), service).body.decode().lower()
    assert own.count("user-agent: ") == own.count("user-agent: me") == 1


def test_a_proxy_of_the_environment_is_not_asked(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert answered(Check(), service).status == 200


def test_a_redirect_is_an_answer_and_not_followed(service: str) -> None:
    answer = answered(Check(path="/away", headers={"Authorization": "secret"}), service)

    assert (answer.status, answer.location) == (302, f"{service}/elsewhere")
    assert REDIRECTED == []


def test_an_answer_without_a_body_is_one(service: str) -> None:
    assert answered(Check(method="HEAD"), service) == Answer(status=200)


def test_no_more_is_read_than_can_be_judged(service: str) -> None:
    answer = answered(Check(path="/large"), service)
    assert (len(answer.body), answer.whole) == (LARGEST_BODY, False)


def drip(connection: socket.socket, over: threading.Event) -> None:
    """Send a byte again and again: each comes in time, the answer never does."""
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while not over.wait(0.05):
        connection.sendall(b"x")


def drip_headers(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nA: ")
    while not over.wait(0.05):
        connection.sendall(b"x")


def silence(connection: socket.socket, over: threading.Event) -> None:
    over.wait(30)


@pytest.mark.parametrize("serve", [drip, drip_headers, silence])
def test_an_answer_that_takes_too_long_is_none(serve: Callable[[socket.socket, threading.Event], None]) -> None:
    with program(serve) as url:
        assert exchange(Check(within=0.3), url) == NoAnswer("did not answer within 0.3 s", reached=True)


def hang_up(connection: socket.socket, over: threading.Event) -> None:
    connection.recv(65536)


def speak_smtp(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(b"220 mail ready\r\n")
    connection.recv(65536)


def test_a_program_that_answers_nothing_or_no_http_is_there() -> None:
    with program(hang_up) as url:
        assert exchange(Check(), url) == NoAnswer("closed the connection without an answer", reached=True)
    with program(speak_smtp) as url:
        answer = exchange(Check(), url)
        assert answer == NoAnswer("did not answer in HTTP (BadStatusLine: 220 mail ready)", reached=True)


def test_a_port_that_is_closed_refuses() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert exchange(Check(), f"http://127.0.0.1:{port}") == NoAnswer("refused the connection", reached=True)


def test_an_address_that_takes_no_connection_says_nothing_of_the_service() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        url, waiting = f"http://127.0.0.1:{full.getsockname()[1]}", []
        for _ in range(3):  # the queue of a program that accepts nothing is full, and the rest is dropped
            waiting.append(one := socket.socket())
            one.setblocking(False)
            one.connect_ex(full.getsockname())

        assert exchange(Check(within=0.3), url) == NoAnswer("took no connection within 0.3 s", reached=False)

        for each in waiting:
            each.close()


def test_a_network_without_a_route_says_nothing_of_the_service() -> None:
    answer = exchange(Check(within=1.0), "http://255.255.255.255:3000")  # no connection can be made to everybody
    assert isinstance(answer, NoAnswer)
    assert answer.reached is False
    assert answer.problem.startswith("cannot be reached: ")


def test_a_name_that_does_not_exist_says_nothing_of_the_service() -> None:
    answer = exchange(Check(), "http://hello.invalid")
    assert isinstance(answer, NoAnswer)
    assert answer.reached is False
    assert answer.problem.startswith("was not found: ")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody vouches for, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=hello", "-days", "1"]
    files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*made, *files], check=True, capture_output=True, timeout=60)
    return certificate, key


@contextmanager
def encrypted(files: tuple[Path, Path], answer: bytes) -> Iterator[str]:
    """Run a program that speaks TLS and answers that; with nothing to answer it waits."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)

    def serve(connection: socket.socket, over: threading.Event) -> None:
        with context.wrap_socket(connection, server_side=True) as inside:
            inside.recv(65536)
            inside.sendall(answer)
            over.wait(0 if answer else 30)

    with program(serve) as url:
        yield url.replace("http://", "https://")


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def test_a_certificate_is_verified(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    with encrypted(certificate, OK) as url:
        answer = exchange(Check(), url)
    assert isinstance(answer, NoAnswer)
    assert answer.reached
    assert answer.problem.startswith("has a certificate that is not valid: self")

    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with encrypted(certificate, OK) as url:
        assert answered(Check(), url) == Answer(status=200, body=b"ok")


def test_an_encrypted_answer_that_takes_too_long_is_none(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    late = NoAnswer("did not answer within 0.5 s", reached=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with encrypted(certificate, b"") as url:
        assert exchange(Check(within=0.5), url) == late
    with program(silence) as url:
        assert exchange(Check(within=0.5), url.replace("http://", "https://")) == late


def test_a_program_that_speaks_no_tls_is_there(service: str) -> None:
    answer = exchange(Check(), service.replace("http://", "https://"))
    assert isinstance(answer, NoAnswer)
    assert answer.reached
    assert answer.problem.startswith("did not agree on TLS: ")
