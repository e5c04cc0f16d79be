"""How soon watching sees what breaks, and how often it cries wolf: seeds in, two tables out.

Sites of three sizes are made up day by day (a weekly rhythm, holidays, bursts, a slow drift, days
on which servers fail) and written as rows of the archive's own tables, in bulk; then they are
counted and judged day by day as `archiver health` does. Some break on a day: the delay is counted
in days that were over before the alarm opened, 0 for the day itself. The others are quiet: every
alarm there is false.

    python -m benchmarks.watching [--days 120] [--sites 8] SEED ...

Seeds 1 to 3 were used in choosing the constants of `work/symptoms.py`; others were not.
"""
# long: sites, breakages and their judging are one story

from __future__ import annotations

import argparse
import hashlib
import math
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Connection, Engine, insert

from archiver.archive import alarms, store
from archiver.archive import engine as archive
from archiver.archive import tables as t
from archiver.archive.packing import pack_marks, pack_page
from archiver.model import Block, Mark, Page
from archiver.work import symptoms, watch

FIRST = date(2025, 1, 6)  # a Monday
SIZES = {"small": 2.0, "medium": 12.0, "large": 50.0}  # documents a day
LEARNING = symptoms.GAP + symptoms.LEAST_DAYS  # days on which no site is judged
CLEANER = "cleaner"
_PAGES = 40  # requests of a large site's day that are written; more would tell nothing more


@dataclass(frozen=True)
class Site:
    """A made-up site: what its days are drawn from."""

    host: str
    size: str
    level: float
    week: tuple[float, ...]
    scatter: float  # of a day's level: the shape of a gamma
    drift: float
    phase: float
    length: float  # of the logarithm of characters
    languages: Mapping[str, float]
    layouts: Mapping[str, float]
    rules: Mapping[str, float]
    undated: float
    failing: float


@dataclass
class Article:
    """A document that a site brings."""

    language: str
    chars: int
    removed: int
    layout: str
    rules: list[str]
    text: str
    title: bool = True
    dated: bool = True


@dataclass
class Brought:
    """A day of a site: its documents, and how its other requests went."""

    articles: list[Article] = field(default_factory=list)
    faults: list[tuple[str, int | None, str, str]] = field(default_factory=list)
    asked: int = 0


def site(chance: random.Random, size: str, number: int) -> Site:
    """Draw a site."""
    week = [chance.uniform(0.8, 1.2) for _ in range(5)] + [chance.uniform(0.4, 1.1)] * 2
    main = chance.choice(["bn", "hi", "ta", "en", "ur"])
    second = {"en": 0.1} if main != "en" and chance.random() < 0.4 else {}  # noqa: PLR2004
    kinds = [f"body/div.{chance.choice('abcdef')}{at}/article" for at in range(4)]
    return Site(
        host=f"{size}{number}.example",
        size=size,
        level=SIZES[size] * chance.uniform(0.7, 1.5),
        week=tuple(week),
        scatter=chance.uniform(5, 40),
        drift=chance.uniform(0, 0.25),
        phase=chance.uniform(0, 2 * math.pi),
        length=chance.uniform(7.2, 8.3),
        languages={main: 1 - sum(second.values()), **second},
        layouts=dict(zip(kinds, (0.8, 0.12, 0.06, 0.02), strict=True)),
        rules={f"rule-{at}": chance.betavariate(0.5, 0.7) for at in range(12)},
        undated=chance.choice([0.01, 0.05, 0.3]),
        failing=chance.uniform(0.003, 0.03),
    )


def _poisson(chance: random.Random, mean: float) -> int:
    """Draw it (Knuth, TAOCP 2, 3.4.1, in steps that do not underflow)."""
    count, left = 0, mean
    while left > 0:
        left -= chance.expovariate(1.0)
        count += left > 0
    return count


def _chosen(chance: random.Random, weights: Mapping[str, float]) -> str:
    return chance.choices(list(weights), list(weights.values()))[0]


def ordinary(chance: random.Random, one: Site, day: int, *, holiday: float) -> Brought:
    """What a site brings on a day of no mishap."""
    season = 1 + one.drift * math.sin(2 * math.pi * day / 365 + one.phase)
    burst = chance.uniform(1.5, 3) if chance.random() < 0.02 else 1.0  # noqa: PLR2004
    level = one.level * one.week[day % 7] * season * burst * holiday
    count = _poisson(chance, level * chance.gammavariate(one.scatter, 1 / one.scatter))
    mood = {name: _near(chance, share) for name, share in one.rules.items()}
    brought = Brought()
    for _ in range(count):
        chars = int(math.exp(chance.gauss(one.length, 0.5)))
        layout = _chosen(chance, one.layouts)
        if chance.random() < 0.005:  # noqa: PLR2004 - a page of its own make
            layout = f"body/div.special{chance.randrange(10**6):06x}"
        brought.articles.append(
            Article(
                language=_chosen(chance, one.languages),
                chars=0 if chance.random() < 0.01 else chars,  # noqa: PLR2004
                removed=int(chars * chance.betavariate(4, 8)),
                layout=layout,
                rules=[name for name, share in mood.items() if chance.random() < share],
                text="",
                title=chance.random() > 0.005,  # noqa: PLR2004
                dated=chance.random() > one.undated,
            )
        )
    brought.asked = min(_PAGES, 4 * count + 8)
    bad = chance.uniform(0.1, 0.3) if chance.random() < 0.015 else one.failing  # noqa: PLR2004
    kinds: list[tuple[str, int | None, str, str]] = [
        ("error", 503, "HTTP 503", "allowed"),
        ("error", None, "no connection within 5 s", "allowed"),
        ("error", 404, "HTTP 404", "allowed"),
    ]
    kind = chance.choice(kinds)
    brought.faults = [kind for _ in range(brought.asked) if chance.random() < bad]
    return brought


def _near(chance: random.Random, share: float) -> float:
    """A day's share near the usual one: pages of a day go together."""
    share = min(0.99, max(0.01, share))
    return chance.betavariate(30 * share, 30 * (1 - share))


# What breaks: a day's ordinary yield in, the broken one out; `since` is days since it broke


def _layout(chance: random.Random, one: Site, got: Brought, since: int) -> Brought:  # noqa: ARG001
    """A redesign: other places, half of the text lost, the site's own rules blind."""
    for article in got.articles:
        article.layout = "body/main.new/section.story"
        lost = article.chars // 2
        article.chars, article.removed = article.chars - lost, article.removed + lost
        article.rules = article.rules[:2]
    return got


def _silent(chance: random.Random, one: Site, got: Brought, since: int) -> Brought:  # noqa: ARG001
    return replace(got, articles=[])


def _paywall(chance: random.Random, one: Site, got: Brought, since: int) -> Brought:  # noqa: ARG001
    for article in got.articles:
        if chance.random() < 0.9:  # noqa: PLR2004
            article.chars = int(article.chars * 0.15)
    return got


def _language(chance: random.Random, one: Site, got: Brought, since: int) -> Brought:  # noqa: ARG001
    for article in got.articles:
        article.language = "fr"
    return got


def _consent(chance: random.Random, one: Site, got: Brought, since: int) -> Brought:  # noqa: ARG001
    for article in got.articles:
        article.text, article.chars, article.layout = "We value your privacy.", 900, "body/div#cmp"
        article.removed = 100
    return got


def _soft_404(chance: random.Random, one: Site, got: Brought, since: int) -> Brought:  # noqa: ARG001
    for article in got.articles:
        if chance.random() < 0.7:  # noqa: PLR2004
            article.text, article.chars, article.title = "The page was not found.", 23, False
    return got


def _robots(chance: random.Random, one: Site, got: Brought, since: int) -> Brought:  # noqa: ARG001
    said = ("refused", None, "robots.txt disallows it", "disallowed by User-agent: *")
    return Brought([], [said] * max(3, got.asked // 2), got.asked)


def _decay(chance: random.Random, one: Site, got: Brought, since: int) -> Brought:  # noqa: ARG001
    """Three per cent fewer each day."""
    return replace(got, articles=[a for a in got.articles if chance.random() < 0.97**since])


def _blocked(chance: random.Random, one: Site, got: Brought, since: int) -> Brought:  # noqa: ARG001
    said: tuple[str, int | None, str, str] = ("error", 403, "HTTP 403", "allowed")
    faults = [said for _ in range(got.asked) if chance.random() < 0.8]  # noqa: PLR2004
    kept = [article for article in got.articles if chance.random() < 0.2]  # noqa: PLR2004
    return Brought(kept, faults, got.asked)


def _emptied(chance: random.Random, one: Site, got: Brought, since: int) -> Brought:  # noqa: ARG001
    for article in got.articles:
        if chance.random() < 0.6:  # noqa: PLR2004
            article.chars = 0
    return got


Break = Callable[[random.Random, Site, Brought, int], Brought]
BREAKS: dict[str, Break] = {
    "layout change": _layout,
    "silent feed": _silent,
    "paywall": _paywall,
    "language switch": _language,
    "consent page": _consent,
    "soft 404": _soft_404,
    "robots.txt forbids": _robots,
    "slow decay": _decay,
    "blocked": _blocked,
    "half emptied": _emptied,
}


# Into the tables


@dataclass
class Writer:
    """Writes days as rows, in bulk; keeps the numbers of the next ones."""

    engine: Engine
    number: int = 0
    texts: set[str] = field(default_factory=set)
    pages: dict[str, bytes] = field(default_factory=dict)
    marks: dict[tuple[str, ...], bytes] = field(default_factory=dict)

    def prepare(self, sites: Sequence[Site]) -> None:
        """The run, the cleaner, the sites with a feed each."""
        start = datetime.combine(FIRST, datetime.min.time(), UTC)
        with archive.write(self.engine) as c:
            store.start_run(c, "schedule", {}, start)
            store.put_cleaner(c, CLEANER, {}, start)
            for one in sites:
                store.put_site(c, one.host, {}, start)

    def day(self, c: Connection, at: int, brought: Mapping[str, Brought]) -> None:
        """Write what all sites brought on a day."""
        rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        noon = datetime.combine(FIRST + timedelta(days=at), datetime.min.time(), UTC)
        noon += timedelta(hours=12)
        for host, got in brought.items():
            self._site(rows, host, got, noon)
        for table in ("target", "body", "snapshot", "fetch", "text", "document", "page"):
            if rows[table]:
                c.execute(insert(t.metadata.tables[table]), rows[table])

    def _site(
        self, rows: dict[str, list[dict[str, Any]]], host: str, got: Brought, noon: datetime
    ) -> None:
        for article in got.articles:
            self.number += 1
            rows["target"].append(_target(self.number, host, noon))
            self._article(rows, article, noon)
        plain = max(1, got.asked - len(got.articles) - len(got.faults))
        kinds = [("ok", 200, "", "allowed") for _ in range(plain)] + got.faults
        if kinds:  # of a page that was there before, or of one that never came
            self.number += 1
            rows["target"].append(_target(self.number, host, noon))
            rows["fetch"] += [_fetch(self.number, kind, noon, None) for kind in kinds]

    def _article(
        self, rows: dict[str, list[dict[str, Any]]], article: Article, noon: datetime
    ) -> None:
        number = self.number
        said = article.text or (f"text {number}" if article.chars else "")
        name = hashlib.sha256(said.encode()).hexdigest()
        if name not in self.texts:
            self.texts.add(name)
            rows["text"].append({"digest": name, "text": said})
        body = f"{number:064x}"
        rows["body"].append({"digest": body, "length": 1})
        rows["snapshot"].append(
            {
                "id": number,
                "target": number,
                "body": body,
                "url": f"https://x/{number}",
                "fetched_at": noon,
                "content_type": "text/html",
            }
        )
        rows["fetch"].append(_fetch(number, ("ok", 200, "", "allowed"), noon, number))
        rules = tuple(article.rules)
        if rules not in self.marks:
            found = tuple(Mark(1, at, at + 1, rule, "share") for at, rule in enumerate(rules))
            self.marks[rules] = pack_marks(found)
        if article.layout not in self.pages:
            self.pages[article.layout] = _page(article.layout)
        rows["page"].append(
            {
                "snapshot": number,
                "extractor": "e",
                "site": "",
                "language": "",
                "systems": "",
                "data": self.pages[article.layout],
            }
        )
        rows["document"].append(
            {
                "id": number,
                "snapshot": number,
                "cleaner": CLEANER,
                "at": noon,
                "language": article.language,
                "script": "Zyyy",
                "authors": [],
                "title": "A title" if article.title else None,
                "captions": [],
                "flags": [],
                "published": "2025-01-01" if article.dated else None,
                "published_source": "json-ld" if article.dated else "",
                "text": name,
                "marks": self.marks[rules],
                "kept_chars": article.chars,
                "removed_chars": article.removed,
                "run": 1,
            }
        )


def _target(number: int, host: str, noon: datetime) -> dict[str, Any]:
    return {
        "id": number,
        "url": f"https://{host}/{number}",
        "site": host,
        "kind": "page",
        "origin": f"https://{host}:443",
        "found_at": noon,
        "stated_date": "",
        "stated_title": "",
        "failures": 0,
        "state": "active",
        "fetches": 1,
    }


def _fetch(
    target: int, kind: tuple[str, int | None, str, str], noon: datetime, snapshot: int | None
) -> dict[str, Any]:
    outcome, status, reason, robots = kind
    return {
        "run": 1,
        "target": target,
        "requested_url": "",
        "final_url": "",
        "outcome": outcome,
        "reason": reason,
        "status": status,
        "headers": [],
        "redirects": [],
        "robots": robots,
        "signals": [],
        "bytes": 1,
        "milliseconds": 1,
        "requests": 1,
        "at": noon,
        "snapshot": snapshot,
    }


def _page(layout: str) -> bytes:
    return pack_page(
        Page(
            url="https://x/",
            media_type="text/html",
            blocks=(
                Block(f"/html/{layout}/p[1]", "words " * 20),
                Block("/html/body/nav", "x" * 30),
            ),
        )
    )


# One simulation


@dataclass
class Seen:
    """What one seed showed."""

    quiet_days: int = 0
    false: list[str] = field(default_factory=list)
    delays: dict[tuple[str, str], list[int | None]] = field(
        default_factory=lambda: defaultdict(list)
    )


def _days(
    chance: random.Random, sites: Sequence[Site], broken: Mapping[str, tuple[str, int]], days: int
) -> Iterator[dict[str, Brought]]:
    holidays: dict[int, float] = {}
    while len(holidays) < days * 10 // 365 + 1:  # ten days a year, one to three together
        first, depth = chance.randrange(days), chance.uniform(0.35, 0.8)
        holidays.update(dict.fromkeys(range(first, first + chance.randint(1, 3)), depth))
    for day in range(days):
        brought = {}
        for one in sites:
            got = ordinary(chance, one, day, holiday=holidays.get(day, 1.0))
            what, since = broken.get(one.host, ("", days))
            brought[one.host] = BREAKS[what](chance, one, got, day - since) if day >= since else got
        yield brought


def simulate(
    seed: int,
    days: int,
    quiet: int,
    kinds: Sequence[str],
    folder: Path,
    *,
    sizes: Sequence[str] = tuple(SIZES),
    room: int = 35,
) -> Seen:
    """Make `quiet` sites of each size and one of each size for each kind of breakage; watch.

    What breaks does so `room` days before the end or earlier.
    """
    chance = random.Random(seed)  # noqa: S311 - made-up sites, no secrets
    sites = [site(chance, size, at) for size in sizes for at in range(quiet)]
    broken: dict[str, tuple[str, int]] = {}
    for at, what in enumerate(kinds):
        for size in sizes:
            one = site(chance, size, 1000 + at)
            sites.append(one)
            broken[one.host] = (
                what,
                chance.randrange(max(LEARNING + 2, min(days // 2, days - room - 1)), days - room),
            )
    url = f"sqlite:///{folder}/{seed}.db"
    archive.upgrade(url)
    engine = archive.connect(url)
    writer = Writer(engine)
    writer.prepare(sites)
    for at, brought in enumerate(_days(chance, sites, broken, days)):
        with archive.write(engine) as c:
            writer.day(c, at, brought)
        if at >= LEARNING - 1:
            tomorrow = FIRST + timedelta(days=at + 1)
            watch.tend(engine, datetime.combine(tomorrow, datetime.min.time(), UTC))
    with archive.read(engine) as c:
        found = alarms.alarms(c)
    engine.dispose()
    return _seen(found, sites, broken, days)


def _seen(
    found: Sequence[alarms.Alarm],
    sites: Sequence[Site],
    broken: Mapping[str, tuple[str, int]],
    days: int,
) -> Seen:
    seen = Seen(quiet_days=(len(sites) - len(broken)) * (days - LEARNING))
    opened: dict[str, list[int]] = defaultdict(list)
    for alarm in found:
        judged = (alarm.at.date() - FIRST).days - 1
        for host in watch.sites_of(alarm):
            opened[host].append(judged)
            if judged < broken.get(host, ("", days))[1]:
                seen.false.append(f"{host} day {judged}: {alarm.detail['summary']}")
    for one in sites:
        if one.host in broken:
            what, since = broken[one.host]
            seen.quiet_days += since - LEARNING
            late = [day - since for day in opened[one.host] if day >= since]
            seen.delays[what, one.size].append(min(late, default=None))
    return seen


def _shown(delays: Sequence[int | None]) -> str:
    there = [one for one in delays if one is not None]
    missed = f", {len(delays) - len(there)} not seen" if len(there) < len(delays) else ""
    return f"{median(there):g} (at most {max(there)}{missed})" if there else "not seen"


def main() -> None:
    """Simulate each seed, and print what all of them showed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seeds", nargs="+", type=int)
    parser.add_argument("--days", type=int, default=120)
    parser.add_argument("--sites", type=int, default=8, help="quiet ones of each size")
    parser.add_argument("--quiet-only", action="store_true")
    chosen = parser.parse_args()
    total = Seen()
    begun = time.process_time()
    for seed in chosen.seeds:
        with tempfile.TemporaryDirectory() as folder:
            kinds = () if chosen.quiet_only else tuple(BREAKS)
            seen = simulate(seed, chosen.days, chosen.sites, kinds, Path(folder))
        total.quiet_days += seen.quiet_days
        total.false += [f"seed {seed}: {line}" for line in seen.false]
        for key, delays in seen.delays.items():
            total.delays[key] += delays
    months = total.quiet_days / 30
    print(f"{months:.0f} quiet site-months: {len(total.false)} false alarms,", end=" ")
    print(f"{len(total.false) / months:.3f} a site-month")
    print("\n".join(total.false))
    print(f"| days until the alarm, median (at most) | {' | '.join(SIZES)} |")
    print("| --- | ---: | ---: | ---: |")
    for what in BREAKS if total.delays else ():
        cells = (_shown(total.delays[what, size]) for size in SIZES)
        print(f"| {what} | {' | '.join(cells)} |")
    print(f"{time.process_time() - begun:.0f} s of processor time")


if __name__ == "__main__":
    main()
