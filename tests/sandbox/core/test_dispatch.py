from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from ecsdeploy.sandbox.dispatch import JsonService
from ecsdeploy.sandbox.validation import Violation
from ecsdeploy.sandbox.wire import AwsError, Caller, Operation, StreamingAnswer

CALLER = Caller("123456789012", "us-east-1")


def call(service: str, operation: str, params: object, answer: Any = None) -> Any:
    return JsonService(service, {operation: lambda params, caller: answer or {}}).call(operation, params, CALLER)


def seen(service: str, operation: str, params: object) -> dict[str, Any]:
    """Return what the operation was given."""
    given: list[dict[str, Any]] = []

    def keep(params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        given.append(params)
        return {}

    JsonService(service, {operation: keep}).call(operation, params, CALLER)
    return given[0]


def refused(service: str, operation: str, params: object) -> tuple[str, str]:
    with pytest.raises(AwsError) as caught:
        call(service, operation, params)
    return caught.value.code, caught.value.message


@pytest.mark.parametrize(
    ("service", "operation", "params", "code", "message"),
    [
        ("ecs", "DescribeTasks", {}, "InvalidParameterException", "Tasks cannot be empty."),
        ("ecs", "StopTask", {"cluster": "c"}, "InvalidParameterException", "Task can not be blank."),
        ("ecs", "DescribeTaskDefinition", {}, "InvalidParameterException", "Task Definition can not be blank."),
        (
            "ecs",
            "RegisterTaskDefinition",
            {"containerDefinitions": []},
            "ClientException",
            "Family can not be blank.",
        ),
        (
            "ecr",
            "CreateRepository",
            {"repositoryName": "UPPER"},
            "InvalidParameterException",
            "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression "
            r"'[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*''",
        ),
        (
            "logs",
            "CreateLogGroup",
            {"logGroupName": ""},
            "InvalidParameterException",
            "2 validation errors detected: Value '' at 'logGroupName' failed to satisfy constraint: Member must have "
            "length greater than or equal to 1; Value '' at 'logGroupName' failed to satisfy constraint: Member must "
            r"satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+",
        ),
        (
            "application-autoscaling",
            "DescribeScalableTargets",
            {},
            "ValidationException",
            "1 validation error detected: Value null at 'serviceNamespace' failed to satisfy constraint: "
            "Member must not be null",
        ),
        (
            "ecs",
            "ListClusters",
            {"maxResults": "3"},
            "SerializationException",
            "STRING_VALUE can not be converted to an Integer",
        ),
        ("ecs", "ListClusters", [], "SerializationException", "Unexpected token: the request is not a JSON object"),
        ("ecs", "DescribeTasks", {"tasks": "a"}, "SerializationException", "Expected list or null"),
    ],
)
def test_mistakes_are_answered_in_the_words_of_the_service(
    service: str, operation: str, params: object, code: str, message: str
) -> None:
    assert refused(service, operation, params) == (code, message)


def test_unknown_members_and_nulls_are_dropped_as_aws_does() -> None:
    assert seen("ecs", "ListTasks", {"cluster": None, "family": "web", "colour": "red"}) == {"family": "web"}


def test_timestamps_and_blobs_arrive_converted() -> None:
    given = seen("ecs", "ListServiceDeployments", {"service": "web", "createdAt": {"after": 1700000000.5}})
    assert given["createdAt"]["after"] == datetime(2023, 11, 14, 22, 13, 20, 500000, UTC)
    blob = {"repositoryName": "ab", "uploadId": "a" * 8 + "-0000-0000-0000-" + "0" * 12}
    given = seen("ecr", "UploadLayerPart", blob | {"partFirstByte": 0, "partLastByte": 2, "layerPartBlob": "aGkh"})
    assert given["layerPartBlob"] == b"hi!"


def test_the_value_of_a_sensitive_member_is_not_repeated() -> None:
    violation = Violation("password", "Member must not be short", "hunter2", sensitive=True)
    assert violation.text() == "Value at 'password' failed to satisfy constraint: Member must not be short"


def test_an_operation_that_the_sandbox_lacks_says_so() -> None:
    with pytest.raises(AwsError) as caught:
        JsonService("ecs", {}).call("CreateTaskSet", {}, CALLER)
    assert caught.value.code == "UnknownOperationException"
    assert "ecs:CreateTaskSet" in caught.value.message


def test_an_answer_is_written_as_json() -> None:
    answer = {"cluster": {"clusterName": "c", "status": None, "runningTasksCount": 0}}
    assert call("ecs", "CreateCluster", {}, answer) == {"cluster": {"clusterName": "c", "runningTasksCount": 0}}
    when = datetime(2023, 11, 14, 22, 13, 20, 123456, UTC)
    said = call("ecs", "StopTask", {"task": "t"}, {"task": {"createdAt": when}})
    assert said == {"task": {"createdAt": 1700000000.123}}


@pytest.mark.parametrize(
    ("answer", "where"),
    [
        ({"task": {"colour": "red"}}, "unknown members ['colour']"),
        ({"task": {"launchType": "MOON"}}, "StopTaskResponse.task.launchType: 'MOON' is none of"),
        ({"task": {"version": "1"}}, "StopTaskResponse.task.version: '1' is not of type long"),
        ({"task": {"containers": "x"}}, "StopTaskResponse.task.containers: 'x' is not a list"),
        ({"task": {"createdAt": datetime(2020, 1, 1)}}, "has no time zone"),
    ],
)
def test_an_answer_that_aws_would_not_give_is_a_server_error(answer: Any, where: str) -> None:
    service = JsonService("ecs", {"StopTask": lambda params, caller: answer})
    with pytest.raises(AwsError) as caught:
        service.answer("StopTask", b'{"task": "t"}', CALLER)
    assert (caught.value.code, caught.value.status) == ("ServerException", 500)
    assert where in caught.value.message


def test_text_that_is_not_json_is_refused() -> None:
    with pytest.raises(AwsError, match="not valid JSON"):
        JsonService("ecs", {}).answer("ListClusters", b"{", CALLER)


def test_an_exception_in_an_operation_is_a_server_error_and_no_traceback() -> None:
    def broken(params: dict[str, Any], caller: Caller) -> dict[str, Any]:
        raise KeyError("x")

    operation: Operation = broken
    with pytest.raises(AwsError) as caught:
        JsonService("logs", {"DescribeLogGroups": operation}).answer("DescribeLogGroups", b"", CALLER)
    assert (caught.value.code, caught.value.status) == ("InternalFailure", 500)


def test_a_stream_passes_through() -> None:
    chunks: Iterator[bytes] = iter([b"a"])
    stream = StreamingAnswer("application/vnd.amazon.eventstream", chunks)
    params = {"logGroupIdentifiers": ["arn:aws:logs:us-east-1:123456789012:log-group:g"]}
    assert call("logs", "StartLiveTail", params, stream) is stream
