"""Which blocks are the article: the votes of the markers in, a set of block numbers out."""

from __future__ import annotations

import re
from collections import Counter

from archiver.model import Block, Page
from archiver.text import normal
from archiver.text.prose import SENTENCES, is_running_text

# More link than text: a teaser, whatever it says.
MAX_LINKED = 0.5

_HEADING = re.compile(r"/h[1-6](?:[\[#.][^/]*)?(?:/|$)")

_ITEM = re.compile(r"(?P<list>.*/[uo]l(?:[\[#.][^/]*)?)/li(?:\[\d+\])?(?:/|$)")
_BARE_LIST = re.compile(r"/[uo]l(?:\[\d+\])?$")


def is_linked(block: Block) -> bool:
    """Whether most of the block is link text."""
    return block.linked > len(block.text) * MAX_LINKED


def is_paragraph(block: Block) -> bool:
    """Whether the block reads as a paragraph of running text."""
    return is_running_text(block.text) and not is_linked(block)


def is_heading(block: Block) -> bool:
    """Whether the block is a heading element, or stands in bold as a whole."""
    return bool(_HEADING.search(block.path)) or block.bold * 10 >= len(block.text) * 9


def parent(path: str) -> str:
    """The path of the element around the one that `path` names."""
    return path.rpartition("/")[0]


def _densest(page: Page) -> frozenset[int]:
    """The paragraphs around the container that holds most of their text.

    What is left when no marker chooses: the parent of the paragraphs with the most letters,
    as readability scores it (a paragraph counts wholly for its parent, half for the next).
    """
    weights: Counter[str] = Counter()
    for block in page.blocks:
        if is_paragraph(block) and not block.hidden:
            above = parent(block.path)
            weights[above] += 2 * len(block.text)
            weights[parent(above)] += len(block.text)
    if not weights:
        longest = max((len(block.text) for block in page.blocks if not block.hidden), default=0)
        return frozenset(
            at
            for at, block in enumerate(page.blocks)
            if not block.hidden and len(block.text) * 2 >= longest and not is_linked(block)
        )
    best = min(weights, key=lambda path: (-weights[path], path))
    inside = [
        at
        for at, block in enumerate(page.blocks)
        if block.path.startswith(best) and not block.hidden
    ]
    paragraphs = [at for at in inside if is_paragraph(page.blocks[at])]
    first, last = paragraphs[0], paragraphs[-1]
    return frozenset(at for at in inside if first <= at <= last and not is_linked(page.blocks[at]))


def _sentences(text: str) -> set[str]:
    """The sentences of a text, without white space: a copy may be parted otherwise."""
    return {key for part in SENTENCES.findall(text) if (key := normal.key(part).replace(" ", ""))}


def _shown(page: Page, voted: frozenset[int]) -> frozenset[int]:
    """Votes for a copy that no reader sees go to the copy that a reader does.

    Text that stands hidden alone keeps its votes: a button shows it.
    """
    unseen = {at for at in voted if page.blocks[at].hidden}
    if not unseen:
        return voted
    hidden = {normal.key(page.blocks[at].text) for at in unseen}
    seen = {at for at, block in enumerate(page.blocks) if not block.hidden}
    told = {said for at in seen for said in _sentences(page.blocks[at].text)}
    folded = {at for at in unseen if not _sentences(page.blocks[at].text) <= told}
    copied = {at for at in seen if normal.key(page.blocks[at].text) in hidden}
    return frozenset((voted & seen) | copied | folded)


def _left_out(page: Page, main: frozenset[int]) -> frozenset[int]:
    """Paragraphs that a marker left out although it took their neighbours.

    The lines of one element (parted by ``<br>``), and paragraphs between chosen paragraphs that
    have the same parent, are one text: a lost sentence is worse than a leftover line.
    """
    homes: dict[str, list[int]] = {}
    for at in sorted(main):
        if is_paragraph(page.blocks[at]):
            homes.setdefault(page.blocks[at].path, []).append(at)
            homes.setdefault(parent(page.blocks[at].path), []).append(at)
    found = set()
    for at, block in enumerate(page.blocks):
        if at in main or block.hidden or not is_paragraph(block):
            continue
        same_element = homes.get(block.path, ())
        siblings = homes.get(parent(block.path), ())
        if len(same_element) > 1 or (siblings and siblings[0] < at < siblings[-1]):
            found.add(at)
    return frozenset(found)


def _items_left_out(page: Page, main: frozenset[int]) -> frozenset[int]:
    """Items that a marker left out of a list of the article, as it does with names of services.

    The list has another item that was chosen, or stands between chosen paragraphs of one parent
    and bears no name: lists of buttons have one, for their style.
    """
    homes: dict[str, list[int]] = {}
    lists = set()
    for at in sorted(main):
        path = page.blocks[at].path
        if is_paragraph(page.blocks[at]):
            homes.setdefault(parent(path), []).append(at)
        if item := _ITEM.match(path):
            lists.add(item["list"])
    found = set()
    for at, block in enumerate(page.blocks):
        item = _ITEM.match(block.path)
        if item is None or at in main or block.hidden or is_linked(block):
            continue
        around = homes.get(parent(item["list"]), [])
        bare = _BARE_LIST.search(item["list"]) is not None
        between = bool(around) and around[0] < at < around[-1]
        if item["list"] in lists or (bare and between):
            found.add(at)
    return frozenset(found)


def main_blocks(page: Page) -> frozenset[int]:
    """The numbers of the blocks that are the article, before any rule has spoken.

    Every line of plain text; of HTML the blocks that a marker votes for and what it left out
    between them; without a vote the densest container.
    """
    if page.media_type == "text/plain":
        return frozenset(range(len(page.blocks)))
    voted = frozenset(at for at, block in enumerate(page.blocks) if block.votes)
    chosen = _shown(page, voted) or _densest(page)
    return chosen | _left_out(page, chosen) | _items_left_out(page, chosen)
