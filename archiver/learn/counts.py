"""The second look at a site: what is common is counted exactly, by layout, line and element.

A survey, then the same pages again in any order; lines and elements with their evidence out. Only
what the survey has seen on enough pages is remembered by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import takewhile

from archiver.learn.lines import LINKED, Line, Seen, elements, lines
from archiver.learn.survey import (
    Layout,
    Layouts,
    Survey,
    exact_id,
    head_id,
    line_id,
    number,
    title_id,
    unit_id,
)
from archiver.model import Block
from archiver.text import dates, normal
from archiver.text.prose import is_running_text, words

MIN_PAGES = 5  # that a line or an element stands on, or it is no news of it
# The shares of a layout's pages from which on a line is the template's, by what else speaks for
# it. Series, agencies and columns come again too, but seldom on so many pages.
COMMON = 0.5  # a line in an element with a name
CERTAIN = 0.8  # a name or a bracket in one; an unlinked line among the paragraphs
_HEADED = 0.6  # lines that begin alike
_TITLE_WORDS = 3  # a headline that a label introduces has no fewer
_AGAIN = 3  # pages with the same line in a list of links: what all its items may be


@dataclass(slots=True)
class Least:
    """The few texts of the least digests: a sample that no order of adding changes."""

    most: int
    texts: dict[int, str] = field(default_factory=dict)

    def add(self, text: str) -> None:
        """Take a text into account."""
        of = number(text)
        if of in self.texts or (len(self.texts) == self.most and of > max(self.texts)):
            return
        self.texts[of] = text
        if len(self.texts) > self.most:
            del self.texts[max(self.texts)]

    def all(self) -> tuple[str, ...]:
        """The sample, sorted."""
        return tuple(sorted(self.texts.values()))


_EVER, _NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class Count:
    """What is known of a line or an element in one layout."""

    pages: int = 0
    kept: int = 0  # pages of which the cleaner keeps it, or some of it
    first: datetime = _NEVER
    last: datetime = _EVER
    # The selectors of all elements that it always stands in, and the others of its own.
    around: frozenset[str] | None = None
    urls: Least = field(default_factory=lambda: Least(3))
    texts: Least = field(default_factory=lambda: Least(5))

    @property
    def days(self) -> bool:
        """Whether it was seen on two days at least."""
        return self.first.date() < self.last.date()

    def see(self, seen: Seen, at: datetime) -> None:
        """One page more."""
        self.pages += 1
        self.first, self.last = min(self.first, at), max(self.last, at)
        self.urls.add(seen.url)

    def stand(self, around: frozenset[str]) -> None:
        """One place more."""
        self.around = around if self.around is None else self.around & around


@dataclass(slots=True)
class LineCount(Count):
    """A line at one place, or all lines there that begin alike."""

    above: int = 0  # pages where it stands before the first paragraph that is kept
    below: int = 0  # after the last one
    inside: int = 0  # between them, or where there is none
    linked: int = 0
    outside: int = 0  # pages where it stands in no element that holds the story
    rows: bool = False  # whether it stands in a table or a list; any of them
    table: bool = False  # in a table
    label: bool = True  # whether it is a label with one number; all of them
    told: int = 0  # pages where what it introduces is a link, a headline, a date or an author
    short: bool = False  # whether it may be a name; any of them
    prose: bool = False
    spellings: set[str] = field(default_factory=set)  # match keys, two at most: is it one line?


@dataclass(slots=True)
class ElementCount(Count):
    """What a selector names."""

    lines: int = 0
    told: int = 0  # a link, a common line, or another page's headline
    titles: int = 0  # of those the last
    linked: int = 0
    again: int = 0  # not told, and on other pages too
    # Lines that are neither and are kept: the page's own text, were it one word. And parts of
    # lines that are kept, which a rule would cut out.
    story: int = 0
    numbers: int = 0  # kept labels that only their numbers tell from those of other pages
    teasers: int = 0  # links and headlines that other pages do not have


LineKey = tuple[int, str, str]  # layout, key (or the head, behind a line feed), place


class Counts:
    """Exact counts of what the survey found common. The order of pages changes nothing."""

    def __init__(self, survey: Survey, layouts: Layouts) -> None:
        """Begin with no page, knowing what is worth counting."""
        self.survey = survey
        self.layouts = layouts
        self.lines: dict[LineKey, LineCount] = {}
        self.elements: dict[tuple[int, str], ElementCount] = {}
        # Pages where a line stands between paragraphs, at whatever place.
        self.inside: dict[tuple[int, str], int] = {}

    def add(self, history: Sequence[Seen]) -> None:
        """Add a page; of its snapshots the latest of each layout counts."""
        latest: dict[int, Seen] = {}
        for seen in sorted(history, key=_order):
            of = self.layouts.of(seen.page)
            if of is not None:
                latest[of] = seen
        for of, seen in latest.items():
            if self.layouts.found[of].pages >= MIN_PAGES:
                _Look(self, of, seen).count()


def _order(seen: Seen) -> tuple[datetime, list[str]]:
    at = seen.page.fetched_at
    return at or _EVER, [block.text for block in seen.page.blocks]


class _Look:
    """One snapshot, counted."""

    def __init__(self, counts: Counts, of: int, seen: Seen) -> None:
        self.counts, self.survey = counts, counts.survey
        self.of, self.seen = of, seen
        self.layout: Layout = counts.layouts.found[of]
        self.at = _order(seen)[0].astimezone(UTC)
        self.lines = list(lines(seen.page))
        # Paragraphs of the page's own: what other pages say too marks no end of a story.
        own = [
            line.at
            for line in self.lines
            if line.at in seen.kept and line.prose and self.survey.count(line_id(line)) < MIN_PAGES
        ]
        self.first, self.last = (own[0], own[-1]) if own else (len(seen.page.blocks), -1)
        self.around_story = _common([_parent(seen.page.blocks[at].path) for at in own])
        title = seen.page.metadata.title
        self.own = title_id(title) if title else None
        self.authors = {normal.key(normal.nfc(one)) for one in seen.page.metadata.authors}

    def count(self) -> None:
        """Add the snapshot's lines and elements."""
        found: dict[LineKey, list[Line]] = {}
        inside: set[str] = set()
        for line in self.lines:
            if self.survey.count(line_id(line)) >= MIN_PAGES:
                if self.place(line) == "inside":
                    inside.add(line.key)
                if self.survey.count(unit_id(line)) >= MIN_PAGES:
                    found.setdefault((self.of, line.key, line.place), []).append(line)
            if line.head and self.survey.count(head_id(line)) >= MIN_PAGES:
                found.setdefault((self.of, f"\n{line.head}", line.place), []).append(line)
        for key, same in found.items():
            self.count_line(self.counts.lines.setdefault(key, LineCount()), same)
        for one in inside:
            known = self.counts.inside
            known[self.of, one] = known.get((self.of, one), 0) + 1
        self.count_elements()

    def place(self, line: Line) -> str:
        """Where a line stands: above, below or inside the story."""
        if self.last < 0:
            return "inside"
        if line.at < self.first:
            return "above"
        return "below" if line.at > self.last else "inside"

    def count_line(self, count: LineCount, same: Sequence[Line]) -> None:
        """Add lines that are one by their key and place."""
        count.see(self.seen, self.at)
        places = {self.place(line) for line in same}
        where = "inside" if len(places) > 1 else places.pop()
        count.above += where == "above"
        count.below += where == "below"
        count.inside += where == "inside"
        count.linked += all(line.linked for line in same)
        count.outside += all(self.is_outside(line) for line in same)
        count.told += all(self.introduces(line) for line in same)
        count.kept += any(line.at in self.seen.kept for line in same)
        for line in same:
            count.short |= line.short
            count.rows |= line.in_rows
            count.table |= "/table/" in line.place
            count.label &= line.label and line.numbers == 1
            count.prose |= is_running_text(line.block.text)
            count.texts.add(line.block.text)
            count.stand(frozenset(one for names in elements(line.block.path) for one in names))
            if len(count.spellings) < 2:  # noqa: PLR2004 - one, or more than one
                count.spellings.add(normal.key(line.block.text))

    def is_outside(self, line: Line) -> bool:
        """Whether a line stands in no element that holds all paragraphs of the story."""
        steps = line.block.path.split("/")
        return bool(self.around_story) and steps[: len(self.around_story)] != self.around_story

    def introduces(self, line: Line) -> bool:
        """Whether a label introduces a link, another page's headline, a date or an author.

        What else begins alike may be a score, a price, a result: news in few words.
        """
        rest = line.rest
        if line.block.linked >= LINKED * len(rest):
            return True
        title = title_id(rest)
        if title != self.own and title in self.survey.titles and len(words(rest)) >= _TITLE_WORDS:
            return True
        key = normal.key(rest)
        if key in self.authors:
            return True
        found = dates.with_rest(rest, self.seen.page.language or "en")
        return found is not None and (not found[1] or found[1] in self.authors)

    def is_common(self, line: Line) -> bool:
        """Whether so many pages of the layout have a line that it is the template's.

        Of a heading between paragraphs as many as of a line without a name: stories of one desk
        have the same subheadings.
        """
        heading = line.heading and self.place(line) == "inside"
        need = CERTAIN if line.short or heading else COMMON
        least = max(MIN_PAGES, need * self.layout.pages)
        if self.survey.count(line_id(line)) >= least:
            return True
        if heading:
            return False
        headed = max(MIN_PAGES, _HEADED * self.layout.pages)
        many = bool(line.head) and self.survey.count(head_id(line)) >= headed
        return many and self.introduces(line)

    def count_elements(self) -> None:
        """Add what stands in each element that a selector names."""
        by_name: dict[str, list[tuple[Line, frozenset[str]]]] = {}
        for line in self.lines:
            above: frozenset[str] = frozenset()
            for names in elements(line.block.path):
                above = above.union(names)
                for name in names:
                    if self.survey.count(f"S{name}") >= MIN_PAGES:
                        by_name.setdefault(name, []).append((line, above))
        told = {line.at: self.kind_of(line) for line in self.lines}
        titles = {line.at for line in self.lines if self.is_title(line)}
        for name in _inline(self.seen):
            if self.survey.count(f"S{name}") >= MIN_PAGES:
                self.counts.elements.setdefault((self.of, name), ElementCount()).story += 1
        for name, held in by_name.items():
            count = self.counts.elements.setdefault((self.of, name), ElementCount())
            count.see(self.seen, self.at)
            kept = False
            for line, above in held:
                count.lines += 1
                count.linked += line.linked
                count.titles += line.at in titles
                count.told += told[line.at] == "told"
                count.again += told[line.at] == "again"
                stays = line.at in self.seen.kept
                count.story += stays and told[line.at] == "stray"
                count.numbers += stays and told[line.at] == "numbers"
                new = line.linked or line.at in titles
                rare = self.survey.count(line_id(line)) < COMMON * self.layout.pages
                count.teasers += new and rare and not line.short
                if stays:
                    kept = True
                    count.texts.add(line.block.text)
                count.stand(above - {name})
            count.kept += kept

    def is_title(self, line: Line) -> bool:
        """Whether a line is the headline of another page."""
        title = number(line.key)
        return title != self.own and title in self.survey.titles and not line.short

    def kind_of(self, line: Line) -> str:
        """What speaks for a line's being chrome: told, again (on other pages too), or nothing.

        A line that other pages have but for its numbers is no more than a label ("numbers").
        """
        if line.linked or self.is_title(line):
            return "told"
        if line.numbers and self.survey.count(exact_id(line)) < _AGAIN:
            again = self.survey.count(line_id(line)) >= _AGAIN
            return "numbers" if again and line.label else "stray"
        if self.is_common(line):
            return "told"
        return "again" if self.survey.count(line_id(line)) >= _AGAIN else "stray"


def _parent(path: str) -> list[str]:
    return path.split("/")[:-1]


def _common(paths: Sequence[list[str]]) -> list[str]:
    """What all paths begin with; nothing where there is none."""
    steps = zip(*paths, strict=False)
    return [step[0] for step in takewhile(lambda step: len(set(step)) == 1, steps)]


def _inline(seen: Seen) -> Iterable[str]:
    """Selectors that name an inline part of a line that is kept."""
    for at in seen.kept:
        block: Block = seen.page.blocks[at]
        for span in block.spans:
            for names in elements(f"{block.path}/{span.path}")[len(elements(block.path)) :]:
                yield from names
