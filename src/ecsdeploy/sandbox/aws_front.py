"""The AWS endpoint: every AWS request comes through here, is broken if a fault says so, and finds its service."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from uuid import uuid4

from ecsdeploy.sandbox.dispatch import JSON_CONTENT_TYPE, TARGETS, JsonService
from ecsdeploy.sandbox.faults import Faults
from ecsdeploy.sandbox.http import DropConnection, Environ, HttpAnswer, StartResponse, Until, read_body
from ecsdeploy.sandbox.permit import Permit
from ecsdeploy.sandbox.query_parameters import request_parameters
from ecsdeploy.sandbox.refusals import broken, protocol_of, refuse
from ecsdeploy.sandbox.requests import AwsRequest, check_json_request, read_request_line, too_large
from ecsdeploy.sandbox.settings import Settings
from ecsdeploy.sandbox.wire import AwsError, Caller, StreamingAnswer

_log = logging.getLogger(__name__)

_TOO_LARGE = b'{"__type": "RequestEntityTooLargeException", "message": "Request size exceeded"}'

Others = Callable[[Environ, AwsRequest], HttpAnswer]
"""Answers the services that are not the sandbox's own. Raises `AwsError`."""

Admit = Callable[[Environ, AwsRequest], None]
"""Raises `AwsError` for a request that AWS would not let through to any service."""

Identify = Callable[[str, str], str]
"""Access key and Region -> the ARN of whoever the key belongs to."""


class AwsFront:
    """A WSGI application for all AWS services of one endpoint."""

    def __init__(
        self,
        *,
        settings: Settings,
        services: Mapping[str, JsonService],
        others: Others,
        admit: Admit,
        identify: Identify,
        faults: Faults,
        closing: threading.Event,
        permit: Permit | None = None,
    ) -> None:
        self._settings = settings
        self._services = services
        self._others = others
        self._admit = admit
        self._identify = identify
        self._faults = faults
        self._closing = closing
        self._permit = permit

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request_id = str(uuid4())
        if too_large(environ):
            return HttpAnswer(413, _TOO_LARGE, JSON_CONTENT_TYPE, (("Connection", "close"),)).send(start_response)
        request = read_request_line(environ, self._settings.region)
        try:
            if request.target:
                check_json_request(environ, request, self._settings.region)
            self._admit(environ, request)
            answer = self._broken_or_answered(environ, request)
        except AwsError as error:
            answer = refuse(request, error, request_id)
        except Exception as error:
            _log.exception("%s:%s failed", request.service, request.operation)
            failed = AwsError("InternalFailure", f"the sandbox failed: {type(error).__name__}: {error}", status=500)
            answer = refuse(request, failed, request_id)
        if isinstance(answer, HttpAnswer):
            return answer.send(start_response)
        start_response("200 OK", [("Content-Type", answer.content_type), ("x-amzn-RequestId", request_id)])
        return Until(answer.chunks, self._closing)

    def _broken_or_answered(self, environ: Environ, request: AwsRequest) -> HttpAnswer | StreamingAnswer:
        fault = self._faults.take_api(TARGETS.get(request.target, request.service), request.operation)
        if fault is None:
            return self._answer(environ, request)
        _log.info("%s:%s suffers %s", request.service, request.operation, fault.kind)
        if fault.kind == "slow":
            self._closing.wait(fault.seconds)
            return self._answer(environ, request)
        if fault.kind == "lost-answer":
            with suppress(AwsError):
                self._answer(environ, request)
        if fault.kind in ("drop", "lost-answer"):
            raise DropConnection
        raise broken(fault.kind, request, self._identify(request.access_key, request.region))

    def _answer(self, environ: Environ, request: AwsRequest) -> HttpAnswer | StreamingAnswer:
        service = self._services.get(TARGETS.get(request.target, request.service))
        if service is not None and request.target not in TARGETS:
            raise AwsError("UnknownOperationException", "")
        arn = self._identify(request.access_key, request.region)
        caller = Caller(self._settings.account, request.region, request.access_key, arn)
        if service is None:
            if self._permit is not None:
                parameters = request_parameters(environ, request)
                self._permit(request.service, request.operation, parameters, caller, protocol_of(request))
            return self._others(environ, request)
        answer = service.answer(request.operation, read_body(environ), caller)
        if isinstance(answer, StreamingAnswer):
            return answer
        body = json.dumps(answer).encode()
        return HttpAnswer(200, body, JSON_CONTENT_TYPE, (("x-amzn-RequestId", str(uuid4())),))
