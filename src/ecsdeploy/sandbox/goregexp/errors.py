"""What is wrong with an expression."""

from __future__ import annotations


class GoPatternError(Exception):
    """Go refuses the expression; the text is that of Go's error."""

    def __init__(self, code: str, part: str) -> None:
        """`part` is the part of the expression that Go names."""
        super().__init__(f"error parsing regexp: {code}: `{part}`")


class NotTranslatable(Exception):
    """Go takes the expression, and Python has nothing like it; the text says what."""
