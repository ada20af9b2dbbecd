"""The parameters of a request to one of moto's services, as botocore names them: of a query, nested by its model."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from botocore.model import ListShape, Shape, StructureShape

from ecsdeploy.sandbox.dispatch import service_model
from ecsdeploy.sandbox.http import Environ, read_body
from ecsdeploy.sandbox.requests import AwsRequest


def request_parameters(environ: Environ, request: AwsRequest) -> dict[str, Any]:
    """Return the parameters of a request to a service that is not the sandbox's own; its body stays readable.

    Those of the REST services stand in paths: they have none here.
    """
    if request.form.get("Action"):
        return query_parameters(request.service, request.operation, request.form)
    if not request.target:
        return {}
    try:
        found = json.loads(read_body(environ) or b"{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


_MODELS = {"ec2": "ec2", "elasticloadbalancing": "elbv2", "iam": "iam", "sts": "sts"}


def query_parameters(service: str, operation: str, form: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters of a form. What the model does not know is left out, and all that no model is known of."""
    if service not in _MODELS:
        return {}
    model = service_model(_MODELS[service])
    if operation not in model.operation_names:
        return {}
    shape = model.operation_model(operation).input_shape
    return _members(shape, "", form, service == "ec2") if isinstance(shape, StructureShape) else {}


def _members(shape: StructureShape, prefix: str, form: Mapping[str, str], ec2: bool) -> dict[str, Any]:
    found = {}
    for name, member in shape.members.items():
        value = _value(member, prefix + _on_the_wire(name, member, ec2), form, ec2)
        if value is not None:
            found[name] = value
    return found


def _value(shape: Shape, path: str, form: Mapping[str, str], ec2: bool) -> Any:
    # Shapes may contain themselves: only what the form has is followed.
    if not any(name == path or name.startswith(f"{path}.") for name in form):
        return None
    if isinstance(shape, StructureShape):
        return _members(shape, f"{path}.", form, ec2)
    if isinstance(shape, ListShape):
        return list(_items(shape, path, form, ec2))
    return form.get(path)


def _items(shape: ListShape, path: str, form: Mapping[str, str], ec2: bool) -> Iterator[Any]:
    inside = shape.member.serialization.get("name", "member")
    for number in count(1):
        stems = (f"{path}.{number}", f"{path}.member.{number}", f"{path}.{inside}.{number}")
        found = next((value for stem in stems if (value := _value(shape.member, stem, form, ec2)) is not None), None)
        if found is None:
            return
        yield found


def _on_the_wire(name: str, member: Shape, ec2: bool) -> str:
    serialization = member.serialization
    if not ec2:
        return str(serialization.get("name", name))
    if "queryName" in serialization:
        return str(serialization["queryName"])
    given = str(serialization.get("name", name))
    return given[0].upper() + given[1:]
