"""`docs/environments.md`, written from the tables that the tests run: `python -m tests.tool.hostile.document`."""

from __future__ import annotations

from pathlib import Path

from tests.tool.hostile.commands import COMMANDS
from tests.tool.hostile.machine import COMMANDS as READING
from tests.tool.hostile.machine import MACHINE
from tests.tool.hostile.rows import VARIABLES

PAGE = Path(__file__).parents[3] / "docs" / "environments.md"
HEAD = """\
# What ecsdeploy does on a machine that is not as it should be

No everyday state of a machine ends with exit 1 or a traceback: what is wrong is told, with what to do. That is tested
in {count} of {count} environments: the {variables} of variables and files each with all {commands} commands (the {each}
that concern it most and one more in `make test`, all in `make hard`), the {machines} of streams, limits, languages and
folders each with {reading} commands as processes of their own (one or two in `make test`). This page is generated from
those tests (`python -m tests.tool.hostile.document`), and a test compares them.
"""
AREAS = {
    "places": (
        "Home and other places",
        "Everything works, except what has to write there: the sandbox ends with 3 and names the folder and the "
        "variable.",
    ),
    "programs": (
        "Programs",
        "What needs git to name an image ends with 3 and offers `--tag`; all else works. A docker CLI that fails is "
        "passed over: the Engine builds.",
    ),
    "git": (
        "git's variables",
        "Those that name another repository are not followed: the folder decides. What breaks git itself ends with 3, "
        "in git's words.",
    ),
    "docker": (
        "The Docker Engine",
        "What builds ends with 3 and names the address that was tried; what does not build needs no Engine.",
    ),
    "aws": (
        "AWS",
        "A setting that cannot be used ends with 2, credentials that are missing or cannot be loaded and an address "
        "where nobody answers with 3. What does not matter to a command is not looked at.",
    ),
    "proxies": ("Proxies", "Where the proxy does not answer, or is none, AWS does not answer: 3."),
    "terminal": ("Terminal, language, time", "Everything works."),
    "github": ("GitHub's variables", "Everything works; a file of the runner that cannot be written is a warning."),
    "streams": (
        "Streams",
        "A closed stream is /dev/null. On a full disk, what only shows something ends with 3, and what changes "
        "something continues and warns. A reader that left ends what only shows something with 0.",
    ),
    "limits": ("Limits and users", "What the limit forbids ends with 3 and names the limit."),
    "language": (
        "Language and names",
        "Everything works; what a terminal's language has no letter for is spelled out (`\\\\u65e5`).",
    ),
    "folder": ("Folders and the config", "A config that cannot be read or is none ends with 2, a full disk with 3."),
}


def text() -> str:
    """Return the page."""
    rows = [(row.area, row.what, row.id) for row in VARIABLES.rows]
    rows += [(row.area, row.what, row.id) for row in MACHINE]
    page = HEAD.format(
        count=len(rows),
        variables=len(VARIABLES.rows),
        commands=len(COMMANDS),
        each="one to three",
        machines=len(MACHINE),
        reading=len(READING) + 1,
    )
    for area, (title, what) in AREAS.items():
        of_it = [(words, id) for where, words, id in rows if where == area]
        page += f"\n## {title}\n\n{what}\n\n| environment | test |\n|---|---|\n"
        page += "".join(f"| {_cell(words)} | `{id}` |\n" for words, id in of_it)
    return page


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    PAGE.write_text(text())
