"""HTML text in, blocks out: every run of visible text once, in page order, with its evidence.

A run ends where a block-level element begins or ends, or at ``<br>``. Nothing is judged here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from archiver.model import Block, Span
from archiver.text import normal

# Elements whose text is no part of the page that a reader sees.
_SKIPPED = frozenset(
    "script style template head noframes iframe object embed svg math canvas audio video "
    "textarea select datalist map area param source track colgroup rp".split()
)
# Shown only to readers without scripts.
_NOT_SHOWN = frozenset(["noscript"])

# Elements that stand inside a line; all others, unknown ones too, break it.
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark meter "
    "nobr output picture progress q rb rt ruby s samp small span strike strong sub sup time tt u "
    "var wbr link meta input".split()
)
_BREAKS = frozenset(["br", "hr"])

# Past this depth an element adds no step to the path: real pages stay under 60, and a path a
# level would make memory grow with the square of a hostile page's depth.
MAX_PATH_DEPTH = 64

_TOKEN = re.compile(r"[A-Za-z_-][A-Za-z0-9_-]*")
# Attributes by which pages without telling class names (hashed ones) say what a part is.
_TELLING = ("itemprop", "role", "rel", "data-testid", "data-e2e")
_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


@dataclass(slots=True)
class _Frame:
    """An open element on the way down."""

    node: LexborNode
    path: tuple[str, ...]
    inline: bool
    linked: bool
    bold: bool
    hidden: bool
    seen: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Piece:
    """A stretch of raw text with the facts of the element it stands in."""

    text: str
    path: tuple[str, ...]
    linked: bool
    bold: bool
    hidden: bool


def _step(tag: str, nth: int, attributes: dict[str, str | None]) -> str:
    """One step of a path: ``div[2]#page.site[role=main]``; only plain names are taken in."""
    step = tag if nth == 1 else f"{tag}[{nth}]"
    name = attributes.get("id")
    if name and _TOKEN.fullmatch(name):
        step += f"#{name}"
    classes = attributes.get("class")
    if classes:
        step += "".join(f".{token}" for token in classes.split() if _TOKEN.fullmatch(token))
    for attribute in _TELLING:
        value = attributes.get(attribute)
        if value and _TOKEN.fullmatch(value):
            step += f"[{attribute}={value}]"
    return step


def _hides(tag: str, attributes: dict[str, str | None]) -> bool:
    if tag in _NOT_SHOWN or "hidden" in attributes:
        return True
    if tag == "dialog" and "open" not in attributes:
        return True
    style = attributes.get("style")
    return bool(style) and _HIDING_STYLE.search(style or "") is not None


def _common(paths: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The deepest element that holds all of a run."""
    first, last = min(paths), max(paths)
    shared = 0
    for left, right in zip(first, last, strict=False):
        if left != right:
            break
        shared += 1
    return first[:shared]


def _block(pieces: list[_Piece]) -> Block | None:
    """Make one block of a run's pieces, or none if there is nothing to see in it."""
    raw = "".join(piece.text for piece in pieces)
    text = normal.collapse(raw)
    if not text:
        return None
    seen = [piece for piece in pieces if normal.trim(piece.text)]
    path = _common([piece.path for piece in seen])
    spans: list[Span] = []
    linked = bold = at = 0
    for piece in seen:
        shown = normal.collapse(piece.text)
        linked += len(shown) if piece.linked else 0
        bold += len(shown) if piece.bold else 0
        inner = [step for step in piece.path[len(path) :] if "." in step or "#" in step]
        start = text.find(shown, at)
        if start < 0:  # NFC joined it with its neighbour
            continue
        at = start + len(shown)
        if inner:
            spans.append(Span(start, at, "/".join(inner)))
    return Block(
        "/" + "/".join(path),
        text,
        linked=min(linked, len(text)),
        bold=min(bold, len(text)),
        hidden=all(piece.hidden for piece in seen),
        spans=tuple(spans),
    )


class _Layout:
    """Collects pieces into runs and runs into blocks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.pieces: list[_Piece] = []

    def end_run(self) -> None:
        if self.pieces:
            block = _block(self.pieces)
            if block is not None:
                self.blocks.append(block)
            self.pieces = []

    def add(self, text: str, frame: _Frame, *, lines: bool) -> None:
        """Add a text node; in preformatted text every line is a run."""
        if self.pieces and self.pieces[-1].hidden != frame.hidden:
            self.end_run()  # what a reader sees and does not see is never one line
        parts = text.split("\n") if lines else [text]
        for number, part in enumerate(parts):
            if number:
                self.end_run()
            if part:
                self.pieces.append(_Piece(part, frame.path, frame.linked, frame.bold, frame.hidden))


def _enter(tag: str, node: LexborNode, parent: _Frame) -> _Frame:
    """The frame of an element below `parent`."""
    attributes = node.attributes
    nth = parent.seen.get(tag, 0) + 1
    parent.seen[tag] = nth
    path = parent.path
    if len(path) < MAX_PATH_DEPTH:
        path = (*path, _step(tag, nth, attributes))
    return _Frame(
        node=node,
        path=path,
        inline=tag in _INLINE,
        linked=parent.linked or (tag == "a" and "href" in attributes),
        bold=parent.bold or tag in {"b", "strong"},
        hidden=parent.hidden or _hides(tag, attributes),
    )


def blocks(tree: LexborHTMLParser) -> list[Block]:  # noqa: C901 - one walk, one place
    """Lay out a parsed page, without recursion: depth is the page's choice, not ours."""
    layout = _Layout()
    body = tree.body
    if body is None:
        return []
    root = _Frame(body, ("html",), inline=False, linked=False, bold=False, hidden=False)
    stack = [_enter("body", body, root)]
    pre = 0
    node = body.child
    while stack:
        if node is None:  # the element on top is done
            frame = stack.pop()
            if not frame.inline:
                layout.end_run()
            if frame.node.tag == "pre":
                pre -= 1
            node = frame.node.next if stack else None
            continue
        tag = node.tag or ""
        if tag == "-text":
            layout.add(node.text_content or "", stack[-1], lines=pre > 0)
        elif tag in _BREAKS:
            layout.end_run()
        elif tag not in _SKIPPED and node.is_element_node:
            frame = _enter(tag, node, stack[-1])
            if not frame.inline:
                layout.end_run()
            if tag == "pre":
                pre += 1
            stack.append(frame)
            node = node.child
            continue
        node = node.next
    layout.end_run()
    return layout.blocks
