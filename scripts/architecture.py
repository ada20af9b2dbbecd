"""The picture in docs/architecture.md, made from the code's own imports.

    python scripts/architecture.py --check | --write

An arrow says that a module of one room imports one of another. What everybody may import (errors, events, the clock,
the config) is left out: arrows to it would tell nothing.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "ecsdeploy"
PAGE = ROOT / "docs" / "architecture.md"
BEGIN, END = "<!-- made by python scripts/architecture.py --write: begin -->\n", "<!-- end -->\n"
EVENTS = {"events", "changes", "facts"}
EVERYBODYS = {"errors", *EVENTS, "clock", "config", "poll", "asked", "runtime", "__init__", "__main__"}


def rooms(source: Path) -> dict[str, set[str]]:
    """Return each room of `source` (a folder below it) with the rooms that its modules import."""
    found: dict[str, set[str]] = {}
    for path in sorted(source.rglob("*.py")):
        room = _room(path.relative_to(source).parts)
        if room not in EVERYBODYS:
            found.setdefault(room, set()).update(_imported(path) - {room} - EVERYBODYS)
    return found


def _room(parts: tuple[str, ...]) -> str:
    if parts[:2] == ("core", "things"):
        return "core/things"
    return parts[0].removesuffix(".py")


def _imported(path: Path) -> set[str]:
    return {_room(tuple(name.split(".")[1:])) for name in _names(ast.parse(path.read_text())) if name.count(".")}


def _names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ecsdeploy"):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names if node.module == "ecsdeploy.core")
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("ecsdeploy."))


def picture(found: dict[str, set[str]]) -> str:
    """Return the rooms as a Mermaid graph, which GitHub draws."""
    lines = ["```mermaid", "graph TD"]
    lines += [f'  {_id(room)}["{room}"]' for room in sorted(found)]
    lines += [f"  {_id(room)} --> {_id(other)}" for room in sorted(found) for other in sorted(found[room])]
    return "\n".join([*lines, "```", ""])


def _id(room: str) -> str:
    return room.replace("/", "_")


def text(document: str) -> str:
    """Return `document` with the picture of today between its two markers. Raises `ValueError` where it has none."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError("the document has no markers to write between")
    return before + BEGIN + "\n" + picture(rooms(SOURCE)) + "\n" + END + after


def main(arguments: list[str]) -> int:
    """Write the page, or say whether it is that of today; return the exit code."""
    wanted, found = text(PAGE.read_text()), PAGE.read_text()
    if "--write" in arguments:
        PAGE.write_text(wanted)
    elif wanted != found:
        print("docs/architecture.md is not of today: run `python scripts/architecture.py --write`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
