from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from ecsdeploy.sandbox.logs.api import operations
from ecsdeploy.sandbox.logs.store import LogStore
from ecsdeploy.sandbox.wire import Caller
from tests.support.clocks import FakeSandboxClock

Call = Callable[..., Any]

CALLER = Caller(account="123456789012", region="us-east-1")
MODEL = botocore.session.get_session().get_service_model("logs")


@pytest.fixture
def clock() -> FakeSandboxClock:
    return FakeSandboxClock()


@pytest.fixture
def store(clock: FakeSandboxClock) -> LogStore:
    return LogStore(clock)


@pytest.fixture
def call(store: LogStore) -> Call:
    """Call an operation; what goes in and what comes out must fit botocore's model of it."""
    table = operations(store, random.Random(1))

    def run(operation: str, **params: Any) -> Any:
        model = MODEL.operation_model(operation)
        _check(params, model.input_shape)
        answer = table[operation](params, CALLER)
        if not hasattr(answer, "chunks"):
            _check(answer, model.output_shape)
        return answer

    return run


def _check(value: Any, shape: Any) -> None:
    if shape is None:
        assert value == {}
        return
    assert set(value) <= set(shape.members)
    problems = ParamValidator().validate(value, shape)
    assert not problems.has_errors(), problems.generate_report()
