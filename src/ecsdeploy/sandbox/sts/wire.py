"""STS's query protocol: parameters out of a form, answers as XML."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape

from botocore.model import ListShape, Shape, StructureShape

from ecsdeploy.sandbox.dispatch import service_model
from ecsdeploy.sandbox.http import HttpAnswer
from ecsdeploy.sandbox.validation import read_request
from ecsdeploy.sandbox.wire import AwsError

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


def read(operation: str, form: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters of a request. Raises `AwsError` where they do not fit botocore's model of it."""
    model = service_model("sts").operation_model(operation)
    assert model.input_shape is not None
    try:
        return read_request("sts", model, _read(form, "", model.input_shape))
    except AwsError as error:
        # The query protocol's own name for it.
        raise AwsError("ValidationError", error.message) from None


def _read(form: Mapping[str, str], name: str, shape: Shape) -> Any:
    if isinstance(shape, StructureShape):
        members = {each: _read(form, f"{name}.{each}".lstrip("."), of) for each, of in shape.members.items()}
        found = {each: value for each, value in members.items() if value is not None}
        return found if found or not name else None
    if isinstance(shape, ListShape):
        values: list[Any] = []
        while (value := _read(form, f"{name}.member.{len(values) + 1}", shape.member)) is not None:
            values.append(value)
        return values or None
    text = form.get(name)
    if text is not None and shape.type_name == "integer" and text.removeprefix("-").isdecimal():
        return int(text)
    return text


def answer(operation: str, result: Mapping[str, Any]) -> HttpAnswer:
    """Return an operation's answer; what is None is left out."""
    request_id = str(uuid4())
    text = (
        f'<{operation}Response xmlns="{_NAMESPACE}"><{operation}Result>{_written(result)}</{operation}Result>'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
    )
    return HttpAnswer(200, text.encode(), "text/xml", (("x-amzn-RequestId", request_id),))


def _written(value: Any) -> str:
    if isinstance(value, Mapping):
        return "".join(f"<{name}>{_written(of)}</{name}>" for name, of in value.items() if of is not None)
    if isinstance(value, float):
        return datetime.fromtimestamp(int(value), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return escape(str(value))
