"""Marks in, disjoint marks and the kept text out. The one place that cuts.

Kept text and removed spans together are every block, character for character.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from archiver.model import Block, Mark, Rule
from archiver.text import normal
from archiver.text.prose import is_word_character

NOT_MAIN = "not_main"


def strength(rule: Rule) -> int:
    """How much a rule's mark tells, least is most: an element's name, words, a position.

    An element that a theme names says what it is. A line that needs its context, or is marked
    for where it stands (above the headline, below a comment form, among links, in the element for
    captions), may be something that another rule knows better.
    """
    if rule.needs_context or rule.kind in {"above_title", "from_here", "teasers"}:
        return 1 if rule.kind == "above_title" and rule.phrases else 2
    if rule.kind == "container":
        return 2 if rule.label == "caption" else 0
    return 1


def _order(strengths: Mapping[str, int]) -> Callable[[Mark], tuple[int, int, str, int, str]]:
    """The longer mark, then the stronger rule; then names decide, so order never does."""

    def key(mark: Mark) -> tuple[int, int, str, int, str]:
        known = strengths.get(mark.rule, 1)
        return (mark.start - mark.end, known, mark.rule, mark.start, mark.kind)

    return key


def _claim(length: int, marks: Iterable[Mark]) -> list[Mark | None]:
    """Which mark takes each character of a block of `length` characters; the first ones do."""
    owners: list[Mark | None] = [None] * length
    for mark in marks:
        for at in range(max(0, mark.start), min(length, mark.end)):
            if owners[at] is None:
                owners[at] = mark
    return owners


def _absorb(text: str, owners: list[Mark | None]) -> None:
    """Give blanks beside a cut to the cut; a rest without a letter goes with its neighbour."""
    kept = [at for at, owner in enumerate(owners) if owner is None]
    if not kept or len(kept) == len(owners):
        return
    if not any(is_word_character(text[at]) for at in kept):
        nearest: Mark | None = next(owner for owner in owners if owner is not None)
        for at, owner in enumerate(owners):
            if owner is None:
                owners[at] = nearest
            else:
                nearest = owner
        return
    parted = True  # whether what is kept so far ends in a blank, or is nothing yet
    for at in kept:
        blank = normal.trim(text[at]) == ""
        if blank and parted and at and owners[at - 1] is not None:
            owners[at] = owners[at - 1]
        else:  # the one blank between what stands before a cut and after it is kept
            parted = blank
    for at in range(len(owners) - 2, -1, -1):  # blanks that the kept text would end with
        if owners[at] is None:
            if normal.trim(text[at]) or owners[at + 1] is None:
                break
            owners[at] = owners[at + 1]


def _spans(number: int, owners: Sequence[Mark | None]) -> Iterator[Mark]:
    start = 0
    for at in range(1, len(owners) + 1):
        if at == len(owners) or owners[at] is not owners[start]:
            owner = owners[start]
            if owner is not None:
                yield Mark(number, start, at, owner.rule, owner.kind)
            start = at


def resolve(
    blocks: Sequence[Block],
    main: AbstractSet[int],
    marks: Iterable[Mark],
    strengths: Mapping[str, int],
) -> tuple[Mark, ...]:
    """Disjoint, sorted marks: the rules' where they speak, `NOT_MAIN` for the rest of the page.

    In a block that is not main a rule's mark stands only if it takes the block whole. Between
    marks of one length the rule of the least `strengths` decides.
    """
    order = _order(strengths)
    by_block: dict[int, list[Mark]] = {}
    for mark in marks:
        by_block.setdefault(mark.block, []).append(mark)
    found: list[Mark] = []
    for number, block in enumerate(blocks):
        spoken = by_block.get(number, ())
        length = len(block.text)
        if number not in main:
            if not spoken:
                found.append(Mark(number, 0, length, NOT_MAIN, NOT_MAIN))
                continue
            whole = [mark for mark in spoken if mark.start <= 0 and mark.end >= length]
            best = min(whole, key=order, default=None)
            rule, kind = (best.rule, best.kind) if best else (NOT_MAIN, NOT_MAIN)
            found.append(Mark(number, 0, length, rule, kind))
        elif spoken:
            spoken = sorted(spoken, key=order)
            first = spoken[0]
            if first.start <= 0 and first.end >= length:  # it takes all, and nothing is left over
                found.append(Mark(number, 0, length, first.rule, first.kind))
                continue
            owners = _claim(length, spoken)
            _absorb(block.text, owners)
            found.extend(_spans(number, owners))
    return tuple(found)


def kept(blocks: Sequence[Block], marks: Sequence[Mark]) -> list[tuple[int, str]]:
    """What no mark takes, as (block number, text) of every block with something left."""
    cuts: dict[int, list[Mark]] = {}
    gone = set()
    for mark in marks:
        if mark.end - mark.start == len(blocks[mark.block].text):
            gone.add(mark.block)
        else:
            cuts.setdefault(mark.block, []).append(mark)
    found = []
    for number, block in enumerate(blocks):
        if number in gone:
            continue
        marked = cuts.get(number, ())
        at, pieces = 0, []
        for mark in marked:
            pieces.append(block.text[at : mark.start])
            at = mark.end
        pieces.append(block.text[at:])
        text = "".join(pieces)
        if text:
            found.append((number, text))
    return found
