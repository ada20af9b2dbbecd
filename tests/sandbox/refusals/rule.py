"""One thing that AWS refuses: a request that it takes, the one that it refuses, its code and its words.

The rules are those of the public repository badmintoncryer/cdk-preflight, which holds what real deployments were told.
The requests here are our own: the smallest ones that differ in what the rule is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Form = Mapping[str, Any]

SUBNET = "a subnet of the sandbox"
"""Stands in a form for the id of a subnet, which is another one in each sandbox."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call: `operation` in botocore's words, such as `ecs:RegisterTaskDefinition`."""

    operation: str
    form: Form

    @property
    def service(self) -> str:
        """Return botocore's name of the service."""
        return self.operation.partition(":")[0]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule by its name in cdk-preflight, and the day on which AWS was seen to say it.

    `before` are calls that make what both requests need. `words` is AWS's whole message, or how it begins where
    `begins` says that no more of it is known.
    """

    name: str
    seen: str
    operation: str
    good: Form
    bad: Form
    code: str
    words: str
    begins: bool = False
    before: tuple[Call, ...] = ()
