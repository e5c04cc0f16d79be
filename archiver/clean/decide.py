"""Which blocks are the article: their scores in, a set of block numbers out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from archiver.model import Block, Page
from archiver.text import normal
from archiver.text.prose import MIN_PARAGRAPH, SENTENCES, is_running_text

# More link than text: a teaser, whatever it says.
MAX_LINKED = 0.5

# Scores are log odds. A lost sentence is worse than a leftover line, so the line is drawn below 0;
# and no more than so far below the best seventh of the page's prose. Both were chosen by cleaning
# sites that the scorecard had not seen: from -.5 to -.2 and from 1 to 2 the figures hardly move.
_LINE = -0.3
_BELOW_BEST = 1.3
_BEST = 0.15
_SLACK = 2.0  # how far below the line a subheading between chosen paragraphs may stand
# The same for the paragraphs right behind the last one: on sites that the scorecard had not seen
# it changes no set by more than .001, and a short page's last sentence stays.
_CLOSING = 0.3

_HEADING = re.compile(r"/h[1-6](?:[\[#.][^/]*)?(?:/|$)")

_ITEM = re.compile(r"(?P<list>.*/[uo]l(?:[\[#.][^/]*)?)/li(?:\[\d+\])?(?:/|$)")
_TABLE = re.compile(r".*?/table(?:[\[#.][^/]*)?(?=/)")
_LEADS = (":", "：", ":-", ":—")  # what announces a list
_INNER = re.compile(r".*/table(?:[\[#.][^/]*)?(?=/)")
_BEGUN = 3
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
        if f"{block.path}/".startswith(f"{best}/") and not block.hidden
    ]
    paragraphs = [at for at in inside if is_paragraph(page.blocks[at])]
    first, last = paragraphs[0], paragraphs[-1]
    return frozenset(at for at in inside if first <= at <= last and not is_linked(page.blocks[at]))


def _sentences(text: str) -> set[str]:
    """The sentences of a text, without white space: a copy may be parted otherwise."""
    return {key for part in SENTENCES.findall(text) if (key := normal.key(part).replace(" ", ""))}


def _shown(page: Page, voted: frozenset[int]) -> frozenset[int]:
    """The choice of a copy that no reader sees goes to the copy that a reader does.

    Text that stands hidden alone stays chosen: a button shows it.
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


def _homes(page: Page, main: frozenset[int]) -> dict[str, list[int]]:
    """The chosen paragraphs, in page order, by the element around each."""
    homes: dict[str, list[int]] = {}
    for at in sorted(main):
        if is_paragraph(page.blocks[at]):
            homes.setdefault(parent(page.blocks[at].path), []).append(at)
    return homes


def _left_out(page: Page, main: frozenset[int]) -> frozenset[int]:
    """Paragraphs left out although their neighbours were chosen.

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
        if at in main or block.hidden or len(block.text) < MIN_PARAGRAPH or not is_paragraph(block):
            continue
        siblings = homes.get(parent(block.path), ())
        same_element = homes.get(block.path, ())
        if len(same_element) > 1 or (siblings and siblings[0] < at < siblings[-1]):
            found.add(at)
    return frozenset(found)


def _subheadings_left_out(page: Page, main: frozenset[int], line: float) -> frozenset[int]:
    """Headings, and lines in bold, between the article's longer lines.

    They are its subheadings, unless much speaks against them: a score far below the line.
    """
    texts: dict[str, list[int]] = {}
    for at in sorted(main):
        path = page.blocks[at].path
        if len(page.blocks[at].text) >= MIN_PARAGRAPH and not is_linked(page.blocks[at]):
            texts.setdefault(path, []).append(at)  # of lines that are parted by ``<br>``
            texts.setdefault(parent(path), []).append(at)
    found = set()
    for at, block in enumerate(page.blocks):
        if at in main or block.hidden or block.score <= line - _SLACK:
            continue
        if is_linked(block) or not is_heading(block):
            continue
        above = parent(block.path)
        around = (texts.get(above, ()), texts.get(parent(above), ()))
        if any(one and one[0] < at < one[-1] for one in around):
            found.add(at)
    return frozenset(found)


def _closing(page: Page, main: frozenset[int], line: float) -> frozenset[int]:
    """The paragraphs right behind the last chosen block, unless much speaks against them."""
    found: set[int] = set()
    for at in range(max(main) + 1, len(page.blocks)):
        block = page.blocks[at]
        is_close = block.score > line - _CLOSING and not block.hidden
        if not is_close or len(block.text) < MIN_PARAGRAPH or not is_paragraph(block):
            break
        found.add(at)
    return frozenset(found)


def _items_left_out(
    page: Page, main: frozenset[int], homes: Mapping[str, Sequence[int]]
) -> frozenset[int]:
    """Items that a marker left out of a list of the article, as it does with names of services.

    The list has another item that was chosen, or stands between chosen paragraphs of one parent
    and bears no name (lists of buttons have one, for their style), or follows a colon.
    """
    lists = set()
    for at in main:
        path = page.blocks[at].path
        if "/li" in path and (item := _ITEM.match(path)):
            lists.add(item["list"])
    found = set()
    for at, block in enumerate(page.blocks):
        if at in main or block.hidden or "/li" not in block.path or is_linked(block):
            continue
        item = _ITEM.match(block.path)
        if item is None:
            continue
        around = homes.get(parent(item["list"]), [])
        bare = _BARE_LIST.search(item["list"]) is not None
        between = bool(around) and around[0] < at < around[-1]
        before = at - 1
        while before in found and page.blocks[before].path.startswith(item["list"]):
            before -= 1
        led = before in main and page.blocks[before].text.endswith(_LEADS)
        led = led and parent(page.blocks[before].path) == parent(item["list"])
        if item["list"] in lists or (bare and (between or led)):
            found.add(at)
    return frozenset(found)


def _tables_left_out(
    page: Page, main: frozenset[int], homes: Mapping[str, Sequence[int]]
) -> frozenset[int]:
    """The cells of a table between chosen paragraphs of one parent: short, but of the story."""
    cells = [at for at, block in enumerate(page.blocks) if "/table" in block.path]
    found = set()
    for at in cells:
        block = page.blocks[at]
        if at in main or block.hidden or is_linked(block):
            continue
        table = _TABLE.match(block.path)
        if table is None:
            continue
        around = homes.get(parent(table[0]), ())
        if around and around[0] < at < around[-1]:
            found.add(at)
    return frozenset(found | _begun_tables(page, main, cells))


def _begun_tables(page: Page, main: frozenset[int], cells: Sequence[int]) -> set[int]:
    """The other cells of tables of which a third was chosen, and which hold no paragraphs."""
    tables: dict[str, list[int]] = {}
    for at in cells:
        block = page.blocks[at]
        if not block.hidden and (table := _INNER.match(block.path)):
            tables.setdefault(table[0], []).append(at)
    found: set[int] = set()
    for inside in tables.values():
        begun = sum(at in main for at in inside)
        prose = any(is_paragraph(page.blocks[at]) for at in inside)
        if _BEGUN * begun >= len(inside) and not prose:
            found.update(at for at in inside if not is_linked(page.blocks[at]))
    return found


def _folded(page: Page, main: frozenset[int]) -> frozenset[int]:
    """Paragraphs of the story that no reader sees before a button unfolds them.

    They stand under the first paragraph, at most one element deeper, and are two or more.
    """
    unseen = [at for at, one in enumerate(page.blocks) if one.hidden and is_paragraph(one)]
    if main.issuperset(unseen):
        return frozenset()  # most pages
    seen = frozenset(at for at in main if not page.blocks[at].hidden)
    homes = {above: inside[0] for above, inside in _homes(page, seen).items()}
    told = {said for one in page.blocks if not one.hidden for said in _sentences(one.text)}
    by_home: dict[str, list[int]] = {}
    for at in unseen:
        block = page.blocks[at]
        above = parent(block.path)
        first = homes.get(above, homes.get(parent(above), at))
        if at > first and at not in main and not _sentences(block.text) <= told:
            by_home.setdefault(above, []).append(at)
    return frozenset(at for ats in by_home.values() if len(ats) > 1 for at in ats)


def _line(page: Page) -> float:
    """The score above which a block is the article.

    On a page whose best prose scores low the line is drawn lower: a text that is told by nothing
    but its place is still the page's text.
    """
    prose = sorted(
        [
            (block.score, len(block.text))
            for block in page.blocks
            if len(block.text) >= MIN_PARAGRAPH and not block.hidden and is_paragraph(block)
        ],
        reverse=True,
    )
    enough = _BEST * sum(length for _, length in prose)
    for score, length in prose:
        enough -= length
        if enough <= 0:
            return min(_LINE, score - _BELOW_BEST)
    return _LINE


def main_blocks(page: Page) -> frozenset[int]:
    """The numbers of the blocks that are the article, before any rule has spoken.

    Every line of plain text; of HTML the blocks whose evidence speaks for them and what it left
    out between them; of a page without evidence the densest container.
    """
    if page.media_type == "text/plain":
        return frozenset(range(len(page.blocks)))
    line = _line(page)
    likely = {at for at, block in enumerate(page.blocks) if page.asked and block.score > line}
    chosen = _shown(page, frozenset(likely)) or _densest(page)
    beside = _left_out(page, chosen) | _subheadings_left_out(page, chosen, line)
    homes = _homes(page, chosen)
    beside |= _items_left_out(page, chosen, homes) | _tables_left_out(page, chosen, homes)
    if page.asked and chosen:
        beside |= _closing(page, chosen | beside, line)
    return chosen | beside | _folded(page, chosen)
