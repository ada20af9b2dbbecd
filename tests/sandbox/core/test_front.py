from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ecsdeploy.sandbox.server import NotLoopbackError, Server
from ecsdeploy.sandbox.settings import Settings
from ecsdeploy.sandbox.wire import AwsError, Caller, Operations, StreamingAnswer
from tests.sandbox.core.serving import TOKEN, USER, Answered, FakeParts, send, served, signed, talk

ECS = "AmazonEC2ContainerServiceV20141113"


class FrontDoor:
    """A served front door, and the callers that its one operation saw."""

    def __init__(self, home: Path) -> None:
        self.callers: list[Caller] = []
        self.streaming, self.stream_closed = threading.Event(), threading.Event()
        operations: Operations = {"ListClusters": self._list, "StopTask": self._refuse, "DescribeTasks": self._stream}
        self.parts = FakeParts(operations, Settings(name="t", home=home))
        self.port = 0

    def call(self, operation: str, body: str = "{}", **headers: str) -> Any:
        kind = {"Content_Type": "application/x-amz-json-1.1"}
        headers = {"Authorization": signed("ecs", "eu-west-1"), **kind, **headers}
        return send(self.port, "POST", "/", body.encode(), X_Amz_Target=f"{ECS}.{operation}", **headers)

    def query(self, service: str, operation: str) -> Any:
        form = {"Content_Type": "application/x-www-form-urlencoded", "Authorization": signed(service)}
        return send(self.port, "POST", "/", f"Action={operation}&Version=1".encode(), **form)

    def _list(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        self.callers.append(caller)
        return {"clusterArns": ["a"]}

    def _refuse(self, params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        raise AwsError("ClusterNotFoundException", "Cluster not found.")

    def _stream(self, params: dict[str, Any], caller: Caller) -> StreamingAnswer:
        def chunks() -> Iterator[bytes]:
            try:
                while True:
                    yield b"tick "
                    self.streaming.set()
                    self.stream_closed.wait(0.01)
            finally:
                self.stream_closed.set()

        return StreamingAnswer("application/vnd.amazon.eventstream", chunks())


@pytest.fixture
def world(tmp_path: Path) -> Iterator[FrontDoor]:
    world = FrontDoor(tmp_path)
    with served(world.parts.app) as port:
        world.port = port
        yield world
        world.parts.closing.set()


def test_an_operation_is_answered_with_the_callers_region(world: FrontDoor) -> None:
    answered = world.call("ListClusters")
    assert (answered.status, json.loads(answered.body)) == (200, {"clusterArns": ["a"]})
    assert answered.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert answered.headers["x-amzn-RequestId"]
    assert world.callers == [Caller("123456789012", "eu-west-1", "AKIATEST", USER)]


def test_an_error_has_a_code_and_a_message(world: FrontDoor) -> None:
    answered = world.call("StopTask", '{"task": "t"}')
    assert answered.status == 400
    assert json.loads(answered.body) == {"__type": "ClusterNotFoundException", "message": "Cluster not found."}


def test_an_unsigned_request_is_refused(world: FrontDoor) -> None:
    kind = "application/x-amz-json-1.1"
    answered = send(world.port, "POST", "/", b"{}", X_Amz_Target=f"{ECS}.ListClusters", Content_Type=kind)
    assert json.loads(answered.body)["__type"] == "MissingAuthenticationTokenException"


def test_ecs_without_a_known_target_is_never_left_to_moto(world: FrontDoor) -> None:
    answered = send(world.port, "POST", "/", b"{}", Authorization=signed("ecs"))
    assert answered.status == 400
    assert b"UnknownOperationException" in answered.body
    assert world.parts.others == []


@pytest.mark.parametrize("host", ["evil.example", "evil.example:4566", "127.0.0.1.evil.example", "10.0.0.1", ""])
def test_a_foreign_host_name_is_refused(world: FrontDoor, host: str) -> None:
    assert world.call("ListClusters", Host=host).status == 403
    assert send(world.port, "GET", "/v2/", Host=host).status == 403
    assert world.callers == []


@pytest.mark.parametrize("host", ["localhost:4566", "127.0.0.1", "[::1]:1", "stream-x.localhost"])
def test_every_name_of_this_machine_is_answered(world: FrontDoor, host: str) -> None:
    assert world.call("ListClusters", Host=host).status == 200


def test_a_web_page_of_another_host_cannot_post(world: FrontDoor) -> None:
    assert world.call("ListClusters", Origin="https://evil.example").status == 403
    assert world.call("ListClusters", Origin="null").status == 403
    assert world.call("ListClusters", Origin="http://localhost:8080").status == 200


def test_the_registry_streams_what_it_is_sent(world: FrontDoor) -> None:
    layer = b"x" * 300_000
    assert send(world.port, "PUT", "/v2/hello/blobs/uploads/1", layer).status == 200
    chunked = b"PATCH /v2/a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    assert talk(world.port, chunked + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").startswith(b"HTTP/1.1 200")
    assert world.parts.registry == [("PUT", layer), ("PATCH", b"abcde")]


def test_a_client_that_expects_a_continue_gets_one(world: FrontDoor) -> None:
    head = b"PUT /v2/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n"
    answered = talk(world.port, head + b"Connection: close\r\n\r\nhi")
    assert answered.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")


def test_a_stream_ends_when_the_client_goes_away(world: FrontDoor) -> None:
    with socket.create_connection(("127.0.0.1", world.port), timeout=10) as client:
        head = f"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: {ECS}.DescribeTasks\r\nContent-Length: 15\r\n"
        head += f"Content-Type: application/json\r\nAuthorization: {signed('ecs')}\r\n"
        client.sendall(f'{head}\r\n{{"tasks":["a"]}}'.encode())
        assert client.recv(1000).startswith(b"HTTP/1.1 200 OK")
    assert world.stream_closed.wait(10)


def test_a_stream_ends_when_the_server_closes(tmp_path: Path) -> None:
    world = FrontDoor(tmp_path)
    with served(world.parts.app) as world.port:
        answers: list[bytes] = []
        client = threading.Thread(target=lambda: answers.append(world.call("DescribeTasks", '{"tasks":["a"]}').body))
        client.start()
        assert world.streaming.wait(10)
        world.parts.closing.set()
        client.join(10)
    assert answers[0].startswith(b"tick ")


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("throttle", 400, "ThrottlingException"),
        ("server-error", 500, "ServerException"),
        ("unavailable", 503, "ServiceUnavailableException"),
        ("expired-token", 400, "ExpiredTokenException"),
        ("access-denied", 400, "AccessDeniedException"),
    ],
)
def test_an_api_fault_is_answered_once_in_json(world: FrontDoor, kind: str, status: int, code: str) -> None:
    world.parts.faults.break_api(kind, "ListClusters")
    answered = world.call("ListClusters")
    assert (answered.status, json.loads(answered.body)["__type"]) == (status, code)
    assert world.callers == []
    assert world.call("ListClusters").status == 200


def test_a_denied_call_names_who_what_and_why(world: FrontDoor) -> None:
    world.parts.faults.break_api("access-denied", "ecs:ListClusters")
    assert json.loads(world.call("ListClusters").body)["message"] == (
        f"User: {USER} is not authorized to perform: ecs:ListClusters on resource: * "
        "because no identity-based policy allows the ecs:ListClusters action"
    )


@pytest.mark.parametrize(
    ("service", "kind", "status", "text"),
    [
        ("iam", "access-denied", 403, b"<Type>Sender</Type><Code>AccessDenied</Code>"),
        ("sts", "throttle", 400, b"<Code>Throttling</Code><Message>Rate exceeded</Message>"),
        ("sts", "expired-token", 403, b"<Code>ExpiredToken</Code>"),
        ("iam", "server-error", 500, b"<Type>Receiver</Type><Code>InternalFailure</Code>"),
        ("ec2", "throttle", 503, b"<Response><Errors><Error><Code>RequestLimitExceeded</Code>"),
        ("ec2", "access-denied", 403, b"<Code>UnauthorizedOperation</Code>"),
    ],
)
def test_an_api_fault_is_answered_in_the_xml_of_the_service(
    world: FrontDoor, service: str, kind: str, status: int, text: bytes
) -> None:
    world.parts.faults.break_api(kind, f"{service}:DoIt")
    answered = world.query(service, "DoIt")
    assert answered.status == status
    assert text in answered.body
    assert world.parts.others == []


def test_a_dropped_call_does_nothing_and_a_lost_answer_did(world: FrontDoor) -> None:
    world.parts.faults.break_api("drop", "ListClusters")
    with pytest.raises(ConnectionError):
        world.call("ListClusters")
    assert world.callers == []
    world.parts.faults.break_api("lost-answer", "ListClusters")
    with pytest.raises(ConnectionError):
        world.call("ListClusters")
    assert len(world.callers) == 1


@pytest.mark.parametrize("door", ["ecs", "iam", "registry"])
def test_a_slow_answer_is_held_back_and_comes(world: FrontDoor, door: str) -> None:
    """Five seconds long, or until the sandbox closes: what this test waits for is not the clock."""
    ask: dict[str, Callable[[], Answered]] = {
        "ecs": lambda: world.call("ListClusters"),
        "iam": lambda: world.query("iam", "ListRoles"),
        "registry": lambda: send(world.port, "GET", "/v2/a/manifests/latest"),
    }
    world.parts.faults.break_api("slow")
    with ThreadPoolExecutor(1) as pool:
        answered = pool.submit(ask[door])
        while world.parts.faults.list():
            world.stream_closed.wait(0.01)
        assert (world.callers, world.parts.others, world.parts.registry) == ([], [], [])
        world.parts.closing.set()
        assert answered.result().status == 200
    assert len([*world.callers, *world.parts.others, *world.parts.registry]) == 1


def test_a_broken_registry_request_is_answered_as_a_registry_does(world: FrontDoor) -> None:
    world.parts.faults.break_api("throttle", "registry:PutManifest")
    assert send(world.port, "GET", "/v2/a/manifests/latest").status == 200
    answered = send(world.port, "PUT", "/v2/a/manifests/latest", b"{}")
    assert answered.status == 429
    assert json.loads(answered.body)["errors"][0]["code"] == "TOOMANYREQUESTS"


def test_errors_of_other_services_come_as_xml_and_never_as_tracebacks(world: FrontDoor) -> None:
    refused = world.query("iam", "Refuse")
    assert (refused.status, b"<Code>NoSuchEntity</Code><Message>not &lt;here&gt;</Message>" in refused.body) == (
        404,
        True,
    )
    failed = world.query("iam", "Explode")
    assert (failed.status, b"InternalFailure" in failed.body) == (500, True)


def test_the_control_api_needs_its_token(world: FrontDoor) -> None:
    assert send(world.port, "GET", "/_sandbox/status").status == 403
    assert send(world.port, "POST", "/_sandbox/shutdown", X_Sandbox_Token="guess").status == 403
    assert not world.parts.stopped.is_set()
    answered = send(world.port, "GET", "/_sandbox/status", X_Sandbox_Token=TOKEN)
    assert json.loads(answered.body) == {"name": "t", "faults": []}
    assert send(world.port, "POST", "/_sandbox/shutdown", X_Sandbox_Token=TOKEN).status == 202
    assert world.parts.stopped.is_set()


@pytest.mark.parametrize(
    ("params", "status", "said"),
    [
        ({"fault": "crash", "times": 2}, 200, {"faults": [{"fault": "crash", "left": 2}]}),
        ({"fault": "oom", "tag": "v2"}, 200, {"faults": [{"fault": "oom", "tag": "v2"}]}),
        (
            {"fault": "throttle", "operation": "ListTasks"},
            200,
            {"faults": [{"fault": "throttle", "operation": "ListTasks", "left": 1}]},
        ),
        (
            {"fault": "crash", "operation": "ListTasks"},
            400,
            {"error": "crash is no fault of API calls: it goes with a tag, not an operation"},
        ),
        (
            {"fault": "throttle", "tag": "v2"},
            400,
            {"error": "throttle is a fault of API calls: it goes with an operation, not a tag"},
        ),
    ],
)
def test_faults_are_arranged_through_the_control_api(world: FrontDoor, params: Any, status: int, said: Any) -> None:
    answered = send(world.port, "POST", "/_sandbox/break", json.dumps(params).encode(), X_Sandbox_Token=TOKEN)
    assert (answered.status, json.loads(answered.body)) == (status, said)


def test_only_loopback_is_listened_on() -> None:
    with pytest.raises(NotLoopbackError):
        Server("0.0.0.0")


def test_more_clients_than_threads_are_answered(world: FrontDoor) -> None:
    """Connections that say nothing must not keep others from being answered."""
    silent = [socket.create_connection(("127.0.0.1", world.port), timeout=10) for _ in range(40)]
    try:
        assert world.call("ListClusters").status == 200
    finally:
        for connection in silent:
            connection.close()
