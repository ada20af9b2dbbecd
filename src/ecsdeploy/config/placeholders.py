"""`{commit}`, `{tag}` and `{env}`, in the values of [task.environment], [image.args] and [smoke], and nowhere else.

Only exactly these three are replaced, and never inside double braces or after a dollar sign, so JSON, Handlebars and
shell templates pass through as they are; a backslash before the brace keeps the text (`\\{tag}` is `{tag}`). What is
nearly one of them is refused when the file is read: a service that answers with the version `{comit}` is noticed too
late. Words that only look alike, such as `{comment}`, `{target}` or `{end}`, are other people's.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher

KNOWN = ("commit", "tag", "env")
_WORD = re.compile(r"(?<!\{)([\\$]?)\{(\s*)([A-Za-z_-]{2,20})(\s*)\}(?!\})")
_LITERAL = "\\"
_SHORT = 3
"""Letters of a word that is one slip from too many others: tag from tab, env from end."""
_SLIPS = 0.9
"""How alike (difflib's ratio) two words of six letters are that differ in a letter that is missing or doubled."""
_ALSO_MEANT = {
    "environment": "env",
    "sha": "commit",
    "git_sha": "commit",
    "commit_sha": "commit",
    "git_commit": "commit",
}


def expand(value: str, *, commit: str, tag: str, env: str) -> str:
    """Return `value` with its placeholders replaced by the commit, the image's tag and the environment."""
    known = {"commit": commit, "tag": tag, "env": env}

    def replaced(found: re.Match[str]) -> str:
        if found[1] == _LITERAL and _meant(found[3]):
            return found[0].removeprefix(_LITERAL)
        return known[found[3]] if _is_exact(found) else found[0]

    return _WORD.sub(replaced, value)


def used(value: str) -> frozenset[str]:
    """Return the names of the placeholders that `expand` would replace."""
    return frozenset(found[3] for found in _WORD.finditer(value) if _is_exact(found))


def near_miss(value: str) -> tuple[str, str] | None:
    """Return the text in `value` and the placeholder that was probably meant, for the first wrong one."""
    for found in _WORD.finditer(value):
        meant = _meant(found[3])
        if meant and found[1] != _LITERAL and not _is_exact(found):
            return found[0], f"{{{meant}}}"
    return None


def _is_exact(found: re.Match[str]) -> bool:
    return not found[1] and _is_known(found)


def _is_known(found: re.Match[str]) -> bool:
    return not (found[2] or found[4]) and found[3] in KNOWN


def _meant(word: str) -> str | None:
    lowered = word.lower().replace("-", "_")
    if lowered in KNOWN:
        return lowered
    slips = (known for known in KNOWN if lowered == f"{known}s" or _one_slip(lowered, known))
    return _ALSO_MEANT.get(lowered) or next(slips, None)


def _one_slip(word: str, known: str) -> bool:
    """Return whether `word` is `known` with a letter missing or doubled; a short one would be too many other words."""
    return len(known) > _SHORT and SequenceMatcher(None, word, known).ratio() >= _SLIPS
