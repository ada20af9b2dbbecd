"""A workflow file as a tree that knows its lines.

The YAML is composed, never constructed: a key stays the text that it is (YAML 1.1 would read `on` as true), and nothing
in a file makes an object. An alias costs as much as what it stands for, so that a few lines cannot become millions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import yaml

NODES = 20_000
DEPTH = 40
"""What no workflow that anybody writes comes near."""


class Unreadable(ValueError):
    """The text is not a workflow. `line` counts from 1; 0 if it is not known where."""

    def __init__(self, why: str, line: int = 0) -> None:
        super().__init__(why)
        self.line = line


@dataclass(frozen=True)
class Node:
    """A part of the file: a text, a mapping or a list, whose other two forms are empty."""

    line: int = 0
    text: str = ""
    mapping: Mapping[str, Node] = field(default_factory=dict)
    items: tuple[Node, ...] = ()

    def get(self, *path: str) -> Node:
        """Return what is below these keys, an empty node if there is nothing."""
        found = self
        for key in path:
            found = found.mapping.get(key, _EMPTY)
        return found

    def has(self, key: str) -> bool:
        """Return whether the mapping has the key, whatever its value."""
        return key in self.mapping

    def texts(self) -> Iterator[Node]:
        """Yield every text below, in the file's order."""
        if self.text:
            yield self
        for each in (*self.mapping.values(), *self.items):
            yield from each.texts()

    def names(self) -> set[str]:
        """Return what this lists, in whichever of the three forms: `on: push`, `on: [push]`, `on: {push: ...}`."""
        return {self.text, *self.mapping, *(each.text for each in self.items)} - {""}


_EMPTY = Node()


def read_tree(text: str) -> Node:
    """Return the file's tree. Raises `Unreadable`."""
    import yaml

    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or "it has characters that YAML does not allow"
        raise Unreadable(str(why), mark.line + 1 if mark is not None else 0) from None
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None
    if not isinstance(root, yaml.MappingNode):
        raise Unreadable("it is not a mapping", 1)
    return _Converter().converted(root, 0)


class _Converter:
    def __init__(self) -> None:
        self._left = NODES

    def converted(self, node: yaml.Node, depth: int) -> Node:
        import yaml

        self._left -= 1
        line = node.start_mark.line + 1
        if self._left < 0 or depth > DEPTH:
            raise Unreadable("it is too large, or refers to itself", line)
        if isinstance(node, yaml.MappingNode):
            pairs = ((key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode))
            return Node(line, mapping={str(key.value): self.converted(value, depth + 1) for key, value in pairs})
        if isinstance(node, yaml.SequenceNode):
            return Node(line, items=tuple(self.converted(each, depth + 1) for each in node.value))
        return Node(line, text=str(node.value))
