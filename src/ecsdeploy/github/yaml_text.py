"""Text as YAML that means this very text, whatever it holds (YAML 1.2.2, sections 5.7 and 7.3)."""

from __future__ import annotations

import re
import unicodedata

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_WORDS = {"true", "false", "yes", "no", "on", "off", "y", "n", "null"}
"""What YAML, or the YAML 1.1 that many readers still speak, takes for something other than text."""
_HIDDEN = ("C", "Zl", "Zp")


def scalar(text: str) -> str:
    """Return `text` as a scalar for a value or an element of a sequence: in quotes unless it needs none."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if unicodedata.category(char).startswith(_HIDDEN):
        code = ord(char)
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return char
