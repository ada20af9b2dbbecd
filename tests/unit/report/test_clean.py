"""Text from outside controls neither a terminal nor a CI runner."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ecsdeploy.report.clean import clean, clean_lines


def runner_obeys(line: str) -> bool:
    """Return whether GitHub's runner takes `line` for a command, in either of its two forms."""
    trimmed = line.strip()
    if trimmed.startswith("::") and "::" in trimmed[2:] and re.match(r"::[^\s:]", trimmed):
        return True
    return re.search(r"##\[[^\s\]]+[^\]]*\]", line) is not None


HOSTILE = st.lists(
    st.sampled_from(
        [
            "::",
            ":",
            "#",
            "##[",
            "]",
            "[",
            "add-mask",
            "set-output",
            "error",
            " ",
            "\t",
            "\n",
            "\r",
            "\x1b",
            "\x1b]0;",
            "\x07",
            "\x1b[2J",
            "\x9b31m",
            "\u202e",
            "\u200b",
            "\x00",
            "\x85",
            "\u2028",
            "a",
            "é",
            "%0A",
            "name=x",
            "\ud800",
        ]
    ),
    max_size=30,
).map("".join)


@given(HOSTILE | st.text())
@example("##[add-path]/evil")
@example("  ::set-output name=a::b")
@example("\ufeff::error::x")
@example("web | ##[set-env name=PATH]x")
@example("#\x1b[m#[add-path]/evil")
@example(":\x1b[m:error::x")
@example("::#::::")
@example(":::::")
def test_a_cleaned_line_commands_nobody(text: str) -> None:
    line = clean(text)
    assert not runner_obeys(line)
    assert all(unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in line)


@given(st.text(alphabet=st.characters(categories=["L", "N"], include_characters=" .,;-_/=")))
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]52;c;c2VjcmV0\x1b\\after", "after"),
        ("a\tb", "a    b"),
        ("a\x00b", "a�b"),
        ("::error::no", ": :error::no"),
        ("x ##[error]no", "x ## [error]no"),
        ("grüße 🚀", "grüße 🚀"),
    ],
)
def test_examples(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_lines_are_cleaned_one_by_one() -> None:
    assert clean_lines("one\r\n::error::two\nthree") == ["one", ": :error::two", "three"]
