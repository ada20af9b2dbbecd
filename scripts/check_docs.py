"""Check the documents: the commands and options they show exist, the configs load, the links lead somewhere.

    python scripts/check_docs.py [FILE.md ...]

Without files: every document of the repository. One line per mistake; exits 1 when there is one.
"""

from __future__ import annotations

import re
import shlex
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^(?P<fence>`{3,})(?P<language>\w*)[^\n]*\n(?P<text>.*?)^(?P=fence)$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
SHELLS = {"sh", "bash", "console"}
OUTPUT = re.compile(r"^(?!\$ ).*$", re.MULTILINE)


class Parameter(Protocol):
    """What this asks of one option of a command."""

    opts: list[str]
    secondary_opts: list[str]


@dataclass(frozen=True)
class Mistake:
    """One thing in a document that is not so."""

    path: Path
    line: int
    what: str

    def __str__(self) -> str:
        """Show it as a compiler does, so that editors can jump to it."""
        shown = self.path.relative_to(ROOT) if self.path.is_relative_to(ROOT) else self.path
        return f"{shown}:{self.line}: {self.what}"


def mistakes(path: Path) -> Iterator[Mistake]:
    """Yield what is wrong in one document."""
    text = path.read_text("utf-8")
    for block in FENCE.finditer(text):
        line = text.count("\n", 0, block.start()) + 2
        if block["language"] in SHELLS:
            # In a console's transcript, what follows a prompt is typed and the rest is what was answered.
            typed = OUTPUT.sub("", block["text"]) if block["language"] == "console" else block["text"]
            for offset, command in commands(typed):
                yield from (Mistake(path, line + offset, what) for what in command_mistakes(command))
        elif block["language"] == "toml" and re.search(r"^app *=", block["text"], re.MULTILINE):
            yield from (Mistake(path, line, what) for what in config_mistakes(block["text"]))
    for link in LINK.finditer(FENCE.sub(lambda block: "\n" * block[0].count("\n"), text)):
        target = link["target"].split("#")[0]
        if target and "://" not in target and not target.startswith("mailto:") and not (path.parent / target).exists():
            yield Mistake(path, text.count("\n", 0, link.start()) + 1, f"the link {link['target']} leads nowhere")


def commands(block: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line number within a shell block, and the words, of each command of ours in it."""
    joined = re.sub(r"\\\n *", "\x00", block)  # a continued line is one command, and counts as its lines
    line = 0
    for raw in joined.split("\n"):
        text = raw.replace("\x00", " ").strip().removeprefix("$ ")
        inner = re.findall(r"\$\(([^()]*)\)", text)  # $(...) holds a command of its own, also between quotes
        for part in [re.sub(r"\$\([^()]*\)", "_", text), *inner]:
            yield from ((line, words) for words in ours(part))
        if re.search(r"pip3? install (?:\S+ )*ecsdeploy\b", text):
            yield line, ["pip-install"]
        line += 1 + raw.count("\x00")


def ours(text: str) -> Iterator[list[str]]:
    """Yield the words after each `ecsdeploy` that is run in a line of shell."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
    lexer.commenters = "#"
    words: list[str] | None = None
    starts = True
    for word in lexer:
        if starts and word == "ecsdeploy":
            if words is not None:
                yield words
            words = []
        elif set(word) <= set(";&|()<>"):
            if words is not None:
                yield words
            words = None
        elif words is not None:
            words.append(word)
        starts = word in {"--", "exec", "time"} or set(word) <= set(";&|(")
    if words is not None:
        yield words


def command_mistakes(words: Sequence[str]) -> Iterator[str]:
    """Yield what the command line would not know of these words."""
    import typer

    from ecsdeploy.cli import app

    if list(words) == ["pip-install"]:
        yield "the package index may hold somebody else's ecsdeploy: show how to install from a checkout or a commit"
        return
    command, name, rest = typer.main.get_command(app), "ecsdeploy", list(words)
    while rest and not rest[0].startswith("-") and isinstance(known := getattr(command, "commands", None), dict):
        if rest[0] not in known:
            yield f"{name} has no command {rest[0]}"
            return
        name, command = f"{name} {rest[0]}", known[rest.pop(0)]
    options = known_options(command.params)
    for word in rest:
        if word == "--":
            return
        option = word.split("=")[0]
        if option.startswith("-") and option not in options:
            yield f"{name} has no option {option}"


def known_options(parameters: Sequence[Parameter]) -> set[str]:
    """Return every spelling of the options among `parameters`."""
    return {"--help", "-h"}.union(*(one.opts + one.secondary_opts for one in parameters))


def config_mistakes(text: str) -> Iterator[str]:
    """Yield what loading this config would answer."""
    from ecsdeploy.config.load import load
    from ecsdeploy.errors import EcsdeployError

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ecsdeploy.toml"
        path.write_text(text, "utf-8")
        try:
            load(path)
        except EcsdeployError as error:
            yield " ".join([f"this config does not load: {error}", *(error.why or "").split()])


def documents() -> list[Path]:
    """Return the repository's own documents."""
    places = [ROOT.glob("*.md"), *((ROOT / name).rglob("*.md") for name in ("docs", "examples", "benchmarks"))]
    return sorted(path for place in places for path in place if "node_modules" not in path.parts)


def main(arguments: Sequence[str]) -> int:
    """Print the mistakes; 1 when there are any."""
    paths = [Path(name).resolve() for name in arguments] or documents()
    found = [mistake for path in paths for mistake in mistakes(path)]
    for mistake in found:
        print(mistake)
    if not found:
        print(f"{len(paths)} documents hold what they promise.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
