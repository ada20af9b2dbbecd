"""One line of text, and how it is meant."""

from __future__ import annotations

from dataclasses import dataclass

Style = str
"""A name that the terminal reporter maps to a colour; plain lines ignore it."""


@dataclass(frozen=True)
class Line:
    """One line and how it is meant."""

    text: str
    style: Style = ""
