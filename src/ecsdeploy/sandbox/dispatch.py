"""From an `X-Amz-Target` header to the operation that answers it.

Usable without HTTP: `JsonService("ecs", operations).call("ListClusters", {}, caller)` checks the parameters, runs the
operation, checks its answer and returns what would go over the wire.
"""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Mapping
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel

from ecsdeploy.sandbox.answers import BadAnswerError, write_answer
from ecsdeploy.sandbox.permit import Permit, everybody
from ecsdeploy.sandbox.validation import read_request
from ecsdeploy.sandbox.wire import AwsError, Caller, Operation, Operations, StreamingAnswer

_log = logging.getLogger(__name__)

JSON_CONTENT_TYPE = "application/x-amz-json-1.1"

TARGETS: Mapping[str, str] = {
    "AmazonEC2ContainerServiceV20141113": "ecs",
    "AmazonEC2ContainerRegistry_V20150921": "ecr",
    "Logs_20140328": "logs",
    "AnyScaleFrontendService": "application-autoscaling",
}
"""The prefix of `X-Amz-Target` -> botocore's name of the service, for the services that the sandbox answers itself."""


@functools.cache
def service_model(service: str) -> ServiceModel:
    """Return botocore's model of a service, loaded once."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service_name=service)


class JsonService:
    """One AWS JSON 1.1 service: botocore's model of it, and the operations that the sandbox has."""

    def __init__(self, name: str, operations: Operations, permit: Permit = everybody) -> None:
        self.name = name
        self._operations = operations
        self._permit = permit

    def call(self, name: str, params: object, caller: Caller) -> dict[str, Any] | StreamingAnswer:
        """Answer one call; the answer is ready for JSON, unless it is a stream.

        Raises `AwsError`, and `BadAnswerError` where the answer is none that AWS could give.
        """
        model, operation = self._find(name)
        read = read_request(self.name, model, params)
        self._permit(self.name, name, read, caller)
        answer = operation(read, caller)
        if isinstance(answer, StreamingAnswer):
            return answer
        return write_answer(model.output_shape, answer)

    def answer(self, name: str, body: bytes, caller: Caller) -> dict[str, Any] | StreamingAnswer:
        """Answer one call whose parameters are still JSON text. Raises `AwsError` and nothing else."""
        try:
            params = json.loads(body or b"{}", parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise AwsError("SerializationException", "The request is not valid JSON") from None
        try:
            return self.call(name, params, caller)
        except AwsError:
            raise
        except BadAnswerError as error:
            _log.error("%s:%s answered what AWS never would: %s", self.name, name, error)
            raise self._internal(f"the sandbox's answer does not fit AWS's model: {error}") from error
        except Exception as error:
            _log.exception("%s:%s failed", self.name, name)
            raise self._internal(f"the sandbox failed: {type(error).__name__}: {error}") from error

    def _find(self, name: str) -> tuple[OperationModel, Operation]:
        model = service_model(self.name)
        if name not in model.operation_names:
            raise AwsError("UnknownOperationException", "")
        operation = self._operations.get(name)
        if operation is None:
            message = f"The sandbox does not answer {self.name}:{name}; AWS does."
            raise AwsError("UnknownOperationException", message)
        return model.operation_model(name), operation

    def _internal(self, message: str) -> AwsError:
        code = "ServerException" if self.name in ("ecs", "ecr") else "InternalFailure"
        return AwsError(code, message, status=500)


def _no_constant(name: str) -> None:
    # Python's parser takes NaN and Infinity, which are not JSON.
    raise ValueError(name)


def error_body(error: AwsError) -> bytes:
    """Return the body of an AWS JSON 1.1 error."""
    return json.dumps({"__type": error.code, "message": error.message, **error.fields}).encode()
