"""Which lines of a log say why a program ended: an exception's own words, which are seldom among the last lines.

Each language prints its exceptions in a form of its own; where none is recognised, lines that speak of an error are
taken, and the end of the log. No line is changed, and what is left out is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

ROOM = 20
"""How many lines a reader is shown."""
UNREADABLE = "(the log could not be read: "
"""How the line begins that stands for a log that could not be read."""
_EXCEPTIONS = 6
_ERRORS = 4
_BEFORE, _AFTER = 4, 3
"""What is shown around an exception: Python's last frame stands before it, Node's and Java's first behind it."""

_EXCEPTION = re.compile(
    r"(?:Uncaught |Unhandled )?(?:[\w$]+\.)*(?:[A-Z][\w$]*)?(?:Error|Exception|Exit|Interrupt)(?: \[\w+\])?(?::\s|$)"
    r"|Exception in thread \""  # Java
    r"|Caused by: "
    r"|Unhandled exception\. |\s*---> "  # .NET
    r"|panic: |fatal error: "  # Go
    r"|thread '.*' (?:\(\d+\) )?panicked at"  # Rust
    r"|\S+\.rb:\d+:in [`'].*\([A-Z][\w:]*\)$"  # Ruby
    r"|(?:PHP )?Fatal error: "
    r"|.*\[(?:emerg|alert)\] "  # nginx
)
_TRACEBACK = re.compile(r"(\W*)Traceback \(most recent call last\):")
_MARK = re.compile(r"\.\.\. \d+ lines? left out")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_ERROR = re.compile(
    r"\"(?:level|severity|lvl|log\.level)\"\s*:\s*(?:\"(?i:error|fatal|critical|panic|emerg\w*|alert)\"|[56]0\b)"
    r"|\blevel=(?:error|fatal|panic)\b"
    r"|\b\w*(?:Error|Exception)\b"
    r"|\b(?:ERROR|FATAL|CRITICAL|SEVERE|PANIC)\b"
    r"|(?i:\b(?:error|fatal|exception|failed|failure|cannot|can't|could not|unable to|refused|denied|not found"
    r"|no such file|not permitted|not known|name resolution|parameter (?:null or )?not set|unbound variable"
    r"|read-only file system|in use|out of memory|no space left|exec format)\b)"
)


def choose(lines: Sequence[str], room: int = ROOM) -> list[str]:
    """Return at most `room` of `lines`, in their order, and a mark wherever some are left out; all if they fit.

    The last line is among them, and so are the first and the last exception's own words.
    """
    if len(lines) <= room:
        return list(lines)
    kept = {len(lines) - 1}
    for index in _by_worth(_plain(lines)):
        if len(kept) >= room:
            break
        kept.add(index)
    return list(_marked(lines, sorted(kept)))


def exception(lines: Sequence[str]) -> str:
    """Return the words of the last exception, "" if there is none: a line that only speaks of an error may mislead."""
    plain = of_program(lines)
    found = _exceptions(plain)
    return plain[found[-1]].strip() if found else ""


def telling(lines: Sequence[str]) -> str:
    """Return what `lines` say went wrong, without numbers, to compare with another's; "" if they do not say."""
    said = last_words(lines)
    return re.sub(r"0x[0-9a-f]+|\d+", "#", said[-1]).strip() if said else ""


def is_mark(line: str) -> bool:
    """Return whether a line of a choice stands for what is left out."""
    return _MARK.fullmatch(line) is not None


def last_words(lines: Sequence[str]) -> list[str]:
    """Return the last lines that say what went wrong, without colours: exceptions' own words if there are any."""
    plain = of_program(lines)
    found = _exceptions(plain) or _errors(plain)
    return [plain[index] for index in found[-_ERRORS:]]


def of_program(lines: Sequence[str]) -> list[str]:
    """Return what a program wrote, without colours: why a log could not be read says nothing of the program."""
    return [line for line in _plain(lines) if not line.startswith(UNREADABLE)]


def _plain(lines: Sequence[str]) -> list[str]:
    """Return `lines` without colours: many loggers colour what matters."""
    return [_COLOUR.sub("", line) for line in lines]


def _by_worth(lines: Sequence[str]) -> Iterator[int]:
    """Yield the indexes of `lines`, what says most first; some more than once."""
    exceptions = _first_last_and_others(lines, _exceptions(lines))
    yield from exceptions[:_EXCEPTIONS]
    yield from _first_last_and_others(lines, _errors(lines))[:_ERRORS]
    for index in exceptions[1::-1]:
        yield from range(index - 1, max(-1, index - 1 - _BEFORE), -1)
        yield from range(index + 1, min(len(lines), index + 1 + _AFTER))
    yield from range(len(lines) - 1, -1, -1)


def _first_last_and_others(lines: Sequence[str], found: list[int]) -> list[int]:
    """Return `found` in the order of worth: the first, the last, the others from the end; each text once."""
    texts: dict[str, int] = {}
    for index in [*found[:1], *found[:0:-1]]:
        texts.setdefault(lines[index], index)
    return list(texts.values())


def _exceptions(lines: Sequence[str]) -> list[int]:
    """Return where an exception's own words are: the line with its name and message."""
    named = {index for index, line in enumerate(lines) if _EXCEPTION.match(line)}
    return sorted(named | set(_ends_of_tracebacks(lines)))


def _ends_of_tracebacks(lines: Sequence[str]) -> Iterator[int]:
    """Yield the line after each of Python's tracebacks, whatever the exception is called."""
    margin: str | None = None
    for index, line in enumerate(lines):
        if begins := _TRACEBACK.match(line):
            margin = begins[1]
        elif margin is not None and not line.startswith(f"{margin} ") and line.strip(" |"):
            margin = None
            yield index


def _errors(lines: Sequence[str]) -> list[int]:
    """Return where an error is spoken of; what is indented is the code and the frames of an exception."""
    return [index for index, line in enumerate(lines) if _ERROR.search(line) and not line[:1].isspace()]


def _marked(lines: Sequence[str], kept: Iterable[int]) -> Iterator[str]:
    following = 0
    for index in kept:
        if left := index - following:
            yield f"... {left} {'line' if left == 1 else 'lines'} left out"
        yield lines[index]
        following = index + 1
