"""CloudWatch Logs filter patterns: which log events a search, a metric filter or a live tail lets through.

A pattern is one of four things, told apart by how it begins: words and phrases, one regular expression (`%...%`),
a condition on JSON (`{...}`), or columns of a space-delimited line (`[...]`). It is compiled once and then asked
for each event.

Source: "Filter pattern syntax for metric filters, subscription filters, filter log events, and Live Tail" in the
CloudWatch Logs User Guide. Where that page leaves a case open, the strict reading is taken, so that a pattern that
works here works on AWS.
"""

from __future__ import annotations

from ecsdeploy.sandbox.logs.filters.columns import ColumnsPattern
from ecsdeploy.sandbox.logs.filters.json_pattern import JsonPattern
from ecsdeploy.sandbox.logs.filters.regex import RegexPattern
from ecsdeploy.sandbox.logs.filters.scanner import MALFORMED, PatternError
from ecsdeploy.sandbox.logs.filters.terms import TermsPattern

Pattern = TermsPattern | RegexPattern | JsonPattern | ColumnsPattern

_CLOSING = {"{": "}", "[": "]"}

__all__ = ["MALFORMED", "Pattern", "PatternError", "compile_pattern"]


def compile_pattern(text: str) -> Pattern:
    """Return the pattern that `text` describes; an empty one lets everything through.

    Raises `PatternError`, whose text is what AWS puts into its InvalidParameterException.
    """
    stripped = text.strip()
    closing = _CLOSING.get(stripped[:1])
    if closing and not stripped.endswith(closing):
        raise PatternError(f"If a filter pattern starts with '{stripped[0]}' it must end with '{closing}'")
    if stripped.startswith("{"):
        return JsonPattern.parse(stripped)
    if stripped.startswith("["):
        return ColumnsPattern.parse(stripped)
    if stripped.startswith("%"):
        return RegexPattern.parse(stripped)
    return TermsPattern.parse(stripped)
