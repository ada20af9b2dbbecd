"""Columns of a space-delimited line: `[ip, user, ..., status_code = 4* && status_code != 404, bytes]`."""

from __future__ import annotations

from dataclasses import dataclass

from ecsdeploy.sandbox.logs.filters.expression import Expression, parse_expression
from ecsdeploy.sandbox.logs.filters.scanner import MALFORMED, PatternError, Scanner
from ecsdeploy.sandbox.logs.filters.values import Comparison, number

_CLOSERS = {"[": "]", '"': '"'}


@dataclass(frozen=True)
class Named:
    """One condition on a column, which it calls by `name`; without a comparison it only gives the name."""

    name: str
    test: Comparison | None


@dataclass(frozen=True)
class Column:
    """One position of the line, named or not."""

    name: str = ""
    expression: Expression[Named] | None = None

    def holds(self, text: str) -> bool:
        """Return whether the field's text satisfies the column's conditions."""
        if self.expression is None:
            return True
        value = number(text)
        return self.expression.satisfied(lambda named: named.test is None or named.test.holds(text, value))


@dataclass(frozen=True)
class ColumnsPattern:
    """Events whose fields satisfy every column.

    Without an ellipsis the last column takes what is left of the line: `[w1=ERROR, w2]` finds every line of two
    words or more that begins with ERROR (User Guide, "Match terms in order").
    """

    before: tuple[Column, ...]
    after: tuple[Column, ...] | None

    @classmethod
    def parse(cls, text: str) -> ColumnsPattern:
        """Return the pattern. Raises `PatternError`, also for two ellipses or more than two regexes."""
        scanner = Scanner(text)
        scanner.expect("[")
        columns: list[Column | None] = [_column(scanner)]
        while scanner.take(","):
            columns.append(_column(scanner))
        scanner.expect("]")
        if not scanner.done():
            scanner.fail()
        tests = [named.test for c in columns if c and c.expression is not None for named in c.expression.leaves()]
        if columns.count(None) > 1 or sum(test is not None and test.regex is not None for test in tests) > 2:
            raise PatternError(MALFORMED)
        cut = columns.index(None) if None in columns else len(columns)
        before, after = columns[:cut], columns[cut + 1 :]
        return cls(tuple(c for c in before if c), tuple(c for c in after if c) if len(before) < len(columns) else None)

    def matches(self, message: str) -> bool:
        """Return whether the event is let through."""
        return self._fields(message) is not None

    def extract(self, message: str) -> dict[str, str]:
        """Return the fields of a matching event: `$name`, or `$1`, `$2`, ... where the column has no name."""
        fields = self._fields(message) or []
        return {f"${column.name or position}": text for position, (column, text) in enumerate(fields, start=1)}

    def _fields(self, message: str) -> list[tuple[Column, str]] | None:
        limit = len(self.before) if self.after is None else None
        texts = split_fields(message, limit)
        after = self.after or ()
        spare = len(texts) - len(self.before) - len(after)
        if spare < 0:
            return None
        columns = (*self.before, *(Column(),) * spare, *after)
        fields = list(zip(columns, texts, strict=True))
        return fields if all(column.holds(text) for column, text in fields) else None


def split_fields(line: str, limit: int | None = None) -> list[str]:
    """Return a line's fields; brackets and double quotes hold one together and are left out.

    With a `limit`, the last of that many fields is the rest of the line.
    """
    fields: list[str] = []
    at = 0
    while True:
        while at < len(line) and line[at].isspace():
            at += 1
        if at >= len(line):
            return fields
        text, end = _field(line, at)
        if limit is not None and len(fields) + 1 == limit and line[end:].strip():
            return [*fields, line[at:].rstrip()]
        fields.append(text)
        at = end


def _field(line: str, at: int) -> tuple[str, int]:
    closer = _CLOSERS.get(line[at])
    if closer:
        end = line.find(closer, at + 1)
        if end >= 0 and (end + 1 == len(line) or line[end + 1].isspace()):
            return line[at + 1 : end], end + 1
    end = at
    while end < len(line) and not line[end].isspace():
        end += 1
    return line[at:end], end


def _column(scanner: Scanner) -> Column | None:
    """Read one column; None stands for the ellipsis."""
    if scanner.take("..."):
        return None
    scanner.skip_spaces()
    if scanner.peek() in (",", "]"):
        return Column()
    expression = parse_expression(scanner, _named)
    return Column(next(expression.leaves()).name, expression)


def _named(scanner: Scanner) -> Named:
    name = scanner.take_while("_-")
    if not name:
        scanner.fail()
    scanner.skip_spaces()
    return Named(name, None if scanner.peek() in (",", "]") else Comparison.parse(scanner))
