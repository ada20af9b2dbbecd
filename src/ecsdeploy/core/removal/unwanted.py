"""What is no longer wanted, and who owns each resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ecsdeploy.config.tags import APP, ENV
from ecsdeploy.core.account import Hidden
from ecsdeploy.core.remains import Neighbour, Noun, Remains, shares
from ecsdeploy.core.target import Target


@dataclass(frozen=True, kw_only=True)
class Unwanted:
    """A target to delete; `images` and `oidc_provider` say whether to delete what others may use too."""

    target: Target
    images: bool = False
    oidc_provider: bool = False


def why_kept(unwanted: Unwanted, remains: Remains, noun: Noun, tags: Mapping[str, str]) -> str:
    """Return why a resource with these tags is not ours to delete; "" if it is.

    What several environments of the config call by the same name carries the tag of the one that made it, and goes
    with the last of them.
    """
    sharing = [each for each in remains.neighbours if shares(unwanted.target, each.target, noun)]
    return owner(unwanted.target, noun, tags, sharing) or next(_needed_by(sharing), "")


def owner(target: Target, noun: Noun, tags: Mapping[str, str], sharing: Sequence[Neighbour] = ()) -> str:
    """Return who owns a resource with these tags; "" if `target` does. All environments own the repository."""
    app, environment = tags.get(APP), tags.get(ENV)
    if app is None:
        return f"it has no tag {APP}, so ecsdeploy did not make it"
    if app != target.tags[APP]:
        return f"it belongs to the app {app!r}"
    if noun == "repository":
        return ""
    if environment is None:
        return f"it has no tag {ENV}, so it may be another environment's"
    if environment not in {target.tags[ENV], *(each.target.tags[ENV] for each in sharing)}:
        return f"it belongs to the environment {environment!r}"
    return ""


def _needed_by(sharing: list[Neighbour]) -> Iterator[str]:
    for each in sharing:
        if isinstance(each.service, Hidden):
            unchecked = f"could not be checked, no permission for {each.service}"
            yield f"{each} shares it, and whether it has a service {unchecked}"
        elif each.service:
            yield f"{each} shares it, and has a service"
