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
    trimmed = line.lstrip()
    if trimmed.startswith("::") and "::" in trimmed[2:]:
        return True
    return re.search(r"##\[.*\]", line, re.DOTALL) is not None


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
    assert all(char == "\t" or unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp") for char in line)
    assert all(unicodedata.bidirectional(char) not in REORDER for char in line)


REORDER = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@given(st.text(alphabet=st.characters(categories=["L", "N"], include_characters=" .,;-_/=")))
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]52;c;c2VjcmV0\x1b\\after", "after"),
        ("a\tb",) * 2,
        ("\u05d0\u200f!\u200e \u0e01\u200b\u0e02 \u061c \ufeffid",) * 2,
        (f"go {ENGLAND}, {ENGLAND}!",) * 2,
        (f"{ENGLAND[:-1]} x{ENGLAND[1:]}", "\U0001f3f4" + "\ufffd" * 5 + " x" + "\ufffd" * 6),
        ("a\u2066b\u2069c\u202dd\u202c", "a\ufffdb\ufffdc\ufffdd\ufffd"),
        ("a\x00b", "a�b"),
        ("::ffff:10.0.0.1 - GET /", "::ffff:10.0.0.1 - GET /"),
        ("grüße 🚀", "grüße 🚀"),
        ("👩\u200d💻 \u0645\u06cc\u200c\u062e\u0648 \ue0a0 soft\u00adhyphen",) * 2,
        ("a\u202eb\u200bc", "a�b\u200bc"),
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
        ("\t::::", "\t: :::"),
        *(
            (line, line)
            for line in (
                "[::1]:80 is up",
                "  [::1]:80::x",
                "::1 - - GET /",
                "::ffff:10.0.0.1 - GET /",
                "(::error::no)",
                "x ##[ is not closed",
                "] ##[",
                ":: one",
            )
        ),
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
