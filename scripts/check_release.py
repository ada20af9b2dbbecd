"""Check that what is about to be released is what the tag says.

    python scripts/check_release.py TAG [NAME]

The tag is the version, the changelog has that version with a date, the repository's address is written down, `dist/`
holds this version and nothing else, and NAME, where it is given, is the distribution's name. One line per mistake;
exits 1 when there is one.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACEHOLDER = "OWNER/REPOSITORY"


def mistakes(root: Path, tag: str, publish_as: str = "") -> Iterator[str]:
    """Yield why the checkout at `root` must not be released as `tag`, on the index as `publish_as` ("": nowhere)."""
    name, version = declared(root, "DISTRIBUTION"), declared(root, "__version__")
    if tag != f"v{version}":
        yield f"the tag is {tag}, and this is version {version}: tag it v{version}, or change __version__"
    yield from changelog_mistakes(root / "CHANGELOG.md", version)
    for path in ("pyproject.toml", "README.md", "CHANGELOG.md", "SECURITY.md"):
        if PLACEHOLDER in (root / path).read_text("utf-8"):
            yield f"{path} has the placeholder {PLACEHOLDER} where the repository's address belongs"
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["name"]
    if project != name:
        yield f"pyproject.toml calls the distribution {project}, and DISTRIBUTION is {name}"
    if publish_as not in {"", name}:
        yield f"the name to publish is {publish_as}, and the distribution's is {name}"
    yield from built_mistakes(root / "dist", name, version)


def declared(root: Path, constant: str) -> str:
    """Return a text constant of the package, read without importing it.

    Raises:
        ValueError: the package has no such constant.
    """
    text = (root / "src" / "ecsdeploy" / "__init__.py").read_text("utf-8")
    if not (found := re.search(rf'^{constant} = "(.+)"$', text, re.MULTILINE)):
        raise ValueError(f"src/ecsdeploy/__init__.py has no {constant}")
    return found[1]


def changelog_mistakes(path: Path, version: str) -> Iterator[str]:
    """Yield what a changelog lacks of `version`: its dated section, or anything in it."""
    heading = rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$"
    text = path.read_text("utf-8")
    if not (found := re.search(heading, text, re.MULTILINE)):
        yield f"{path.name} has no section '## [{version}] - YYYY-MM-DD'"
    elif not re.search(
        r"^ *- ", re.split(r"^## ", text[found.end() :], maxsplit=1, flags=re.MULTILINE)[0], re.MULTILINE
    ):
        yield f"{path.name} says nothing about {version}"


def built_mistakes(folder: Path, name: str, version: str) -> Iterator[str]:
    """Yield what is missing in `folder`, or too much, for one sdist and one wheel for every platform."""
    # The names of files: packaging.python.org, "Binary distribution format" and "Source distribution format".
    stem = f"{re.sub(r'[-_.]+', '_', name).lower()}-{version}"
    wanted = {f"{stem}.tar.gz", f"{stem}-py3-none-any.whl"}
    there = {path.name for path in folder.glob("*") if not path.name.startswith(".")}
    yield from (f"dist/{missing} was not built" for missing in sorted(wanted - there))
    yield from (f"dist/{other} is not part of this release" for other in sorted(there - wanted))


def main(arguments: Sequence[str]) -> int:
    """Print the mistakes; 1 when there are any, 2 when it was not asked about a tag."""
    if len(arguments) not in {1, 2}:
        print("usage: python scripts/check_release.py TAG [NAME]", file=sys.stderr)
        return 2
    found = list(mistakes(ROOT, *arguments))
    print("\n".join(found) or f"{arguments[0]} can be released.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
