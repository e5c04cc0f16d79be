"""Two lists of lines, or two lines, in; what differs between them out. Pure, and bounded in time.

The method is Bram Cohen's patience diff: lines that stand once on both sides are anchors, the
longest run of them that is in order on both parts the rest, again and again. What has no anchor
goes to difflib, as long as that costs little; past the bounds below a stretch is told as gone and
added whole, and the result says that it is coarse. The bounds count steps, so that the same
lists give the same answer on any machine.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

from archiver.text.prose import is_word_character

# Rounds of anchors. Real pages need two or three; lists can be made that need one a line.
_ROUNDS = 8
# Pairs of equal items that difflib may look at, in one stretch and in all; its time grows with
# them. 200 alternating lines against 200 have 20,000.
_STRETCH, _ALL = 100_000, 2_000_000
# Pairs of lines whose words are compared, in one stretch (100 lines by 100) and in all.
_PAIRS, _ALL_PAIRS = 10_000, 50_000
# Of two lines that count as one that was changed, so much is shared, by words with their number.
_ALIKE = 0.5

Op = Literal["same", "gone", "added", "changed", "moved"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a diff, by its places in the old list and in the new one."""

    op: Op
    old: int | None
    new: int | None


@dataclass(frozen=True, slots=True)
class Lines:
    """A diff of two lists: every place of both stands in it once, in the order of the new list.

    `coarse` says that bounds were met: some lines that changed are told as gone and added.
    """

    lines: tuple[Line, ...]
    coarse: bool = False


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Where two lists differ: these of the old one became these of the new one."""

    old: range
    new: range


def tokens(text: str) -> list[str]:
    """Words, runs of white space, and single other characters; joined they are the text.

    Marks and joiners stay inside their word, so no diff cuts a letter from its vowel sign.

    >>> tokens("कि, क\u200dख 12।")
    ['कि', ',', ' ', 'क\u200dख', ' ', '12', '।']
    """
    found: list[str] = []
    for kind, characters in groupby(text, _kind):
        run = "".join(characters)
        found.extend([run] if kind else run)
    return found


def _kind(character: str) -> str:
    if is_word_character(character):
        return "word"
    return "space" if character.isspace() else ""


def words(old: str, new: str) -> list[tuple[Op, str]]:
    """How one line became another: stretches that are the same, gone or added.

    Same and gone are the old line, same and added the new one. A blank between two changes is part
    of both.

    >>> words("rain fell in the city", "rain falls in a town")
    [('same', 'rain '), ('gone', 'fell'), ('added', 'falls'), ('same', ' in '), ('gone', 'the city'), ('added', 'a town')]
    """  # noqa: E501
    before, after = tokens(old), tokens(new)
    stretches, _ = _differences(before, after)
    joined: list[_Stretch] = []
    for one in stretches:
        if joined and "".join(before[joined[-1].old.stop : one.old.start]).isspace():
            last = joined.pop()
            one = _Stretch(  # noqa: PLW2901 - the two as one
                range(last.old.start, one.old.stop), range(last.new.start, one.new.stop)
            )
        joined.append(one)
    found: list[tuple[Op, str]] = []
    at = 0
    for one in joined:
        found.append(("same", "".join(before[at : one.old.start])))
        found.append(("gone", "".join(before[one.old.start : one.old.stop])))
        found.append(("added", "".join(after[one.new.start : one.new.stop])))
        at = one.old.stop
    found.append(("same", "".join(before[at:])))
    return [(op, text) for op, text in found if text]


def lines(old: Sequence[str], new: Sequence[str]) -> Lines:
    """How one list of lines became another.

    >>> [(line.op, line.old, line.new) for line in lines("abc", "cab").lines]
    [('moved', 2, 0), ('same', 0, 1), ('same', 1, 2)]
    """
    stretches, coarse = _differences(old, new)
    moved, back = _moved(old, new, stretches)
    found: list[Line] = []
    at, left = 0, _ALL_PAIRS
    for one in stretches:
        shift = one.new.start - one.old.start
        found.extend(Line("same", place, place + shift) for place in range(at, one.old.start))
        gone = [place for place in one.old if place not in back]
        added = [place for place in one.new if place not in moved]
        cost = len(gone) * len(added)
        pairs: list[tuple[int, int]] = []
        if cost <= min(_PAIRS, left):
            left -= cost
            pairs = _alike([old[place] for place in gone], [new[place] for place in added])
        else:
            coarse = True
        found.extend(_told(one.new, gone, added, pairs, moved))
        at = one.old.stop
    shift = len(new) - len(old)
    found.extend(Line("same", place, place + shift) for place in range(at, len(old)))
    return Lines(tuple(found), coarse)


def _told(
    places: range,
    gone: list[int],
    added: list[int],
    pairs: list[tuple[int, int]],
    moved: dict[int, int],
) -> list[Line]:
    """One stretch in the order of the new list; what has gone before what stands for it."""
    partner = {added[new]: gone[old] for old, new in pairs}
    found: list[Line] = []
    left = deque(gone)
    taken = set(partner.values())

    def leave() -> None:
        while left and left[0] not in taken:
            found.append(Line("gone", left.popleft(), None))

    leave()
    for place in places:
        if place in moved:
            found.append(Line("moved", moved[place], place))
        elif place in partner:
            leave()
            found.append(Line("changed", left.popleft(), place))
            leave()
        else:
            found.append(Line("added", None, place))
    return found


def _moved(
    old: Sequence[str], new: Sequence[str], stretches: Sequence[_Stretch]
) -> tuple[dict[int, int], set[int]]:
    """Which lines of the new list stood elsewhere in the old one; and those places there."""
    waiting: dict[str, deque[int]] = {}
    for one in stretches:
        for place in one.old:
            waiting.setdefault(old[place], deque()).append(place)
    moved: dict[int, int] = {}
    for one in stretches:
        for place in one.new:
            if waiting.get(new[place]):
                moved[place] = waiting[new[place]].popleft()
    return moved, set(moved.values())


def _alike(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Lines that became one another, in order on both sides: the pairs that share most in all."""
    before, after = [_bag(line) for line in old], [_bag(line) for line in new]
    # The best sum of what the first lines of each share, as for a longest common subsequence.
    best = [[0.0] * (len(new) + 1)]
    shares: list[list[float]] = []
    for mine in before:
        row, above = [0.0], best[-1]
        shares.append([_shared(mine, other) for other in after])
        for at, share in enumerate(shares[-1]):
            paired = above[at] + share if share >= _ALIKE else 0.0
            row.append(max(paired, above[at + 1], row[at]))
        best.append(row)
    found = []
    at, to = len(old), len(new)
    while at and to:
        if best[at][to] == best[at - 1][to]:
            at -= 1
        elif best[at][to] == best[at][to - 1]:
            to -= 1
        else:
            at, to = at - 1, to - 1
            found.append((at, to))
    return found[::-1]


def _bag(line: str) -> Counter[str]:
    counted = Counter(token for token in tokens(line) if not token.isspace())
    spoken = {token: times for token, times in counted.items() if is_word_character(token[0])}
    return Counter(spoken) if spoken else counted


def _shared(one: Counter[str], other: Counter[str]) -> float:
    size = one.total() + other.total()
    return 2 * (one & other).total() / size if size else 0.0


def _differences(old: Sequence[str], new: Sequence[str]) -> tuple[list[_Stretch], bool]:
    """Every stretch where the lists differ, in order; and whether a bound was met."""
    numbers: dict[str, int] = {}
    before = [numbers.setdefault(item, len(numbers)) for item in old]
    after = [numbers.setdefault(item, len(numbers)) for item in new]
    found: list[_Stretch] = []
    coarse, left = False, _ALL
    todo = [(range(len(before)), range(len(after)), 0)]
    while todo:
        mine, other, rounds = todo.pop()
        mine, other = _trimmed(before, after, mine, other)
        if not mine or not other:
            found += [_Stretch(mine, other)] if mine or other else []
            continue
        anchors = _anchors(before, after, mine, other) if rounds < _ROUNDS else []
        if anchors:
            ends = [*anchors, (mine.stop, other.stop)]
            starts = [(mine.start, other.start), *((a + 1, b + 1) for a, b in anchors)]
            todo += [
                (range(start[0], end[0]), range(start[1], end[1]), rounds + 1)
                for start, end in zip(starts, ends, strict=True)
            ]
            continue
        cost = _cost(before, after, mine, other)
        if cost <= min(_STRETCH, left):
            left -= cost
            found += _matched(before, after, mine, other)
        else:
            coarse = True
            found.append(_Stretch(mine, other))
    found.sort(key=lambda one: (one.old.start, one.new.start))
    return found, coarse


def _trimmed(
    old: Sequence[int], new: Sequence[int], mine: range, other: range
) -> tuple[range, range]:
    """Two stretches less what they begin and end with in common."""
    a, b, x, y = mine.start, mine.stop, other.start, other.stop
    while a < b and x < y and old[a] == new[x]:
        a, x = a + 1, x + 1
    while a < b and x < y and old[b - 1] == new[y - 1]:
        b, y = b - 1, y - 1
    return range(a, b), range(x, y)


def _anchors(
    old: Sequence[int], new: Sequence[int], mine: range, other: range
) -> list[tuple[int, int]]:
    """Items that stand once in both stretches: the longest series in order, as pairs of places."""
    there = _once(new, other)
    here = _once(old, mine)
    common = [(place, there[item]) for item, place in here.items() if item in there]
    # The longest increasing subsequence by patience sorting: each pile's top, and what lay left.
    tops: list[int] = []
    piles: list[int] = []
    before: list[int] = []
    for number, (_, place) in enumerate(common):
        pile = bisect_left(tops, place)
        before.append(piles[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [place]
        piles[pile : pile + 1] = [number]
    found = []
    at = piles[-1] if piles else -1
    while at >= 0:
        found.append(common[at])
        at = before[at]
    return found[::-1]


def _once(items: Sequence[int], places: range) -> dict[int, int]:
    """Where the items stand that a stretch has once, in its order."""
    counted = Counter(items[place] for place in places)
    return {items[place]: place for place in places if counted[items[place]] == 1}


def _cost(old: Sequence[int], new: Sequence[int], mine: range, other: range) -> int:
    """Pairs of equal items in two stretches, and the items."""
    here = Counter(old[place] for place in mine)
    there = Counter(new[place] for place in other)
    return len(mine) + len(other) + sum(n * there[item] for item, n in here.items())


def _matched(old: Sequence[int], new: Sequence[int], mine: range, other: range) -> list[_Stretch]:
    matcher = SequenceMatcher(
        None, old[mine.start : mine.stop], new[other.start : other.stop], autojunk=False
    )
    a, x = mine.start, other.start
    return [
        _Stretch(range(a + b, a + c), range(x + y, x + z))
        for op, b, c, y, z in matcher.get_opcodes()
        if op != "equal"
    ]
