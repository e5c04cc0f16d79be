"""Where the text that another extractor chose stands among our blocks.

Its text is read for the look-up only and never kept. Extractors drop characters that we keep
(trafilatura every format character, and joiners are letters in Indic scripts and Persian), so
lines are looked up by a key that has no white space and no format characters. What cannot be
placed is counted and reported, never guessed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from archiver.model import Block
from archiver.text import normal

# A line that is found nowhere whole is placed in pieces of at least this many characters;
# a shorter stretch of letters occurs by chance.
_MIN_PIECE = 8

# A line found in more places than this is no evidence of any one of them.
_MAX_PLACES = 64
# So many characters of a page without a place are looked for one by one; a page with more of
# them could take minutes.
_MAX_LOST = 2000


@dataclass(frozen=True, slots=True)
class Vote:
    """The blocks chosen, by index, and how many characters of the choice found no place."""

    chosen: frozenset[int]
    unplaced: int = 0


class Field:
    """All blocks as one string of skeletons, to find lines in and lead them back to blocks."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        """Lay the blocks out; what that costs is spent when a line is looked for."""
        self._blocks = blocks

    @cached_property
    def _keys(self) -> list[str]:
        return [normal.skeleton(block.text) for block in self._blocks]

    @cached_property
    def lengths(self) -> list[int]:
        """How many letters each block has."""
        return [len(key) for key in self._keys]

    @cached_property
    def starts(self) -> list[int]:
        """Where each block begins in `text`."""
        return [0, *accumulate(self.lengths)][:-1]

    @cached_property
    def begins(self) -> frozenset[int]:
        """The same, to look up."""
        return frozenset(self.starts)

    @cached_property
    def text(self) -> str:
        """The letters of all blocks."""
        return "".join(self._keys)

    @cached_property
    def exact(self) -> dict[str, list[int]]:
        """Where each block's letters stand as a block."""
        found: dict[str, list[int]] = {}
        for start, key in zip(self.starts, self._keys, strict=True):
            if key:
                found.setdefault(key, []).append(start)
        return found

    def places(self, line: str) -> list[int]:
        """Where `line` stands: whole blocks if there are any, else any stretch."""
        if line in self.exact:
            return self.exact[line]
        found: list[int] = []
        at = self.text.find(line)
        while at >= 0 and len(found) < _MAX_PLACES:
            found.append(at)
            at = self.text.find(line, at + 1)
        return [at for at in found if at in self.begins] or found

    def cover(self, start: int, end: int, covered: list[int]) -> None:
        """Count the characters of ``text[start:end]`` to the blocks that they belong to."""
        at = bisect_right(self.starts, start) - 1
        while at < len(self.starts) and self.starts[at] < end:
            left = max(start, self.starts[at])
            right = min(end, self.starts[at] + self.lengths[at])
            covered[at] += max(0, right - left)
            at += 1


def _nearest(places: Sequence[int], after: int) -> int:
    """The first place that is not before `after`, else the last; `places` are sorted."""
    return places[min(bisect_left(places, after), len(places) - 1)]


def _in_pieces(
    field: Field, line: str, after: int, patience: int
) -> tuple[list[tuple[int, int]], int]:
    """Place a line that stands nowhere whole: longest known prefix, again and again.

    trafilatura joins runs across what it drops between them. Returns spans of the field and
    the number of characters without a place; after `patience` of them the rest has none.
    """
    spans: list[tuple[int, int]] = []
    lost = 0
    while line:
        if lost >= patience:
            return spans, lost + len(line)
        low, high = 0, len(line)
        while low < high:  # a prefix of a found prefix is found as well
            middle = (low + high + 1) // 2
            if line[:middle] in field.text:
                low = middle
            else:
                high = middle - 1
        if low < min(_MIN_PIECE, len(line)) and line[:low] not in field.exact:
            lost += 1
            line = line[1:]
            continue
        start = field.text.find(line[:low], after)
        if start < 0:
            start = field.text.find(line[:low])
        spans.append((start, start + low))
        after = start + low
        line = line[low:]
    return spans, lost


def place(lines: Sequence[str], field: Field) -> Vote:
    """Find each line among the blocks: of several places the first after the line before it."""
    keys = [key for key in (normal.skeleton(line) for line in lines) if key]
    options = [field.places(key) for key in keys]
    covered = [0] * len(field.starts)
    cursor = lost = 0
    for at, key in enumerate(keys):
        if options[at]:
            start = _nearest(options[at], cursor)
            field.cover(start, start + len(key), covered)
            cursor = start + len(key)
            continue
        spans, missing = _in_pieces(field, key, cursor, _MAX_LOST - lost)
        lost += missing
        for start, end in spans:
            field.cover(start, end, covered)
            cursor = end
    # A block counts as chosen when most of its letters are.
    chosen = frozenset(
        at
        for at, (count, length) in enumerate(zip(covered, field.lengths, strict=True))
        if length and count * 2 > length
    )
    return Vote(chosen, lost)
