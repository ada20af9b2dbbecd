"""The options that every command shares, and how they become one value."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Output(StrEnum):
    """How progress is shown."""

    AUTO = "auto"
    PLAIN = "plain"
    RICH = "rich"
    JSON = "json"


ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="The config file.", metavar="FILE")]
EnvOption = Annotated[
    str | None, typer.Option("--env", "-e", help="The environment: a table under [environments].", metavar="NAME")
]
RegionOption = Annotated[str | None, typer.Option("--region", help="Instead of the config's Region.", metavar="REGION")]
ProfileOption = Annotated[
    str | None, typer.Option("--profile", help="A profile of your AWS configuration.", metavar="NAME")
]
OutputOption = Annotated[
    Output, typer.Option("--output", help="Progress as plain lines, on a rich terminal, or as JSON lines.")
]
NoColorOption = Annotated[bool, typer.Option("--no-color", help="No colours (NO_COLOR does the same).")]
DebugOption = Annotated[bool, typer.Option("--debug", help="On an error, show where it came from.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Answer every question with yes.")]

DEFAULT_CONFIG = Path("ecsdeploy.toml")
