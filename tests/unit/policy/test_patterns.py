"""IAM's wildcards: what they match, and that no pattern takes forever."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ecsdeploy.policy.patterns import Piece, like, resource_matches

TEXTS = st.text("ab:", max_size=9)
PATTERNS = st.lists(st.tuples(st.text("ab:*?", max_size=7), st.booleans()), max_size=3).map(tuple)


def matches(chars: list[tuple[str, bool]], text: str, *, parts: bool) -> bool:
    """Return whether the pattern matches, by trying everything."""
    if not chars:
        return not text
    (char, is_wild), rest = chars[0], chars[1:]
    if is_wild and char == "*":
        past_colons = not parts or not rest or rest[0][0] == ":"
        ends = range(len(text) + 1)
        return any(matches(rest, text[end:], parts=parts) for end in ends if past_colons or ":" not in text[:end])
    if not text:
        return False
    fits = (text[0] != ":" or not parts) if is_wild and char == "?" else text[0] == char
    return fits and matches(rest, text[1:], parts=parts)


@given(PATTERNS, TEXTS)
def test_a_pattern_matches_what_its_wildcards_can_stand_for(pattern: tuple[Piece, ...], text: str) -> None:
    chars = [(char, is_pattern) for part, is_pattern in pattern for char in part]
    assert like(pattern, text) is matches(chars, text, parts=False)
    assert resource_matches(pattern, text) is matches(chars, text, parts=True)


def test_a_hostile_pattern_is_done_at_once() -> None:
    for hostile in ("*?" * 200 + "X", "*a" * 200 + "X", "*" * 200 + "X", "*a:*" * 50 + "X"):
        pattern: tuple[Piece, ...] = ((hostile, True),)
        assert not like(pattern, "a" * 1000)
        assert not resource_matches(pattern, "arn:aws:iam::123456789012:" + "a" * 1000)
