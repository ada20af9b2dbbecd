"""Reading a filter pattern from left to right."""

from __future__ import annotations

from typing import NoReturn


class PatternError(ValueError):
    """A filter pattern that AWS would refuse; the text is AWS's wording."""


MALFORMED = "Invalid filter pattern"
"""What FilterLogEvents says to a pattern that is none; it is in other words that a metric filter is none."""


def bad_term(text: str) -> PatternError:
    """Return AWS's error for characters that have to be quoted."""
    return PatternError(f"Invalid character(s) in term '{text}'")


class Scanner:
    """A cursor over the pattern's text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def skip_spaces(self) -> None:
        """Move to the next character that is not white space."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def peek(self) -> str:
        """Return the character under the cursor, or an empty string at the end."""
        return self.text[self.at : self.at + 1]

    def take(self, *choices: str) -> str | None:
        """Skip spaces, then return and pass over the first of `choices` that stands here."""
        self.skip_spaces()
        for choice in choices:
            if self.text.startswith(choice, self.at):
                self.at += len(choice)
                return choice
        return None

    def expect(self, wanted: str) -> None:
        """Pass over `wanted`. Raises `PatternError` where something else stands here."""
        if self.take(wanted) is None:
            self.fail()

    def take_while(self, extra: str) -> str:
        """Return and pass over letters, digits and the characters in `extra`."""
        start = self.at
        while self.at < len(self.text) and (self.text[self.at].isalnum() or self.text[self.at] in extra):
            self.at += 1
        return self.text[start : self.at]

    def quoted(self) -> str:
        r"""Return what stands between the double quotes here; `\"` and `\\` are taken literally."""
        self.at += 1
        letters: list[str] = []
        while self.at < len(self.text):
            letter = self.text[self.at]
            if letter == '"':
                self.at += 1
                return "".join(letters)
            if letter == "\\" and self.text[self.at + 1 : self.at + 2] in ('"', "\\"):
                self.at += 1
                letter = self.text[self.at]
            letters.append(letter)
            self.at += 1
        raise PatternError(MALFORMED)

    def between_percents(self) -> str:
        """Return the regular expression between the two percent signs here."""
        end = self.text.find("%", self.at + 1)
        if end < 0:
            raise bad_term("%")
        body = self.text[self.at + 1 : end]
        self.at = end + 1
        return body

    def done(self) -> bool:
        """Return whether nothing but white space is left."""
        self.skip_spaces()
        return self.at >= len(self.text)

    def fail(self) -> NoReturn:
        """Raise AWS's error for what stands under the cursor."""
        raise bad_term(self.peek()) if self.peek() else PatternError(MALFORMED)
