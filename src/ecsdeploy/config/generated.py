"""Files that are generated from the models: written on demand, and checked in CI."""

from __future__ import annotations

import sys
from pathlib import Path


def run(arguments: list[str], file: Path, text: str, module: str) -> int:
    """Write `text` to `file` (`--write`) or say whether it is there already (`--check`); return the exit code."""
    if arguments == ["--write"]:
        file.write_text(text, encoding="utf-8")
        return 0
    if arguments == ["--check"]:
        if file.is_file() and file.read_text(encoding="utf-8") == text:
            return 0
        sys.stderr.write(f"{file.name} is out of date: run python -m {module} --write\n")
        return 1
    sys.stderr.write(f"usage: python -m {module} --check | --write\n")
    return 2


def between(document: str, begin: str, end: str, text: str) -> str:
    """Return `document` with `text` between its two markers, in the place of what was there.

    Raises:
        ValueError: it has no markers.
    """
    before, _, rest = document.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError("the document has no markers to write between")
    return f"{before}{begin}\n{text}\n{end}{after}"
