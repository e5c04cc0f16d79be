"""What the schedule will do: what is due, when, and why. Nothing is asked, and nothing written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from archiver.archive import agenda, queries
from archiver.archive import engine as archive
from archiver.work.adding import SiteFacts

_MINUTE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A line of the agenda: a source, or the pages of a site, of which `due` are due now."""

    at: datetime  # when it is asked; now where that is past
    site: str
    what: str  # feed, section, sitemap, pages
    url: str = ""
    count: int = 1
    due: int = 0
    why: str = ""


def items(engine: Engine, now: datetime) -> list[Item]:
    """List what is to come of the sites that are enabled, the first first."""
    with archive.read(engine) as c:
        sites = {one.host: SiteFacts.of(one) for one in queries.sites(c)}
        sources, pages = agenda.sources(c), agenda.pages(c, now)
    found = [_source(one, sites, now) for one in sources if one.due_at is not None]
    found += [
        Item(
            at=max(one.due_at, now),
            site=one.site,
            what="pages",
            count=one.count,
            due=one.due,
            why="new ones, and known ones as old as page_revisits says",
        )
        for one in pages
    ]
    wanted = (one for one in found if one.site in sites and sites[one.site].enabled)
    return sorted(wanted, key=lambda one: (one.at, one.site, one.what, one.url))


def _source(one: agenda.Source, sites: Mapping[str, SiteFacts], now: datetime) -> Item:
    due_at = one.due_at or now
    rests = one.next_at is not None and one.next_at > max(due_at, now)
    why = _why(one, sites.get(one.site))
    if rests and one.resting:
        why += f"; its host is left alone: {one.resting}"
    return Item(
        at=max(due_at, now, one.next_at if rests and one.next_at else now),
        site=one.site,
        what=one.kind,
        url=one.url,
        due=int(due_at <= now),
        why=why,
    )


def _why(one: agenda.Source, facts: SiteFacts | None) -> str:
    if one.failures:
        return f"failed {one.failures} times in a row, or named nothing"
    if not one.fetches or one.fetched_at is None or one.due_at is None:
        return "new"
    if facts is not None and facts.schedule:
        return f"schedule {facts.schedule} {facts.timezone}".rstrip()
    minutes = (one.due_at - one.fetched_at).total_seconds() / _MINUTE
    by = "by the dates in it" if one.kind == "sitemap" else "by what it brings"
    return f"{by}: {minutes:.0f} minutes after the last visit" if minutes > 0 else "asked for"
