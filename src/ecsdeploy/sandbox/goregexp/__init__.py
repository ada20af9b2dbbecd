"""Go's regular expressions, which Docker's log drivers use: read as Go reads them, and matched by Python.

The syntax and the errors are those of Go's `regexp/syntax` (RE2: no look-around, no back-references, ASCII classes,
`$` and `\\z` at the very end). An expression becomes one of Python's that matches the same texts. Two things differ:
Python goes back and forth where Go needs linear time, and the scripts of `\\p{Greek}` are not known here.
"""

from __future__ import annotations

import re

from ecsdeploy.sandbox.goregexp.errors import GoPatternError, NotTranslatable
from ecsdeploy.sandbox.goregexp.parser import Parser

__all__ = ["GoPatternError", "NotTranslatable", "compile_go"]


def compile_go(pattern: str) -> re.Pattern[str]:
    """Return a pattern whose `search` finds what Go's does.

    Raises `GoPatternError` with Go's own text for what Go refuses, `NotTranslatable` for what Python cannot do.
    """
    try:
        return re.compile(Parser(pattern).parse())
    except RecursionError:
        raise GoPatternError("expression nests too deeply", pattern) from None
