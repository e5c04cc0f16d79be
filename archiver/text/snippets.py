"""Where a query is met in a text, and the stretch of it to show. Pure.

A text and a query in; spans in code points of that text out, and a snippet cut between words.
Words are compared in their search form and led back: what is marked is what the page has.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from archiver.text import search
from archiver.text.graphemes import graphemes
from archiver.text.query import Query, Term
from archiver.text.sentences import sentences

Span = tuple[int, int]

WIDTH = 240  # letters as a reader sees them; two to three lines of a terminal
_BEFORE = 80  # code points before the first hit where no sentence begins nearer


@dataclass(frozen=True, slots=True)
class Snippet:
    """A stretch of a text from `start`, and the spans in it (of the stretch) that are hits."""

    text: str
    start: int
    hits: tuple[Span, ...]
    cut_before: bool
    cut_after: bool


def hits(text: str, query: Query) -> list[tuple[Span, int]]:
    """Where the wanted terms stand: spans, each with the number of its term, in order."""
    words = search.places(text)
    found = []
    for number, term in enumerate(query.wanted):
        for at in _starts(words, term):
            last = words[at + len(term.words) - 1]
            found.append(((words[at][1], last[2]), number))
    return sorted(found)


def spans(text: str, query: Query) -> tuple[Span, ...]:
    """The spans of `hits`, those that overlap made one."""
    return tuple(_joined([span for span, _ in hits(text, query)]))


def _starts(words: list[tuple[str, int, int]], term: Term) -> list[int]:
    *first, last = term.words
    length = len(term.words)
    return [
        at
        for at in range(len(words) - length + 1)
        if (
            words[at + length - 1][0].startswith(last)
            if term.prefix
            else words[at + length - 1][0] == last
        )
        and all(words[at + place][0] == word for place, word in enumerate(first))
    ]


def snippet(text: str, query: Query, width: int = WIDTH) -> Snippet:
    """The stretch of at most `width` letters with most of the terms; its beginning without hits.

    A first hit longer than that is shown whole. Ends of lines are blanks in it.
    """
    found = hits(text, query)
    first = found[_best(found, width)][0] if found else (0, 0)
    begin = _begin(text, first[0])
    end = begin + len("".join(graphemes(text[begin : begin + 8 * width])[:width]))
    if end < len(text):
        blank = max(text.rfind(" ", begin, end), text.rfind("\n", begin, end))
        end = max(blank if blank > begin else end, first[1])
    # Joined only here: hits that overlap all along a text are longer than its stretch.
    inside = [
        (start - begin, stop - begin)
        for (start, stop), _ in found
        if begin <= start and stop <= end
    ]
    stretch = text[begin:end].replace("\n", " ")
    return Snippet(stretch, begin, tuple(_joined(inside)), begin > 0, end < len(text))


def _best(found: list[tuple[Span, int]], width: int) -> int:
    """The first hit of the best stretch: most terms, then most hits, then the earliest."""
    starts = [span[0] for span, _ in found]

    def worth(at: int) -> tuple[int, int, int]:
        until = bisect_left(starts, starts[at] + width - _BEFORE)
        return len({number for _, number in found[at:until]}), until - at, -at

    return max(range(len(found)), key=worth)


def _begin(text: str, hit: int) -> int:
    """Where to begin before a hit: at the last sentence that does, or at a blank not far away."""
    near = 0
    if hit > _BEFORE:
        blanks = [text.find(blank, hit - _BEFORE, hit) for blank in " \n"]
        near = min((blank + 1 for blank in blanks if blank >= 0), default=hit)
    return near + len("".join(sentences(text[near:hit])[:-1]))


def _joined(spans: list[Span]) -> list[Span]:
    """Spans with those that overlap made one."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
