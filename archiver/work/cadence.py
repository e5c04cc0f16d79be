"""How often a source is asked: as its site's schedule says, or by what its visits bring. Pure.

In come what a visit brought and how long was waited for it, out go seconds until the next one.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cronsim import CronSim, CronSimError

from archiver.errors import BadInput

# A visit that brings nothing new lengthens the wait by this; one that brings a quarter of what the
# source names halves it, one that brings half quarters it. Down at once and up by little: what is
# not looked at in time is lost, a visit too many costs a 304. The shape is that of additive
# increase and multiplicative decrease (Chiu and Jain 1989); that rates of visits should be bounded
# and less than proportional to rates of change is Cho and Garcia-Molina 2003 (TODS 28:4).
SLOWER = 1.5
# RFC 9111, section 4.2.2: what states when it changed last, and nothing else, may be held for fresh
# for a tenth of the time since.
STALE = 0.1
DAY = 86400.0
# A sitemap of an old month is not given up: it is asked for once in so many seconds.
MAX_SITEMAP = 30 * DAY
# A source that names fewer says nothing of how fast it is replaced.
_FEW = 4
# What is asked less often than once in so many seconds is not followed; and no date overflows.
LONGEST = 366 * DAY
_UNITS = {"m": 60.0, "h": 3600.0, "d": DAY, "w": 7 * DAY}
_INTERVAL = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s*([mhdw])")
_CRON_FIELDS = 5


@dataclass(frozen=True, slots=True)
class Brought:
    """What a visit to a source brought: how many pages it names, how many are new, their dates."""

    named: int = 0
    new: int = 0
    dates: tuple[datetime, ...] = ()


NOTHING = Brought()


def zone(name: str) -> zoneinfo.ZoneInfo:
    """The time zone of a name, "" for UTC. Raises BadInput where there is none."""
    try:
        return zoneinfo.ZoneInfo(name or "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(
            f"timezone = {name!r}: there is no such zone; write one like Asia/Kathmandu"
        ) from None


def _interval(schedule: str) -> float | None:
    found = _INTERVAL.fullmatch(schedule.strip())
    return float(found[1]) * _UNITS[found[2]] if found else None


def wait(schedule: str, timezone: str, now: datetime) -> float:
    """Seconds from `now` until a schedule's next time.

    A schedule is an interval of a minute to 366 days, like ``30m``, ``6h``, ``1d``, or a cron
    expression of five fields, read in a time zone as Debian's cron reads it: what falls into the
    hour that summer time leaves out is done after it. Raises BadInput for any other.

    >>> wait("6h", "", datetime(2026, 3, 1, tzinfo=UTC))
    21600.0
    >>> wait("30 6 * * *", "Asia/Kathmandu", datetime(2026, 3, 1, tzinfo=UTC))
    2700.0
    """
    if (seconds := _interval(schedule)) is not None:
        if seconds < _UNITS["m"]:
            raise BadInput(f"schedule = {schedule!r}: a minute, 1m, is the shortest")
        if seconds > LONGEST:
            raise BadInput(f"schedule = {schedule!r}: 366 days, 366d, is the longest")
        return seconds
    here = now.astimezone(zone(timezone))
    try:
        at = next(CronSim(schedule, here)) if len(schedule.split()) == _CRON_FIELDS else None
    except (CronSimError, StopIteration):
        at = None
    if at is None:
        raise BadInput(
            f"schedule = {schedule!r}: neither an interval like 30m, 6h, 1d nor a cron expression"
            " of five fields that ever comes, like */20 6-22 * * *"
        )
    return (at.astimezone(UTC) - now).total_seconds()


def longest(schedule: str, timezone: str, now: datetime) -> float:
    """Seconds that lie between two times of a schedule about now; see `wait`."""
    first = wait(schedule, timezone, now)
    return max(first, wait(schedule, timezone, now + timedelta(seconds=first + 1)) + 1)


def turnover(dates: Iterable[datetime], now: datetime) -> float | None:
    """The shortest time, in seconds, in which half of what a feed names was ever published.

    Who looks so often sees each item, as long as it is not published faster than ever in what the
    feed shows, and twice as fast even then. An old item that is pinned to the top changes nothing.
    None where too few dates are stated, or half of them are one moment: a day without an hour, or
    when the feed was made.

    >>> hours = [datetime(2026, 3, 1, hour, tzinfo=UTC) for hour in (1, 2, 3, 9, 10, 20)]
    >>> turnover(hours, datetime(2026, 3, 2, tzinfo=UTC))
    28800.0
    """
    known = sorted(one for one in dates if one <= now)
    if len(known) < _FEW:
        return None
    later = zip(known, known[len(known) // 2 :], strict=False)
    return min((after - before).total_seconds() for before, after in later) or None


def feed(
    last: float | None, brought: Brought, now: datetime, *, usual: float, low: float, high: float
) -> float:
    """Seconds until a feed or section is asked again, after a visit that went well.

    `last` is the wait before this visit, None at the first one. Between `low` and `high`, where the
    `usual` wait is not outside of them, and no longer than `turnover`.
    """
    low, high = min(low, usual), max(high, usual)
    seconds = usual if last is None else min(max(last, low), high)
    if last is not None:
        if not brought.new:
            seconds *= SLOWER
        elif 2 * brought.new >= brought.named:
            seconds /= 4
        elif 4 * brought.new >= brought.named:
            seconds /= 2
    bound = turnover(brought.dates, now)
    if bound is not None:
        seconds = min(seconds, bound)
    return min(max(seconds, low), high)


def sitemap(newest: datetime | None, now: datetime, *, usual: float) -> float:
    """Seconds until a sitemap is asked again: `STALE` of its age by its own dates, or the usual.

    What an index says of it comes on top, see `frontier.believe`.
    """
    if newest is None or newest > now:
        return usual
    return min(max(usual, STALE * (now - newest).total_seconds()), max(MAX_SITEMAP, usual))


def page(rungs: Sequence[float], born: datetime, now: datetime) -> float | None:
    """Seconds until a page is fetched again: until it is as old as the next rung; None for never.

    Rungs are ages in seconds. A page is no older than its first sight makes it where its
    date is in the future, as by a clock that was wrong.

    >>> page((1800, 14400), datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 1, 1, tzinfo=UTC))
    10800.0
    """
    age = max(0.0, (now - born).total_seconds())
    return min((rung - age for rung in rungs if rung > age), default=None)
