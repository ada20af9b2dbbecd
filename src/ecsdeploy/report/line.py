"""One line of text, and its style."""

from __future__ import annotations

from dataclasses import dataclass

Style = str
"""A name that the terminal reporter maps to a colour; plain lines ignore it."""


@dataclass(frozen=True)
class Line:
    """One line and its style."""

    text: str
    style: Style = ""
