"""The first look at a site: how many pages have what, roughly, and which layouts there are.

Pages in, in any order, all snapshots of one page together; counts that are never too low out. So
what is rare is known before anything is remembered by name, and memory does not grow with the
number of different lines: 16 MB of counts, and a signature of 2 kB a snapshot.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from hashlib import blake2b

from archiver.learn.lines import Line, Seen, elements, features, folded, lines
from archiver.model import Page
from archiver.text import normal

_BUCKETS = 1 << 22
_TOKENS = 256  # of a snapshot's signature: those of the least digests (bottom-k, Broder 1997)
_RARE = 0.02  # of the pages: a name that fewer have is a page's, not a template's
_RARE_PAGES = 3
_ALIKE = 0.5  # of the names of two pages together (Jaccard) that are those of one layout
_DOUBT = 0.01  # a layout is over where its absence since has less than this probability


def number(text: str) -> int:
    """A digest as a number of 64 bits, the same in every process."""
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest())


def line_id(line: Line) -> str:
    """What a line is counted by, wherever it stands."""
    return f"L{line.key}"


def unit_id(line: Line) -> str:
    """What a line at its place is counted by."""
    return f"U{line.key}\n{line.place}"


def exact_id(line: Line) -> str:
    """What a line with its very numbers is counted by."""
    return f"E{normal.key(line.block.text)}"


def head_id(line: Line) -> str:
    """What the beginning of a line at its place is counted by."""
    return f"H{line.head}\n{line.place}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A site's template over some time. Times are of fetching, in UTC.

    `since` and `until` are the ends of what rules for it may act on, half-open; None where pages
    of it are not known to have begun, or to be over.
    """

    pages: int  # different ones, two snapshots of one counted once
    share: float  # of what was fetched between its first and its last that is of it
    first: datetime
    last: datetime
    since: datetime | None
    until: datetime | None
    signature: frozenset[int]


class Survey:
    """Counts of a site's pages. The order in which pages are added changes nothing."""

    def __init__(self) -> None:
        """Begin with no page."""
        self.pages = 0
        self.titles: set[int] = set()
        self._counts = array("I", bytes(4 * _BUCKETS))
        self._snapshots: list[tuple[str, datetime, array[int]]] = []

    def add(self, history: Sequence[Seen]) -> None:
        """Add a page, by the snapshots of it that there are; all of one URL, once."""
        had: set[str] = set()
        for seen in history:
            names: set[str] = set()
            for line in lines(seen.page):
                names.update(one for each in elements(line.block.path) for one in each)
                had |= {line_id(line), unit_id(line)}
                if line.numbers and not line.linked:
                    had.add(exact_id(line))
                if line.head:
                    had.add(head_id(line))
            tokens = features(seen.page)
            had |= {f"S{name}" for name in names} | {f"T{token}" for token in tokens}
            self._snapshots.append((seen.url, _time(seen.page), array("Q", _least(tokens))))
            if seen.page.metadata.title:
                self.titles.add(title_id(seen.page.metadata.title))
        self.pages += 1
        for what in had:
            self._counts[number(what) % _BUCKETS] += 1

    def count(self, what: str) -> int:
        """How many pages have it: never less than there are, seldom more."""
        return self._counts[number(what) % _BUCKETS]

    def _signature(self, tokens: Iterable[int]) -> frozenset[int]:
        least = max(_RARE_PAGES, _RARE * self.pages)
        return frozenset(one for one in tokens if self._counts[one % _BUCKETS] >= least)

    def layouts(self) -> Layouts:
        """The layouts that the pages are of."""
        signed = [(url, at, self._signature(tokens)) for url, at, tokens in self._snapshots]
        times = Counter(signature for _, _, signature in signed)
        leaders: list[frozenset[int]] = []
        for signature in sorted(times, key=lambda one: (-times[one], sorted(one))):
            if _nearest(leaders, signature) is None:
                leaders.append(signature)
        urls: dict[int, set[str]] = defaultdict(set)
        moments: dict[int, list[datetime]] = defaultdict(list)
        for url, at, signature in signed:
            of = _nearest(leaders, signature)
            if of is not None:
                urls[of].add(url)
                moments[of].append(at)
        every = sorted(at for _, at, _ in signed)
        found = [
            _layout(leaders[of], len(urls[of]), sorted(moments[of]), every) for of in sorted(urls)
        ]
        found.sort(key=lambda one: (one.first, one.last, sorted(one.signature)))
        return Layouts(self, found)


class Layouts:
    """The layouts of a site, the first to be seen first."""

    def __init__(self, survey: Survey, found: Sequence[Layout]) -> None:
        """Keep the layouts that a survey came to."""
        self.survey = survey
        self.found = tuple(found)
        self._signatures = [one.signature for one in found]

    def of(self, page: Page) -> int | None:
        """The number of a page's layout; None for a page unlike all that were surveyed."""
        signature = self.survey._signature(_least(features(page)))  # noqa: SLF001 - one module
        return _nearest(self._signatures, signature)


def _least(tokens: Iterable[str]) -> list[int]:
    return sorted(number(f"T{token}") for token in tokens)[:_TOKENS]


def title_id(title: str) -> int:
    """What a headline is known by."""
    return number(folded(title))


def _time(page: Page) -> datetime:
    if page.fetched_at is None:
        raise ValueError(f"{page.url}: a page that is learned from says when it was fetched")
    return page.fetched_at.astimezone(UTC)


def _nearest(leaders: Sequence[frozenset[int]], signature: frozenset[int]) -> int | None:
    """The leader that is most alike, if one is alike enough; of two the first."""
    best, at = 0.0, None
    for number_, leader in enumerate(leaders):
        either = len(leader | signature)
        alike = len(leader & signature) / either if either else 1.0
        if alike >= _ALIKE and alike > best:
            best, at = alike, number_
    return at


def _layout(
    signature: frozenset[int], pages: int, own: Sequence[datetime], every: Sequence[datetime]
) -> Layout:
    first, last = own[0], own[-1]
    before = [at for at in every if at < first]
    after = [at for at in every if at > last]
    at_once = len(every) - len(before) - len(after)
    # Had the layout gone on as it was, none of so many pages would be of it with this probability.
    absent = 1 - len(own) / (at_once + 1)
    return Layout(
        pages=pages,
        share=len(own) / at_once,
        first=first,
        last=last,
        since=_begin(before[-1], first) if before and absent ** len(before) < _DOUBT else None,
        until=_end(last, after[0]) if after and absent ** len(after) < _DOUBT else None,
        signature=signature,
    )


def _midnight(at: datetime) -> datetime:
    return datetime.combine(at.date(), time(), UTC)


def _begin(before: datetime, first: datetime) -> datetime:
    """The last midnight between two pages, or the very moment of the second."""
    day = _midnight(first)
    return day if day > before else first


def _end(last: datetime, after: datetime) -> datetime:
    """The first midnight between two pages, or the very moment of the second."""
    if last.date() == after.date():
        return after
    return _midnight(last) + timedelta(days=1)
