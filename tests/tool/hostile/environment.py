"""A hostile environment: what a user's machine may be like, as variables, files and limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

Variables = Mapping[str, str | None]
"""None: the variable is not set."""


@dataclass(frozen=True)
class Place:
    """Where an environment may put its files: a folder of its own, and the project that commands run in."""

    folder: Path
    project: Path

    def file(self, name: str, content: str | bytes = "", mode: int = 0o644) -> str:
        """Write a file; return its path."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(mode)
        return str(path)

    def folder_of(self, name: str) -> str:
        """Make a folder; return its path."""
        path = self.folder / name
        path.mkdir(parents=True, exist_ok=True)
        return str(path)

    def nowhere(self, name: str = "nowhere") -> str:
        """Return a path at which there is nothing."""
        return str(self.folder / name)


@dataclass(frozen=True, kw_only=True)
class Hostile:
    """One environment: its name, what it is in words, and how it comes about."""

    id: str
    area: str
    what: str
    make: Callable[[Place], Variables]


NO_KEYS: Variables = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}


class Table:
    """The environments in their order."""

    def __init__(self) -> None:
        self.rows: list[Hostile] = []

    def add(self, area: str, id: str, what: str, make: Callable[[Place], Variables] | Variables) -> None:
        """Add an environment; `make` may be the variables themselves."""
        assert all(row.id != id for row in self.rows), f"two environments are called {id}"
        made = make if callable(make) else lambda _place, variables=make: variables
        self.rows.append(Hostile(id=id, area=area, what=what, make=made))


VARIABLES = Table()
NOT_TEXT = bytes(range(256)) * 4


def program(place: Place, name: str, script: str) -> str:
    """Return a PATH in which a program does what `script` says, before the machine's own."""
    return f"{Path(place.file(f'bin/{name}', f'#!/bin/sh{chr(10)}{script}{chr(10)}', 0o755)).parent}:/usr/bin:/bin"
