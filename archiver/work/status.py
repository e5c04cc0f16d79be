"""What an archive holds and how it does: an archive in, one frozen value out. Writes nothing.

Sums are of the daily counts, so that it takes the same time however large the archive is; what is
not counted yet is said. `archiver health` counts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import Engine

from archiver.archive import alarms, frontier, queries, space, watching
from archiver.archive import engine as archive
from archiver.archive import runs as run_rows
from archiver.archive.alarms import Alarm
from archiver.archive.runs import Run
from archiver.work.adding import SiteFacts
from archiver.work.symptoms import Day, merged

DAYS = 28  # of the sums
CHARTED = 56  # days of the chart
_RUNS = 5


@dataclass(slots=True)
class SiteSum:
    """A site's last `DAYS` days."""

    enabled: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    last: str = ""  # the last day that brought a new document
    alarms: int = 0

    def share(self, name: str) -> float | None:
        """A count's share of the new documents."""
        new = self.counts["new"]
        return self.counts[name] / new if new else None

    @property
    def removed(self) -> float | None:
        """The share of the characters that was removed."""
        whole = self.counts["kept"] + self.counts["removed"]
        return self.counts["removed"] / whole if whole else None

    @property
    def failed(self) -> float | None:
        """The share of the requests that brought nothing."""
        asked = {n: c for n, c in self.counts.items() if n.startswith(("page:", "source:"))}
        whole = sum(asked.values())
        good = self.counts["page:ok"] + self.counts["source:ok"]
        return 1 - good / whole if whole else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One archive, at one moment."""

    at: datetime
    size: int  # bytes
    pages: int  # with a text, now
    due: int
    sites: dict[str, SiteSum]
    days: dict[str, int]  # new documents by day
    languages: Counter[str]
    alarms: list[Alarm]  # open
    runs: list[Run]
    counted: bool  # whether the daily counts have all
    judged: str | None  # the last day


def status(engine: Engine, now: datetime) -> Status:
    """Look at an archive."""
    today = now.date()
    since = today - timedelta(days=CHARTED - 1)
    with archive.read(engine) as c:
        marks = watching.marks(c)
        until, _ = watching.ends(c)
        rows = watching.sums(c, since.isoformat(), today.isoformat())
        known = merged(rows)
        sites = {site.host: SiteSum(SiteFacts.of(site).enabled) for site in queries.sites(c)}
        still = alarms.alarms(c, still=True)
        last_runs = run_rows.runs(c, now, most=_RUNS)
        pages = queries.pages(c)
        waiting = frontier.waiting(c, now)
    days = {(since + timedelta(days=at)).isoformat(): 0 for at in range(CHARTED)}
    languages: Counter[str] = Counter()
    for host, own in known.items():
        _add(sites.setdefault(host, SiteSum()), own, today, days, languages)
    for alarm in still:
        if alarm.site in sites:
            sites[alarm.site].alarms += 1
    judged = marks.get(watching.JUDGED)
    return Status(
        at=now,
        size=space.size(engine),
        pages=pages,
        due=waiting,
        sites=sites,
        days=days,
        languages=languages,
        alarms=still,
        runs=last_runs,
        counted=all(marks.get(name, 0) >= until[name] for name in watching.COUNTED),
        judged=None if judged is None else date.fromordinal(judged).isoformat(),
    )


def _add(
    site: SiteSum, own: dict[int, Day], today: date, days: dict[str, int], languages: Counter[str]
) -> None:
    for at, one in own.items():
        day = date.fromordinal(at).isoformat()
        days[day] += one.counts["new"]
        if at > today.toordinal() - DAYS:
            site.counts.update(one.counts)
            languages.update(one.languages)
        if one.counts["new"]:
            site.last = max(site.last, day)


def percent(share: float | None) -> str:
    """A share for people.

    >>> percent(0.125), percent(None)
    ('12.5 %', '-')
    """
    return "-" if share is None else f"{100 * share:.1f} %"


def size(count: int) -> str:
    """Bytes for people.

    >>> size(999), size(3_500_000_000)
    ('999 bytes', '3.5 GB')
    """
    if count < 1000:  # noqa: PLR2004 - the step between two units
        return f"{count} bytes"
    left, units = float(count), ["bytes", "kB", "MB", "GB", "TB"]
    while left >= 1000 and len(units) > 1:  # noqa: PLR2004
        left, units = left / 1000, units[1:]
    return f"{left:.1f} {units[0]}"
