"""What [task.raw] names becomes a resource of the execution role's policy, so it names one thing and no more.

`*` and `?` stand for other text there, and `${...}` for what IAM puts in its place (IAM User Guide, "IAM JSON policy
elements: Resource").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ecsdeploy.config.mistake import Mistake

_WILD = re.compile(r"[*?]|\$\{")
Place = tuple[str | int, ...]


def wildcard_mistakes(raw: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield each secret, file, image and log group of a container in [task.raw] that is not named exactly."""
    containers = raw.get("containerDefinitions")
    for index, container in enumerate(containers if isinstance(containers, list) else ()):
        for place, text in _named(container) if isinstance(container, Mapping) else ():
            if _WILD.search(text):
                what = "a wildcard here would let the execution role reach others too"
                yield Mistake(("containerDefinitions", index, *place), what, "Name each one exactly.")


def _named(container: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    logging = _table(container.get("logConfiguration"))
    login, options = _table(container.get("repositoryCredentials")), _table(logging.get("options"))
    yield ("image",), str(container.get("image", ""))
    yield from _each(("secrets",), container.get("secrets"), "valueFrom")
    yield from _each(("environmentFiles",), container.get("environmentFiles"), "value")
    yield from _each(("logConfiguration", "secretOptions"), logging.get("secretOptions"), "valueFrom")
    yield ("repositoryCredentials", "credentialsParameter"), str(login.get("credentialsParameter", ""))
    for key in ("awslogs-group", "awslogs-region"):
        yield ("logConfiguration", "options", key), str(options.get(key, ""))


def _each(place: Place, tables: object, key: str) -> Iterator[tuple[Place, str]]:
    for index, table in enumerate(tables if isinstance(tables, list) else ()):
        if isinstance(table, Mapping):
            yield (*place, index, key), str(table.get(key, ""))


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
