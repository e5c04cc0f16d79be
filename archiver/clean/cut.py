"""Marks in, disjoint marks and the kept text out. The one place that cuts.

Kept text and removed spans together are every block, character for character.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set

from archiver.model import Block, Mark
from archiver.text import normal
from archiver.text.prose import is_word_character

NOT_MAIN = "not_main"
# Kinds that say where a line stands, not what it is: one that says what it is goes first.
_WEAK = frozenset(["kicker"])


def _whole_first(mark: Mark) -> tuple[int, bool, str, int, str]:
    """The longer mark tells more; between equals the names decide, so order never does."""
    return (mark.start - mark.end, mark.kind in _WEAK, mark.rule, mark.start, mark.kind)


def _claim(length: int, marks: Iterable[Mark]) -> list[Mark | None]:
    """Which mark takes each character of a block of `length` characters."""
    owners: list[Mark | None] = [None] * length
    for mark in sorted(marks, key=_whole_first):
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
    for at in kept:  # a blank that follows a cut, or opens or closes what is kept
        before = owners[at - 1] if at else None
        if normal.trim(text[at]) == "" and before is not None:
            owners[at] = before
    for at in reversed(kept):
        after = owners[at + 1] if at + 1 < len(owners) else None
        if owners[at] is None and normal.trim(text[at]) == "" and after is not None:
            if all(owner is not None for owner in owners[at + 1 :]):
                owners[at] = after


def _spans(number: int, owners: Sequence[Mark | None]) -> Iterator[Mark]:
    start = 0
    for at in range(1, len(owners) + 1):
        if at == len(owners) or owners[at] is not owners[start]:
            owner = owners[start]
            if owner is not None:
                yield Mark(number, start, at, owner.rule, owner.kind)
            start = at


def resolve(blocks: Sequence[Block], main: Set[int], marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Disjoint, sorted marks: the rules' where they speak, `NOT_MAIN` for the rest of the page.

    In a block that is not main a rule's mark stands only if it takes the block whole.
    """
    by_block: dict[int, list[Mark]] = {}
    for mark in marks:
        by_block.setdefault(mark.block, []).append(mark)
    found: list[Mark] = []
    for number, block in enumerate(blocks):
        spoken = by_block.get(number, [])
        length = len(block.text)
        if number not in main:
            whole = [mark for mark in spoken if mark.start <= 0 and mark.end >= length]
            best = min(whole, key=_whole_first, default=None)
            rule, kind = (best.rule, best.kind) if best else (NOT_MAIN, NOT_MAIN)
            found.append(Mark(number, 0, length, rule, kind))
        elif spoken:
            owners = _claim(length, spoken)
            _absorb(block.text, owners)
            found.extend(_spans(number, owners))
    return tuple(found)


def kept(blocks: Sequence[Block], marks: Sequence[Mark]) -> list[tuple[int, str]]:
    """What no mark takes, as (block number, text) of every block with something left."""
    cuts: dict[int, list[Mark]] = {}
    for mark in marks:
        cuts.setdefault(mark.block, []).append(mark)
    found = []
    for number, block in enumerate(blocks):
        at, pieces = 0, []
        for mark in cuts.get(number, ()):
            pieces.append(block.text[at : mark.start])
            at = mark.end
        pieces.append(block.text[at:])
        text = "".join(pieces)
        if text:
            found.append((number, text))
    return found
