"""BuildKit's plain progress, line by line: what is worth showing, and which step failed.

The format is that of `docker build --progress plain`: `#7 [2/3] RUN ...` opens a step, `#7 0.21 text` is its output,
`#7 DONE 0.2s`, `#7 CACHED` or `#7 ERROR: ...` ends it; lines without a number come from the client.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field

from ecsdeploy.image.build_failure import SHOWN_LINES

_VERTEX = re.compile(r"#(?P<number>\d+) (?P<text>.*)")
_OUTPUT = re.compile(r"(?P<seconds>\d+\.\d+) ?(?P<text>.*)")
_NOISE = re.compile(r"sha256:[0-9a-f]{64}$|transferring |sha256:\S+ .* done$|extracting sha256:|resolve \S+ .*done$")


@dataclass
class PlainProgress:
    """Reads the lines of one build in order; afterwards says what went wrong, if something did."""

    names: dict[str, str] = field(default_factory=dict)
    output: dict[str, deque[str]] = field(default_factory=dict)
    error: str = ""
    failed: str = ""
    rest: deque[str] = field(default_factory=lambda: deque(maxlen=SHOWN_LINES))

    def read(self, line: str) -> str:
        """Take a line; return it as it should be shown, or "" to skip it."""
        found = _VERTEX.fullmatch(line)
        if found is None:
            return self._client(line)
        number, text = found["number"], found["text"].rstrip()
        if text.startswith("ERROR: "):
            self.failed, self.error = number, text.removeprefix("ERROR: ")
            return line
        if _NOISE.match(text):
            return ""
        said = _OUTPUT.fullmatch(text)
        if said is not None:
            self.output.setdefault(number, deque(maxlen=SHOWN_LINES)).append(said["text"])
        elif number not in self.names:
            self.names[number] = text
        return line

    @property
    def step(self) -> str:
        """Return the failed step as the Dockerfile has it, or ""."""
        return self.names.get(self.failed, "")

    @property
    def last_lines(self) -> tuple[str, ...]:
        """Return what the failed step printed last; without one, what the client did."""
        return tuple(self.output.get(self.failed, ())) if self.failed else tuple(self.rest)

    def _client(self, line: str) -> str:
        text = line.strip()
        if not text or text.startswith("---"):
            return ""
        self.rest.append(text)
        return "" if self.failed else text
