"""From Go's syntax to Python's, piece by piece, in the order in which Go finds what is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from ecsdeploy.sandbox.goregexp import classes
from ecsdeploy.sandbox.goregexp.errors import GoPatternError
from ecsdeploy.sandbox.goregexp.escapes import character, character_class, posix_class

_MOST_REPEATS = 1000
_COUNT = re.compile(r"\{(0|[1-9]\d*)(,(0|[1-9]\d*)?)?\}", re.ASCII)
_NAME = re.compile(r"\w+", re.ASCII)
_ANCHORS = {
    "A": r"\A",
    "z": r"\Z",
    "b": r"(?a:\b)",
    "B": r"(?!(?a:\b))",  # Python's own \B finds nothing in an empty text
}


@dataclass(frozen=True)
class Flags:
    """What `(?ims)` switches; U changes only how long a match is."""

    i: bool = False
    m: bool = False
    s: bool = False
    U: bool = False


@dataclass(frozen=True)
class Node:
    """A piece in Python's syntax, and how often its innermost piece is repeated at most."""

    text: str
    repeats: int = 1


@dataclass
class Group:
    """A group that is not closed yet, and the flags that hold again behind it."""

    flags: Flags
    closed: list[str] = field(default_factory=list)
    pieces: list[Node] = field(default_factory=list)
    repeats: int = 1

    def bar(self) -> None:
        """End an alternative."""
        self.closed.append("".join(piece.text for piece in self.pieces))
        self.repeats = max([self.repeats, *(piece.repeats for piece in self.pieces)])
        self.pieces = []

    def node(self) -> Node:
        """End the group."""
        self.bar()
        return Node(f"(?:{'|'.join(self.closed)})", self.repeats)


class Parser:
    """Reads one expression. `parse` raises `GoPatternError` or `NotTranslatable`."""

    def __init__(self, pattern: str) -> None:
        self._whole = self._rest = pattern
        self._flags = Flags()
        self._groups = [Group(self._flags)]

    def parse(self) -> str:
        """Return the expression in Python's syntax."""
        before = ""
        while self._rest:
            before = self._step(before)
        if len(self._groups) > 1:
            raise GoPatternError("missing closing )", self._whole)
        return self._groups[0].node().text

    def _step(self, before: str) -> str:
        """Read one piece; `before` is the rest from a repetition on that stood just before. Return the same of this."""
        match self._rest[0]:
            case "(":
                self._open()
            case "|":
                self._groups[-1].bar()
                self._rest = self._rest[1:]
            case ")":
                self._close()
            case "*" | "+" | "?":
                return self._repeat(self._rest[0], self._rest[1:], before, 1)
            case "{":
                return self._counted(before)
            case "[":
                self._class()
            case "\\":
                self._escape()
            case letter:
                self._letter(letter)
        return ""

    # ---- pieces

    def _add(self, text: str) -> None:
        self._groups[-1].pieces.append(Node(text))

    def _literal(self, letter: str) -> None:
        self._add(f"(?i:{re.escape(letter)})" if self._flags.i else re.escape(letter))

    def _letter(self, letter: str) -> None:
        self._rest = self._rest[1:]
        match letter:
            case "^":
                self._add("(?m:^)" if self._flags.m else r"\A")
            case "$":
                self._add("(?m:$)" if self._flags.m else r"\Z")
            case ".":
                self._add(r"[\s\S]" if self._flags.s else r"[^\n]")
            case _:
                self._literal(letter)

    def _escape(self) -> None:
        letter = self._rest[1:2]
        if letter in _ANCHORS:
            self._add(_ANCHORS[letter])
            self._rest = self._rest[2:]
        elif letter == "C":
            raise GoPatternError("invalid escape sequence", r"\C")
        elif letter == "Q":
            literal, _, self._rest = self._rest[2:].partition(r"\E")
            for each in literal:
                self._literal(each)
        elif named := character_class(self._rest):
            ranges, self._rest = named
            self._set(ranges, negated=False)
        else:
            point, self._rest = character(self._rest)
            self._literal(chr(point))

    def _set(self, ranges: tuple[classes.Range, ...], *, negated: bool) -> None:
        text = classes.source(ranges, negated=negated)
        self._add(f"(?i:{text})" if self._flags.i else text)

    def _class(self) -> None:
        text = self._rest[1:]
        negated = text.startswith("^")
        text = text[1:] if negated else text
        ranges: list[classes.Range] = []
        first = True
        while first or not text.startswith("]"):
            first = False
            named = posix_class(text) or (character_class(text) if text else None)
            if named:
                ranges += named[0]
                text = named[1]
                continue
            found, text = self._range(text)
            ranges.append(found)
        self._rest = text[1:]
        self._set(tuple(ranges), negated=negated)

    def _range(self, text: str) -> tuple[classes.Range, str]:
        low, after = self._class_letter(text)
        high = low
        if len(after) >= 2 and after[0] == "-" and after[1] != "]":
            high, after = self._class_letter(after[1:])
            if high < low:
                raise GoPatternError("invalid character class range", text[: len(text) - len(after)])
        return (low, high), after

    def _class_letter(self, text: str) -> tuple[int, str]:
        if not text:
            raise GoPatternError("missing closing ]", self._rest)
        return character(text) if text[0] == "\\" else (ord(text[0]), text[1:])

    # ---- repetitions

    def _counted(self, before: str) -> str:
        match = _COUNT.match(self._rest)
        if match is None:
            self._literal("{")
            self._rest = self._rest[1:]
            return ""
        least = int(match[1])
        most = int(match[3]) if match[3] else None if match[2] else least
        if least > _MOST_REPEATS or (most is not None and (most > _MOST_REPEATS or least > most)):
            raise GoPatternError("invalid repeat count", match[0])
        text = f"{{{least},{'' if most is None else most}}}"
        return self._repeat(text, self._rest[match.end() :], before, least if most is None else most)

    def _repeat(self, operator: str, after: str, before: str, times: int) -> str:
        here = self._rest
        if after.startswith("?"):
            operator, after = operator + "?", after[1:]
        if before:
            raise GoPatternError("invalid nested repetition operator", before[: len(before) - len(after)])
        written = here[: len(here) - len(after)]
        pieces = self._groups[-1].pieces
        if not pieces:
            raise GoPatternError("missing argument to repetition operator", written)
        piece = pieces.pop()
        repeats = piece.repeats * times if times else 1
        if times >= 2 and repeats > _MOST_REPEATS:
            raise GoPatternError("invalid repeat count", written)
        pieces.append(Node(f"(?:{piece.text}){operator}", repeats))
        self._rest = after
        return here

    # ---- groups

    def _open(self) -> None:
        if self._rest.startswith("(?"):
            self._open_with_flags()
        else:
            self._push(self._flags, self._rest[1:])

    def _push(self, inner: Flags, rest: str) -> None:
        self._groups.append(Group(self._flags))
        self._flags, self._rest = inner, rest

    def _close(self) -> None:
        if len(self._groups) == 1:
            raise GoPatternError("unexpected )", self._whole)
        group = self._groups.pop()
        self._flags = group.flags
        self._groups[-1].pieces.append(group.node())
        self._rest = self._rest[1:]

    def _open_with_flags(self) -> None:
        here = self._rest
        if (len(here) > 4 and here.startswith("(?P<")) or (len(here) > 3 and here.startswith("(?<")):
            self._open_named(here)
            return
        flags, on, seen = self._flags, True, False
        for at, letter in enumerate(here[2:], 2):
            if letter in "imsU":
                flags, seen = replace(flags, **{letter: on}), True
            elif letter == "-" and on:
                on, seen = False, False
            elif letter == ":" and (on or seen):
                self._push(flags, here[at + 1 :])
                return
            elif letter == ")" and (on or seen):
                self._flags, self._rest = flags, here[at + 1 :]
                return
            else:
                raise GoPatternError("invalid or unsupported Perl syntax", here[: at + 1])
        raise GoPatternError("invalid or unsupported Perl syntax", here)

    def _open_named(self, here: str) -> None:
        start, end = here.index("<") + 1, here.find(">")
        if end < 0:
            raise GoPatternError("invalid named capture", here)
        if not _NAME.fullmatch(here[start:end]):
            raise GoPatternError("invalid named capture", here[: end + 1])
        self._push(self._flags, here[end + 1 :])
