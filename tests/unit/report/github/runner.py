"""The runner's side: how it reads the files of a step, and the log."""

from __future__ import annotations


def read_outputs(text: str) -> dict[str, str]:
    """Return the outputs that GitHub's runner finds in the file (actions/runner, FileCommandManager.cs).

    Raises `ValueError` where it fails the step.
    """
    found: dict[str, str] = {}
    lines = iter(_lines(text))
    for line in lines:
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            name, _, value = line.partition("=")
        elif heredoc >= 0:
            name, _, delimiter = line.partition("<<")
            if not name or not delimiter:
                raise ValueError(line)
            value = _until(lines, delimiter)
        else:
            raise ValueError(line)
        found[name] = value
    return found


def _until(lines: object, delimiter: str) -> str:
    value: list[str] = []
    for line in lines:  # type: ignore[attr-defined]
        if line == delimiter:
            return "\n".join(value)
        value.append(line)
    raise ValueError(f"no {delimiter}")


def _lines(text: str) -> list[str]:
    """Return the lines; only `\\n` ends one on Linux, only `\\r\\n` or `\\n` on Windows."""
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines
