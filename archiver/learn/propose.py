"""What follows from the counts: rules that are proposed, and lines that are left alone, with why.

The policy. A false removal is worse than a leftover, so whatever may be the story's stays:

- Nothing is learned of a layout of fewer than `MIN_LAYOUT` pages, of what stands on fewer than
  `MIN_PAGES` of them, or was seen on one day only.
- A **line** goes that stands at one place on at least 60 % of the layout's pages, above the first
  paragraph or below the last, on 98 % of them; 80 % where it stands between paragraphs; 30 %, at
  either place, where it is a link. A name or what stands in brackets (an agency, a column) never
  goes unless it links. Of a layout that is less than 40 % of what the site sent at the time, no
  line goes unless it links: it may be the layout of one column.
- A line whose **numbers** change is news (a price, a score) unless it is a link, or has one number,
  is no sentence and has no more than four other words; a longer label goes where it stands outside
  the element that holds the story. None goes from a table or a list in the story, nor any unlinked
  line from a table there.
- A line that begins as 60 % do, and goes on differently, goes below and above the story only, and
  only where what follows is a link, another page's headline, a date or one of the page's authors.
- An **element** goes with all that stands in it where it is on 20 % of the pages, 5 % where most of
  its lines are headlines of other pages, and 98 % of its lines are links, such headlines, or lines
  that half of the pages have (80 % for a name); where most are links, lines that three pages have
  count too. An element that ever held an unlinked line of one page's own never goes, be it one
  word or the same but for its numbers, unless these are labels beside as many new headlines; nor,
  in a layout of less than 40 %, one of which most is no link. Only an element with a telling name
  is named, or one whose tag says what it is for: a selector of a heading or a list in the story
  would take those of later pages.
- What the cleaner removes anyway needs no rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from archiver.learn.counts import CERTAIN, MIN_PAGES, Count, Counts, ElementCount, LineCount
from archiver.learn.lines import folded
from archiver.learn.survey import Layout, number
from archiver.text import normal
from archiver.text.prose import ends_sentence, words

MIN_LAYOUT = 10
_EDGE = 0.6
_LINKED = 0.3
_ELEMENT = 0.2
_TEASERS = 0.05
_ALWAYS = 0.98
_OF_SITE = 0.4

_NUMBER = re.compile(r"\d[\d.,]{0,9}")  # what the wildcard for a number stands for
_WILDCARDS = 3  # a phrase has no more

Verdict = Literal["proposed", "removed already", "left alone"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A line or an element that many pages share, and what is to be done about it.

    `kind` is the rule's: line, prefix or container; `what` its phrase or selector.
    """

    layout: int
    kind: Literal["line", "prefix", "container"]
    what: str
    needs_context: bool
    verdict: Verdict
    why: str
    pages: int
    of: int
    kept: int  # pages on which the cleaner keeps it, or some of it
    first: datetime
    last: datetime
    where: str  # "above 0, inside 0, below 31", or the lines of an element
    urls: tuple[str, ...]
    lines: tuple[str, ...]  # as the pages have them: of an element those that are kept


def findings(counts: Counts) -> list[Finding]:
    """All that was found, in an order of its own: by layout, kind, and what it is."""
    found: list[Finding] = []
    for of, layout in enumerate(counts.layouts.found):
        if layout.pages < MIN_LAYOUT:
            continue
        boxes = list(_elements(counts, of, layout))
        found += boxes
        taken = [one.what for one in boxes if one.verdict == "proposed"]
        found += _lines(counts, of, layout, taken)
    return sorted(found, key=lambda one: (one.layout, one.kind, one.what, one.where))


# Elements


def _elements(counts: Counts, of: int, layout: Layout) -> Iterator[Finding]:
    mine = {name: count for (at, name), count in counts.elements.items() if at == of}
    chrome = {name for name, count in mine.items() if _is_chrome(count, layout)}
    for name, count in sorted(mine.items()):
        if name not in chrome or _is_spare(name, mine, chrome):
            continue
        removed = not count.kept
        yield _finding(
            of,
            layout,
            count,
            kind="container",
            what=name,
            needs_context=True,  # weaker than other rules, which may tell a date or a caption
            verdict="removed already" if removed else "proposed",
            why=f"{count.told + count.again} of its {count.lines} lines are links, headlines of "
            "other pages, or lines that many pages have",
            where=f"{count.lines} lines, {count.linked} of them links",
        )


def _is_chrome(count: ElementCount, layout: Layout) -> bool:
    share = _TEASERS if count.titles * 2 >= count.lines else _ELEMENT
    if count.pages < max(MIN_PAGES, share * layout.pages) or not count.days:
        return False
    linked = count.linked * 2 >= count.lines
    if not linked and layout.share < _OF_SITE:
        return False
    told = count.told + (count.again if linked else 0) + count.numbers
    if count.numbers > count.teasers:
        return False
    return not count.story and told >= _ALWAYS * count.lines


def _is_spare(name: str, mine: dict[str, ElementCount], chrome: set[str]) -> bool:
    """Whether another selector that goes always names the same element, or one around it."""
    for other in (mine[name].around or frozenset()) & chrome:
        back = mine[other].around or frozenset()
        if name not in back or _order(other) < _order(name):
            return True
    return False


def _order(name: str) -> tuple[bool, str]:
    return "#" not in name, name


# Lines


def _lines(counts: Counts, of: int, layout: Layout, taken: Sequence[str]) -> Iterator[Finding]:
    mine = sorted(
        ((key, where), count) for (at, key, where), count in counts.lines.items() if at == of
    )
    gone = set(taken)
    whole: set[tuple[str, str]] = set()  # how lines that go begin, and where
    later = []
    for (key, where), count in mine:
        if count.pages < MIN_PAGES or not gone.isdisjoint(count.around or ()):
            continue
        if key.startswith("\n"):
            later.append((key, where, count))
            continue
        finding = _line(counts, of, layout, key, count)
        if finding is not None:
            if finding.verdict != "left alone":
                whole.add((normal.key(" ".join(finding.what.split()[:2])), where))
            yield finding
    for key, where, count in later:
        if (key[1:], where) not in whole and len(count.spellings) > 1:
            finding = _prefix(of, layout, key[1:], count)
            if finding is not None:
                yield finding


def _line(counts: Counts, of: int, layout: Layout, key: str, count: LineCount) -> Finding | None:
    linked = count.linked >= _ALWAYS * count.pages
    phrase = _phrase(count)
    if phrase is None:
        return None
    within = counts.inside.get((of, key), 0)
    why_not = _may_be_text(layout, count, within, linked=linked)
    verdict: Verdict = "left alone" if why_not else "proposed" if count.kept else "removed already"
    if verdict == "left alone" and count.pages < _LINKED * layout.pages:
        return None  # one of very many
    return _finding(
        of,
        layout,
        count,
        kind="line",
        what=phrase,
        # A link is chrome by its being one; another line by this very phrase.
        needs_context=linked,
        verdict=verdict,
        why=why_not or "the same line at the same place on so many pages",
        where=_where(count),
    )


def _may_be_text(layout: Layout, count: LineCount, within: int, *, linked: bool) -> str:
    """Why a line may be the story's; empty where it is not."""
    share = count.pages / layout.pages
    if not count.days:
        return "seen on one day only"
    if linked:
        return "" if share >= _LINKED else f"on less than {_LINKED:.0%} of the pages"
    fault = next(_faults(layout, count), "")
    if fault:
        return fault
    if within > (1 - _ALWAYS) * count.pages:
        least, where = CERTAIN, "between paragraphs, and "
    else:
        least, where = _EDGE, ""
    return "" if share >= least else f"{where}on less than {least:.0%} of the pages"


def _faults(layout: Layout, count: LineCount) -> Iterator[str]:
    """What speaks against a line that is no link, wherever and however often it stands."""
    outside = count.outside >= _ALWAYS * count.pages
    if count.table and not outside:
        yield "in a table of the story"
    if len(count.spellings) > 1 and not _is_label(count, outside=outside):
        yield "its numbers change: they may be news"
    if count.short:
        yield "a name, or in brackets: an agency or a column may be told so"
    if layout.share < _OF_SITE:
        yield "its layout may be that of one column"


def _is_label(count: LineCount, *, outside: bool) -> bool:
    """Whether a line with changing numbers tells of the page or the site, not of the world."""
    if outside:
        return not any(map(ends_sentence, count.texts.all())) and not count.rows
    return count.label and not count.rows


def _prefix(of: int, layout: Layout, head: str, count: LineCount) -> Finding | None:
    share = count.pages / layout.pages
    edge = max(count.above, count.below) >= _ALWAYS * count.pages
    edge = edge and count.told >= _ALWAYS * count.pages
    edge = edge and (not count.table or count.outside >= _ALWAYS * count.pages)
    fits = share >= _EDGE and edge and count.days and not count.prose and "{" not in head
    if not fits or layout.share < _OF_SITE or any(map(str.isdigit, head)):
        return None
    return _finding(
        of,
        layout,
        count,
        kind="prefix",
        what=head,
        needs_context=True,
        verdict="proposed" if count.kept else "removed already",
        why="lines that introduce a link, a headline, a date or an author so, on so many pages",
        where=_where(count),
    )


def _phrase(count: LineCount) -> str | None:
    """The phrase for a line, its numbers as wildcards where they change; None where none serves."""
    text = min(count.texts.texts.items())[1]
    if "{" in text or "}" in text or not words(_NUMBER.sub("", text)):
        return None
    if len(count.spellings) == 1:
        return text
    if len(_NUMBER.findall(text)) > _WILDCARDS:
        return None
    return _NUMBER.sub("{#}", text)


def _where(count: LineCount) -> str:
    return f"above {count.above}, inside {count.inside}, below {count.below}"


def _finding(
    of: int,
    layout: Layout,
    count: Count,
    *,
    kind: Literal["line", "prefix", "container"],
    what: str,
    needs_context: bool,
    verdict: Verdict,
    why: str,
    where: str,
) -> Finding:
    return Finding(
        layout=of,
        kind=kind,
        what=what,
        needs_context=needs_context,
        verdict=verdict,
        why=why,
        pages=count.pages,
        of=layout.pages,
        kept=count.kept,
        first=count.first,
        last=count.last,
        where=where,
        urls=count.urls.all(),
        lines=count.texts.all(),
    )


_ASCII_WORD = re.compile(r"[a-z0-9]+")
_NAMED = 4  # words of an id
_LONGEST = 60  # letters of them


def name_of(site: str, finding: Finding) -> str:
    """The id of a finding's rule: the site, what it takes, and a digest that tells it from others.

    What is not ASCII is named by the kind.
    """
    told = "\n".join((finding.kind, str(finding.layout), finding.what))
    said = _ASCII_WORD.findall(folded(finding.what)) if finding.what.isascii() else []
    short = "-".join(said[:_NAMED])[:_LONGEST] or finding.kind
    return f"learned.{site}.{short}-{number(told):016x}"[:-8]
