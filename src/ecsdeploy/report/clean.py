"""Text from outside must not control a terminal, nor a CI runner.

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


def clean(text: str) -> str:
    """Return `text` as one harmless line: no control characters, no workflow command.

    Tabs become spaces; line breaks and other control characters become a visible replacement, so that nothing
    disappears without a trace.
    """
    if text.isascii() and text.isprintable() and "##[" not in text and "::" not in text:
        return text
    without = _ESCAPES.sub("", text).replace("\t", "    ")
    visible = "".join(char if _is_harmless(char) else "\N{REPLACEMENT CHARACTER}" for char in without)
    return _LEAD.sub(lambda lead: re.sub(":(?=:)", ": ", lead[0]), visible.replace("##[", "## ["))


def clean_lines(text: str) -> list[str]:
    """Return the lines of `text`, each of them cleaned."""
    return [clean(line) for line in re.split(r"\r\n|\r|\n", text)]


def _is_harmless(char: str) -> bool:
    # Cc: control; Cf: format (bidirectional overrides, zero width); Cs: lone surrogates; Zl, Zp: line separators.
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn")
