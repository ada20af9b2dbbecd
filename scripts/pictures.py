"""Pictures of a terminal for the README, made from a real run: `make pictures`.

Each scene is typed into a pseudo-terminal against a sandbox with real containers; a terminal emulator reads what
comes back, and its screen becomes an SVG without anything that would have to be loaded from elsewhere.

`--check` writes nothing: it plays the same scenes and exits 1 where a picture says something else than the commands do.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shlex
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from html import escape, unescape
from itertools import groupby
from pathlib import Path

import pyte
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from base_image import base_image
from machine import this_machine

COLUMNS, ROWS = 110, 400
FOLDER = Path("docs/pictures")
SANDBOX = "pictures"
SPEED = "4"
"""Faster, and the circuit breaker has often counted enough failures before the tool has explained one."""
SECONDS = 300
VARYING = re.compile(r"(?<=/)[\w-]{21}(?=\s|$)|(?=[0-9a-f]*[0-9])[0-9a-f]{7,}|[0-9]+[smhd]?")
"""What a run has of its own: ids and numbers."""
PASSING = re.compile(
    r"Rolling back:|\S+ failed, and (ECS rolled back|is being rolled back)|\d\d:\d\d:\d\d \(service |"
    r"(\d\d:\d\d:\d\d [0-9a-f]{8} \S+|\s+) \| "
    r"|[\s\d.s]*((task|replacement) [0-9a-f]{8} [A-Z]+\b|[A-Z_]+: (\d+/\d+ running|its tasks are no longer wanted)"
    r"|next: `ecsdeploy watch` follows the rollback)"
)
"""What is printed only where a look falls into the moment: states and messages on the way, and the application's own
lines."""
THEME = TerminalTheme(
    (22, 27, 34),
    (230, 237, 243),
    [(110, 118, 129), (255, 123, 114), (126, 231, 135), (227, 179, 65), (121, 192, 255), (210, 168, 255),
     (86, 212, 221), (201, 209, 217)],
    [(139, 148, 158), (255, 161, 152), (151, 240, 160), (242, 204, 96), (165, 214, 255), (226, 197, 255),
     (126, 231, 240), (255, 255, 255)],
)  # fmt: skip
SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<desc>{{desc}}</desc>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
<rect fill="#161b22" width="{width}" height="{height}" rx="8" />
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


Show = Callable[[str, list[Text]], None]
"""Takes a scene's name and what the terminal showed."""


def main(arguments: Sequence[str]) -> int:
    """Play every scene, and write its picture or compare it; return the exit code."""
    if list(arguments) not in ([], ["--check"]):
        print("usage: pictures.py [--check]", file=sys.stderr)
        return 2
    differing: list[str] = []
    play_all(partial(compare, differing) if arguments else write)
    for line in differing:
        print(line)
    return 1 if differing else 0


def play_all(show: Show) -> None:
    """Play every scene against one sandbox."""
    image = base_image(this_machine())
    with clean_source() as source, sandbox() as env:
        build = f"--build-arg BASE_IMAGE={image}"
        play = partial(scene, env=env, folder=source, show=show)
        play("plan", "ecsdeploy plan")
        play("deploy", f"ecsdeploy deploy {build}", hide=build)
        play("unchanged", "ecsdeploy deploy")
        play("status", "ecsdeploy status")
        play("cost", "ecsdeploy cost")
        play("chaos-stop", "ecsdeploy chaos-stop --yes")
        play("logs", "ecsdeploy logs --since 5m")
        with broken(source):
            play("failure", f"ecsdeploy deploy {build}", hide=build)
        another_size(source)
        run(["ecsdeploy", "deploy", "--image", head(source)], env, source)
        play("rollback", "ecsdeploy rollback --yes")


@contextmanager
def clean_source() -> Iterator[Path]:
    """Give a folder with the last commit and nothing else: a picture shows no half-done work."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "hello-service"
        subprocess.run(["git", "clone", "--quiet", ".", str(source)], check=True)
        yield source


@contextmanager
def broken(source: Path) -> Iterator[None]:
    """Commit a version whose command is not in its image; at the end it is as if that had never been."""
    dockerfile = source / "examples" / "hello-service" / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace('CMD ["node",', 'CMD ["nodemon",'))
    author = ["-c", "user.name=ecsdeploy", "-c", "user.email=dev@example.invalid"]
    subprocess.run(["git", *author, "commit", "--quiet", "--all", "--message", "Use nodemon"], cwd=source, check=True)
    yield
    subprocess.run(["git", "reset", "--quiet", "--hard", "HEAD~1"], cwd=source, check=True)


def another_size(source: Path) -> None:
    """Change the config, so that there is a revision to go back from."""
    config = source / "ecsdeploy.toml"
    config.write_text(config.read_text().replace("memory = 512", "memory = 1024"))


def head(source: Path) -> str:
    """Return the commit that the source is of."""
    told = subprocess.run(["git", "rev-parse", "HEAD"], cwd=source, check=True, capture_output=True, text=True)
    return told.stdout.strip()


@contextmanager
def sandbox() -> Iterator[dict[str, str]]:
    """Give the environment of a sandbox that is up until the end."""
    up = ["ecsdeploy", "sandbox", "up", "--name", SANDBOX, "--port", "0", "--speed", SPEED, "--detach"]
    run(up, os.environ)
    try:
        told = subprocess.run(
            ["ecsdeploy", "sandbox", "run", "--name", SANDBOX, "--", "env", "-0"], check=True, capture_output=True
        )
        yield dict(line.split("=", 1) for line in told.stdout.decode().split("\0") if "=" in line)
    finally:
        run(["ecsdeploy", "sandbox", "down", "--name", SANDBOX], os.environ)


def scene(name: str, command: str, *, env: Mapping[str, str], folder: Path, show: Show, hide: str = "") -> None:
    """Type `command` in `folder` and show what the terminal does; `hide` is typed, and not shown."""
    terminal = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(terminal)
    shown = command.replace(f" {hide}", "") if hide else command
    stream.feed(f"\x1b[1;32m$\x1b[0m {shown}\r\n".encode())
    type_in(shlex.split(command), env, folder, stream)
    rows = [row(terminal, y) for y in range(ROWS)]
    while rows and not rows[-1].plain.strip():
        rows.pop()
    show(name, rows)


def type_in(argv: list[str], env: Mapping[str, str], folder: Path, stream: pyte.ByteStream) -> None:
    """Run `argv` in a pseudo-terminal; what it prints goes to `stream`."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 60, COLUMNS, 0, 0))
    environ = {**env, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}
    child = subprocess.Popen(
        argv, stdin=theirs, stdout=theirs, stderr=theirs, env=environ, cwd=folder, start_new_session=True
    )
    os.close(theirs)
    deadline = time.monotonic() + SECONDS
    try:
        while time.monotonic() < deadline:
            ready, _, _ = select.select([ours], [], [], 0.2)
            if not ready and child.poll() is not None:
                break
            if ready:
                try:
                    data = os.read(ours, 65536)
                except OSError:  # the other end is closed: the command is over
                    break
                stream.feed(data)
    finally:
        child.kill()
        child.wait()
        os.close(ours)


def write(name: str, rows: list[Text]) -> None:
    """Write the picture of a scene, ids and addresses of this run included: it is what was seen."""
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115
    for line in rows:
        console.print(line, no_wrap=True, overflow="crop", crop=True)
    svg = console.export_svg(title="", theme=THEME, code_format=SVG, unique_id=f"t-{name}")
    svg = re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.svg"
    path.write_text(svg.replace("{desc}", escape("\n".join(line.plain for line in rows)), 1))
    print(f"{path}: {len(rows)} lines")


def compare(differing: list[str], name: str, rows: list[Text]) -> None:
    """Add to `differing` each kind of line that only the picture or only the terminal shows."""
    picture = (FOLDER / f"{name}.svg").read_text()
    shown = unescape(picture.partition("<desc>")[2].partition("</desc>")[0])
    before, now = kinds(shown.splitlines()), kinds(line.plain for line in rows)
    differing += [f"{name}.svg shows what is not printed any more: {before[each]}" for each in before - now.keys()]
    differing += [f"{name}.svg lacks what is printed now: {now[each]}" for each in now - before.keys()]


def kinds(lines: Iterable[str]) -> dict[str, str]:
    """Return the kinds of `lines`, each with its first line: ids, times, amounts and spaces make no other kind."""
    found: dict[str, str] = {}
    for line in unwrapped(lines):
        if not PASSING.match(line):
            found.setdefault(kind(line), line)
    return found


def kind(line: str) -> str:
    """Return what is the same in the lines of one kind."""
    plain = VARYING.sub("0", re.sub(r"[\s\u2500-\u257f]+", " ", line).strip())
    return plain.replace(" (0 times)", "")


def unwrapped(lines: Iterable[str]) -> Iterator[str]:
    """Yield `lines` as they were before the terminal broke those that are wider than it."""
    whole = ""
    for line in lines:
        whole += line
        if len(line) < COLUMNS:
            yield whole
            whole = ""
    yield whole


def row(terminal: pyte.Screen, y: int) -> Text:
    """Return one row of the screen with its colours."""
    text = Text(end="")
    cells = (terminal.buffer[y][x] for x in range(COLUMNS))
    for style, run_of in groupby(cells, key=lambda cell: (cell.fg, cell.bold, cell.reverse)):
        fg, bold, reverse = style
        text.append("".join(cell.data for cell in run_of), Style(color=colour(fg), bold=bold, reverse=reverse))
    text.rstrip()
    return text


def colour(name: str) -> str | None:
    """Return the emulator's colour as rich names it."""
    if name == "default":
        return None
    if re.fullmatch(r"[0-9a-f]{6}", name):
        return f"#{name}"
    return (
        {"brown": "yellow"}.get(name, name).replace("bright", "bright_").replace("__", "_").replace("brown", "yellow")
    )


def run(argv: list[str], env: Mapping[str, str], folder: Path | None = None) -> None:
    """Run a command whose output belongs to no picture."""
    subprocess.run(argv, check=True, env=dict(env), cwd=folder, stdout=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
