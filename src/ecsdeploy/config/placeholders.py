"""`{commit}`, `{tag}` and `{env}`, in the values of [task.environment] and [image.args] and nowhere else.

Only exactly these three are replaced, and never inside double braces or after a dollar sign, so JSON, Handlebars and
shell templates pass through as they are. What is nearly one of them is refused when the file is read: a service that
answers with the version `{comit}` is noticed too late.
"""

from __future__ import annotations

import re

from ecsdeploy.config.mistake import nearest

KNOWN = ("commit", "tag", "env")
_WORD = re.compile(r"(?<!\{)(\$?)\{(\s*)([A-Za-z_-]{2,20})(\s*)\}(?!\})")
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
        return known[found[3]] if _is_exact(found) else found[0]

    return _WORD.sub(replaced, value)


def used(value: str) -> frozenset[str]:
    """Return the names of the placeholders that `expand` would replace."""
    return frozenset(found[3] for found in _WORD.finditer(value) if _is_exact(found))


def near_miss(value: str) -> tuple[str, str] | None:
    """Return the text in `value` and the placeholder that was probably meant, for the first wrong one."""
    for found in _WORD.finditer(value):
        meant = _meant(found[3])
        if meant and not _is_exact(found):
            return found[0], f"{{{meant}}}"
    return None


def _is_exact(found: re.Match[str]) -> bool:
    return not (found[1] or found[2] or found[4]) and found[3] in KNOWN


def _meant(word: str) -> str | None:
    lowered = word.lower().replace("-", "_")
    return _ALSO_MEANT.get(lowered) or nearest(lowered, KNOWN)
