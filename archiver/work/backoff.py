"""How long to leave alone what does not answer well: an origin, and a target. Pure.

In come an answer and what is on record of the ones before, out go seconds and a reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from archiver.archive.queries import Due
from archiver.model import Fetched, TargetKind
from archiver.settings import Settings
from archiver.work import cadence
from archiver.work.cadence import Brought
from archiver.work.polite import MAX_BELIEVED, MAX_REST, MAX_WAIT

DAY = 86400.0
# An origin that gives no answer, or says 429 or 503 without a time, rests for twice its pause, and
# for twice as long with every further one in a row: from some seconds to a day.
MAX_ORIGIN_REST = DAY
# A server that takes a request and answers with silence or garbage may have a broken page and no
# more: so many in a row are forgiven.
FORGIVEN = 2
# 403 and 429 so often in a row are no accident: the origin does not want us. It is left alone for
# a day, and for twice as long with each further one, a month at most.
REFUSALS = 5
MAX_REFUSED_REST = 32 * DAY

# An error is tried again after the interval doubled for each failure in a row, at most this.
MAX_BACKOFF = 7 * DAY
# A feed or sitemap that is gone, broken or empty is asked for at twice its interval, and again
# twice as long each time, at most this.
MAX_DEAD = 30 * DAY
# A page that is not found so often in a row is gone; 410 says so at once.
GONE_AFTER = 3
# What policy forbids may be allowed later (robots.txt changes): asked again so much later.
REFUSED_AGAIN = 7 * DAY
# A sitemap whose index says that it has not changed is believed for so long.
UNCHANGED_AGAIN = 7 * DAY

# Outcomes that tell what the server has now, the whole of it.
WHOLE = frozenset({"ok", "not_modified"})

_SLOW_DOWN = frozenset({429, 503})
_FORBIDDEN = frozenset({403, 429})
_GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Standing:
    """What an origin's last answers come to: counts in a row, and seconds to leave it alone."""

    failures: int = 0
    refusals: int = 0
    rest: float = 0.0
    why: str = ""  # where it is left to a later run


def _stated(fetched: Fetched) -> float | None:
    """Seconds that the server asks for; None where it says nothing that can be meant."""
    seconds = fetched.retry_after
    return min(seconds, MAX_WAIT) if seconds and seconds <= MAX_BELIEVED else None


def standing(before: Standing, fetched: Fetched, pause: float) -> Standing:
    """The standing of the origin that was asked last, after an answer, or after none."""
    silent = fetched.outcome == "error" and fetched.status is None
    failed = silent or fetched.status in _SLOW_DOWN
    failures = before.failures + 1 if failed else 0
    refusals = before.refusals
    if fetched.status is not None:
        refusals = refusals + 1 if fetched.status in _FORBIDDEN else 0
    rest, why = 0.0, ""
    if failed:
        taken = silent and fetched.requests > len(fetched.redirects)
        counted = failures - (FORGIVEN if taken else 0)
        doubled = max(1.0, 2 * pause) * 2.0 ** min(counted - 1, 30) if counted > 0 else 0.0
        stated = _stated(fetched)
        rest = min(doubled, MAX_ORIGIN_REST) if stated is None else stated
        why = f"{fetched.reason}, {failures} in a row"
    if refusals >= REFUSALS:
        rest = max(rest, min(DAY * 2.0 ** min(refusals - REFUSALS, 30), MAX_REFUSED_REST))
        why = f"HTTP {fetched.status}; it has refused {refusals} times in a row"
    return Standing(failures, refusals, rest, why if rest > MAX_REST else "")


def _doubled(interval: float, times: int, most: float) -> float:
    return min(interval * 2.0 ** min(times, 30), max(most, interval))


def usual(settings: Settings, scheduled: float = 0.0) -> dict[TargetKind, float]:
    """By kind: seconds until a target that answered well is due again, at the most.

    `scheduled` is the longest wait that a site's own schedule has.
    """
    source = max(settings.feed_interval_max, settings.feed_interval, scheduled)
    return {
        "feed": source,
        "section": source,
        "sitemap": max(settings.sitemap_interval, cadence.MAX_SITEMAP, scheduled),
        "page": max(settings.page_revisits, default=MAX_BACKOFF),
    }


def next_due(
    due: Due,
    fetched: Fetched,
    settings: Settings,
    now: datetime,
    *,
    dead: bool = False,
    brought: Brought = cadence.NOTHING,
    stated: datetime | None = None,
    schedule: str = "",
    timezone: str = "",
) -> tuple[float | None, str]:
    """Seconds until a target is due again (None: never) and its state, after `fetched`.

    What came cut is asked for again like an error. `dead` is a source that came whole and names
    nothing, or is none; `brought` is what it names; `stated` is the date that a source gives a
    page; `schedule` and `timezone` are the site's own, see `cadence.wait`.
    """
    whole = fetched.outcome in WHOLE
    if due.kind == "page":
        if whole:
            born = min(stated or due.found_at, due.found_at)
            return cadence.page(settings.page_revisits, born, now), "active"
        last = due.failures + 1 >= GONE_AFTER
        if fetched.status == 410 or (fetched.status == 404 and last):  # noqa: PLR2004
            return None, "gone"
        interval = settings.feed_interval
    else:
        sitemap = due.kind == "sitemap"
        interval = settings.sitemap_interval if sitemap else settings.feed_interval
        if dead or fetched.status in _GONE:
            return _doubled(interval, due.failures + 1, MAX_DEAD), "active"
        if whole:
            at = cadence.wait(schedule, timezone, now) if schedule else None
            return _source_again(due, settings, now, brought, at), "active"
    if fetched.outcome == "refused":
        return REFUSED_AGAIN, "active"
    again = _doubled(interval, due.failures, MAX_BACKOFF)
    return min(max(again, fetched.retry_after or 0.0), max(MAX_BACKOFF, interval)), "active"


def _source_again(
    due: Due, settings: Settings, now: datetime, brought: Brought, scheduled: float | None
) -> float:
    """Seconds until a source that answered well is asked again."""
    if due.kind == "sitemap":
        newest = max(brought.dates, default=None)
        at_least = settings.sitemap_interval if scheduled is None else scheduled
        return cadence.sitemap(newest, now, usual=at_least)
    if scheduled is not None:
        return scheduled
    last = None
    if due.due_at is not None and due.fetched_at is not None:
        last = (due.due_at - due.fetched_at).total_seconds()
    return cadence.feed(
        last,
        brought,
        now,
        usual=settings.feed_interval,
        low=settings.feed_interval_min,
        high=settings.feed_interval_max,
    )
