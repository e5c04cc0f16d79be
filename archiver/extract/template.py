"""A page laid out by what was learned of its site's layout: no marker is asked, nothing is weighed.

In come the tree and the containers of the site; out come blocks with scores, or nothing where the
page does not fit, which then takes the long way. A page fits where the container stands exactly
once, holds about as much text as it did on the pages that taught it, in elements that they had,
and no other long text stands beside it; what is no link may be little more than on those pages,
beside it and in each place that is no article. Elements that never told anything, the menus and
rails around the article, become one block each: to walk them is most of the cost of a layout. No
such block may be the article: its lines are one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

from archiver.extract import blocks as layout
from archiver.model import Block, Container, Page
from archiver.text import normal, paths

MARKER = "template"  # in `Page.asked` and in the votes of blocks, where a marker's name would stand
# Log odds that no other evidence reaches: what was learned decides.
_SCORE = 9.0
_QUIET = -2 * _SCORE  # of a block that was made of a quiet element, and of no other

# How far a page may go beyond those that taught the container.
_FEWER, _MORE = 0.5, 4.0  # times their fewest and their most letters
_LEAST = 200  # letters; a page of less is a picture's, a video's, or broken
_OUTSIDE, _MORE_OUTSIDE = 1.5, 600  # times their most letters of long lines beside it, and so many
# Times their most letters that are no link, and so many: in a place less than a sentence has.
_UNLINKED, _MORE_BESIDE, _MORE_APART = 1.5, 200, 20
_UNKNOWN = 0.05  # share of the container's letters in places that no page had
_FIRST, _SHOWN = 4, 2000  # paragraphs, and else code points, that tell the script

# Elements that are not shown; those that cannot hold text need no search.
_EMPTY = frozenset("area source track param embed colgroup head template".split())
_UNSEEN = sorted(layout._SKIPPED - _EMPTY)  # noqa: SLF001 - of this room
# Elements that are not made one line: they do not break the line, or would make several.
_NO_BOX = layout._INLINE | layout._SKIPPED | {"br", "hr", "pre", "noscript"}  # noqa: SLF001


@dataclass(frozen=True, slots=True)
class _Branch:
    """Places as a tree: the elements below one, and whether it is itself one of them."""

    below: dict[str, _Branch] = field(default_factory=dict)
    ends: bool = False


@dataclass(frozen=True, slots=True)
class _Plan:
    """A container, prepared."""

    chain: tuple[tuple[str, frozenset[str]], ...]
    text: frozenset[str]
    chrome: frozenset[str]
    unlinked: Mapping[str, int]
    quiet: tuple[dict[str, _Branch], ...]  # by level
    beside: int


@lru_cache(maxsize=256)
def _plan(container: Container) -> _Plan:
    chain = paths.chain(container.selector)
    quiet: tuple[dict[str, _Branch], ...] = tuple({} for _ in chain)
    for one in container.quiet:
        level, _, place = one.partition("/")
        at = quiet[int(level)]
        *above, last = place.split("/")
        for sign in above:
            at = at.setdefault(sign, _Branch()).below
        at[last] = _Branch(ends=True)
    return _Plan(
        chain=chain,
        text=frozenset(container.text),
        chrome=frozenset(container.chrome),
        unlinked=dict(container.unlinked),
        quiet=quiet,
        beside=container.beside,
    )


def acts(container: Container, fetched_at: datetime) -> bool:
    """Whether a page fetched then may have the container's layout."""
    at = fetched_at.astimezone(UTC).isoformat(timespec="microseconds")
    return container.since <= at and (not container.until or at < container.until)


def _names(node: LexborNode) -> list[str]:
    """The names of an element, as a block's path would have them."""
    attributes = node.attributes
    if not attributes:
        return []
    found = []
    name = attributes.get("id")
    if name and len(name) <= layout.MAX_NAMES and layout._TOKEN.fullmatch(name):  # noqa: SLF001
        found.append(f"#{name}")
    classes = attributes.get("class")
    if classes and len(classes) <= layout.MAX_NAMES:
        found += [f".{one}" for one in classes.split() if layout._TOKEN.fullmatch(one)]  # noqa: SLF001
    for telling in layout._TELLING:  # noqa: SLF001
        value = attributes.get(telling)
        if value and len(value) <= layout.MAX_NAMES and layout._TOKEN.fullmatch(value):  # noqa: SLF001
            found.append(f"[{telling}={value}]")
    return found


@dataclass(frozen=True, slots=True)
class Found:
    """A container that stands in a page exactly once, some of its text, the quiet elements."""

    container: Container
    shown: list[str]
    quiet: list[LexborNode]


def found(
    tree: LexborHTMLParser, containers: Sequence[Container], fetched_at: datetime
) -> Found | None:
    """The first of some containers that stands in the page exactly once. Changes nothing."""
    for container in containers:
        if not acts(container, fetched_at):
            continue
        nodes, quiet = _walk(tree, _plan(container))
        if len(nodes) == 1:
            return Found(container, _some(nodes[0]), quiet)
    return None


def _some(node: LexborNode) -> list[str]:
    """The first paragraphs of an element; its whole text, scripts and all, where it has none."""
    return [one.text() for one in node.css("p")[:_FIRST]] or [node.text()[:_SHOWN]]


def _walk(tree: LexborHTMLParser, plan: _Plan) -> tuple[list[LexborNode], list[LexborNode]]:
    """Every element that the selector leads to, and the quiet ones beside the way and in it."""
    body = tree.body
    (_, names), *further = plan.chain
    if body is None or not names.issubset(_names(body)):
        return [], []
    nodes, quiet = [body], list[LexborNode]()
    for level, (tag, names) in enumerate(further):
        here: list[LexborNode] = []
        known = plan.quiet[level]
        for node in nodes:
            for child in node.iter():
                own = child.tag
                if own != tag and (not known or own in _NO_BOX):
                    continue
                named = _names(child)
                if own == tag and names.issubset(named):
                    here.append(child)
                else:
                    _hush(child, own, named, known, quiet)
        nodes = here
    if len(nodes) == 1 and plan.quiet[-1]:
        _hush_in(nodes[0], plan.quiet[-1], quiet)
    return nodes, quiet


def _hush(
    node: LexborNode,
    tag: str | None,
    names: Sequence[str],
    known: dict[str, _Branch],
    quiet: list[LexborNode],
) -> None:
    """Add an element, or those in it, to the quiet ones where they are known for it."""
    branch = None if tag in _NO_BOX else known.get(paths.signed(tag, names))
    if branch is None:
        return
    if branch.ends:
        quiet.append(node)
    else:
        _hush_in(node, branch.below, quiet)


def _hush_in(node: LexborNode, known: dict[str, _Branch], quiet: list[LexborNode]) -> None:
    """Look for quiet elements among an element's children."""
    for child in node.iter():
        tag = child.tag
        if tag not in _NO_BOX:
            _hush(child, tag, _names(child), known, quiet)


def _lines(node: LexborNode) -> list[str]:
    return node.text(separator="\n", skip_empty=True).split("\n")


def _hushed(tree: LexborHTMLParser, nodes: Sequence[LexborNode]) -> tuple[int, dict[str, int]]:
    """Make each element hold its text alone: the letters of its long lines, and that text.

    With each text, how many letters of it are links.
    """
    found = 0
    texts: dict[str, int] = {}
    if nodes and tree.body is not None:
        tree.body.strip_tags(_UNSEEN)
    for node in nodes:
        lines = [line.strip() for line in _lines(node)]
        found += paths.long(lines)
        plain = sum(map(len, lines))
        for link in node.css("a[href]"):
            plain -= sum(len(line.strip()) for line in _lines(link))
        text = normal.collapse("\n".join(lines))
        linked = max(len(text) - max(plain, 0), 0)  # with the spaces between links
        texts[text] = min(linked, texts.get(text, linked))
        node.inner_html = ""
        node.insert_child("\n".join(lines))
    return found, texts


def _below(blocks: Sequence[Block], plan: _Plan) -> str:
    """The path of the container, by the first block in it; empty where there is none."""
    size = len(plan.chain) + 2  # the empty step before the first slash, and html
    seen: set[str] = set()
    for block in blocks:
        steps = block.path.split("/", size)[:size]
        path = "/".join(steps)
        if path in seen:
            continue
        seen.add(path)
        if len(steps) == size and paths.fits(steps[2:], plan.chain):
            return path
    return ""


def _is_quiet(path: str, plan: _Plan) -> bool:
    """Whether a block's own element, or one around it, is a quiet one."""
    steps = path.split("/")[2:]
    level = 0
    while level < min(len(plan.chain), len(steps)) and paths.fits(
        [steps[level]], [plan.chain[level]]
    ):
        level += 1
    known = plan.quiet[level - 1] if level else {}
    for step in steps[level:]:
        branch = known.get(paths.sign(step))
        if branch is None:
            return False
        if branch.ends:
            return True
        known = branch.below
    return False


def _chosen(blocks: Sequence[Block], below: str, plan: _Plan) -> tuple[list[bool], int, bool]:
    """For each block whether it is the article, the letters in places that are not known.

    And whether what is no link outside it, and in each place that is not it, is little enough.
    """
    found = []
    unknown = beside = 0
    apart: Counter[str] = Counter()
    for block in blocks:
        plain = len(block.text) - block.linked
        if not paths.holds(below, block.path):
            beside += plain
            found.append(False)
            continue
        place = paths.place(block.path[len(below) + 1 :])
        kind = paths.kind(block.text, block.linked, hidden=block.hidden)
        if place + kind in plan.text:
            found.append(True)
        elif where := paths.covering(place, kind, plan.chrome):
            apart[where] += plain
            found.append(False)
        else:  # a lost sentence is worse than a leftover line
            unknown += len(block.text)
            found.append(kind in {"", ":label"})
    little = beside <= plan.beside * _UNLINKED + _MORE_BESIDE and all(
        letters <= plan.unlinked.get(where, 0) * _UNLINKED + _MORE_APART
        for where, letters in apart.items()
    )
    return found, unknown, little


def _fits(
    container: Container,
    blocks: Sequence[Block],
    chosen: Sequence[bool],
    beside: int,
) -> bool:
    """Whether the article is one, by its size, and has nothing long beside it."""
    inside = [block for block, taken in zip(blocks, chosen, strict=True) if taken]
    letters = sum(len(block.text) for block in inside)
    fewest, most = container.letters
    if not max(_LEAST, fewest * _FEWER) <= letters <= most * _MORE:
        return False
    if not any(paths.kind(one.text, one.linked, hidden=one.hidden) == "" for one in inside):
        return False
    return beside <= allowed_outside(container)


def allowed_outside(container: Container) -> float:
    """Letters of long lines that may stand beside a container."""
    return container.outside * _OUTSIDE + _MORE_OUTSIDE


def lay_out(tree: LexborHTMLParser, found: Found) -> tuple[Block, ...] | None:
    """The blocks of a page with their scores, or nothing where it does not fit.

    Changes the tree. Raises Uncleanable as `blocks.lay_out` does.
    """
    container = found.container
    plan = _plan(container)
    hushed, texts = _hushed(tree, found.quiet)
    if hushed > allowed_outside(container):
        return None
    blocks = list(layout.lay_out(tree).blocks)
    below = _below(blocks, plan)
    if not below:
        return None
    quiet = set()
    for at, block in enumerate(blocks):
        if block.text in texts and _is_quiet(block.path, plan):
            quiet.add(at)
            blocks[at] = block._replace(linked=texts[block.text])
    chosen, unknown, little = _chosen(blocks, below, plan)
    if not little or any(chosen[at] for at in quiet):
        return None
    letters = sum(len(one.text) for one, taken in zip(blocks, chosen, strict=True) if taken)
    beside = paths.long(
        block.text
        for at, block in enumerate(blocks)
        if at not in quiet and not paths.holds(below, block.path)
    )
    if unknown > _UNKNOWN * letters or not _fits(container, blocks, chosen, hushed + beside):
        return None
    return tuple(
        Block(
            path=block.path,
            text=block.text,
            linked=block.linked,
            bold=block.bold,
            hidden=block.hidden,
            votes=(MARKER,) if taken else (),
            score=_SCORE if taken else _QUIET if at in quiet else -_SCORE,
            spans=block.spans,
        )
        for at, (block, taken) in enumerate(zip(blocks, chosen, strict=True))
    )


def welded(page: Page, main: AbstractSet[int]) -> bool:
    """Whether a block that is made of a quiet element is among those that are the article."""
    return MARKER in page.asked and any(page.blocks[at].score == _QUIET for at in main)
