"""Text from outside controls neither a terminal nor a CI runner."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ecsdeploy.report.clean import clean, clean_lines, defused, split_lines


def runner_obeys(line: str) -> bool:
    """Return whether GitHub's runner takes `line` for a command, in either of its two forms."""
    trimmed = line.strip()
    if trimmed.startswith("::") and "::" in trimmed[2:] and re.match(r"::[^\s:]", trimmed):
        return True
    return re.search(r"##\[[^\s\]]+[^\]]*\]", line) is not None


JOINERS = "\u200d\u200c\u00ad"
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
    assert not runner_obeys(defused(line))
    assert not runner_obeys(defused(f"  {line}"))
    kept = line.translate(dict.fromkeys(map(ord, JOINERS)))
    assert all(unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in kept)


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
        ("::ffff:10.0.0.1 - GET /", "::ffff:10.0.0.1 - GET /"),
        ("grüße 🚀", "grüße 🚀"),
        ("👩\u200d💻 \u0645\u06cc\u200c\u062e\u0648 \ue0a0 soft\u00adhyphen",) * 2,
        ("a\u202eb\u200bc", "a�b�c"),
    ],
)
def test_examples(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@pytest.mark.parametrize(
    ("line", "safe"),
    [
        ("::error::no", ": :error::no"),
        ("  ::error::no", "  : :error::no"),
        ("x ##[error]no", "x ## [error]no"),
        ("09:30:00 abc web | ::ffff:10.0.0.1 - GET /", "09:30:00 abc web | ::ffff:10.0.0.1 - GET /"),
    ],
)
def test_what_a_runner_would_obey_is_defused_and_nothing_else(line: str, safe: str) -> None:
    assert defused(line) == safe


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", [""]),
        ("one", ["one"]),
        ("one\n", ["one"]),
        ("hello\r", ["hello"]),
        ("hello\r\r\n", ["hello"]),
        ("10%\r20%\r100%\n", ["10%", "20%", "100%"]),
        ("[ERROR] boom\n  one\n\n  two", ["[ERROR] boom", "  one", "", "  two"]),
    ],
)
def test_lines_are_those_that_a_person_sees(text: str, parts: list[str]) -> None:
    assert split_lines(text) == parts


def test_lines_are_cleaned_one_by_one() -> None:
    assert clean_lines("one\r\n\x1b[2Jtwo\nthree") == ["one", "two", "three"]
