"""[environments.NAME]: a table that is merged over the rest of the file before anything is validated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ecsdeploy.config import rules
from ecsdeploy.config.mistake import Mistake

TABLE = "environments"
NOT_HERE = ("app", "default_environment", TABLE)
"""What is true of the file and not of one environment."""


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with `over` on top: tables merge key by key, anything else, lists too, is replaced."""
    result = dict(base)
    for key, value in over.items():
        before = result.get(key)
        result[key] = merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return result


def split(document: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, Any]], list[Mistake]]:
    """Return the file without its overlays, the overlays that can be used, and what is wrong with the others."""
    base = {key: value for key, value in document.items() if key != TABLE}
    overlays = document.get(TABLE, {})
    if not isinstance(overlays, dict):
        return base, {}, [Mistake((TABLE,), "this is not a table", "Write [environments.staging] above its keys.")]
    found = [each for name, overlay in overlays.items() for each in _wrong(name, overlay)]
    usable = {
        name: {key: value for key, value in overlay.items() if key not in NOT_HERE}
        for name, overlay in overlays.items()
        if isinstance(overlay, dict)
    }
    return base, usable, found


def _wrong(name: str, overlay: object) -> Iterator[Mistake]:
    if wrong := rules.environment_name(name):
        tidy = rules.tidied(name)
        yield Mistake((TABLE, name), wrong, f"Did you mean {tidy}?" if tidy else "Choose another, such as staging.")
    if not isinstance(overlay, dict):
        yield Mistake((TABLE, name), "this is not a table", f"Write [environments.{name}] above its keys.")
        return
    for key in NOT_HERE:
        if key in overlay:
            yield Mistake((TABLE, name, key), "an environment cannot change this", "Set it at the top of the file.")


def origin(
    key: tuple[str | int, ...], environment: str, base: Mapping[str, Any], overlay: Mapping[str, Any]
) -> tuple[str | int, ...]:
    """Return where `key` of the merged file was written: in the overlay or at the top, whichever holds more of it."""
    here = _depth(overlay, key)
    return (TABLE, environment, *key) if here and here >= _depth(base, key) else key


def _depth(table: Any, key: tuple[str | int, ...]) -> int:
    """How many parts of `key` lead somewhere in `table`."""
    for depth, part in enumerate(key):
        try:
            table = table[part]
        except (KeyError, IndexError, TypeError):
            return depth
    return len(key)
