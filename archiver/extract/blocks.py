"""HTML text in, blocks out: every run of visible text once, in page order, with its evidence.

A run ends where a block-level element begins or ends, or at ``<br>``. Nothing is judged here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from archiver.errors import Uncleanable
from archiver.model import Block, Span
from archiver.text import normal

# Elements whose text is no part of the page that a reader sees.
_SKIPPED = frozenset(
    "script style template head noframes iframe object embed svg math canvas audio video "
    "textarea select datalist map area param source track colgroup rp".split()
)
_BOLD = frozenset(["b", "strong"])
# Elements that may hide their text by what they are.
_FOLDED = frozenset(["noscript", "dialog"])

# Elements that stand inside a line; all others, unknown ones too, break it.
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark meter "
    "nobr output picture progress q rb rt ruby s samp small span strike strong sub sup time tt u "
    "var wbr link meta input".split()
)
# What the walk does at a node, by its tag; at any other it opens an element that breaks the line.
_BREAK, _PASS, _LINE = "break", "pass", "line"
_AT: dict[str | None, str] = {
    "-comment": _PASS,
    "br": _BREAK,
    "hr": _BREAK,
    **dict.fromkeys(_SKIPPED, _PASS),
    **dict.fromkeys(_INLINE, _LINE),
}

# Past this depth an element adds no step to the path: real pages stay under 60, and a path a
# level would make memory grow with the square of a hostile page's depth.
MAX_PATH_DEPTH = 64
# An attribute longer than this names nothing; the longest of 800 benchmark pages, a theme's
# settings as classes of its body, has 5,000 characters.
MAX_NAMES = 10_000

# No page has a twentieth of so many lines (the largest of 800 benchmark pages has 7,000); each
# costs about 700 bytes and 15 µs on the way to the text.
MAX_BLOCKS = 200_000
# Characters of all paths: each line keeps its own, so long names many lines below them add up.
MAX_PATHS = 50_000_000

_NAME = r"[A-Za-z_-][A-Za-z0-9_-]*"
_TOKEN = re.compile(_NAME)
_TOKENS = re.compile(rf"{_NAME}(?: {_NAME})*")
# Attributes by which pages without telling class names (hashed ones) say what a part is.
_TELLING = ("itemprop", "role", "rel", "data-testid", "data-e2e")
_ANY_TELLING = frozenset(_TELLING)
_HIDING_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_HTML_SPACE = " \t\n\f\r"


class Elements:
    """The elements that hold the blocks, numbered so that a parent comes before its children.

    Number 0 is what ``html`` stands in. `parents`, `depths` and `steps` have an item an element,
    `own` the number of each block's own element. A step is without its number among its like.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.parents = [0]
        self.depths = [0]
        self.steps = [""]
        self.own: list[int] = []

    def add(self, step: str, parent: int) -> int:
        """The number of an element that is new."""
        self.parents.append(parent)
        self.depths.append(self.depths[parent] + 1)
        self.steps.append(step)
        return len(self.steps) - 1


@dataclass(frozen=True, slots=True)
class Layout:
    """The blocks of a page, and of how many pieces of text the longest run is made."""

    blocks: list[Block]
    widest: int = 0
    elements: Elements = field(default_factory=Elements)


_Attributes = dict[str, str | None]


class _Frame:
    """An open element on the way down, with what it takes over from those it stands in.

    The path costs more to know than all the rest, so `_path` finds it out when a text asks for
    it. `deep` is the element that a path ends with where that is not the element itself: the one
    above it at most depth. (No frame refers to itself: what refers to itself lives on, and the
    tree with it, until Python looks for such cycles.)
    """

    __slots__ = (
        "attributes", "bold", "deep", "depth", "hidden", "inline", "linked", "node", "nth",
        "number", "parent", "path", "seen", "tag",
    )  # fmt: skip

    attributes: _Attributes
    parent: _Frame
    nth: int
    number: int  # among `Elements`, of what has a path

    def __init__(self, node: LexborNode, tag: str, parent: _Frame, *, inline: bool) -> None:
        self.node = node
        self.tag = tag
        self.parent = parent
        self.inline = inline
        self.path = ""
        self.seen: dict[str, int] | None = None
        self.attributes = attributes = node.attributes
        self.linked: bool = parent.linked or (tag == "a" and "href" in attributes)
        self.bold: bool = parent.bold or tag in _BOLD
        self.hidden: bool = parent.hidden
        if not self.hidden and ("style" in attributes or "hidden" in attributes or tag in _FOLDED):
            self.hidden = _hides(tag, attributes)
        self.deep: _Frame | None = None
        if parent.depth < MAX_PATH_DEPTH:
            self.depth: int = parent.depth + 1
            self.nth = _nth(parent, tag)
        else:
            self.depth = parent.depth
            self.deep = parent.deep or parent


def _nth(parent: _Frame, tag: str) -> int:
    """The number of the next element of a tag among its like."""
    seen = parent.seen
    if seen is None:
        parent.seen = {tag: 1}
        return 1
    nth = seen[tag] = seen.get(tag, 0) + 1
    return nth


def _root(body: LexborNode) -> _Frame:
    """What a body stands in; the attributes of ``html`` are those of the site, not of a text."""
    html = object.__new__(_Frame)
    html.node, html.tag, html.depth, html.path = body, "html", 1, "/html"
    html.seen, html.attributes, html.deep = None, {}, None
    html.inline = html.linked = html.bold = html.hidden = False
    return html


def _hides(tag: str, attributes: _Attributes) -> bool:
    if tag == "noscript" or "hidden" in attributes:  # shown only to readers without scripts
        return True
    if tag == "dialog" and "open" not in attributes:
        return True
    style = attributes.get("style")
    return bool(style) and _HIDING_STYLE.search(style or "") is not None


def _named(name: str | None, classes: str | None) -> str:
    """The part of a step that names an element by id and classes."""
    said = ""
    if name and len(name) <= MAX_NAMES and _TOKEN.fullmatch(name):
        said = f"#{name}"
    if classes and len(classes) <= MAX_NAMES:
        if _TOKENS.fullmatch(classes):
            said += "." + classes.replace(" ", ".")
        else:
            said += "".join(f".{token}" for token in classes.split() if _TOKEN.fullmatch(token))
    return said


# What `_named` said on this page: most elements share their names with others.
_Names = dict[tuple[str | None, str | None], str]


def _names(frame: _Frame, known: _Names) -> str:
    """What a step says besides its tag: ``#page.site[role=main]``; only plain names count."""
    attributes = frame.attributes
    if not attributes:
        return ""
    names = (attributes.get("id"), attributes.get("class"))
    said = known.get(names)
    if said is None:
        said = known[names] = _named(*names)
    if not _ANY_TELLING.isdisjoint(attributes):
        for attribute in _TELLING:
            value = attributes.get(attribute)
            if value and len(value) <= MAX_NAMES and _TOKEN.fullmatch(value):
                said += f"[{attribute}={value}]"
    return said


def _step(frame: _Frame, names: str) -> str:
    """One step of a path: ``div[2]#page.site[role=main]``."""
    return frame.tag + names if frame.nth == 1 else f"{frame.tag}[{frame.nth}]{names}"


def _path(frame: _Frame, known: _Names, elements: Elements) -> str:
    """The path of an element; those above it keep theirs for the next that asks."""
    unnamed = []
    while not frame.path:
        unnamed.append(frame)
        frame = frame.parent
    path, number = frame.path, frame.number
    for one in reversed(unnamed):
        names = _names(one, known)
        path = one.path = f"{path}/{_step(one, names)}"
        number = one.number = elements.add(one.tag + names, number)
    elements.own.append(number)
    return path


def _common(frames: Sequence[_Frame]) -> _Frame:
    """The deepest element with a step of its own that holds all of a run."""
    shared = frames[0].deep or frames[0]
    for frame in frames:
        other = frame.deep or frame
        while shared is not other:
            if shared.depth > other.depth:
                shared = shared.parent
            else:
                other = other.parent
    return shared


def _inner(frame: _Frame, common: _Frame, known: _Names) -> str:
    """The steps with a class or an id between `common` and an element inside it."""
    steps = []
    place = frame.deep or frame
    while place is not common:
        if "class" in place.attributes or "id" in place.attributes:
            step = _step(place, _names(place, known))
            if "." in step or "#" in step:
                steps.append(step)
        place = place.parent
    return "/".join(reversed(steps))


def _block(run: list[tuple[str, _Frame]], known: _Names, elements: Elements) -> Block | None:
    """Make one block of a run's pieces, or none if there is nothing to see in it."""
    while len(run) > 1 and not run[-1][0].strip(_HTML_SPACE):
        run.pop()
    if len(run) == 1:
        piece, frame = run[0]
        text = normal.collapse(piece)
        if not text:
            return None
        size = len(text)
        return Block(
            _path(frame.deep or frame, known, elements),
            text,
            size if frame.linked else 0,
            size if frame.bold else 0,
            frame.hidden,
        )
    text = normal.collapse("".join([piece for piece, _ in run]))
    if not text:
        return None
    seen = [(shown, frame) for piece, frame in run if (shown := normal.collapse(piece))]
    common = _common([frame for _, frame in seen])
    spans: list[Span] = []
    linked = bold = at = 0
    for shown, frame in seen:
        linked += len(shown) if frame.linked else 0
        bold += len(shown) if frame.bold else 0
        start = text.find(shown, at)
        if start < 0:  # NFC joined it with its neighbour
            continue
        at = start + len(shown)
        inner = _inner(frame, common, known)
        if inner:
            spans.append(Span(start, at, inner))
    return Block(
        _path(common, known, elements),
        text,
        linked=min(linked, len(text)),
        bold=min(bold, len(text)),
        hidden=all(frame.hidden for _, frame in seen),
        spans=tuple(spans),
    )


def refuse_more(lines: int, paths: int = 0) -> None:
    """Raise Uncleanable for more `lines`, or characters of `paths`, than a person's page has."""
    if lines > MAX_BLOCKS:
        fault = f"the page has more than {MAX_BLOCKS:,} lines of text"
    elif paths > MAX_PATHS:
        fault = "the page repeats very long class names over very many lines"
    else:
        return
    raise Uncleanable("extract", fault, "leave it out")


def blocks(tree: LexborHTMLParser) -> list[Block]:
    """Only the blocks of `lay_out`."""
    return lay_out(tree).blocks


def lay_out(tree: LexborHTMLParser) -> Layout:  # noqa: C901, PLR0912, PLR0915 - one walk, millions of steps
    """Lay out a parsed page, without recursion: depth is the page's choice, not ours.

    Raises Uncleanable for more than `MAX_BLOCKS` lines or `MAX_PATHS` characters of paths.
    """
    body = tree.body
    if body is None:
        return Layout([])
    found: list[Block] = []
    paths = widest = 0
    run: list[tuple[str, _Frame]] = []
    known: _Names = {}
    elements = Elements()

    def end_run() -> None:
        nonlocal paths, widest
        widest = max(widest, len(run))
        block = _block(run, known, elements)
        if block is not None:
            found.append(block)
            paths += len(block.path)
            if paths > MAX_PATHS or len(found) > MAX_BLOCKS:
                refuse_more(len(found), paths)
        run.clear()

    html = _root(body)
    html.number = elements.add("html", 0)
    frame = _Frame(body, "body", html, inline=False)
    at_tag = _AT.get
    pre = 0
    node = body.first_child
    while True:
        if node is None:  # the element is done
            if not frame.inline:
                if run:
                    end_run()
                if frame.tag == "pre":
                    pre -= 1
            if frame.parent is html:
                break
            node = frame.node.next
            frame = frame.parent
            continue
        if node.is_text_node:  # asked first, of most nodes, and cheap: a tag is a new string
            # Space that begins a line shows nothing.
            if run or not node.is_empty_text_node:
                if run and run[-1][1].hidden != frame.hidden:
                    end_run()  # what a reader sees and does not see is never one line
                text = node.text_content or ""
                if not pre:
                    if text:
                        run.append((text, frame))
                else:
                    for number, line in enumerate(text.split("\n")):  # its lines are runs
                        if number and run:
                            end_run()
                        if line:
                            run.append((line, frame))
            node = node.next
            continue
        tag = node.tag
        at = at_tag(tag)
        if at is _BREAK:
            if run:
                end_run()
        elif at is _LINE or (at is None and node.is_element_node):
            inline = at is _LINE
            if run and not inline:
                end_run()
            child = node.first_child
            if child is None:  # nobody asks for its path; it only counts among its like
                _nth(frame, tag or "")
            else:
                if tag == "pre":
                    pre += 1
                frame = _Frame(node, tag or "", frame, inline=inline)
                node = child
                continue
        node = node.next
    if run:
        end_run()
    return Layout(found, widest, elements)
