"""What can be counted about each block of a page, for the decision: a table of numbers out.

One row a block, one column a number. Nothing is judged here: what a number is worth
stands in the scorecard. Text is seen by length, stops and digits only, so a page in any script
gives the same kind of numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from archiver.extract.blocks import Elements
from archiver.extract.naming import AROUND, ELEMENTS, bare, element, template
from archiver.model import Block, Page
from archiver.text import normal
from archiver.text.prose import MIN_PARAGRAPH, STOPS, ends_sentence

Column = NDArray[np.floating[Any]]
Worth = Callable[[str], float]
_Places = NDArray[np.int32]
_T = TypeVar("_T", np.floating[Any], np.bool_)

_STOP = re.compile(f"[{re.escape(STOPS)}]")
_DIGIT = re.compile(r"\d")
_CAPITAL = re.compile("[A-ZÀ-ÖØ-ÞΑ-ΩА-Я]")
_PLANES = 0x20000  # no digit or stop stands beyond
# Scripts without spaces say in this many letters what takes others a paragraph.
_SPACELESS = re.compile("[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_SPACELESS_PARAGRAPH = 20
MAX_LINKED = 0.5

_LEVELS = (1, 2, 3, 4)  # of the elements around a block's own
_COPIED = (1, 2, 3)  # the same, of which there may be copies
_WIDE = 0.6
# Words in the address of a page that is a thread: what stands like comments is its text.
_THREAD = re.compile(
    "(?<![a-z])(?:forums?|threads?|topic|viewtopic|viewthread|showthread|bbs|boards|discuss|"
    "discussions?|questions?|tieba)(?![a-z])",
    re.IGNORECASE,
)
_OF_THREADS = (
    "like-of-page", "like-homes", "like-linked", "like-length", "copies-of-page-2", "copies-2",
    "copies-1", "length", "words", "words-worst",
)  # fmt: skip
_ABSENT = -20.0  # of a number that such a page has not
_MOST_STEPS, _MOST_LINES = 60, 200
_NO_TITLE = -50  # lines from a headline that there is not
_FAR = 20.0  # elements to climb to what there is not


def elements_of(blocks: Iterable[Block]) -> Elements:
    """The elements that the paths of blocks name, as `lay_out` has them of the page itself."""
    found = Elements()
    known = {"": 0}
    for block in blocks:
        path = block.path
        at = known.get(path)
        new = []
        while at is None:
            above, _, step = path.rpartition("/")
            new.append((path, step))
            path = above
            at = known.get(path)
        for one, step in reversed(new):
            at = known[one] = found.add(bare(step), at)
        found.own.append(at)
    return found


class _Tree:
    """The elements that hold the blocks, ready to be counted over."""

    def __init__(self, elements: Elements) -> None:
        """Take the elements as they are numbered."""
        parents, depths, own = elements.parents, elements.depths, elements.own
        places: dict[str, int] = {}
        kinds = [places.setdefault(step, len(places)) for step in elements.steps]
        self.steps = list(places)  # each once, for most recur
        self.kinds: _Places = np.array(kinds, dtype=np.int32)  # of each element
        self.parent: _Places = np.array(parents, dtype=np.int32)
        self.depth: _Places = np.array(depths, dtype=np.int32)
        self.own: _Places = np.array(own, dtype=np.int32)
        order = np.argsort(self.depth, kind="stable").astype(np.int32)
        ends = np.cumsum(np.bincount(self.depth))
        # For each element the elements around it, by depth; -1 below its own.
        around = np.full((len(parents), len(ends)), -1, dtype=np.int32)
        around[0, 0] = 0
        for depth, (start, end) in enumerate(pairwise(ends), start=1):
            level = order[start:end]
            around[level] = around[self.parent[level]]
            around[level, depth] = level
        self._around: _Places = around
        self._inside: _Places = around[self.own]  # the same for each block
        self._levels: _Places = np.ascontiguousarray(self._inside.T)
        inside = self._inside >= 0
        self._elements = self._inside[inside]
        self._lines = np.repeat(np.arange(len(own)), inside.sum(axis=1))

    def gathered(self, values: Column) -> Column:
        """For each element the sum over the blocks in it; `values` has a row a block."""
        each = values[self._lines].T
        size = len(self.parent)
        return np.stack([np.bincount(self._elements, one, size) for one in each], axis=1)

    def handed_down(self, values: NDArray[_T], join: np.ufunc, nothing: float) -> NDArray[_T]:
        """For each block `join` over the values of all elements around it, outermost first.

        `values` has a row an element; `nothing` is what changes nothing.
        """
        last = np.full((1, *values.shape[1:]), nothing, dtype=values.dtype)
        # All blocks at once, level after level: an eighth of the time of block after block.
        padded = np.concatenate([values, last]).take(self._levels, axis=0)
        found: NDArray[_T] = join.reduce(padded, axis=0)
        return found

    def like(self) -> _Places:
        """For each element the number of its kind: those whose paths differ in numbers alone."""
        names: dict[str, int] = {}
        steps = [names.setdefault(template(step), len(names)) for step in self.steps]
        count = len(names)
        kinds: dict[int, int] = {}
        found: list[int] = []
        new = 0
        for parent, step in zip(self.parent.tolist(), self.kinds.tolist(), strict=True):
            above = found[parent] + 1 if found else 0
            kind = kinds.setdefault(above * count + steps[step], new)
            if kind == new:
                new += 1
            found.append(kind)
        return np.array(found, dtype=np.int32)

    def _outermost(self, tag: str) -> tuple[NDArray[np.bool_], _Places]:
        """For each block whether an element around it is of a tag that begins so, and which."""
        like = np.array([step.startswith(tag) for step in self.steps])
        if not like.any():
            return np.zeros(len(self.own), dtype=bool), self.own
        # -1, below a block's own, is the last element: it must not count.
        inside = like[self.kinds][self._inside] & (self._inside >= 0)
        known: NDArray[np.bool_] = np.any(inside, axis=1)
        which: _Places = self._inside[np.arange(len(known)), inside.argmax(axis=1)]
        return known, which

    def stands_in(self, tag: str) -> NDArray[np.bool_]:
        """For each block whether it stands in an element whose tag begins so."""
        return self._outermost(tag)[0]

    def begun(self, tag: str) -> NDArray[np.int64]:
        """For each block how many elements of such a tag have begun, of those in no other one."""
        known, which = self._outermost(tag)
        which = np.where(known, which, -1)
        begins = known.copy()
        begins[1:] &= which[1:] != which[:-1]
        return np.cumsum(begins)

    def shared(self, places: _Places | int) -> _Places:
        """For each block, how deep the elements around both it and its place reach.

        `places` has an element for each block, or one for all.
        """
        one, other = self._inside, self._around[places]
        depths: _Places = ((one == other) & (one >= 0)).sum(axis=1, dtype=np.int32) - 1
        return depths


def _own(
    blocks: Sequence[Block], linked: Column, in_dialog: NDArray[np.bool_]
) -> dict[str, Column]:
    """What each block's own text says.

    `linked` counts its linked letters; `in_dialog` tells those in a consent dialog.
    """
    texts = [block.text for block in blocks]
    lengths = np.array(list(map(len, texts)), dtype=np.float64)
    linked = linked / lengths
    hidden = np.array([block.hidden for block in blocks])
    running = np.array(list(map(_reads_on, texts)))
    running &= (linked <= MAX_LINKED) & ~hidden & ~in_dialog
    return {
        "length": lengths,
        "linked": linked,
        "hidden": hidden.astype(np.float64),
        **_shares(texts, lengths),
        "running": running.astype(np.float64),
    }


_SIGNS = {"stops": _STOP, "digits": _DIGIT, "capitals": _CAPITAL}


@cache
def _classes() -> NDArray[np.uint8]:
    """For each code point up to the last digit that Unicode has which of `_SIGNS` it is, from 1."""
    signs = "".join(map(chr, range(_PLANES)))
    table = np.zeros(_PLANES + 1, dtype=np.uint8)
    for number, pattern in enumerate(_SIGNS.values(), start=1):
        table[[ord(hit) for hit in pattern.findall(signs)]] = number
    return table


def _shares(texts: list[str], lengths: Column) -> dict[str, Column]:
    """How much of each text is stops, digits, capitals; all texts at once, for there are many."""
    codes = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    classes = _classes().take(codes, mode="clip")
    hits = np.flatnonzero(classes)
    lines = np.searchsorted(np.cumsum(lengths), hits, side="right")
    kinds = len(_SIGNS) + 1
    counted = np.bincount(lines * kinds + classes[hits], minlength=len(texts) * kinds)
    told = counted.reshape(-1, kinds)[:, 1:] / lengths[:, None]
    return dict(zip(_SIGNS, told.T, strict=True))


def _reads_on(text: str) -> bool:
    """Whether a line is long enough for a paragraph, and closes as prose does."""
    length = len(text)
    if length <= _SPACELESS_PARAGRAPH or not ends_sentence(text[-8:]):
        return False
    return length >= MIN_PARAGRAPH or len(_SPACELESS.findall(text)) > _SPACELESS_PARAGRAPH


def _title(page: Page, in_h1: Sequence[bool]) -> int:
    """The last block with the page's headline, or in an h1, above the first paragraph; else -1."""
    key = normal.key(page.metadata.title or "")
    # Folding makes of a letter three at the most, and drops few.
    shortest, longest = len(key) / 3, 2 * len(key) + 9 if key else 0
    found = -1
    for at, (block, is_heading) in enumerate(zip(page.blocks, in_h1, strict=True)):
        length = len(block.text)
        if length >= MIN_PARAGRAPH and found >= 0 and ends_sentence(block.text):
            break
        if is_heading or (shortest <= length < longest and normal.key(block.text) == key):
            found = at
    return found


def _shift(column: Column, by: int) -> Column:
    """The column with each row's value taken from the row `by` further on; 0 beyond the ends."""
    moved = np.zeros_like(column)
    if abs(by) < len(column):
        if by < 0:
            moved[-by:] = column[:by]
        else:
            moved[:-by] = column[by:]
    return moved


def _within(column: NDArray[Any], least: int, most: int) -> Column:
    """The column, its values between two bounds."""
    found: Column = np.maximum(np.minimum(column, most), least).astype(np.float64)
    return found


class Evidence:
    """The numbers of one page's blocks, those of its markers' votes added as they come in."""

    def __init__(self, page: Page, worth: Worth, elements: Elements | None = None) -> None:
        """Count what needs no marker.

        `elements` are those of the page's blocks, where they are known besides their paths;
        `worth` says of one step of a path what its names tell: above 0 they speak for the
        article.
        """
        blocks = page.blocks
        count = len(blocks)
        self.tree = tree = _Tree(elements or elements_of(blocks))
        # Rows are kept as bytes: to make numbers of tuples takes longer than all that follows.
        told = np.frombuffer(b"".join(map(element, tree.steps))).reshape(len(tree.steps), -1)
        worths = np.array(list(map(worth, tree.steps)), dtype=np.float64)
        said = np.column_stack([told, worths])[tree.kinds]
        names = len(ELEMENTS) + len(AROUND)
        around = tree.handed_down(said[:, names:], np.add, 0.0)
        linked = np.array([block.linked for block in blocks], dtype=np.float64)
        self.numbers = found = _own(blocks, linked, around[:, -2] > 0)
        self.lengths = lengths = found["length"]
        running = found["running"]
        prose = running * lengths
        self.all_prose = max(float(prose.sum()), 1.0)
        held = tree.gathered(np.stack([lengths, linked, prose, np.ones(count), running], axis=1))
        self.text_in = np.maximum(held[:, 0], 1)
        self._containers(held)
        self._names(said, around)
        self._likes(page, held[:, 2], prose, linked)
        self._positions(page, prose)
        all_text = max(float(lengths.sum()), 1.0)
        for name, value in (
            ("page-prose", np.log1p(self.all_prose)),
            ("page-lines", np.log1p(count)),
            ("page-share-of-prose", self.all_prose / all_text),
            ("page-share-of-links", float(linked.sum()) / all_text),
            ("page-in-cells", float(found["is-td"].mean())),
            ("page-in-p", float((prose * found["is-p"]).sum()) / self.all_prose),
        ):
            found[name] = np.full(count, value)
        found["length"] = np.log1p(lengths)
        for name in ("length", "linked", "stops", "words"):
            found[f"{name}-1"] = _shift(found[name], -1)
            found[f"{name}+1"] = _shift(found[name], 1)

    def _containers(self, held: Column) -> None:
        """What the elements around a block hold, and where it stands beside the densest.

        As readability scores it: a paragraph counts wholly for its parent, half for the next.
        The wider element is the first around that one with 0.6 of the page's running text.
        """
        found, tree = self.numbers, self.tree
        _, linked_in, prose_in, lines_in, paragraphs_in = held.T
        prose = found["running"] * self.lengths
        weights = np.zeros(len(tree.parent))
        place = tree.own
        found["linked-in-0"] = linked_in[place] / self.text_in[place]
        for level in _LEVELS:
            place = tree.parent[place]
            found[f"linked-in-{level}"] = linked_in[place] / self.text_in[place]
            found[f"prose-in-{level}"] = prose_in[place] / self.text_in[place]
            found[f"prose-of-page-{level}"] = prose_in[place] / self.all_prose
            found[f"lines-in-{level}"] = np.log1p(lines_in[place])
            found[f"paragraphs-in-{level}"] = np.log1p(paragraphs_in[place])
            if level < len(_LEVELS):
                np.add.at(weights, place, prose / 2 ** (level - 1))
        dense = int(weights.argmax())
        wide = dense
        while wide and prose_in[wide] < _WIDE * self.all_prose:
            wide = int(tree.parent[wide])
        for name, at in (("dense", dense), ("wide", wide)):
            shared = tree.shared(at)
            found[f"{name}-above"] = (tree.depth[at] - shared).astype(np.float64)
            found[f"{name}-below"] = (tree.depth[tree.own] - shared).astype(np.float64)
            found[f"{name}-of-page"] = np.full(len(prose), prose_in[at] / self.all_prose)

    def _likes(self, page: Page, prose_in: Column, prose: Column, linked: Column) -> None:
        """What is said more than once, and what the lines and elements of one template hold.

        An article's paragraphs stand side by side, teasers and comments each in an element of
        its own, and a line that recurs is furniture. A thread's posts stand as comments do, so
        its numbers have other names.
        """
        found, tree = self.numbers, self.tree
        lines = [(block.text, block.hidden) for block in page.blocks]
        said = Counter(lines)
        found["times"] = np.array([said[line] for line in lines], dtype=np.float64)
        kinds = tree.like()
        size = int(kinds.max()) + 1
        kind = kinds[tree.own]
        count = np.maximum(np.bincount(kind, minlength=size), 1)
        letters = np.maximum(np.bincount(kind, self.lengths, size), 1.0)
        running = np.bincount(kind, prose, size)
        homes = np.unique(kind * np.int64(len(kinds)) + tree.parent[tree.own]) // len(kinds)
        told = {
            "like-lines": np.log1p(count)[kind],
            "like-homes": np.log1p(np.bincount(homes, minlength=size))[kind],
            "like-length": np.log1p(letters / count)[kind],
            "like-linked": (np.bincount(kind, linked, size) / letters)[kind],
            "like-prose": (running / letters)[kind],
            "like-of-page": (running / self.all_prose)[kind],
        }
        copies = np.log1p(np.bincount(kinds, minlength=size))[kinds]
        held = (np.bincount(kinds, prose_in, size) / self.all_prose)[kinds]
        place = tree.own
        for level in _COPIED:
            place = tree.parent[place]
            told[f"copies-{level}"] = copies[place]
            told[f"copies-of-page-{level}"] = held[place]
        absent = np.full(len(kind), _ABSENT)
        is_thread = _THREAD.search(page.url) is not None
        for name, value in told.items():
            found[name] = absent if is_thread else value
        told |= {name: found[name] for name in ("words", "words-worst")} | {
            "length": np.log1p(self.lengths)
        }
        for name in _OF_THREADS:
            found[f"thread-{name}"] = told[name] if is_thread else absent

    def _names(self, said: Column, around: Column) -> None:
        """What the elements around a block are, and what their names are worth."""
        found, tree = self.numbers, self.tree
        own, parent = tree.own, tree.parent
        above = parent[own]
        its, once, twice = said[own], said[above], said[parent[above]]
        found["words-own"] = its[:, -1]
        found["words-around"] = once[:, -1] + twice[:, -1]
        found["words"] = around[:, -1]
        found["words-worst"] = tree.handed_down(said[:, -1], np.minimum, np.inf)
        found["depth"] = tree.depth[own].astype(np.float64)
        for at, tag in enumerate(ELEMENTS):
            found[f"is-{tag}"] = its[:, at]
        tags = said[:, len(ELEMENTS) : len(ELEMENTS) + len(AROUND)] > 0
        inside = tree.handed_down(tags, np.logical_or, False)  # noqa: FBT003 - a value
        for at, tag in enumerate(AROUND):
            found[f"in-{tag}"] = inside[:, at].astype(np.float64)
        for at, name in ((-4, "promising"), (-3, "unlikely")):
            found[name] = around[:, at]
            found[f"{name}-own"] = its[:, at]
            found[f"{name}-around"] = once[:, at] + twice[:, at]

    def _positions(self, page: Page, prose: Column) -> None:
        """Where a block stands in the page, and beside its running text and its headline."""
        found, tree = self.numbers, self.tree
        count = len(page.blocks)
        order = np.arange(count)
        plain = self.lengths * (1 - found["linked"]) * (1 - found["hidden"])
        found["position"] = order / count
        found["text-before"] = (np.cumsum(plain) - plain) / max(float(plain.sum()), 1.0)
        found["prose-before"] = (np.cumsum(prose) - prose) / self.all_prose
        found["prose-until"] = np.cumsum(prose) / self.all_prose
        headings = tree.stands_in("h1")
        title = _title(page, headings.tolist())
        place = int(tree.own[max(title, 0)])
        climbed = tree.depth[place] - tree.shared(place)
        since = order - title if title >= 0 else np.full(count, _NO_TITLE)
        found["from-title"] = _within(since, _NO_TITLE, _MOST_LINES)
        found["climb-title"] = climbed * 1.0 if title >= 0 else np.full(count, _FAR)
        found["h1-since-title"] = (np.cumsum(headings) - headings[: title + 1].sum()) * 1.0
        found["articles-until"] = np.minimum(tree.begun("article"), 9) * 1.0
        inside = np.flatnonzero((found["wide-above"] == 0) & (prose > 0))
        first, last = (int(inside[0]), int(inside[-1])) if len(inside) else (0, 0)
        found["to-last"] = _within(last - order, -40, 100)
        found["from-first"] = _within(order - first, -40, 100)
        paragraphs = np.flatnonzero(prose)
        for name, back in (("before", 1), ("after", 0)):
            steps, climb = np.full(count, float(_MOST_STEPS)), np.full(count, _FAR)
            if len(paragraphs):
                at = np.searchsorted(paragraphs, order, side="right" if back else "left") - back
                known = (at >= 0) & (at < len(paragraphs))
                near = paragraphs[np.clip(at, 0, len(paragraphs) - 1)]
                steps = np.where(known, np.minimum(abs(order - near), _MOST_STEPS), steps)
                other = tree.own[near]
                apart = np.maximum(tree.depth[tree.own], tree.depth[other]) - tree.shared(other)
                climb = np.where(known, apart, climb)
            found[f"steps-{name}"], found[f"climb-{name}"] = steps, climb

    def vote(self, marker: str, chosen: AbstractSet[int]) -> None:
        """Add the numbers of one marker's vote."""
        found, tree = self.numbers, self.tree
        voted = np.zeros(len(self.lengths))
        voted[list(chosen)] = 1.0
        letters = voted * self.lengths
        held = tree.gathered(letters[:, None])[:, 0]
        found[marker] = voted
        place = tree.own
        for level in (1, 2):
            place = tree.parent[place]
            found[f"{marker}-in-{level}"] = held[place] / self.text_in[place]
        share = min(float(letters.sum()) / self.all_prose, 5.0)
        found[f"{marker}-of-page"] = np.full(len(voted), share)
        found[f"{marker}-1"] = _shift(voted, -1)
        found[f"{marker}+1"] = _shift(voted, 1)
