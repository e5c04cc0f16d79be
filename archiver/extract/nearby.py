"""What stands about the headline: an element in, the short lines and times beside it out.

Date lines and bylines stand a few elements below the headline or above it. The walk is bounded,
so its cost does not grow with the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from selectolax.lexbor import LexborNode

from archiver.text import normal

# Nodes of the tree, text included. Of 374 pages with a known date the lines stood within 100
# nodes behind the headline on nine of ten, above it within 30.
_BEHIND, _ABOVE = 120, 30
_LONGEST = 200  # a longer text is prose
_SILENT = frozenset(
    "script style noscript template svg figure figcaption select button form nav iframe".split()
)

_SAYING = frozenset({"-text", "time"})


@dataclass(frozen=True, slots=True)
class Line:
    """A text beside the headline, or a ``<time>`` with its machine-readable moment."""

    text: str
    moment: str  # of <time datetime>, else empty
    distance: int  # nodes from the headline
    element: LexborNode  # that holds it


def _next(node: LexborNode, *, inside: bool) -> LexborNode | None:
    """The node that follows in document order."""
    if inside and (child := node.child) is not None:
        return child
    at: LexborNode | None = node
    while at is not None:
        if (following := at.next) is not None:
            return following
        at = at.parent
    return None


def _previous(node: LexborNode) -> LexborNode | None:
    """The node that stands before in document order, the deepest first."""
    if node.prev is None:
        return node.parent
    at = node.prev
    while at.last_child is not None and at.tag not in _SILENT:
        at = at.last_child
    return at


def _line(node: LexborNode, tag: str | None, distance: int) -> Line | None:
    if tag not in _SAYING:  # most nodes
        return None
    if tag == "time":
        moment = (node.attributes.get("datetime") or "").strip()
        text = normal.collapse(node.text(deep=True, separator=" "))
        return Line(text[:_LONGEST], moment, distance, node) if moment else None
    parent = node.parent
    text = normal.collapse(node.text(deep=False))
    if not text or parent is None or parent.tag in _SILENT:
        return None
    return Line(text, "", distance, parent) if len(text) <= _LONGEST else None


# Asked for once a page, and only where a page does not say enough to machines.
Nearby = Callable[[], tuple[Line, ...]]


def nearby(headline: LexborNode | None) -> Nearby:
    """The lines behind a headline, then those above it, from the nearest on, when called."""
    return cache(lambda: tuple(_lines(headline)) if headline is not None else ())


def _lines(headline: LexborNode) -> Iterator[Line]:
    at = _next(headline, inside=False)
    for distance in range(_BEHIND):
        if at is None:
            break
        tag = at.tag
        line = _line(at, tag, distance)
        if line:
            yield line
        at = _next(at, inside=tag not in _SILENT and not (line and line.moment))
    at = _previous(headline)
    for distance in range(_ABOVE):
        if at is None or (tag := at.tag) == "body":
            break
        line = _line(at, tag, distance)
        if line:
            yield line
        at = _previous(at)
