"""The files that GitHub's runner reads after a step: `GITHUB_OUTPUT` and `GITHUB_STEP_SUMMARY`.

Source: docs.github.com, "Workflow commands for GitHub Actions", and the runner (actions/runner,
FileCommandManager.cs): an output is `NAME<<DELIMITER`, the value's lines, and the delimiter alone on a line.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from ecsdeploy.report.clean import clean

SUMMARY_BYTES = 1024 * 1024
"""How large the summary of a step may be; of a larger one, GitHub shows nothing."""


def outputs(values: Mapping[str, str], fence: Callable[[], str] = lambda: secrets.token_hex(16)) -> str:
    """Return the text that gives a step these outputs, each value on one line.

    The names are ours. No value can end its output or begin another: the delimiter is random, and a value that has
    line breaks gets visible replacements.
    """
    return "".join(_output(name, clean(value), fence()) for name, value in values.items())


def append(path: str, text: str) -> OSError | None:
    """Add `text` to a file of the runner's; return what went wrong, with the path in its words."""
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        return OSError(error.errno, f"{path}: {error.strerror}")
    return None


def room(path: str) -> int:
    """Return how many bytes may still be added to the step's summary: what ran before us may have written one."""
    try:
        return max(0, SUMMARY_BYTES - Path(path).stat().st_size)
    except OSError:
        return SUMMARY_BYTES


def _output(name: str, value: str, fence: str) -> str:
    return f"{name}<<{fence}\n{value}\n{fence}\n"
