"""The registry over HTTP, as a client of its own kind would speak to it."""

from __future__ import annotations

import base64
import errno
import hashlib
import http.client
import io
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecsdeploy.sandbox.ecr.api import operations
from ecsdeploy.sandbox.ecr.http import Refusal, Request
from ecsdeploy.sandbox.ecr.registry import registry_app
from ecsdeploy.sandbox.ecr.store import EcrStore
from ecsdeploy.sandbox.wire import Caller

CALLER = Caller("123456789012", "us-east-1")
OCI = "application/vnd.oci.image.manifest.v1+json"


class Served(Protocol):
    port: int
    host: str
    store: EcrStore
    call: Any

    def create(self, name: str, **params: Any) -> None: ...


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> tuple[int, str, str]:
        error = json.loads(self.body)["errors"][0]
        return self.status, error["code"], error["message"]


class Client:
    """One kept-alive connection with a good password."""

    def __init__(self, served: Served) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", served.port)
        self.auth = basic(*served.store.credentials())

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        chunked = isinstance(body, Iterator)
        self.connection.request(method, path, body, {"Authorization": self.auth, **named}, encode_chunked=chunked)
        answer = self.connection.getresponse()
        return Answer(answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read())

    def push_blob(self, name: str, content: bytes) -> dict[str, Any]:
        digest = sha256(content)
        location = self("POST", f"/v2/{name}/blobs/uploads/").headers["location"]
        assert self("PUT", f"{location}?digest={digest}", content).status == 201
        return {"mediaType": "x", "digest": digest, "size": len(content)}

    def push(self, name: str, reference: str, layer: bytes) -> Answer:
        config = self.push_blob(name, b"{}")
        manifest = {
            "schemaVersion": 2,
            "mediaType": OCI,
            "config": config,
            "layers": [self.push_blob(name, layer)],
        }
        return self("PUT", f"/v2/{name}/manifests/{reference}", json.dumps(manifest), Content_Type=OCI)


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def sha256(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@pytest.fixture
def client(served: Served) -> Iterator[Client]:
    served.create("hello")
    client = Client(served)
    yield client
    client.connection.close()


def test_who_shows_no_password_is_challenged_as_ecr_challenges(client: Client, served: Served) -> None:
    client.auth = ""
    for path in ("/v2/", "/v2/hello/tags/list"):
        answer = client("GET", path)
        assert (answer.status, answer.body) == (401, b"Not Authorized\n")
        assert answer.headers["www-authenticate"] == f'Basic realm="http://{served.host}/",service="ecr.amazonaws.com"'
        assert answer.headers["docker-distribution-api-version"] == "registry/2.0"


def test_passwords_come_from_the_api_and_expire(client: Client, served: Served) -> None:
    token = served.call["GetAuthorizationToken"]({}, CALLER)["authorizationData"][0]
    assert token["proxyEndpoint"] == f"http://{served.host}"
    client.auth = f"Basic {token['authorizationToken']}"
    assert client("GET", "/v2/").status == 200
    user, password = base64.b64decode(token["authorizationToken"]).decode().split(":")
    claims = json.loads(base64.b64decode(password))
    forged = base64.b64encode(json.dumps(claims | {"expiration": claims["expiration"] + 1}).encode()).decode()
    for wrong in ((user, "x"), ("root", password), (user, forged), ("", "")):
        client.auth = basic(*wrong)
        assert client("GET", "/v2/").error == (400, "DENIED", "Your Authorization Token is invalid.")


def test_an_expired_password_is_told_so(clock: Any, store: EcrStore) -> None:
    user, password = store.credentials()
    app = registry_app(store)
    assert ask_app(app, basic(user, password), "GET", "/v2/").status == 200
    clock.seconds += 12 * 3600
    assert ask_app(app, basic(user, password), "GET", "/v2/").error == (
        403,
        "DENIED",
        "Your authorization token has expired. Reauthenticate and try again.",
    )


def test_a_push_can_be_pulled_by_tag_and_digest(client: Client) -> None:
    pushed = client.push("hello", "v1", b"layer")
    assert pushed.status == 201
    digest = pushed.headers["docker-content-digest"]
    for reference in ("v1", digest):
        head, got = (client(method, f"/v2/hello/manifests/{reference}") for method in ("HEAD", "GET"))
        assert head.headers["docker-content-digest"] == got.headers["docker-content-digest"] == digest
        assert (head.body, sha256(got.body), got.headers["content-type"]) == (b"", digest, OCI)
        assert head.headers["content-length"] == str(len(got.body))
    assert client("GET", "/v2/hello/blobs/" + sha256(b"layer")).body == b"layer"
    assert json.loads(client("GET", "/v2/hello/tags/list").body) == {"name": "hello", "tags": ["v1"]}
    assert client.push("hello", "v1", b"layer").status == 201
    assert client.push("hello", digest, b"layer").status == 201


def test_what_is_refused_is_refused_in_ecr_words(client: Client, served: Served) -> None:
    served.create("locked", imageTagMutability="IMMUTABLE")
    unknown = (
        404,
        "NAME_UNKNOWN",
        "The repository with name 'none' does not exist in the registry with id '123456789012'",
    )
    assert client("POST", "/v2/none/blobs/uploads/").error == unknown
    assert client("GET", "/v2/none/manifests/v1").error == unknown
    assert client("PUT", "/v2/none/manifests/v1", "{}").error == unknown
    assert client("PUT", "/v2/hello/manifests/v1", "{").error == (
        405,
        "UNSUPPORTED",
        "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'",
    )
    assert client("GET", "/v2/hello/manifests/v1").error == (404, "MANIFEST_UNKNOWN", "Requested image not found")
    taken = (
        400,
        "TAG_INVALID",
        "The image tag 'v1' already exists in the 'locked' repository and cannot be overwritten "
        "because the tag is immutable.",
    )
    assert client.push("locked", "v1", b"one").status == 201
    assert client.push("locked", "v1", b"two").error == taken
    assert client.push("locked", "v1", b"one").error == taken
    nothing = sha256(b"nothing")
    assert client("GET", f"/v2/hello/blobs/{nothing}").status == 404
    assert client("PATCH", "/v2/hello/blobs/uploads/0-0", b"x" * 100_000).error[1] == "BLOB_UPLOAD_UNKNOWN"
    assert client("DELETE", f"/v2/hello/blobs/{nothing}").error[:2] == (405, "UNSUPPORTED")
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI,
        "config": {"digest": nothing, "size": 1, "mediaType": "x"},
        "layers": [],
    }
    missing = client("PUT", "/v2/hello/manifests/v1", json.dumps(manifest), Content_Type=OCI)
    assert missing.error[:2] == (400, "MANIFEST_BLOB_UNKNOWN")


def test_an_upload_goes_on_where_it_stopped(client: Client) -> None:
    started = client("POST", "/v2/hello/blobs/uploads/")
    assert (started.status, started.headers["range"]) == (202, "0-0")
    location = started.headers["location"]
    patched = client("PATCH", location, iter([b"one ", b"two "]))
    assert (patched.status, patched.headers["range"]) == (201, "0-7")
    wrong = client("PATCH", location, b"x", Content_Range="3-3")
    assert wrong.error == (416, "BLOB_UPLOAD_INVALID", "First byte of the layer part is 3 instead of 8")
    assert wrong.headers["range"] == "0-7"
    status = client("GET", location)
    assert (status.status, status.headers["range"], status.body) == (204, "0-7", b"")
    assert client("PATCH", location, b"three", Content_Range="8-12").headers["range"] == "0-12"
    digest = sha256(b"one two three four")
    assert client("PUT", f"{location}?digest={digest}", b" four").status == 201
    assert client("GET", f"/v2/hello/blobs/{digest}").body == b"one two three four"
    assert client("GET", location).status == 404


def test_an_upload_can_be_one_request_or_none(client: Client, served: Served) -> None:
    digest = sha256(b"whole")
    assert client("POST", f"/v2/hello/blobs/uploads/?digest={digest}", b"whole").status == 201
    served.create("other")
    mount = f"/v2/other/blobs/uploads/?mount={digest}&from=hello"
    assert client("POST", mount).status == 202
    served.store.settings["BLOB_MOUNTING"] = "ENABLED"
    assert client("POST", mount).status == 201
    assert client("HEAD", f"/v2/other/blobs/{digest}").headers["content-length"] == "5"
    location = client("POST", "/v2/hello/blobs/uploads/").headers["location"]
    assert client("DELETE", location).status == 204


def test_parts_that_ecr_does_not_put_together(client: Client) -> None:
    location = client("POST", "/v2/hello/blobs/uploads/").headers["location"]
    upload = location.rpartition("/")[2]
    assert client("PUT", f"{location}?digest={sha256(b'')}").error == (
        400,
        "BLOB_UPLOAD_INVALID",
        f"The upload with id '{upload}' in the repository with name 'hello' in registry with id '123456789012' "
        "cannot be completed because it does not have any parts",
    )
    for part in (b"abc", b"defg"):
        assert client("PATCH", location, part).status == 201
    assert client("PUT", f"{location}?digest={sha256(b'abcdefg')}").error == (
        400,
        "BLOB_UPLOAD_INVALID",
        "All layer parts except the last part should be at least 5MB",
    )


def test_a_wrong_digest_leaves_nothing_behind(client: Client, tmp_path: Path) -> None:
    location = client("POST", "/v2/hello/blobs/uploads/").headers["location"]
    refused = client("PUT", f"{location}?digest={sha256(b'a')}", b"b")
    assert refused.error == (
        400,
        "BLOB_UPLOAD_INVALID",
        "None of the provided layer digests match the calculated layer digest",
    )
    assert [path for path in (tmp_path / "registry").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("asked", "status", "body", "said"),
    [
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=0-99", 200, b"0123456789", None),
        ("items=1-2", 200, b"0123456789", None),
        ("bytes=10-", 416, None, "bytes */10"),
    ],
)
def test_a_part_of_a_blob(client: Client, asked: str, status: int, body: bytes | None, said: str | None) -> None:
    digest = client.push_blob("hello", b"0123456789")["digest"]
    answer = client("GET", f"/v2/hello/blobs/{digest}", Range=asked)
    assert (answer.status, answer.headers.get("content-range")) == (status, said)
    assert body is None or answer.body == body


def test_a_download_link_needs_no_password(client: Client, served: Served) -> None:
    digest = client.push_blob("hello", b"layer")["digest"]
    asked = {"repositoryName": "hello", "layerDigest": digest}
    url = served.call["GetDownloadUrlForLayer"](asked, CALLER)["downloadUrl"]
    client.auth = ""
    path = url.removeprefix(f"http://{served.host}")
    assert client("GET", path).body == b"layer"
    assert client("GET", path.replace("Expires=1", "Expires=2")).status == 403
    assert client("GET", path.replace(digest, sha256(b"other"))).status == 403


def test_lists_come_in_pages(client: Client, served: Served) -> None:
    for name in ("b1", "a1"):
        served.create(name)
    first = client("GET", "/v2/_catalog?n=2")
    assert json.loads(first.body) == {"repositories": ["a1", "b1"]}
    assert first.headers["content-type"] == "text/plain; charset=utf-8"
    rest = client("GET", following(first, served))
    assert (json.loads(rest.body), "link" in rest.headers) == ({"repositories": ["hello"]}, False)


def following(page: Answer, served: Served) -> str:
    """Return the path of the next page, as the Link header has it."""
    found = re.fullmatch(rf'<http://{served.host}(/.*)>; rel="next"', page.headers["link"])
    assert found is not None
    return found[1]


def test_tags_come_in_pages_of_a_hundred_unless_asked_otherwise(client: Client, served: Served) -> None:
    """A client that ignores the Link header, or takes `last` for a tag's name, sees what it would see on ECR."""
    tags = {f"v{number}" for number in range(120)}
    digest = client.push("hello", "v0", b"layer").headers["docker-content-digest"]
    manifest = client("GET", f"/v2/hello/manifests/{digest}").body
    for tag in tags - {"v0"}:
        assert client("PUT", f"/v2/hello/manifests/{tag}", manifest, Content_Type=OCI).status == 201
    first = client("GET", "/v2/hello/tags/list")
    rest = client("GET", following(first, served))
    pages = [json.loads(page.body)["tags"] for page in (first, rest)]
    assert [len(page) for page in pages] == [100, 20]
    assert set(pages[0] + pages[1]) == tags
    assert len(json.loads(client("GET", "/v2/hello/tags/list?n=1000").body)["tags"]) == 120
    said = "Invalid parameter at 'maxResults' failed to satisfy constraint: 'Member must have value {}'"
    for size, bound in (("10000", "less than or equal to 1000"), ("0", "greater than or equal to 1")):
        assert client("GET", f"/v2/hello/tags/list?n={size}").error == (405, "UNSUPPORTED", said.format(bound))
    assert client("GET", "/v2/hello/tags/list?last=v1").error == (
        405,
        "UNSUPPORTED",
        "Invalid parameter at 'NextToken' failed to satisfy constraint: 'Invalid next token provided'",
    )


def test_images_can_be_deleted_and_referred_to(client: Client) -> None:
    subject = client.push("hello", "v1", b"layer").headers["docker-content-digest"]
    config = client.push_blob("hello", b"{}")
    about = {"schemaVersion": 2, "mediaType": OCI, "artifactType": "a/sig", "config": config, "layers": []}
    about["subject"] = {"mediaType": OCI, "digest": subject, "size": 1}
    signed = client("PUT", "/v2/hello/manifests/sig", json.dumps(about), Content_Type=OCI)
    assert signed.headers["oci-subject"] == subject
    found = json.loads(client("GET", f"/v2/hello/referrers/{subject}?artifactType=a/sig").body)["manifests"]
    assert [each["digest"] for each in found] == [signed.headers["docker-content-digest"]]
    assert client("DELETE", "/v2/hello/manifests/v1").status == 202
    assert client("DELETE", "/v2/hello/manifests/v1").error[:2] == (404, "MANIFEST_UNKNOWN")


def test_pushes_at_the_same_time_do_not_mix(served: Served) -> None:
    served.create("hello")
    answers: list[Answer] = []

    def push(at: int) -> None:
        client = Client(served)
        answers.append(client.push("hello", f"v{at}", b"same" if at % 2 else f"layer {at}".encode() * 10_000))
        client.connection.close()

    threads = [threading.Thread(target=push, args=(at,)) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status for answer in answers] == [201] * 8
    with served.store.repository("hello") as repository:
        assert sorted(repository.tagged) == [f"v{at}" for at in range(8)]


class FullDisk:
    """A file on a disk that has room for some bytes only."""

    def __init__(self, file: BinaryIO, room: int) -> None:
        self._file = file
        self._room = room

    def write(self, chunk: bytes) -> int:
        if self._room <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = chunk[: self._room]
        self._room -= len(taken)
        return self._file.write(taken)

    def close(self) -> None:
        self._file.close()


def test_a_full_disk_is_told_and_leaves_nothing_behind(tmp_path: Path) -> None:
    def opener(path: Path) -> BinaryIO:
        return cast(BinaryIO, FullDisk(path.open("xb", buffering=0), 1000))

    store = EcrStore(tmp_path, "123456789012", "us-east-1", lambda: "127.0.0.1:4510", opener=opener)
    ask = in_process(store)
    location = ask("POST", "/v2/hello/blobs/uploads/").headers["Location"]
    full = ask("PATCH", location, b"x" * 5000)
    assert full.error == (507, "UNKNOWN", "The sandbox cannot store the layer: No space left on device")
    assert [path for path in (tmp_path / "registry").rglob("*") if path.is_file()] == []
    assert ask("GET", location).status == 404
    store.close()


def in_process(store: EcrStore) -> Callable[..., Answer]:
    """Return a client that calls the application without a server."""
    operations(store)["CreateRepository"]({"repositoryName": "hello"}, CALLER)
    return partial(ask_app, registry_app(store, smallest_part=1), basic(*store.credentials()))


def ask_app(app: Any, auth: str, method: str, path: str, body: bytes = b"", *, length: int | None = None) -> Answer:
    path, _, query = path.partition("?")
    said: list[Any] = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "HTTP_AUTHORIZATION": auth,
        "CONTENT_LENGTH": str(len(body) if length is None else length),
        "wsgi.input": io.BytesIO(body),
    }
    chunks = app(environ, lambda status, headers, *_: said.extend((int(status[:3]), dict(headers))))
    return Answer(said[0], said[1], b"".join(chunks))


def test_a_broken_connection_keeps_what_arrived(store: EcrStore) -> None:
    ask = in_process(store)
    location = ask("POST", "/v2/hello/blobs/uploads/").headers["Location"]
    broken = ask("PATCH", location, b"half", length=8)
    assert broken.error[:2] == (400, "SIZE_INVALID")
    assert ask("GET", location).headers["Range"] == "0-3"
    digest = sha256(b"half of it")
    assert ask("PUT", f"{location}?digest={digest}", b" of it").status == 201
    assert ask("GET", f"/v2/hello/blobs/{digest}").body == b"half of it"


@given(parts=st.lists(st.binary(max_size=70_000), max_size=5).filter(any))
@settings(max_examples=25, deadline=None)
def test_however_a_blob_is_cut_it_comes_back_whole(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]
) -> None:
    store = EcrStore(tmp_path_factory.mktemp("home"), "123456789012", "us-east-1", lambda: "127.0.0.1:1")
    ask = in_process(store)
    location = ask("POST", "/v2/hello/blobs/uploads/").headers["Location"]
    for part in parts[:-1]:
        assert ask("PATCH", location, part).status == 201
    whole = b"".join(parts)
    digest = sha256(whole)
    assert ask("PUT", f"{location}?digest={digest}", b"".join(parts[-1:])).status == 201
    assert ask("GET", f"/v2/hello/blobs/{digest}").body == whole
    with store.blobs.open(digest) as file:
        assert file.read() == whole


@given(path=st.text(alphabet="/v2blosumanifet.sha256:_-%0a", max_size=60))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_path_breaks_it(store: EcrStore, path: str) -> None:
    app = registry_app(store)
    auth = basic(*store.credentials())
    for method in ("GET", "PUT", "PATCH", "POST", "DELETE"):
        answer = ask_app(app, auth, method, "/v2/" + path)
        assert answer.status < 500


def test_the_body_of_a_request_is_limited() -> None:
    request = Request({"REQUEST_METHOD": "PUT", "CONTENT_LENGTH": "10", "wsgi.input": io.BytesIO(b"0123456789")})
    with pytest.raises(Refusal):
        request.body(5)
