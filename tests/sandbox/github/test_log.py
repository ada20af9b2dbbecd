"""The runner's masks, line by line."""

from __future__ import annotations

import io
import sys

from ecsdeploy.sandbox.github.log import Masks
from ecsdeploy.sandbox.run import NOT_EXECUTABLE, NOT_FOUND, run_shown


def shown(*lines: str, known: tuple[str, ...] = ()) -> list[str]:
    masks = Masks(known)
    return [masks.shown(line.encode()).decode() for line in lines]


def test_a_masked_value_is_hidden_and_the_line_that_masks_it_left_out() -> None:
    assert shown("abc\n", "::add-mask::abc\n", "xabcx abc\n") == ["abc\n", "", "x***x ***\n"]
    assert shown("of a job: token\n", known=("token",)) == ["of a job: ***\n"]


def test_the_longest_value_goes_first() -> None:
    assert shown("::add-mask::ab\n", "::add-mask::abcd\n", "abcd ab\n")[2] == "*** ***\n"


def test_a_value_of_several_lines_is_hidden_line_by_line() -> None:
    assert shown("::add-mask::one%0Atwo%25\n", "one\n", "two%\n")[1:] == ["***\n", "***\n"]


def test_nothing_is_masked_while_commands_are_stopped() -> None:
    lines = ("::stop-commands::word\n", "::add-mask::abc\n", "abc\n", "::word::\n", "::add-mask::abc\n", "abc\n")
    assert shown(*lines) == [*lines[:4], "", "***\n"]


def test_an_empty_mask_hides_nothing() -> None:
    assert shown("::add-mask::\n", "::add-mask:: \n", "a b\n")[2] == "a b\n"


def test_both_streams_are_shown_and_the_exit_code_is_the_commands() -> None:
    out, err = io.BytesIO(), io.BytesIO()
    script = (
        "import sys; print('::add-mask::abc', flush=True); print('abc'); print('x', file=sys.stderr, end=''); exit(3)"
    )
    code = run_shown([sys.executable, "-c", script], {}, Masks(["x"]).shown, out, err)
    assert (code, out.getvalue(), err.getvalue()) == (3, b"***\n", b"***")
    assert run_shown(["/no/such"], {}, Masks().shown, out, err) == NOT_FOUND
    assert run_shown(["/"], {}, Masks().shown, out, err) == NOT_EXECUTABLE
