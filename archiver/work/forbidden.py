"""A robots.txt that has changed: what it comes to forbid of what is fetched, and how fast it asks.

In come what an origin answered before and what it answers now, in the transaction that stores the
answer; out go an alarm as soon as it forbids what the last visit brought, the end of that alarm
once it allows all of it again, and a line where it asks for another pause.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from archiver.archive import alarms, frontier
from archiver.archive.alarms import Alarm
from archiver.archive.hosts import Host
from archiver.archive.packing import sound
from archiver.fetch import robots
from archiver.work.polite import Robots
from archiver.work.symptoms import FETCHING, ROBOTS, Symptom, said
from archiver.work.telling import Tell

PAGES = 50  # of an origin that are due, as many that will be, and as many sources
# One page is taken out of robots.txt by a court or a reader's wish. So many, and such a part of
# those looked at, are a section of the site.
MANY, PART = 3, 0.1
_KEPT, _SHOWN = 5, 200  # URLs that an alarm keeps, and characters of the line that forbids each


def look(
    c: Connection, before: Host, answer: Robots, *, agent: str, now: datetime, say: Tell
) -> None:
    """Compare an answer with the one that is stored; of an older one nothing is said."""
    known = before.robots_at is not None
    if not answer.reached or (before.robots_at is not None and answer.at <= before.robots_at):
        return
    old = robots.from_answer(before.robots_status, before.robots_body or b"")
    if known and old == answer.rules:
        return
    if known and old != robots.DISALLOW_ALL:
        _pause(before.origin, old, answer, agent, say)
    still = alarms.alarms(c, still=True)
    ended = {one.id for one in still if _close(c, one, before.origin, answer, agent, now, say)}
    found = frontier.followed(c, before.origin, now, PAGES)
    barred = [one for one in found if not robots.allowed(answer.rules, agent, one.url)]
    pages = sum(one.kind == "page" for one in barred)
    if pages == len(barred) and (pages < MANY or pages < PART * len(found)):
        return
    site = barred[0].site
    say(f"{before.origin}: {said(ROBOTS)}, {barred[0].url} for one", site=site)
    told = any((one.site, one.cause) == (site, FETCHING) for one in still if one.id not in ended)
    if not told:  # one alarm a cause
        urls = [one.url for one in barred]
        detail = _detail(before.origin, site, urls, len(found), answer, agent, now)
        alarms.put_alarm(c, site=site, cause=FETCHING, day=_day(now), at=now, detail=detail)


def _day(now: datetime) -> str:
    return f"{now.astimezone(UTC):%Y-%m-%d}"


def _detail(
    origin: str, site: str, barred: list[str], of: int, answer: Robots, agent: str, now: datetime
) -> dict[str, Any]:
    share = Symptom(cause=FETCHING, figure=ROBOTS, value=len(barred) / of, usual=0.0, of=of)
    kept = barred[:_KEPT]
    lines = {u: sound(robots.reason(answer.rules, agent, u).line)[:_SHOWN] for u in kept}
    return {
        "summary": f"{said(ROBOTS)} ({len(barred)} of {of} URLs)",
        "sites": [site],
        "symptoms": [{**asdict(share), "site": site, "said": said(ROBOTS)}],
        "first": _day(now),
        "origin": origin,
        "evidence": {
            "site": site,
            "before": [{"url": url, "title": "robots.txt", "begins": "allowed"} for url in lines],
            "now": [{"url": u, "title": "robots.txt", "begins": line} for u, line in lines.items()],
        },
    }


def _pause(origin: str, old: bytes, answer: Robots, agent: str, say: Tell) -> None:
    before, now = robots.crawl_delay(old, agent), robots.crawl_delay(answer.rules, agent)
    if before != now:
        told = ["no pause" if one is None else f"{one:g} s" for one in (now, before)]
        say(f"{origin}: robots.txt asks for {told[0]} between requests; it asked for {told[1]}")


def _close(
    c: Connection, one: Alarm, origin: str, answer: Robots, agent: str, now: datetime, say: Tell
) -> bool:
    """End an alarm of this origin's robots.txt where all that it kept is allowed again."""
    if one.detail.get("origin") != origin:
        return False
    urls = [page["url"] for page in one.detail["evidence"]["now"]]
    if not all(robots.allowed(answer.rules, agent, url) for url in urls):
        return False
    why = "robots.txt allows it again"
    say(f"{origin}: {why}", site=one.site)
    alarms.put_alarm(
        c,
        site=one.site,
        cause=one.cause,
        day=_day(now),
        at=now,
        detail={"why": why, "summary": one.detail["summary"]},
        opened=one.id,
    )
    return True
