"""What a re-clean does to one document: the one before and the one after in, an `Effect` out.

Pure. An effect is small: lines are cut to a length, and it crosses from the process that cleans to
the one that counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from archiver.clean.cut import NOT_MAIN
from archiver.model import Document, Mark, Page
from archiver.text import diff

LINE = 300  # characters of a line that a report has
SHRUNK = 0.5  # a document that loses more than this share of its text is named
_SHOWN = 12  # lines of a sample
_AROUND = 80  # characters of a kept line that stand around a change

Piece = tuple[str, str, str]  # "-", "+" or " "; the rule; the text


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """How one document changes; lines and characters are of kept text.

    `removed` and `restored` count pieces of text by the rule that takes them now, or took them
    before; the rule is empty where none does: where the article itself was told otherwise.
    """

    before: int  # characters
    after: int
    removed: tuple[tuple[str, str, int], ...] = ()  # (rule, piece, characters of it)
    restored: tuple[tuple[str, str, int], ...] = ()
    languages: tuple[str, str] | None = None
    sample: tuple[Piece, ...] = ()

    @property
    def emptied(self) -> bool:
        """Whether nothing is left."""
        return self.before > 0 and self.after == 0

    @property
    def shrunk(self) -> bool:
        """Whether more than `SHRUNK` of the text goes."""
        return self.before - self.after > SHRUNK * self.before


def _takers(page: Page | None, marks: Sequence[Mark]) -> dict[str, str]:
    """Which rule took a piece of a page, by the piece."""
    found: dict[str, str] = {}
    if page is None:
        return found
    for mark in marks:
        piece = page.blocks[mark.block].text[mark.start : mark.end].strip()
        found.setdefault(piece, "" if mark.rule == NOT_MAIN else mark.rule)
    return found


def _rule(takers: dict[str, str], piece: str) -> str:
    """The rule that took a piece; or most of it, where it was taken in parts, or with more."""
    piece = piece.strip()
    if piece in takers or not piece:
        return takers.get(piece, "")
    parts = [taken for taken in takers if taken and taken in piece]
    parts = parts or [taken for taken in takers if piece in taken]
    return takers[max(parts, key=lambda taken: (len(taken), taken))] if parts else ""


def _paragraphs(text: str) -> list[str]:
    return text.split("\n\n") if text else []


@dataclass(slots=True)
class _Pieces:
    """The pieces of one document that come and go, as they are met."""

    takes: dict[str, str]
    took: dict[str, str]
    removed: list[tuple[str, str, int]] = field(default_factory=list)
    restored: list[tuple[str, str, int]] = field(default_factory=list)
    sample: list[Piece] = field(default_factory=list)

    def piece(self, op: diff.Op, piece: str) -> None:
        """Take in a stretch that is gone, added or the same."""
        if op == "gone":
            rule = _rule(self.takes, piece)
            self.removed.append((rule, piece.strip()[:LINE], len(piece)))
            self.sample.append(("-", rule, piece[:LINE]))
        elif op == "added":
            rule = _rule(self.took, piece)
            self.restored.append((rule, piece.strip()[:LINE], len(piece)))
            self.sample.append(("+", rule, piece[:LINE]))
        else:
            self.sample.append((" ", "", _shortened(piece)))


def effect(before: Document, after: Document, old: Page | None, new: Page | None) -> Effect:
    """Compare two documents of one snapshot; `old` and `new` are the layouts that each is of."""
    mine, other = _paragraphs(before.text), _paragraphs(after.text)
    found = _Pieces(_takers(new, after.marks), _takers(old, before.marks))
    for line in diff.lines(mine, other).lines:
        gone = "" if line.old is None else mine[line.old]
        added = "" if line.new is None else other[line.new]
        if line.op == "changed":
            for op, piece in diff.words(gone, added):
                found.piece(op, piece)
        elif line.op in {"gone", "added"}:
            found.piece(line.op, gone or added)
    changed = before.language != after.language
    return Effect(
        before=len(before.text),
        after=len(after.text),
        removed=tuple(_merged(found.removed)),
        restored=tuple(_merged(found.restored)),
        languages=(before.language, after.language) if changed else None,
        sample=tuple(found.sample[:_SHOWN]),
    )


def _merged(pieces: Sequence[tuple[str, str, int]]) -> list[tuple[str, str, int]]:
    """Pieces that are nothing but blanks go with what stands beside them."""
    found: list[tuple[str, str, int]] = []
    blank = 0
    for rule, piece, length in pieces:
        if piece:
            found.append((rule, piece, length + blank))
            blank = 0
        else:
            blank += length
    if found and blank:
        rule, piece, length = found[-1]
        found[-1] = rule, piece, length + blank
    return found


def _shortened(piece: str) -> str:
    if len(piece) <= 2 * _AROUND:
        return piece
    return f"{piece[:_AROUND]} … {piece[-_AROUND:]}"


def of_rules(pieces: Sequence[tuple[str, str, int]]) -> dict[str, tuple[int, int]]:
    """Sum pieces by rule: (how many, their characters)."""
    lines: Counter[str] = Counter()
    chars: Counter[str] = Counter()
    for rule, _, length in pieces:
        lines[rule] += 1
        chars[rule] += length
    return {rule: (lines[rule], chars[rule]) for rule in lines}
