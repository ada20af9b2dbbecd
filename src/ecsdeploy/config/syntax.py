"""Invalid TOML: where it breaks off, and what was probably meant."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ecsdeploy.errors import ConfigError


def parse(text: str, path: Path) -> dict[str, Any]:
    """Return what `text`, the content of `path`, says. Raises `ConfigError` with the place and what to do."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason, line, column = _syntax(str(error), text)
        raise ConfigError(
            f"{path}:{line}:{column}: this is not TOML: {reason}", fix=_syntax_fix(reason, text.splitlines(), line)
        ) from None
    except (ValueError, RecursionError):
        # tomllib lets Python's own limits through: a number of thousands of digits, brackets nested a thousand deep.
        raise ConfigError(
            f"{path}: a number is too long, or brackets are nested too deep", fix="Simplify it."
        ) from None


def _syntax(message: str, text: str) -> tuple[str, int, int]:
    """Split tomllib's `reason (at line 3, column 5)`; at the end of the text it tells no numbers."""
    found = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    if found:
        return _plain(message[: found.start()]), int(found[1]), int(found[2])
    lines = text.splitlines() or [""]
    return message.removesuffix(" (at end of document)") + " at the end of the file", len(lines), len(lines[-1]) + 1


def _plain(reason: str) -> str:
    """Return tomllib's reason with a table as TOML writes it: it says `('task', 'raw')`."""
    return re.sub(r"\(('[^']*'(?:, )?)+,?\)", _table, reason)


def _table(found: re.Match[str]) -> str:
    return "[" + ".".join(re.findall("'([^']*)'", found[0])) + "]"


_SYNTAX_FIXES: Mapping[str, str] = MappingProxyType(
    {
        "overwrite|twice|immutable": "It already exists further up: keep one of the two.",
        r"Illegal character '\\n'": "Close the quote on the same line.",
        "initial character for a key": "A table in braces must be on one line, without a comma at its end; "
        "or write it as [table], with its keys below.",
    }
)
"""What to do about a reason of tomllib's."""


def _syntax_fix(reason: str, lines: list[str], line: int) -> str:
    wrong = lines[line - 1] if 0 < line <= len(lines) else ""
    for sign, fix in _SYNTAX_FIXES.items():
        if re.search(sign, reason):
            return fix
    if re.search("[\u2018\u2019\u201c\u201d]", wrong):
        return 'Write straight quotes: "...".'
    unquoted = re.match(r"\s*([\w.-]+)\s*=\s*([A-Za-z$/]|0\d|\{(commit|tag|env)\})", wrong)
    if unquoted:
        return f'Text is written in quotes: {unquoted[1]} = "...".'
    if re.match(r"\s*[\w.-]+\s*:", wrong):
        return 'A key and its value are joined by an equals sign: key = "value".'
    return 'A line is key = "value", or [table].'
