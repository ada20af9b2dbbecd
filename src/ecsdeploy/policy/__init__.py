"""IAM documents: generated, measured and evaluated. The tool and the sandbox both import it, it imports neither.

A document is the plain data that JSON makes of it. Documents are built from values (`Place`, `DeployScope`), never from
a config, and an error is a `PolicyError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Document = Mapping[str, Any]
"""A policy document as JSON objects, arrays and strings."""

VERSION = "2012-10-17"


def listed(value: Any) -> list[Any]:
    """Return what a policy document has as one value or as a list of them, as a list."""
    return list(value) if isinstance(value, list | tuple) else [value]


class PolicyError(ValueError):
    """A policy cannot be made, or is not one."""
