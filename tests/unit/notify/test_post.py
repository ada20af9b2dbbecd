"""Sending to an address that is a secret: what is sent, and what is never said."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ecsdeploy.notify.post import NotTold, post
from tests.support.receiver import SECRET, Receiver, receiving


@pytest.fixture(name="receiver")
def plain_receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def test_it_is_one_post_of_json(receiver: Receiver) -> None:
    post(receiver.url, {"text": "hällo"}, 5)

    [(path, headers, body)] = receiver.taken
    assert path == f"/services/{SECRET}?sig={SECRET}"
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert headers["user-agent"].startswith("ecsdeploy/")
    assert json.loads(body) == {"text": "hällo"}


@pytest.mark.parametrize("status", [202, 204])
def test_any_answer_below_300_is_taken(receiver: Receiver, status: int) -> None:
    receiver.status = status
    post(receiver.url, {}, 5)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (302, "it answered HTTP 302, and redirects are not followed"),
        (307, "it answered HTTP 307, and redirects are not followed"),
        (404, "it answered HTTP 404"),
        (500, "it answered HTTP 500"),
    ],
)
def test_any_other_is_not_and_nothing_is_sent_elsewhere(receiver: Receiver, status: int, said: str) -> None:
    receiver.status = status
    with pytest.raises(NotTold) as told:
        post(receiver.url, {}, 5)
    assert str(told.value) == said
    assert len(receiver.taken) == 1


@pytest.mark.parametrize(
    "url",
    [
        f"http://example.com/{SECRET}",
        f"ftp://127.0.0.1/{SECRET}",
        f"file:///{SECRET}",
        f"https://user:{SECRET}@127.0.0.1/",
        f"https:///{SECRET}",
        f"https://127.0.0.1:99999/{SECRET}",
        f"https://127.0.0.1:{SECRET}/",
        f"https://127.0.0.1:0/{SECRET}",
        f"https://[::1/{SECRET}",
        f"https://127.0.0.1/a b{SECRET}",
        f"https://127.0.0.1/\r\nX: {SECRET}",
        f"http://127.0.0.1.example.com/{SECRET}",
        f"http://0x7f000001/{SECRET}",
        SECRET,
    ],
)
def test_an_address_that_a_secret_may_not_be_sent_to_is_refused_and_not_named(url: str) -> None:
    with pytest.raises(NotTold) as told:
        post(url, {}, 5)
    assert str(told.value) == "it is not an https:// URL"
    assert told.value.__cause__ is None


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"SSH-2.0-OpenSSH\r\n", "it does not speak HTTP"),
        (b"", "it closed the connection"),
        (None, "it did not answer in time"),
    ],
)
def test_what_is_no_web_server_is_said_to_be_none(answer: bytes | None, said: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                if answer is None:
                    over.wait()
                else:
                    connection.sendall(answer)

        over, thread = threading.Event(), threading.Thread(target=serve)
        thread.start()
        with pytest.raises(NotTold) as told:
            post(f"http://127.0.0.1:{server.getsockname()[1]}/{SECRET}", {}, 0.2)
        over.set()
        thread.join()
    assert str(told.value) == said


def test_nobody_who_listens_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(NotTold) as told:
        post(f"http://127.0.0.1:{port}/{SECRET}", {}, 5)
    assert str(told.value) == "it cannot be reached (Connection refused)"


def test_a_certificate_that_nobody_vouches_for_is_not_believed(tmp_path: Path) -> None:
    with receiving(_self_signed(tmp_path)) as receiver, pytest.raises(NotTold) as told:
        post(receiver.url.replace("http:", "https:"), {}, 5)
    assert str(told.value) == "its certificate is not valid"
    assert receiver.taken == []


def test_what_stays_on_this_machine_does_not_go_through_a_proxy(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    post(receiver.url, {}, 5)
    assert len(receiver.taken) == 1


def _self_signed(folder: Path) -> ssl.SSLContext:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
