"""Where an event of several lines begins: `awslogs-multiline-pattern` and `awslogs-datetime-format`.

As Docker's driver reads them (moby, `daemon/logger/awslogs`): a date format becomes a regular expression of Go's, in
which what is no sequence stays as it is, so that brackets make a set of characters; an unknown sequence vanishes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from ecsdeploy.sandbox.goregexp import GoPatternError, compile_go

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LONG_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONG_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class BadOption(Exception):
    """Docker's driver refuses a log option, with this text."""


def _one_of(*words: str) -> str:
    return f"(?:{'|'.join(words)})"


SEQUENCES: Mapping[str, str] = {
    "%a": _one_of(*_DAYS),
    "%A": _one_of(*_LONG_DAYS),
    "%w": "[0-6]",
    "%d": _one_of("0[1-9]", "[1,2][0-9]", "3[0,1]"),
    "%b": _one_of(*_MONTHS),
    "%B": _one_of(*_LONG_MONTHS),
    "%m": _one_of("0[1-9]", "1[0-2]"),
    "%Y": r"\d{4}",
    "%y": r"\d{2}",
    "%H": _one_of("[0,1][0-9]", "2[0-3]"),
    "%I": _one_of("0[0-9]", "1[0-2]"),
    "%p": "[A,P]M",
    "%M": "[0-5][0-9]",
    "%S": "[0-5][0-9]",
    "%f": r"\d{6}",
    "%z": r"[+-]\d{4}",
    "%Z": "[A-Z]{1,4}T",
    "%j": _one_of("0[0-9][1-9]", "[1,2][0-9][0-9]", "3[0-5][0-9]", "36[0-6]"),
    "%L": r"\.\d{3}",
}
"""Sequence -> what Docker makes of it, commas included: the text of its error shows them."""


def multiline_pattern(options: Mapping[str, str]) -> re.Pattern[str] | None:
    """Return where an event begins, or None where each line is one. The date format counts if there are both.

    Raises `BadOption` for a pattern that Go does not take, `NotTranslatable` for one that only Go can match.
    """
    form = options.get("awslogs-datetime-format")
    pattern = options.get("awslogs-multiline-pattern")
    if form:
        pattern = re.sub("%.", lambda found: SEQUENCES.get(found[0], ""), form)
    if not pattern:
        return None
    try:
        return compile_go(pattern)
    except GoPatternError as error:
        # json writes a text as Go's %q does, but for a few control characters.
        quoted = json.dumps(pattern, ensure_ascii=False)
        raise BadOption(f"awslogs could not parse multiline pattern key {quoted}: {error}") from None
