"""What the config says about how an image is built, apart from its source."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ecsdeploy.config.image import Image
from ecsdeploy.config.models import Config, Task
from ecsdeploy.config.table import Table

_KEYS: tuple[tuple[str, type[Table], tuple[str, ...]], ...] = (
    ("image", Image, ("context", "dockerfile", "target", "args", "secrets")),
    ("task", Task, ("architecture",)),
)


def recipe(document: Mapping[str, Any]) -> list[object]:
    """Return what `document`, a config as TOML has it, says of the build; what it does not say is the default."""
    said = {name: table if isinstance(table := document.get(name), dict) else {} for name, _, _ in _KEYS}
    return [
        said[name].get(key, model.model_fields[key].get_default(call_default_factory=True))
        for name, model, keys in _KEYS
        for key in keys
    ]


def recipe_digits(config: Config) -> str:
    """Return 8 hex digits that stand for how `config` builds; "" where it builds as a config that says nothing."""
    said = recipe(config.model_dump())
    if said == recipe({}):
        return ""
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:8]
