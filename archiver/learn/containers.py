"""Where the article stands on a site's pages: cleaned pages in, a container for each layout out.

What is kept of the pages is the teacher. Pages are told apart by the elements that lead to their
article; of those that share them the container is the deepest element that holds it, and every
place inside is the article, or is not, or is left open. Whether the result reproduces its teacher
on pages that taught nothing is for the caller to see (`work/containers.py`): nothing here cleans.
The order of pages does not matter.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import takewhile
from math import exp

from archiver.model import Block, Container
from archiver.text import paths

# A layout with fewer pages teaches too little of what else it may hold. Half of them are taught by
# the other half when it is tried, so each half has four: what three pages agree on may be chance.
MIN_PAGES = 8
# Letters expected to be chosen wrongly, as a share of the article's: the doubt at which the
# cascade of markers asks its last one. Above it they do not agree, and a page is no teacher.
MAX_DOUBT = 0.35
MIN_LETTERS = 300  # of an article; a page of less is a picture's or a video's
# A name, or a place of the container, must be that of so many pages; the others do not fit later.
_MOST = 0.95
_DEEP = 0.9
_LINES = frozenset("p h1 h2 h3 h4 h5 h6 li a span b strong em i blockquote".split())
_MAX_DEPTH = 40  # elements; a path has at most 64
# A place that was the article for so small a share of its letters is not; one that never was, too.
_RARELY = 0.5
_PAGES_OF_A_PLACE = 2  # to know a place by
_DOUBT = 0.01  # that a layout which is absent goes on
_UNIQUE = 0.9  # of the pages must have the container once


@dataclass(frozen=True)
class Taught:
    """A page as it was cleaned without any container.

    `main` are its main blocks, `kept` those that the text has something of, `telling` those that
    something else is known by: captions, dates, names.
    """

    name: str  # its address: two snapshots of one page are one
    source: int  # the caller's own number for it
    fetched_at: datetime
    blocks: tuple[Block, ...]
    main: frozenset[int]
    kept: frozenset[int]
    telling: frozenset[int] = frozenset()

    @cached_property
    def letters(self) -> int:
        """Of the blocks that are kept."""
        return sum(len(self.blocks[at].text) for at in self.kept)

    @cached_property
    def doubt(self) -> float:
        """The letters that are expected to be chosen wrongly, as a share of the article's."""
        wrong = article = 0.0
        for block in self.blocks:
            if not block.hidden:
                chance = 1 / (1 + exp(-max(-30.0, min(30.0, block.score))))
                wrong += len(block.text) * min(chance, 1 - chance)
                article += len(block.text) * chance
        return wrong / max(article, 1.0)

    @cached_property
    def holder(self) -> list[str]:
        """The steps from the body down to the deepest element that holds the article."""
        needed = self.kept | (self.main & self.telling)
        ways = {self.blocks[at].path for at in needed}
        steps = [way.split("/")[2:] for way in sorted(ways)]
        shared = list(takewhile(lambda each: len(set(each)) == 1, zip(*steps, strict=False)))
        held = [each[0] for each in shared]
        while held and paths.parted(held[-1])[0] in _LINES:  # of an article of one paragraph
            held.pop()
        return held


@dataclass(frozen=True)
class Proposed:
    """A container, and the pages that taught it."""

    container: Container
    pages: tuple[Taught, ...]


def teachers(pages: Iterable[Taught]) -> list[Taught]:
    """The pages that can teach: long enough, and in little doubt; in the order of their times."""
    return [
        page
        for page in sorted(pages, key=lambda page: (page.fetched_at, page.name))
        if page.letters >= MIN_LETTERS and page.doubt <= MAX_DOUBT and page.holder
    ]


def different(pages: Iterable[Taught]) -> list[Taught]:
    """The newest of each address: two snapshots of one page are one."""
    newest: dict[str, Taught] = {}
    for page in sorted(pages, key=lambda page: (page.fetched_at, page.name)):
        newest[page.name] = page
    return list(newest.values())


Step = tuple[str, frozenset[str]]


def _split(steps: Sequence[Step]) -> list[tuple[Step, list[int]]]:
    """Elements at one depth by what they share: a tag, and the names that nearly all have.

    Those of one tag that share no name are parted by the name that most have.
    """
    found: list[tuple[Step, list[int]]] = []
    by_tag: dict[str, list[int]] = defaultdict(list)
    for at, (tag, _) in enumerate(steps):
        by_tag[tag].append(at)
    for tag, ats in sorted(by_tag.items()):
        left = ats
        while left:
            names = Counter(name for at in left for name in steps[at][1])
            lasting = frozenset(name for name, times in names.items() if times >= _MOST * len(left))
            if lasting or not names:
                found.append(((tag, lasting), left))
                break
            best = min(names, key=lambda name: (-names[name], name))
            if names[best] < MIN_PAGES // 2:  # what is left has nothing in common but the tag
                found.append(((tag, frozenset()), left))
                break
            mine = [at for at in left if best in steps[at][1]]
            lasting = frozenset(
                name
                for name in names
                if sum(name in steps[at][1] for at in mine) >= _MOST * len(mine)
            )
            found.append(((tag, lasting), mine))
            left = [at for at in left if best not in steps[at][1]]
    return found


def _layouts(
    pages: Sequence[Taught], chain: tuple[Step, ...], fewest: int
) -> Iterator[tuple[tuple[Step, ...], list[Taught]]]:
    """The ways from the body to the article that enough pages share, each as deep as they do."""
    if len(pages) < fewest:
        return
    depth = len(chain)
    deeper = [page for page in pages if len(page.holder) > depth]
    if depth and (len(deeper) < _DEEP * len(pages) or depth >= _MAX_DEPTH):
        yield chain, list(pages)
        return
    steps = [paths.parted(page.holder[depth]) for page in deeper]
    parts = _split(steps)
    for step, ats in parts:
        if depth and len(ats) < _DEEP * len(pages) and not step[1] and len(parts) > 1:
            continue  # a part of them, told by no name: it could not be told from the others
        yield from _layouts([deeper[at] for at in ats], (*chain, step), fewest)


def selector(chain: Sequence[Step]) -> str:
    """The elements of a chain as `Container.selector` has them."""
    return " > ".join(tag + "".join(sorted(names)) for tag, names in chain)


def _below(page: Taught, chain: tuple[Step, ...]) -> list[str]:
    """The paths of the elements that the selector leads to, of those that hold any text."""
    size = len(chain) + 2
    found = {}
    for block in page.blocks:
        steps = block.path.split("/", size)[:size]
        if len(steps) == size:
            found["/".join(steps)] = steps[2:]
    return [path for path, steps in found.items() if paths.fits(steps, chain)]


def _inside(pages: Sequence[tuple[Taught, str]]) -> tuple[list[str], list[str], list[str]]:
    """The places in the container that are the article, that are not, and those that say both."""
    main: Counter[str] = Counter()
    other: Counter[str] = Counter()
    seen: dict[str, set[str]] = defaultdict(set)
    for page, below in pages:
        for at, block in enumerate(page.blocks):
            if paths.holds(below, block.path):
                place = paths.place(block.path[len(below) + 1 :])
                place += paths.kind(block.text, block.linked, hidden=block.hidden)
                (main if at in page.main else other)[place] += len(block.text)
                seen[place].add(page.name)
    text, chrome, both = [], [], []
    for place, names in seen.items():
        if len(names) < _PAGES_OF_A_PLACE:
            continue
        if main[place] and other[place]:
            both.append(place)
        share = main[place] / (main[place] + other[place])
        sentence = not place.endswith((":linked", ":label", ":hidden"))
        # A lost sentence is worse than a leftover line: prose that ever was the article is.
        if share and (sentence or share >= _RARELY):
            text.append(place)
        else:
            chrome.append(place)
    return sorted(text), sorted(chrome), sorted(both)


def _bare(place: str) -> str:
    """A place without what its line is."""
    head, _, kind = place.rpartition(":")
    return head if kind in {"linked", "label", "hidden"} else place


def _under(text: Sequence[str], chrome: Sequence[str]) -> list[str]:
    """The places that are no article, those of one element together where none in it is."""
    barred = {""}
    for place in text:
        steps = _bare(place).split("/")
        barred.update("/".join(steps[:end]) for end in range(1, len(steps) + 1))
    found = set()
    for place in chrome:
        steps = _bare(place).split("/")
        ends = (end for end in range(1, len(steps) + 1) if "/".join(steps[:end]) not in barred)
        end = next(ends, None)
        found.add(place if end is None else "/".join(steps[:end]) + "/*")
    return sorted(found)


def _level(path: str, chain: Sequence[Step]) -> tuple[int, list[str]]:
    """How far a path goes along the selector, and its signs from there."""
    steps = path.split("/")[2:]
    level = 0
    while level < min(len(chain), len(steps)) and paths.fits([steps[level]], [chain[level]]):
        level += 1
    return level - 1, [paths.sign(step) for step in steps[level:]]


def _quiet(pages: Sequence[Taught], chain: Sequence[Step], text: Sequence[str]) -> list[str]:
    """The elements beside the way to the container, and in it, that never told anything.

    Beside the way each is next to an element of it; inside as near to the container as may be.
    """
    loud: set[str] = set()
    seen: dict[str, set[str]] = defaultdict(set)
    last = len(chain) - 1
    for page in pages:
        for at, block in enumerate(page.blocks):
            level, signs = _level(block.path, chain)
            heads = [f"{level}/{'/'.join(signs[:end])}" for end in range(1, len(signs) + 1)]
            if level < last:
                heads = heads[:1]
            for head in heads:
                seen[head].add(page.name)
            if at in page.main or at in page.telling:
                loud.update(heads)
    for place in text:  # also what only some pages have
        steps = _bare(place).split("/")
        loud.update(f"{last}/{'/'.join(steps[:end])}" for end in range(1, len(steps) + 1))
    still = {
        head for head, names in seen.items() if head not in loud and len(names) >= _PAGES_OF_A_PLACE
    }
    return sorted(head for head in still if head.rpartition("/")[0] not in still)


def _unlinked(
    pages: Sequence[tuple[Taught, str]], text: AbstractSet[str], chrome: AbstractSet[str]
) -> tuple[dict[str, int], int]:
    """The letters that are no link, the most of a page: by place of `chrome`, and outside."""
    most: Counter[str] = Counter()
    outside = 0
    for page, below in pages:
        beside = 0
        here: Counter[str] = Counter()
        for block in page.blocks:
            letters = len(block.text) - block.linked
            if not paths.holds(below, block.path):
                beside += letters
                continue
            place = paths.place(block.path[len(below) + 1 :])
            kind = paths.kind(block.text, block.linked, hidden=block.hidden)
            if place + kind not in text and (where := paths.covering(place, kind, chrome)):
                here[where] += letters
        outside = max(outside, beside)
        most |= here
    return dict(most), outside


def _outside(page: Taught, below: str, quiet: frozenset[str], chain: Sequence[Step]) -> int:
    """Letters of the long lines beside the container and in what is quiet."""
    found = []
    for block in page.blocks:
        if paths.holds(below, block.path):
            level, signs = _level(block.path, chain)
            heads = {f"{level}/{'/'.join(signs[:end])}" for end in range(1, len(signs) + 1)}
            if heads.isdisjoint(quiet):
                continue
        found.append(block.text)
    return paths.long(found)


def learn(name: str, chain: tuple[Step, ...], pages: Sequence[Taught]) -> Proposed | str:
    """The container that some pages of one layout teach, or why there is none."""
    if len(chain) < 2:  # noqa: PLR2004 - the body
        return "the article stands in no element but the body"
    placed = []
    for page in pages:
        below = _below(page, chain)
        if len(below) == 1:
            placed.append((page, below[0]))
    if len(placed) < max(2, _UNIQUE * len(pages)):
        return "the element stands on most pages more than once, or on few at all"
    text, chrome, both = _inside(placed)
    if all(_bare(place) != place for place in text):
        return "no place in it is the article on two pages"
    mine = [page for page, _ in placed]
    quiet = _quiet(mine, chain, text)
    sizes = [
        sum(
            len(page.blocks[at].text)
            for at in page.main
            if paths.holds(below, page.blocks[at].path)
        )
        for page, below in placed
    ]
    outside = max(_outside(page, below, frozenset(quiet), chain) for page, below in placed)
    not_text = _under(text, chrome)
    unlinked, beside = _unlinked(placed, frozenset(text), frozenset(not_text))
    days = sorted(page.fetched_at for page in mine)
    container = Container(
        id=name,
        why=(
            f"{len(mine)} pages fetched from {days[0]:%Y-%m-%d} to {days[-1]:%Y-%m-%d} have their "
            f"article here; {len(both)} of its places say both"
        ),
        selector=selector(chain),
        text=tuple(text),
        chrome=tuple(not_text),
        quiet=tuple(quiet),
        letters=(min(sizes), max(sizes)),
        outside=outside,
        beside=beside,
        unlinked=tuple(sorted(unlinked.items())),
    )
    return Proposed(container, tuple(mine))


def layouts(
    pages: Sequence[Taught], fewest: int = MIN_PAGES
) -> list[tuple[tuple[Step, ...], list[Taught]]]:
    """The layouts of a site that have at least `fewest` pages, the commonest first.

    Each as the elements that lead to the article, and the pages.
    """
    found = [
        (chain, mine)
        for chain, of in _layouts(teachers(pages), (), fewest)
        if len(mine := different(of)) >= fewest
    ]
    return sorted(found, key=lambda one: (-len(one[1]), selector(one[0])))


def bounds(pages: Sequence[Taught], all_pages: Sequence[Taught]) -> tuple[str, str]:
    """When a layout began and ended, as `Container.since` and `until`; empty where it did not.

    It ended where so many pages of the site were fetched after the last of it that, at its share
    until then, one of them would be of it but for a chance of `_DOUBT`. It began likewise.
    """
    mine = {page.name for page in pages}
    first = min(page.fetched_at for page in pages)
    last = max(page.fetched_at for page in pages)
    others = [page.fetched_at for page in all_pages if page.name not in mine]
    before = [at for at in others if at < first]
    after = [at for at in others if at > last]
    share = len(mine) / (len(mine) + len(others) - len(before) - len(after))

    def over(absent: Sequence[datetime]) -> bool:
        return bool(absent) and (1 - share) ** len(absent) < _DOUBT

    return (
        _stamp(max(before) + timedelta(microseconds=1)) if over(before) else "",
        _stamp(min(after)) if over(after) else "",
    )


def _stamp(at: datetime) -> str:
    """A time as a container has it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
