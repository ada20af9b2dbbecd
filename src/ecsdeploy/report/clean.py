"""Text from outside must not control a terminal, nor a CI runner; what is harmless stays as it was written.

Logs, AWS messages, tags and config pass through here before they are printed. Two dangers: control sequences
(colours, titles, clipboard, cursor, bidirectional overrides), and workflow commands: GitHub's runner obeys `::name::`
at the start of a line, after white space, and the old form `##[name]` anywhere in it (actions/runner,
ActionCommand.cs). A name that it does not know today may be one tomorrow.
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
_COMMAND = re.compile(r"^(\s*):(?=:.*::)", re.DOTALL)
_OLD_COMMAND = re.compile(r"##\[(?=.*\])", re.DOTALL)
_BREAK = re.compile(r"\r*\n|\r+")
_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f")
"""The flag of a part of a country: a black flag, and its name in tag characters (Unicode Technical Standard 51)."""
_REORDERS = range(0x202A, 0x202F), range(0x2066, 0x2070)
"""Embeddings, overrides and isolates show text in another order than it has (Unicode Standard Annex 9)."""
_TAGS = range(0xE0000, 0xE0080)


def clean(text: str) -> str:
    """Return `text` as one line that is harmless to a terminal.

    Line breaks and other control characters, except tabs, become a visible replacement, so that nothing disappears
    without a trace. So does what disguises text: characters that reorder it, and tag characters that spell no flag.
    """
    if text.isascii() and text.isprintable():
        return text
    parts = _FLAG.split(without := _ESCAPES.sub("", text))
    flags = [*_FLAG.findall(without), ""]
    return "".join("".join(map(_shown, part)) + flag for part, flag in zip(parts, flags, strict=True))


def clean_lines(text: str) -> list[str]:
    """Return the lines of `text`, each of them cleaned."""
    return [clean(line) for line in split_lines(text)]


def split_lines(text: str) -> list[str]:
    """Return the lines of `text` as they are; each state of a progress bar, which ends with `\\r`, is one."""
    lines = _BREAK.split(text)
    return lines[:-1] if len(lines) > 1 and not lines[-1] else lines


def defused(line: str) -> str:
    """Return a whole printed line as one in which GitHub's runner finds no workflow command."""
    return _COMMAND.sub(r"\1: ", _OLD_COMMAND.sub("## [", line))


def _shown(char: str) -> str:
    return char if _is_harmless(char) else "\N{REPLACEMENT CHARACTER}"


def _is_harmless(char: str) -> bool:
    category = unicodedata.category(char)
    if category == "Cf":  # format characters: joiners and marks that emoji and many scripts need, and move nothing
        return not any(ord(char) in each for each in (*_REORDERS, _TAGS))
    # Cc: control; Cs: lone surrogates; Zl, Zp: line separators.
    return char == "\t" or category not in ("Cc", "Cs", "Zl", "Zp")
