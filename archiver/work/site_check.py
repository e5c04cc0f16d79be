"""What each source of a site yields, asked for politely: told, and nothing stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from archiver.errors import ArchiverError, BadInput
from archiver.fetch import feeds, links, sitemaps, urls
from archiver.model import Fetched, Found, Snapshot, TargetKind
from archiver.settings import Settings
from archiver.work import adding, discovery
from archiver.work.cleaning import Cleaner
from archiver.work.polite import MAX_REST, NotNow, Visitor
from archiver.work.site_files import SiteFile

SAMPLE = 3  # pages of a source that are read
# A page whose text is shorter, in code points, is no article: a video, a gallery, a paywall.
ARTICLE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a source yields now. `newest` is the latest date that it states."""

    site: str
    kind: TargetKind
    url: str
    items: int = 0  # of the site's own
    foreign: int = 0  # of other hosts, which are left out
    newest: datetime | None = None
    sampled: int = 0
    articles: int = 0  # of those sampled
    languages: tuple[str, ...] = ()  # of the articles, the most frequent first
    fault: str = ""


def check(
    settings: Settings,
    cleaner: Cleaner,
    sites: Sequence[SiteFile],
    clock: Callable[[], datetime],
) -> Iterator[Checked]:
    """Ask for each source of these sites, and for some of the newest pages that it names."""
    for site in sites:
        visitor = Visitor(settings, site.allow_private, contacts=adding.contacts([site.facts]))
        if site.pause is not None:
            for found in site.sources:
                visitor.set_pause(urls.origin(found.url), site.pause)
        try:
            for found in site.sources:
                yield _source(visitor, cleaner, site, found, clock)
        finally:
            visitor.client.close()


def _source(
    visitor: Visitor,
    cleaner: Cleaner,
    site: SiteFile,
    source: Found,
    clock: Callable[[], datetime],
) -> Checked:
    nothing = Checked(site=site.host, kind=source.kind, url=source.url)
    got = _visit(visitor, source.url, clock())
    if isinstance(got, str):
        return replace(nothing, fault=got)
    try:
        names = _names(source.kind, got)
    except BadInput as fault:
        return replace(nothing, fault=str(fault))
    own = adding.own_urls(names, site.facts)
    dates = {one.url: discovery.moment(one.date) for one in own if one.date}
    known = [one for one in dates.values() if one is not None]
    pages = [one for one in own if one.kind == "page"]
    far = min(known, default=clock())
    pages.sort(key=lambda one: dates.get(one.url) or far, reverse=True)
    told = replace(
        nothing,
        items=len(own),
        foreign=len({one.url for one in names}) - len(own),
        newest=max(known, default=None),
        fault="" if own else "it names nothing of the site's own",
    )
    languages: Counter[str] = Counter()
    sampled = 0
    for page in pages[:SAMPLE]:
        sampled += 1
        language = _language(visitor, cleaner, site, page.url, clock())
        languages.update([language] if language else [])
    said = tuple(name for name, _ in languages.most_common())
    return replace(told, sampled=sampled, articles=languages.total(), languages=said)


def _visit(visitor: Visitor, url: str, now: datetime) -> Fetched | str:
    """An answer that came, or the fault of one that did not."""
    try:
        got = visitor.visit(url, now)
    except NotNow as rests:
        return f"{rests}; so long, more than {MAX_REST:.0f} s, is not waited for"
    return got if got.outcome in {"ok", "truncated"} else got.reason


def _names(kind: TargetKind, got: Fetched) -> list[Found]:
    if kind == "section":
        return links.articles(got.body.decode("utf-8", "replace"), got.final_url)
    parse = feeds.parse if kind == "feed" else sitemaps.parse
    return parse(got.body, got.final_url)


def _language(
    visitor: Visitor, cleaner: Cleaner, site: SiteFile, url: str, now: datetime
) -> str | None:
    """The language of a page that is an article; None for one that is none, or did not come."""
    got = _visit(visitor, url, now)
    if isinstance(got, str):
        return None
    sent = {name.lower(): value for name, value in got.headers}
    try:
        page = cleaner.page(
            Snapshot(
                url=got.final_url,
                fetched_at=got.started_at,
                body=got.body,
                content_type=sent.get("content-type", ""),
            ),
            site.host,
        )
        document = cleaner.document(page, site.host)
    except ArchiverError:
        return None
    return document.language if len(document.text) >= ARTICLE else None
