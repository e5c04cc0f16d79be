"""Adding sources: a site, a feed, a sitemap or a page, and what a site's own pages name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import Engine

from archiver.archive import engine as archive
from archiver.archive import queries, store
from archiver.errors import BadInput, TryLater
from archiver.fetch import robots, urls
from archiver.model import Found, TargetKind
from archiver.work.polite import Visitor

_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json")


def kind_of(url: str) -> TargetKind | None:
    """What a URL's path tells of it: a feed, a sitemap or a page; None for a site's root.

    >>> kind_of("https://news.example/feed/"), kind_of("https://news.example/")
    ('feed', None)
    """
    path = urls.split(url).target.partition("?")[0].lower().rstrip("/")
    last = path.rpartition("/")[2]
    if not path:
        return None
    if "sitemap" in last:
        return "sitemap"
    if last in {"feed", "rss", "atom"} or last.endswith((".rss", ".atom", ".xml", "feed.json")):
        return "feed"
    return "page"


def discover(visitor: Visitor, home: str, now: datetime) -> list[Found]:
    """The feeds that a home page links and the sitemaps that robots.txt names.

    Raises TryLater where the home page cannot be had, BadInput where neither names anything.
    """
    got = visitor.visit(home, now)
    if got.outcome not in {"ok", "truncated"}:
        raise TryLater(f"{home}: {got.reason}; give its sources with --feed or --sitemap")
    found: list[Found] = []
    tree = LexborHTMLParser(got.body.decode("utf-8", "replace"))
    for node in tree.css('link[rel~="alternate"][href]'):
        attributes = node.attributes
        if (attributes.get("type") or "").lower() in _FEED_TYPES:
            found.append(
                Found(url=urls.join(got.final_url, attributes.get("href") or ""), kind="feed")
            )
    answer = visitor.robots.get(urls.origin(got.final_url))
    if answer is not None:
        rules = robots.from_answer(answer.status, answer.body)
        found += [Found(url=url, kind="sitemap") for url in robots.sitemaps(rules)]
    if not found:
        raise BadInput(f"{home} names no feed and no sitemap; give them with --feed or --sitemap")
    return found


def add(
    engine: Engine, host: str, founds: Sequence[Found], config: dict[str, Any], now: datetime
) -> int:
    """Add targets to a site, and `config` to what is configured for it; how many were new.

    URLs are stored in canonical form. Raises BadInput for one that is no http or https URL.
    """
    named = [
        Found(url=urls.canonical(one.url), kind=one.kind, date=one.date, title=one.title)
        for one in founds
    ]
    with archive.write(engine) as c:
        known = {site.host: site.config for site in queries.sites(c)}
        if host not in known or config:
            store.put_site(c, host, {**known.get(host, {}), **config}, now)
        return store.add_targets(c, host, named, None, now)
