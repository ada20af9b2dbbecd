"""Multi-line patterns are Go's regular expressions: held against what Go itself answered."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.sandbox.goregexp import GoPatternError, NotTranslatable, compile_go
from ecsdeploy.sandbox.runtime.multiline import SEQUENCES, multiline_pattern

ANSWERS = json.loads((Path(__file__).parent / "go_answers.json").read_text())
"""Expressions, some chosen and some random, and what the named version of Go made of them: its error, or which of the
texts match (by their number)."""


def ours(pattern: str) -> str | list[int]:
    try:
        compiled = compile_go(pattern)
    except GoPatternError as error:
        return str(error)
    return [number for number, text in enumerate(ANSWERS["texts"]) if compiled.search(text)]


def test_errors_and_matches_are_go_s() -> None:
    differ = [(pattern, ours(pattern), go) for pattern, go in ANSWERS["patterns"] if ours(pattern) != go]
    assert differ == []
    assert len(ANSWERS["patterns"]) > 400


@given(st.text(alphabet=r"ab09[]()(?:imsU-)^$.*+?{,}|\pdQEx<>P=!:é", max_size=12))
def test_any_text_is_an_expression_or_is_refused(pattern: str) -> None:
    with contextlib.suppress(GoPatternError, NotTranslatable):
        compile_go(pattern).search("ab 09")


def test_groups_in_groups_without_end_are_refused() -> None:
    with pytest.raises(GoPatternError, match="nests too deeply"):
        compile_go("(" * 5000 + ")" * 5000)


def test_every_sequence_of_a_date_format_is_an_expression() -> None:
    for sequence in SEQUENCES:
        assert multiline_pattern({"awslogs-datetime-format": sequence}) is not None


@pytest.mark.parametrize(
    ("form", "begins", "goes_on"),
    [
        ("%Y-%m-%d", "2026-11-29 a", "2026-13-29 a"),
        (r"\[%d/%b/%Y:%H:%M:%S %z\]", "1.2.3.4 [29/Nov/2026:14:00:00 +0000] GET", "[29/Nov/2026]"),
        ("[%Y]", "0 is of the set", "brackets [ alone ]"),
        ("%Q%Y", "2026", "Q"),  # an unknown sequence is nothing
    ],
)
def test_a_date_format_says_where_an_event_begins(form: str, begins: str, goes_on: str) -> None:
    pattern = multiline_pattern({"awslogs-datetime-format": form})
    assert pattern is not None
    assert pattern.search(begins)
    assert not pattern.search(goes_on)


def test_the_date_format_counts_where_both_are_given() -> None:
    pattern = multiline_pattern({"awslogs-datetime-format": "%Y", "awslogs-multiline-pattern": "^x"})
    assert pattern is not None
    assert pattern.search("2026")
    assert multiline_pattern({}) is None
