"""What a command may do to existing resources, and to resources that are not ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ecsdeploy.changes import Change
from ecsdeploy.config.tags import APP
from ecsdeploy.errors import Refused


def owned(tags: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Return whether a resource with `tags` is of the app whose resources have the tags `wanted`."""
    return tags.get(APP) == wanted[APP]


@dataclass(frozen=True)
class Upkeep:
    """`setup` reconciles what exists with the config; `deploy` only creates what is missing and fills its gaps.

    A gap is what an interrupted run left out: a log group without retention, a role without its policy.
    `adopt` makes somebody else's untagged resource ours. `tighten` takes back what the task's roles may do and the
    config does not need. `repair` sets policies that somebody changed by hand to what the config says.
    """

    reconcile: bool = True
    adopt: bool = False
    tighten: bool = False
    repair: bool = False

    def due(
        self, kind: str, name: str, tags: Mapping[str, str], wanted: Mapping[str, str], changes: tuple[Change, ...]
    ) -> tuple[Change, ...]:
        """Return which of `changes` to make to a resource that has `tags` and should have `wanted`.

        Raises `Refused` if it would have to be changed and is not ours.
        """
        is_ours = owned(tags, wanted)
        if not self.reconcile:
            return tuple(change for change in changes if is_gap(change)) if is_ours else ()
        changes += tag_changes(tags, wanted)
        if changes:
            self.require_ours(kind, name, tags, wanted)
        return changes

    def require_ours(self, kind: str, name: str, tags: Mapping[str, str], wanted: Mapping[str, str]) -> None:
        """Raise `Refused` unless a resource with `tags` is ours, or is to become ours."""
        owner, app = tags.get(APP), wanted[APP]
        if owned(tags, wanted) or (owner is None and self.adopt):
            return
        if owner is not None:
            raise Refused(
                f"The {kind} {name} belongs to the app {owner!r}.",
                why=f"Its tag {APP} says so, and this config is for {app!r}.",
                fix="Choose another name in the config's [names], or another app.",
            )
        raise Refused(
            f"The {kind} {name} exists and was not made by ecsdeploy.",
            why=f"It has no tag {APP}, and applying the config would change it.",
            fix="Choose another name in the config's [names], or hand it over with --adopt.",
        )


RECONCILE = Upkeep()
FILL = Upkeep(reconcile=False)


def tag_changes(tags: Mapping[str, str], wanted: Mapping[str, str]) -> tuple[Change, ...]:
    """Return the tags to write; others stay."""
    return tuple(Change(f"tags.{key}", tags.get(key), value) for key, value in wanted.items() if tags.get(key) != value)


def is_gap(change: Change) -> bool:
    """Return whether something is missing completely: an interrupted run left it out."""
    # A dot leads into something that exists: a key missing from a policy is a difference, a missing policy is a gap.
    return change.before is None and "." not in change.path


def by_root(changes: tuple[Change, ...]) -> dict[str, tuple[Change, ...]]:
    """Return `changes` by the first part of their paths, `tags` first: they say whose the resource is."""
    roots = sorted({change.path.partition(".")[0] for change in changes}, key=lambda root: (root != "tags", root))
    return {root: tuple(each for each in changes if each.path.partition(".")[0] == root) for root in roots}
