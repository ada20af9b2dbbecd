"""What the rules are given: forms, and where the definition is registered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecsdeploy.sandbox.ecs.api.lookup import client_error

Form = Mapping[str, Any]
"""A definition or a part of it, in the form of the ECS API."""

_ARN = re.compile(r"arn:[^:]+:[^:]+:[^:]*:[^:]*:.+", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Place:
    """The account that registers, and the host of the sandbox's own ECR."""

    account: str
    registry: str


def check_arn(text: str) -> None:
    """Raise ClientException for what is no ARN."""
    if not _ARN.fullmatch(text):
        raise client_error("Invalid arn syntax.")
