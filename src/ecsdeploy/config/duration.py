"""Durations as people write them: `30s`, `10m`, `1h30m`, `2d`, or a plain number of seconds."""

from __future__ import annotations

import re

PATTERN = r"^(?=\d)(\d{1,6}w)?(\d{1,6}d)?(\d{1,6}h)?(\d{1,6}m)?(\d{1,6}s?)?$"
_SECONDS = (7 * 86_400, 86_400, 3600, 60, 1)


def parse(text: str | int) -> int:
    """Return the whole seconds that `text` means.

    Raises:
        ValueError: it is not a duration.
    """
    if isinstance(text, bool):
        raise ValueError("a duration is text such as 30s, not true or false")
    if isinstance(text, int):
        if text < 0:
            raise ValueError("a duration is never negative")
        return text
    found = re.fullmatch(PATTERN, text.strip().lower(), re.ASCII)
    if not found:
        raise ValueError("a duration is a number with s, m, h, d or w, such as 30s or 1h")
    numbers = (int(part.rstrip("wdhms")) if part else 0 for part in found.groups())
    return sum(number * size for number, size in zip(numbers, _SECONDS, strict=True))


def text_of(seconds: int) -> str:
    """Return the shortest text that `parse` reads back as `seconds`."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = [f"{value}{unit}" for value, unit in ((hours, "h"), (minutes, "m"), (left, "s")) if value]
    return "".join(parts) or "0s"
