"""What GitHub's runner obeys in the log of a step: annotations, groups, and what it must not show.

Source: docs.github.com, "Workflow commands for GitHub Actions", and the runner's own parser (actions/runner,
ActionCommand.cs): a command ends with its line, properties with `::`.
"""

from __future__ import annotations

from typing import Literal

from ecsdeploy.report.clean import clean, clean_lines, defused

MESSAGE = 4000
"""How many characters of a message are shown: the page of a run is no place for a whole log."""
END_GROUP = "::endgroup::"


def annotation(kind: Literal["error", "warning"], title: str, message: str, *, file: str = "", line: int = 0) -> str:
    """Return the line that marks the job with a message; the runner also shows it in the log, without its title.

    With a `file` of the repository, GitHub shows it there as well.
    """
    text = message or title
    shown = text if len(text) <= MESSAGE else text[: MESSAGE - 3] + "..."
    where = f",file={_property(file)},line={max(line, 1)}" if file else ""
    return f"::{kind} title={_property(title)}{where}::{_data(shown)}"


def group(title: str) -> str:
    """Return the line with which a part of the log begins that is folded until `END_GROUP`."""
    return f"::group::{_escaped(clean(title))}"


def mask(secret: str) -> str:
    """Return the line that makes the runner show `***` for `secret` from now on; it does not show this line either."""
    return f"::add-mask::{_escaped(secret)}"


def _data(text: str) -> str:
    return _escaped("\n".join(map(defused, clean_lines(text))))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
