"""Pictures of a terminal for the README, made from a real run: `make pictures`.

Each scene is typed into a pseudo-terminal against a sandbox with real containers; a terminal emulator reads what
comes back, and its screen becomes an SVG without anything that would have to be loaded from elsewhere.
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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
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
SPEED = "10"
SECONDS = 300
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


def main() -> int:
    """Play every scene and write its picture; return the exit code."""
    image = base_image(this_machine())
    FOLDER.mkdir(parents=True, exist_ok=True)
    with clean_source() as source, sandbox() as env:
        build = f"--build-arg BASE_IMAGE={image}"
        play = partial(scene, env=env, folder=source)
        play("plan", "ecsdeploy plan")
        play("deploy", f"ecsdeploy deploy {build}", hide=build)
        play("unchanged", "ecsdeploy deploy")
        play("status", "ecsdeploy status")
        play("cost", "ecsdeploy cost")
        play("chaos-stop", "ecsdeploy chaos-stop --yes")
        play("logs", "ecsdeploy logs --since 5m")
        run(["ecsdeploy", "sandbox", "break", "crash", "--name", SANDBOX], env)
        play("failure", "ecsdeploy deploy --force-new-deployment")
        another_size(source)
        run(["ecsdeploy", "deploy", "--image", head(source)], env, source)
        play("rollback", "ecsdeploy rollback --yes")
    return 0


@contextmanager
def clean_source() -> Iterator[Path]:
    """Give a folder with the last commit and nothing else: a picture shows no half-done work."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "hello-service"
        subprocess.run(["git", "clone", "--quiet", ".", str(source)], check=True)
        yield source


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


def scene(name: str, command: str, *, env: Mapping[str, str], folder: Path, hide: str = "") -> None:
    """Type `command` in `folder` and write what the terminal shows; `hide` is typed, and not shown."""
    terminal = pyte.Screen(COLUMNS, ROWS)
    stream = pyte.ByteStream(terminal)
    shown = command.replace(f" {hide}", "") if hide else command
    stream.feed(f"\x1b[1;32m$\x1b[0m {shown}\r\n".encode())
    type_in(shlex.split(command), env, folder, stream)
    write(name, terminal)


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


def write(name: str, terminal: pyte.Screen) -> None:
    """Write the terminal's screen as an SVG, ids and addresses of this run included: it is what was seen."""
    rows = [row(terminal, y) for y in range(ROWS)]
    while rows and not rows[-1].plain.strip():
        rows.pop()
    console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115
    for line in rows:
        console.print(line, no_wrap=True, overflow="crop", crop=True)
    svg = console.export_svg(title="", theme=THEME, code_format=SVG, unique_id=f"t-{name}")
    svg = re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)
    (FOLDER / f"{name}.svg").write_text(svg)
    print(f"{FOLDER / name}.svg: {len(rows)} lines")


def row(terminal: pyte.Screen, y: int) -> Text:
    """Return one row of the screen with its colours."""
    text = Text(end="")
    for x in range(COLUMNS):
        cell = terminal.buffer[y][x]
        text.append(cell.data, Style(color=colour(cell.fg), bold=cell.bold, reverse=cell.reverse))
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
    sys.exit(main())
