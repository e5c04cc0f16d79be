"""Searching the newest documents: the index brought in step, then the best pages, as lines.

What a run has stored since the last search is indexed first, some documents a transaction; a
search killed on the way has done part of it, and the next one goes on. Where the archive cannot be
written, what the index has is searched, and how much it lacks is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from archiver.archive import engine as archive
from archiver.archive import search
from archiver.archive.search import Filters, Found
from archiver.errors import BadInput, TryLater
from archiver.text import snippets
from archiver.text.query import Query, parse
from archiver.text.snippets import Span
from archiver.text.terminal import safe
from archiver.work.adding import check_sites
from archiver.work.indexing import bring_in_step
from archiver.work.telling import Tell
from archiver.work.views import packed

AT_ONCE = 100  # documents that one transaction indexes: some tenths of a second

Marker = Callable[[str], str]  # how a hit is set off from the text around it


@dataclass(frozen=True, slots=True)
class Answer:
    """How many pages answer a query, and the best of them."""

    query: Query
    total: int
    best: list[Found]


def update(engine: Engine, tell: Tell, *, rebuild: bool = False) -> int:
    """Bring the index in step with the documents, or make it anew; how many pages it took.

    Raises TryLater where the archive cannot be written.
    """

    def take(targets: list[int]) -> int:
        with archive.write(engine) as c:
            return search.put(c, targets)

    return bring_in_step(engine, search, take, AT_ONCE, tell, used="searched", rebuild=rebuild)


def ask(engine: Engine, text: str, filters: Filters, limit: int, tell: Tell) -> Answer:
    """Search the current documents.

    Raises BadInput for a query that does not read, and for a site that is not in the archive.
    """
    check_sites(engine, filters.sites)
    try:
        query = parse(text)
    except ValueError as fault:
        raise BadInput(str(fault)) from fault
    try:
        update(engine, tell)
    except TryLater as fault:
        with archive.read(engine) as c:
            lacking = len(search.stale(c))
        tell(f"{lacking} pages are not in the index and not searched: {fault}")
    with archive.read(engine) as c:
        best = search.find(c, query, filters, limit)
        return Answer(query, search.count(c, query, filters), best)


def lines(answer: Answer, mark: Marker, *, as_json: bool) -> Iterator[str]:
    """The answer for a terminal, each hit marked, or one JSON object a page."""
    for place, found in enumerate(answer.best, 1):
        if as_json:
            yield packed(_record(found, answer.query))
        else:
            yield from _told(place, found, answer.query, mark)


def _record(found: Found, query: Query) -> dict[str, Any]:
    shown = snippets.snippet(found.text, query)
    title = snippets.spans(found.title or "", query)
    return {
        "target": found.target,
        "document": found.document,
        "url": found.url,
        "site": found.site,
        "title": found.title,
        "title_hits": title,
        "language": found.language,
        "published": found.published,
        "fetched_at": found.fetched_at,
        "score": found.score,
        "snippet": shown.text,
        "snippet_hits": shown.hits,
        "snippet_start": shown.start,
    }


def _told(place: int, found: Found, query: Query, mark: Marker) -> Iterator[str]:
    title = found.title or ""
    yield f"{place}. {_marked(title, snippets.spans(title, query), mark) or '(no title)'}"
    facts = (found.site, found.language, (found.published or "")[:10], found.url)
    yield safe(f"   {'  '.join(filter(None, facts))}")
    shown = snippets.snippet(found.text, query)
    before, after = "…" if shown.cut_before else "", "…" if shown.cut_after else ""
    yield f"   {before}{_marked(shown.text, shown.hits, mark)}{after}"
    yield ""


def _marked(text: str, hits: tuple[Span, ...], mark: Marker) -> str:
    """A text without what could steer a terminal, its hits marked."""
    said = []
    last = 0
    for start, end in hits:
        said += [safe(text[last:start]), mark(safe(text[start:end]))]
        last = end
    return "".join([*said, safe(text[last:])])
