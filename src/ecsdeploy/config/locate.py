"""Where each key of a TOML text is. tomllib gives no positions, so this walks the text once more.

It is only asked about texts that tomllib has read, so it checks nothing: it steps over strings, comments and values,
and notes the line of every key. A key it cannot find has no line, never a wrong one.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Callable, Mapping
from contextlib import suppress

Key = tuple[str | int, ...]

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}(?!")' r"|'''.*?'{3,5}(?!')" r'|"(?:\\.|[^"\\\n])*"' r"|'[^'\n]*'", re.DOTALL
)
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_VALUE = re.compile(r"[^,\]}#\n]+")


def numbers_of(text: str) -> Mapping[Key, str]:
    """Return each number, date or boolean of `text` as it is written there."""
    return _scanned(text).bare


def lines_of(text: str) -> Mapping[Key, int]:
    """Return the line (from 1) of each key and table of `text`; elements of arrays are found by their index."""
    return _scanned(text).lines


def _scanned(text: str) -> _Scan:
    scan = _Scan(text)
    with suppress(ValueError, IndexError, RecursionError):  # what was found so far is right
        scan.document()
    return scan


class _Scan:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Key, int] = {}
        self.counts: dict[Key, int] = {}
        self.bare: dict[Key, str] = {}
        self.breaks = [found.start() for found in re.finditer("\n", text)]

    def document(self) -> None:
        table: Key = ()
        self._skip()
        while self.at < len(self.text):
            if self.text.startswith("[", self.at):
                table = self._header()
            else:
                self._pair(table)
            self._skip()

    def _header(self) -> Key:
        is_element = self.text.startswith("[[", self.at)
        start = self.at
        self.at += 2 if is_element else 1
        table = self._resolved(self._path(), is_element=is_element)
        self._note(table, start)
        self.at = self.text.index("]", self.at) + (2 if is_element else 1)
        return table

    def _resolved(self, path: Key, *, is_element: bool) -> Key:
        """`[[a]]` opens the next a, and `[a.b]` after it speaks of the last one."""
        table: Key = ()
        for position, part in enumerate(path):
            table = (*table, part)
            if is_element and position == len(path) - 1:
                self.counts[table] = self.counts.get(table, -1) + 1
            if table in self.counts:
                table = (*table, self.counts[table])
        return table

    def _pair(self, table: Key) -> None:
        start = self.at
        key = (*table, *self._path())
        for length in range(len(table) + 1, len(key) + 1):
            self._note(key[:length], start)
        self.at = self.text.index("=", self.at) + 1
        self._skip()
        self._value(key)

    def _value(self, key: Key) -> None:
        match self.text[self.at]:
            case "{":
                self._items("}", lambda _: self._pair(key))
            case "[":
                self._items("]", lambda index: self._element((*key, index)))
            case '"' | "'":
                self._take(_STRING)
            case _:
                self.bare[key] = self._take(_VALUE).strip()

    def _element(self, key: Key) -> None:
        self._note(key, self.at)
        self._value(key)

    def _items(self, end: str, one: Callable[[int], None]) -> None:
        self.at += 1
        index = 0
        self._skip()
        while self.text[self.at] != end:
            one(index)
            index += 1
            self._skip()
            if self.text[self.at] == ",":
                self.at += 1
                self._skip()
        self.at += 1

    def _path(self) -> Key:
        parts: list[str] = []
        while True:
            self._blank()
            quoted = self.text[self.at] in "\"'"
            word = self._take(_STRING if quoted else _BARE)
            parts.append(tomllib.loads(f"key = {word}")["key"] if quoted else word)
            self._blank()
            if not self.text.startswith(".", self.at):
                return tuple(parts)
            self.at += 1

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if not found:
            raise ValueError("this is not TOML")
        self.at = found.end()
        return found[0]

    def _blank(self) -> None:
        while self.text[self.at] in " \t":
            self.at += 1

    def _skip(self) -> None:
        self._take(_SPACE)

    def _note(self, key: Key, start: int) -> None:
        self.lines.setdefault(key, bisect_left(self.breaks, start) + 1)
