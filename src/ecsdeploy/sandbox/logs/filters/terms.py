"""Words and phrases: `ERROR -ARGUMENTS "exact phrase"`, `?either ?or`."""

from __future__ import annotations

from dataclasses import dataclass

from ecsdeploy.sandbox.logs.filters.scanner import Scanner


@dataclass(frozen=True)
class TermsPattern:
    """All of `required`, none of `excluded`, and, where nothing else is asked, one of `optional`.

    Terms are case sensitive and found anywhere, inside a word too. Terms with a question mark count only where no
    other kind of term stands beside them (User Guide, "Match optional terms").
    """

    required: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> TermsPattern:
        """Return the pattern. Raises `PatternError` for a bare term with other characters than `[A-Za-z0-9_]`."""
        scanner = Scanner(text)
        found: dict[str | None, list[str]] = {None: [], "-": [], "?": []}
        while not scanner.done():
            sign = scanner.take("-", "?")
            scanner.skip_spaces()
            found[sign].append(_term(scanner))
        # `" "` is AWS's way to write a pattern that matches everything.
        required = tuple(term for term in found[None] if term.strip())
        plain = bool(found[None] or found["-"])
        return cls(required, tuple(found["-"]), () if plain else tuple(found["?"]))

    def matches(self, message: str) -> bool:
        """Return whether the event is let through."""
        return (
            all(term in message for term in self.required)
            and not any(term in message for term in self.excluded)
            and (not self.optional or any(term in message for term in self.optional))
        )

    def extract(self, message: str) -> dict[str, str]:
        """Return no values: only columns have names."""
        del message
        return {}


def _term(scanner: Scanner) -> str:
    if scanner.peek() == '"':
        return scanner.quoted()
    term = scanner.take_while("_")
    following = scanner.peek()
    if not term or (following and not following.isspace()):
        scanner.fail()
    return term
