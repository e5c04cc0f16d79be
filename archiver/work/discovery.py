"""What a feed, a sitemap, a section page or robots.txt names of a site's own, and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from sqlalchemy import Connection, Engine

from archiver.archive import frontier, store, tombstones
from archiver.archive.queries import Due
from archiver.errors import BadInput
from archiver.fetch import feeds, links, robots, sitemaps, urls
from archiver.model import Found, TargetKind
from archiver.work.adding import SiteFacts, own_urls
from archiver.work.backoff import UNCHANGED_AGAIN
from archiver.work.cadence import Brought
from archiver.work.cleaning import Cleaner

# Sitemaps name sitemaps; sitemaps.org knows two storeys, large sites have three. Who builds higher
# builds without end.
MAX_DEPTH = 5


def read(
    engine: Engine,  # noqa: ARG001 - the form of a worker's job
    cleaner: Cleaner,  # noqa: ARG001
    kind: TargetKind,
    body: bytes,
    url: str,
) -> tuple[list[Found], str]:
    """What a source names, or the fault of what is none. A job for `pool.Workers`."""
    try:
        if kind == "section":
            return links.articles(body.decode("utf-8", "replace"), url), ""
        return (feeds if kind == "feed" else sitemaps).parse(body, url), ""
    except BadInput as fault:
        return [], str(fault)


def moment(stated: str) -> datetime | None:
    """The moment that a feed or sitemap states; a day without an hour is over at its end.

    >>> moment("2025-11-20"), moment("Thu, 20 Nov 2025 08:00:00 GMT"), moment("yesterday")
    (datetime.datetime(2025, 11, 21, 0, 0, tzinfo=datetime.timezone.utc), \
datetime.datetime(2025, 11, 20, 8, 0, tzinfo=datetime.timezone.utc), None)
    """
    try:
        found = datetime.fromisoformat(stated.strip())
        if len(stated.strip()) <= len("2025-11-20"):
            found += timedelta(days=1)
    except ValueError:
        try:
            found = parsedate_to_datetime(stated)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    except OverflowError:
        return None
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        return None


def since(due: Due, date: datetime) -> bool:
    """Whether a page is of `date` or later: as its source states, else as it was first named."""
    return (moment(due.stated_date) or due.found_at) >= date


def add(
    c: Connection, due: Due, names: Sequence[Found], facts: SiteFacts, now: datetime
) -> tuple[Brought, set[str]]:
    """Store what a source names of the site's own: what that comes to, and the origins of all."""
    own = own_urls(names, facts)
    if any(one.kind == "sitemap" for one in own):
        _believe(c, own, now)
        if frontier.depth(c, due.id, MAX_DEPTH) == MAX_DEPTH:
            own = [one for one in own if one.kind != "sitemap"]
    new = store.add_targets(c, due.site, own, due.id, now)
    dates = (moment(one.date) for one in own if one.date)
    brought = Brought(len(own), new, tuple(one for one in dates if one is not None))
    return brought, {urls.origin(one.url) for one in own}


def tells_of_erased(c: Connection, names: Sequence[Found], facts: SiteFacts) -> bool:
    """Whether a source names an erased page: feeds have headlines, and some have whole texts."""
    return tombstones.any_erased(c) and bool(
        tombstones.erased(c, [one.url for one in own_urls(names, facts)])
    )


def _believe(c: Connection, own: Sequence[Found], now: datetime) -> None:
    """Put off the sitemaps that have not changed since they were fetched, as the index says.

    Those that have are due now, however long they were put off.
    """
    stated = {one.url: moment(one.date) for one in own if one.kind == "sitemap" and one.date}
    known = {url: when for url, when in stated.items() if when is not None}
    frontier.believe(c, known, now, UNCHANGED_AGAIN)


def add_of_robots(
    c: Connection, origin: str, rules: bytes, due: Due, facts: SiteFacts, now: datetime
) -> int:
    """Store the sitemaps that robots.txt names, of an origin that has sources; how many are new.

    Who gave single pages wants these pages.
    """
    named = [Found(url=url, kind="sitemap") for url in robots.sitemaps(rules)]
    if not named or not frontier.has_source(c, origin):
        return 0
    return store.add_targets(c, due.site, own_urls(named, facts), None, now)
