"""Watching: counts what has come, judges the days that are over, opens and closes alarms.

An archive comes in, alarms go out, as rows. Every day (UTC) is judged once, when it is over: read
without a lock, and written in one short transaction with the note that it was. Killed in between,
the next run does it again, and of two runs at once one finds it done. What failed at many sites
on one day is one alarm, of the archive, whose name is the empty site.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine

from archiver.archive import alarms, queries, watching
from archiver.archive import engine as archive
from archiver.archive.alarms import Alarm
from archiver.work import symptoms
from archiver.work.adding import SiteFacts
from archiver.work.symptoms import CONTENT, FETCHING, SILENCE, Day, Symptom
from archiver.work.telling import Tell, silent

ARCHIVE = ""  # the site of an alarm that is the whole archive's
# At so many sites at once, and such a part of those judged, a cause is one: sites that break on
# their own do so on one day in a hundred years.
MANY, PART = 3, 0.2
TOGETHER = 7  # days in which sites join an alarm of the archive: small ones show it later
USUAL_AGAIN = 28  # days after which what an alarm tells of is the usual
MISSED = 35  # days that are judged after the event; those before are history
SETTLE = 10.0  # seconds that PostgreSQL's open transactions are waited for
_EXAMPLES = 3
_BEFORE = 28  # days before an alarm from which it shows what was usual
_SHOWN = 12  # symptoms that an alarm keeps

Sites = Mapping[str, Mapping[int, Day]]


def count(engine: Engine, tell: Tell = silent) -> bool:
    """Count what is not counted yet; False where something that is still being written must wait.

    Steps are read without a lock and written in short transactions, so no scrape waits for them.
    """
    with archive.read(engine) as c:
        until, ahead = watching.ends(c)
    ended = time.monotonic() + SETTLE
    while not _settled(engine, ahead):
        if time.monotonic() > ended:
            return False
        time.sleep(0.05)
    while True:
        with archive.read(engine) as c:
            step = watching.step(c, until)
        if step is None:
            return True
        with archive.write(engine) as c:
            watching.put(c, step)
        ((name, last),) = step.after.items()
        tell(f"counted {last} of {until[name]} rows of {name}", passing=True)


def _settled(engine: Engine, ahead: int) -> bool:
    with archive.read(engine) as c:
        return watching.settled(c, ahead)


def recount(engine: Engine, tell: Tell = silent) -> bool:
    """Count everything anew."""
    with archive.write(engine) as c:
        watching.clear(c)
    return count(engine, tell)


def judge(engine: Engine, now: datetime) -> int:
    """Judge the days that are over and were not judged; how many alarms opened or closed."""
    yesterday = now.date().toordinal() - 1
    with archive.read(engine) as c:
        known = queries.sites(c)
        first = watching.first_day(c)
        last = watching.marks(c).get(watching.JUDGED)
    if first is None:
        return 0
    enabled = {site.host for site in known if SiteFacts.of(site).enabled}
    begin = max(date.fromisoformat(first).toordinal(), yesterday - MISSED + 1)
    if last is not None:
        # A day that is to come was judged by a clock that was ahead.
        begin = max(begin, last + 1) if last <= yesterday + 1 else yesterday
    changed = 0
    for day in range(begin, yesterday + 1):
        with archive.read(engine) as c:
            events = _judged(c, day, enabled)
        with archive.write(engine) as c:
            if not watching.judged(c, day, last):
                return changed  # another process judges
            for event in events:
                alarms.put_alarm(c, at=now, **event)
        last = day
        changed += len(events)
    return changed


def tend(engine: Engine, now: datetime, tell: Tell = silent) -> int:
    """Count and judge; how many alarms opened or closed."""
    if not count(engine, tell):
        tell("a long transaction is open: the days are judged another time")
        return 0
    return judge(engine, now)


# One day


def _iso(day: int) -> str:
    return date.fromordinal(day).isoformat()


def _ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()


def sites_of(alarm: Alarm) -> list[str]:
    """The sites that an alarm is about."""
    return list(alarm.detail["sites"]) if alarm.site == ARCHIVE else [alarm.site]


def _judged(c: Connection, day: int, enabled: AbstractSet[str]) -> list[dict[str, Any]]:
    """The rows of `alarm` that a day adds, less their time."""
    past = alarms.alarms(c, since=_iso(day - symptoms.LOADED))
    still = [alarm for alarm in past if alarm.closed is None]
    # An alarm is held against the days before it opened.
    since = min([day, *(_ordinal(alarm.day) for alarm in still)]) - symptoms.LOADED
    known = symptoms.merged(watching.counts(c, _iso(since), _iso(day)))
    over = _over(known, day, still, enabled)
    events: list[dict[str, Any]] = [
        {
            "site": alarm.site,
            "cause": alarm.cause,
            "day": _iso(day),
            "detail": {"why": why, "summary": alarm.detail["summary"]},
            "opened": alarm.id,
        }
        for alarm, why in over
    ]
    closed = {alarm.id for alarm, _ in over}
    going = [alarm for alarm in still if alarm.id not in closed]
    found = _symptoms(known, day, past, going, enabled)
    for site, cause, detail in _grouped(c, found, going, day, len(known)):
        detail["evidence"] = _evidence(c, site, detail, day)
        events.append({"site": site, "cause": cause, "day": detail["first"], "detail": detail})
    return events


def _over(
    known: Sites, day: int, still: Iterable[Alarm], enabled: AbstractSet[str]
) -> list[tuple[Alarm, str]]:
    """The alarms that end, and why."""
    ended = []
    for alarm in still:
        first = _ordinal(alarm.day)
        if day - first >= USUAL_AGAIN:
            ended.append((alarm, f"it has been so for {USUAL_AGAIN} days, and is the usual now"))
        elif all(
            site not in enabled or _back(known.get(site, {}), day, first, figures)
            for site, figures in _figures(alarm).items()
        ):
            ended.append((alarm, "the figures are what they were"))
    return ended


def _figures(alarm: Alarm) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for one in alarm.detail["symptoms"]:
        found[one["site"]].append(one["figure"])
    return found


def _back(days: Mapping[int, Day], day: int, first: int, figures: Iterable[str]) -> bool:
    return all(symptoms.returned(days, day, first, figure) for figure in figures)


def _skipped(past: Iterable[Alarm], day: int) -> dict[tuple[str, str], set[int]]:
    """Days that are not learned from, by site and cause: those of alarms, or those before them."""
    skipped: dict[tuple[str, str], set[int]] = defaultdict(set)
    for alarm in past:
        first = _ordinal(alarm.day)
        end = _ordinal(alarm.closed_day) if alarm.closed_day else day + 1
        usual_now = end - first >= USUAL_AGAIN
        days = range(first - symptoms.LOADED, first) if usual_now else range(first, end)
        for site in sites_of(alarm):
            skipped[site, alarm.cause].update(days)
    return skipped


def _forbidden(past: Iterable[Alarm], day: int) -> dict[str, list[str]]:
    """Sites whose robots.txt an alarm told of, and the figures in which that still shows."""
    return {
        site: ["page:robots", "source:robots"]
        for alarm in past
        for site, figures in _figures(alarm).items()
        if symptoms.ROBOTS in figures
        and (alarm.closed_day is None or _ordinal(alarm.closed_day) > day - symptoms.LONGEST)
    }


def _symptoms(
    known: Sites, day: int, past: Iterable[Alarm], going: Sequence[Alarm], enabled: AbstractSet[str]
) -> dict[tuple[str, str], list[Symptom]]:
    """What is unusual and no open alarm tells of, by site and cause."""
    covered = {(site, alarm.cause) for alarm in going for site in sites_of(alarm)}
    skipped = _skipped(past, day)
    forbidden = _forbidden(past, day)
    found: dict[tuple[str, str], list[Symptom]] = defaultdict(list)
    for site in sorted(enabled & known.keys()):
        days = known[site]
        odd = symptoms.symptoms(days, day, skipped[site, CONTENT] | skipped[site, SILENCE])
        idle = symptoms.unasked(days, day)
        for one in [*odd, *([idle] if idle else [])]:
            if one.figure not in forbidden.get(site, ()):
                found[site, one.cause].append(one)
    for site, cause in list(found):
        # What cannot be fetched brings no documents: that is one cause, not two.
        failing = (site, FETCHING) in covered or (site, FETCHING) in found
        if (site, cause) in covered or (cause == SILENCE and failing):
            del found[site, cause]
    return found


def _grouped(
    c: Connection,
    found: Mapping[tuple[str, str], list[Symptom]],
    going: Iterable[Alarm],
    day: int,
    judged: int,
) -> list[tuple[str, str, dict[str, Any]]]:
    """New alarms: (site, cause, detail). What many sites show is one."""
    wide = {
        alarm.cause
        for alarm in going
        if alarm.site == ARCHIVE and day - _ordinal(alarm.day) <= TOGETHER
    }
    new = []
    for cause in (FETCHING, SILENCE, CONTENT):
        sites = {site: ones for (site, one), ones in found.items() if one == cause}
        if cause in wide:
            continue  # they show what is told already
        if len(sites) >= max(MANY, PART * judged):
            new.append((ARCHIVE, cause, _detail(c, sites, day)))
        else:
            new.extend((site, cause, _detail(c, {site: ones}, day)) for site, ones in sites.items())
    return new


def _detail(c: Connection, sites: Mapping[str, list[Symptom]], day: int) -> dict[str, Any]:
    ranked = {site: symptoms.foremost(ones) for site, ones in sites.items()}
    each = max(1, _SHOWN // len(ranked))
    shown = [
        {**asdict(one), "site": site, "said": _said(c, one.figure)}
        for site, ones in ranked.items()
        for one in ones[:each]
    ]
    summary = _summary(ranked, shown)
    first = day - max(one["days"] for one in shown) + 1
    return {"summary": summary, "sites": sorted(sites), "symptoms": shown, "first": _iso(first)}


def _said(c: Connection, figure: str) -> str:
    kind, _, name = figure.partition(":")
    if kind == "found" and name.isdigit():
        return symptoms.said(f"{kind}:{queries.target_url(c, int(name))}")
    return symptoms.said(figure)


def _summary(ranked: Mapping[str, Sequence[Symptom]], shown: Sequence[Mapping[str, Any]]) -> str:
    first = shown[0]
    if len(ranked) == 1:
        return f"{first['said']} ({_figure(first)})"
    names = ", ".join(sorted(ranked)[:5]) + (", …" if len(ranked) > 5 else "")  # noqa: PLR2004
    return f"at {len(ranked)} sites at once ({names}): {first['said']}"


def _figure(one: Mapping[str, Any]) -> str:
    """A symptom's numbers for people.

    >>> _figure({"of": 40, "value": 0.5, "usual": 0.01, "days": 1})
    '50 % of 40, usually 1 %'
    >>> _figure({"of": 0, "value": 3, "usual": 41.2, "days": 2})
    '3 in 2 days, usually 41'
    """
    if one["of"]:
        return f"{100 * one['value']:.0f} % of {one['of']}, usually {100 * one['usual']:.0f} %"
    span = "a day" if one["days"] == 1 else f"{one['days']} days"
    return f"{one['value']:.0f} in {span}, usually {one['usual']:.0f}"


def _evidence(c: Connection, site: str, detail: Mapping[str, Any], day: int) -> dict[str, Any]:
    """Pages from before and from now, of the first site that shows it."""
    where = site or detail["sites"][0]
    first = _ordinal(detail["first"])
    before = alarms.examples(c, where, _iso(first - _BEFORE), _iso(first - 1), _EXAMPLES)
    now = alarms.examples(c, where, detail["first"], _iso(day), _EXAMPLES)
    return {"site": where, "before": before, "now": now}
