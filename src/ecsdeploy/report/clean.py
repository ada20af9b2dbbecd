"""Text from outside must not control a terminal, nor a CI runner; what is harmless stays as it was written.

Logs, AWS messages, tags and config pass through here before they are printed. Two dangers: control sequences
(colours, titles, clipboard, cursor, bidirectional overrides), and workflow commands: GitHub's runner obeys `::name::`
at the start of a trimmed line and the old form `##[name]` anywhere in it (actions/runner, ActionCommand.cs).
"""

from __future__ import annotations

import re
import unicodedata

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor, clearing
    r"|\x1b[PX^_\]][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC, DCS and friends: titles, clipboard, links
    r"|\x1b[ -/]*[0-~]?"  # everything else that begins with an escape
    r"|\x9b[0-?]*[ -/]*[@-~]"  # CSI in its one-byte form
)
_LEAD = re.compile(r"^\W+")
_BREAK = re.compile(r"\r*\n|\r+")
_JOINERS = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}\N{SOFT HYPHEN}"
"""Format characters that move nothing: emoji and scripts such as Persian need them."""


def clean(text: str) -> str:
    """Return `text` as one line that is harmless to a terminal.

    Tabs become spaces; line breaks and other control characters become a visible replacement, so that nothing
    disappears without a trace.
    """
    if text.isascii() and text.isprintable():
        return text
    without = _ESCAPES.sub("", text).replace("\t", "    ")
    return "".join(char if _is_harmless(char) else "\N{REPLACEMENT CHARACTER}" for char in without)


def clean_lines(text: str) -> list[str]:
    """Return the lines of `text`, each of them cleaned."""
    return [clean(line) for line in split_lines(text)]


def split_lines(text: str) -> list[str]:
    """Return the lines of `text` as they are; each state of a progress bar, which ends with `\\r`, is one."""
    lines = _BREAK.split(text)
    return lines[:-1] if len(lines) > 1 and not lines[-1] else lines


def defused(line: str) -> str:
    """Return a whole printed line as one in which GitHub's runner finds no workflow command."""
    if "##[" not in line and "::" not in line:
        return line
    return _LEAD.sub(lambda lead: re.sub(":(?=:)", ": ", lead[0]), line.replace("##[", "## ["))


def _is_harmless(char: str) -> bool:
    # Cc: control; Cf: format (bidirectional overrides, zero width); Cs: lone surrogates; Zl, Zp: line separators.
    return char in _JOINERS or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
