"""What a scrape would ask for, and what robots.txt says of a URL: told, and nothing done.

Nothing here writes to the archive.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Engine

from archiver.archive import engine as archive
from archiver.archive import hosts as kept
from archiver.archive import queries
from archiver.archive.queries import Due
from archiver.fetch import robots, urls
from archiver.settings import Settings
from archiver.work import discovery
from archiver.work.adding import SiteFacts, enabled_sites
from archiver.work.polite import Robots, Visitor
from archiver.work.turns import recall


@dataclass(frozen=True, slots=True)
class Planned:
    """A target that would be asked for."""

    url: str
    kind: str
    why: str
    pause: float  # seconds between two requests to its origin
    not_before: datetime | None  # where its origin must rest
    resting: str  # why it must, where that is more than a pause


def _why(due: Due, now: datetime) -> str:
    if due.failures:
        return f"failed {due.failures} times"
    if due.due_at is None or due.due_at > now:
        return "asked for again"
    return "due again" if due.fetches else "new"


def plan(
    engine: Engine,
    settings: Settings,
    *,
    hosts: Sequence[str] = (),
    again: bool = False,
    limit: int | None = None,
    since: datetime | None = None,
    now: datetime,
) -> Iterator[Planned]:
    """List what is due, the longest due first; what its answers would name is not known yet.

    Raises BadInput for a site that is not in the archive, or is disabled.
    """
    hosts = enabled_sites(engine, hosts)
    visitor = Visitor(settings)
    origins: dict[str, kept.Host] = {}
    with archive.read(engine) as c:
        sites = {site.host: SiteFacts.of(site) for site in queries.sites(c)}
        with closing(queries.due(c, now, hosts, again=again)) as dues:
            wanted = (
                due
                for due in dues
                if since is None or due.kind != "page" or discovery.since(due, since)
            )
            for due in islice(wanted, limit):
                origin = urls.origin(due.url)
                if origin not in origins:
                    host = kept.get(c, origin) or kept.Host(origin=origin)
                    origins[origin] = host
                    recall(visitor, host)
                    pause = sites[due.site].pause
                    if pause is not None:
                        visitor.set_pause(origin, pause)
                known = origins[origin]
                resting = known.next_at is not None and known.next_at > now
                yield Planned(
                    due.url,
                    due.kind,
                    _why(due, now),
                    visitor.pause(origin),
                    known.next_at if resting else None,
                    (known.resting or "") if resting else "",
                )


def verdict(settings: Settings, visitor: Visitor, url: str, now: datetime) -> dict[str, Any]:
    """What robots.txt says of `url`, and by which line; asked for where no answer at hand holds.

    Keys: url, allowed, why, robots_url, known, status, fetched_at, good_until, agent, group, line,
    crawl_delay, pause, sitemaps. Raises BadInput where `url` is none.
    """
    origin = urls.origin(url)
    known = visitor.robots.get(origin)
    barred = visitor.client.barred(url)
    if barred is not None and known is None:
        known = Robots(None, b"", now, now)
    answer = known if barred is not None and known else visitor.robots_for(url, now)
    agent = robots.token(settings.agent)
    reason = robots.reason(answer.rules, settings.agent, url)
    allowed = answer.reached and robots.allowed(answer.rules, settings.agent, url)
    if barred is not None:
        allowed, why = False, f"nothing is asked there: {barred[1]}"
    elif not answer.reached:
        why = "robots.txt cannot be had, which forbids everything (RFC 9309, 2.3.1.4)"
    elif answer.rules == robots.ALLOW_ALL:
        why = "there is no robots.txt, which allows everything (RFC 9309, 2.3.1.3)"
    elif reason.line:
        why = f"the longest line that fits decides: {reason.line}"
    else:
        why = "no line of the group fits" if reason.agent else "no group is said to us"
    return {
        "url": url,
        "allowed": allowed,
        "why": why,
        "robots_url": urls.join(origin, "/robots.txt"),
        "known": "from the archive" if answer is known else "asked now",
        "status": answer.status,
        "fetched_at": answer.at.isoformat(timespec="seconds"),
        "good_until": answer.until.isoformat(timespec="seconds"),
        "agent": agent,
        "group": reason.agent if answer.reached else "",
        "line": reason.line if answer.reached else "",
        "crawl_delay": robots.crawl_delay(answer.rules, settings.agent),
        "pause": visitor.pause(origin),
        "sitemaps": robots.sitemaps(answer.rules),
    }
