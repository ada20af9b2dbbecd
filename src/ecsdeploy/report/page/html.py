"""HTML from values: what is not `Html` already is text, and text cannot open a tag."""

from __future__ import annotations

import html

from ecsdeploy.report.clean import clean, clean_lines


class Html(str):
    """Text that is HTML already. Only this module makes it."""

    __slots__ = ()


Child = Html | str | None
_EMPTY = frozenset({"meta", "br", "rect", "line", "path", "circle"})


def tag(name: str, /, *children: Child, **attributes: str | float) -> Html:
    """Return an element; attributes are named `class_` for `class` and `text_anchor` for `text-anchor`."""
    told = "".join(f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"' for key, value in attributes.items())
    if name in _EMPTY and not children:
        return Html(f"<{name}{told}>" if name in ("meta", "br") else f"<{name}{told}/>")
    return Html(f"<{name}{told}>{join(*children)}</{name}>")


def join(*children: Child) -> Html:
    """Return elements and texts one after another; None is nothing."""
    return Html("".join(_child(each) for each in children if each is not None))


def lines(text: str) -> Html:
    """Return text of several lines, each on a line of its own."""
    first, *rest = clean_lines(text)
    return join(first, *(each for line in rest for each in (tag("br"), line)))


def css(text: str) -> Html:
    """Return our own style sheet as an element. It must not hold anything from outside."""
    return Html(f"<style>{text}</style>")


def _child(child: Html | str) -> str:
    return child if isinstance(child, Html) else html.escape(clean(child))


def _value(value: str | float) -> str:
    return html.escape(clean(value)) if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
