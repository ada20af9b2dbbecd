"""AWS's own models of its APIs: whether there is such a call, and whether it takes such parameters."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from ecsdeploy.core.step import Later

Parameters = Mapping[str, Any]


@cache
def _model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def plainly(value: Any) -> Any:
    """Return `value` with a text for everything that is known later."""
    if isinstance(value, Later):
        return str(value)
    if isinstance(value, Mapping):
        return {key: plainly(inner) for key, inner in value.items()}
    return [plainly(inner) for inner in value] if isinstance(value, list | tuple) else value


def require_known_to_aws(call: str, parameters: Parameters) -> None:
    """Raise `AssertionError` unless AWS has such a call, takes such parameters, and needs no others."""
    service, _, operation = call.partition(":")
    model = _model(service)
    assert operation in model.operation_names, call
    shape: Any = model.operation_model(operation).input_shape
    found = ParamValidator().validate(plainly(parameters), shape)
    assert not found.has_errors(), f"{call}: {found.generate_report()}"
