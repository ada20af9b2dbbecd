"""What is said of a command line that is not valid quotes it: that must command neither a terminal nor a CI runner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup

from ecsdeploy.report.clean import clean_lines, defused

USAGE: type[Exception] = typer.BadParameter.__mro__[1]
"""Click's UsageError, wherever Typer has it from."""

_PREFIX = "Value error, "
"""What Typer's own validation puts before its words."""


class Commands(TyperGroup):
    """The commands; a mistake on the command line of any of them is said in harmless words."""

    def make_context(self, *args: Any, **given: Any) -> Any:
        """Read the options that stand before the command."""
        with _harmless():
            return super().make_context(*args, **given)

    def invoke(self, ctx: Any) -> Any:
        """Read the command and its options, and run it."""
        with _harmless():
            return super().invoke(ctx)


@contextmanager
def _harmless() -> Iterator[None]:
    try:
        yield
    except USAGE as error:
        said = getattr(error, "message", "").removeprefix(_PREFIX)
        error.message = "\n".join(map(defused, clean_lines(said)))  # type: ignore[attr-defined]
        raise
