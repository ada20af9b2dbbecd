"""The one way to write to AWS: a call by its name in IAM, with parameters that a plan has decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore import xform_name

from ecsdeploy.aws.errors import aws_errors
from ecsdeploy.aws.session import Aws


def write(aws: Aws, call: str, parameters: Mapping[str, Any], *, once: bool = False) -> Mapping[str, Any]:
    """Return AWS's answer to `call` (`ecs:UpdateService`). With `once` it is sent only once, whatever the answer."""
    service, _, operation = call.partition(":")
    client = aws.client(service, once=once)
    with aws_errors(service):
        answer: Mapping[str, Any] = getattr(client, xform_name(operation))(**parameters)
    return answer
