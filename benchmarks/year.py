"""A year of the schedule at high speed: what it misses, how late it is, how often it asks.

    python -m benchmarks.year --days 365 --sites 4 --restarts 50

Loopback sites publish by the hours of the day, edit, delete and move what they published, change
their layout, fall silent, block everybody for some days and forbid everything in robots.txt for
some. The clock is ours: it moves on where the schedule waits. Prints the articles that stood in
their feed and were never fetched, the edits that were found within the ladder's bound, requests a
host a day, and memory and open files by the tenth of the time. Exits with 1 where an article was
missed, an edit was not found in time or a host was asked for more than its budget. No network.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import signal
import sys
import tempfile
import threading
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from sqlalchemy import Engine, select

from archiver.archive import engine as archive
from archiver.archive import tables as t
from archiver.fetch import http, wire
from archiver.settings import Settings
from archiver.work import polite, schedule
from archiver.work.cleaning import Cleaner
from archiver.work.telling import silent
from archiver.work.verify import verify
from benchmarks.farm import WORDS

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR, DAY = 3600.0, 86400.0
SETTINGS = Settings(pause=0.0)
ITEMS = 12  # of a feed
A_DAY = 10  # articles of a site
# Articles by the hour: few at night, a peak in the morning and one in the evening.
RHYTHM = [1, 1, 1, 1, 1, 2, 5, 9, 12, 10, 8, 7, 7, 7, 6, 6, 7, 8, 10, 11, 8, 5, 3, 2]
# An edit must be found so long after the rung that follows it, in seconds: rounds and rests.
LATE = HOUR


class Killed(BaseException):
    """The process ends here, whatever it does."""


@dataclass(slots=True)
class Clock:
    """A clock that moves on by waits; at some readings the process that reads it is killed."""

    now: datetime
    until: datetime
    kill_in: int = -1  # readings

    def __call__(self) -> datetime:
        """Read it, in any thread; only the main one is killed."""
        if threading.current_thread() is threading.main_thread():
            self.kill_in -= 1
            if self.kill_in == 0:
                raise Killed
        self.now += timedelta(microseconds=100)
        return self.now

    def wait(self, seconds: float) -> int:
        """Let time pass; the end of it says stop."""
        self.now += timedelta(seconds=seconds)
        return signal.SIGTERM if self.now >= self.until else 0


@dataclass(slots=True)
class Article:
    """What a site publishes, and what becomes of it; ages are seconds, None for never."""

    path: str
    at: float  # of the start of the year
    edited: float | None = None
    deleted: float | None = None
    moved: float | None = None


@dataclass(slots=True)
class Press:
    """A site: its articles by time, its bad days, and what it was asked."""

    number: int
    endpoint: str
    clock: Clock
    articles: list[Article]
    dated: bool  # whether its feed states dates
    blocked: tuple[float, float]
    forbidden: tuple[float, float]
    relaid: float  # from when on it has another layout
    log: list[tuple[float, str, int]] = field(default_factory=list)

    def time(self) -> float:
        """Seconds of the year."""
        return (self.clock.now - START).total_seconds()

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """What it sends now."""
        now = self.time()
        if path == "/robots.txt":
            barred = self.forbidden[0] <= now < self.forbidden[1]
            rules = f"User-agent: *\nDisallow: {'/' if barred else '/none/'}\n"
            return 200, {"Cache-Control": "max-age=3600"}, rules.encode()
        if self.blocked[0] <= now < self.blocked[1]:
            return 403, {}, b"no"
        if path == "/feed":
            return 200, {"Content-Type": "application/rss+xml"}, self.feed(now)
        one = self.known.get(path.removesuffix("-moved"))
        if one is None or now < one.at or (one.deleted and now >= one.at + one.deleted):
            return 404, {}, b"not here"
        if one.moved and now >= one.at + one.moved and not path.endswith("-moved"):
            return 301, {"Location": f"{path}-moved"}, b""
        return 200, {"Content-Type": "text/html; charset=utf-8"}, self.page(one, now)

    @property
    def known(self) -> dict[str, Article]:
        """Articles by path."""
        return {one.path: one for one in self.articles}

    def shown(self, now: float) -> list[Article]:
        """What the feed names: the newest."""
        last = bisect_right(self.articles, now, key=lambda one: one.at)
        return self.articles[max(0, last - ITEMS) : last][::-1]

    def feed(self, now: float) -> bytes:
        """The feed."""
        dates = (
            f"<pubDate>{format_datetime(START + timedelta(seconds=one.at))}</pubDate>"
            if self.dated
            else ""
            for one in self.shown(now)
        )
        items = "".join(
            f"<item><link>http://{self.endpoint}{one.path}</link>{date}</item>"
            for one, date in zip(self.shown(now), dates, strict=True)
        )
        return f'<rss version="2.0"><channel><title>x</title>{items}</channel></rss>'.encode()

    def page(self, one: Article, now: float) -> bytes:
        """An article, edited or not, in the layout of the day."""
        chance = random.Random(one.path)  # noqa: S311 - words, not secrets
        said = " ".join(chance.choices(WORDS, k=60))
        edited = one.edited is not None and now >= one.at + one.edited
        more = " It was corrected since." if edited else ""
        frame = "article" if now < self.relaid else "main"
        return (
            f'<!doctype html><html lang="en"><head><title>{one.path}</title></head><body><{frame}>'
            f"<h1>{one.path}</h1><p>The {said} were seen, people say.{more}</p></{frame}></body>"
            "</html>"
        ).encode()


def press(number: int, clock: Clock, days: int, chance: random.Random) -> Press:
    """Make up a site's year. Every third one states no dates in its feed."""
    articles = []
    silent = chance.uniform(0.2, 0.8) * days
    for day in range(days):
        if number % 4 == 3 and silent <= day < silent + days / 10:  # noqa: PLR2004 - some
            continue
        for _ in range(A_DAY + chance.randint(-2, 2) + 30 * (chance.random() < 0.02)):  # noqa: PLR2004
            hour = chance.choices(range(24), RHYTHM)[0]
            articles.append(day * DAY + (hour + chance.random()) * HOUR)
    made = []
    for at, when in enumerate(sorted(articles)):
        fate = chance.random()
        age = chance.choice([0.2, 1, 3, 12, 48]) * HOUR * chance.uniform(0.5, 1.5)
        made.append(
            Article(
                f"/news/{number}-{at}",
                when,
                edited=age if fate < 0.15 else None,  # noqa: PLR2004 - shares of the articles
                deleted=age + HOUR if 0.15 <= fate < 0.18 else None,  # noqa: PLR2004
                moved=age if 0.18 <= fate < 0.2 else None,  # noqa: PLR2004
            )
        )

    def span(which: int, length: float) -> tuple[float, float]:
        if number % 4 != which:
            return (0.0, 0.0)
        begun = chance.uniform(0.2, 0.7) * days * DAY
        return begun, begun + length * DAY

    return Press(
        number,
        "",
        clock,
        made,
        number % 3 != 1,
        blocked=span(1, days / 40),
        forbidden=span(2, days / 40),
        relaid=chance.uniform(0.3, 0.7) * days * DAY,
    )


@contextmanager
def serving(one: Press) -> Iterator[None]:
    """Serve a site on an address of its own."""
    known = one.known

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = one.answer(self.path)
            tag = f'"{hash((self.path, body)):x}"'
            if status == 200 and self.headers["If-None-Match"] == tag:  # noqa: PLR2004
                status, body = 304, b""
            one.log.append((one.time(), self.path, status))
            self.send_response(status)
            for name, value in {**headers, "ETag": tag, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
            pass

    assert len(known) == len(one.articles)
    with ThreadingHTTPServer((f"127.2.0.{one.number + 1}", 0), Handler) as server:
        one.endpoint = f"127.2.0.{one.number + 1}:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield
        server.shutdown()
        thread.join()


@dataclass(slots=True)
class Seen:
    """What came of a year, over all sites."""

    published: int = 0
    missed: list[str] = field(default_factory=list)  # stood in the feed, and were never fetched
    unreachable: int = 0  # were only there while the site let nobody in
    edits: int = 0
    found: int = 0  # of these in time
    late: list[str] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)  # by host and day
    over: int = 0  # of these above the budget
    pages: frozenset[str] = frozenset()  # fetched, for a comparison


def budget(one: Press, day: int) -> float:
    """The most that a day may ask of a site: its feed, robots.txt, two files, new pages, rungs."""
    reach = day - int(max(SETTINGS.page_revisits) / DAY) - 1
    near = sum(reach * DAY <= article.at < (day + 1) * DAY for article in one.articles)
    rungs = 1 + len(SETTINGS.page_revisits)
    return DAY / SETTINGS.feed_interval_min + 24 * 6 + 2 + near * rungs


def closed(one: Press, at: float) -> bool:
    """Whether a site let nobody in, or was left alone because of that: until it answered again."""
    for begun, ended in (one.blocked, one.forbidden):
        again = (
            when
            for when, path, status in one.log
            if when >= ended and path == "/feed" and status in {200, 304}
        )
        if begun and begun <= at <= next(again, float("inf")):
            return True
    return False


def judge(sites: list[Press], end: float) -> Seen:
    """Hold what the sites were asked against what they published."""
    seen = Seen()
    pages = set()
    for one in sites:
        got: dict[str, list[float]] = defaultdict(list)
        for at, path, status in one.log:
            if status in {200, 304}:
                got[path.removesuffix("-moved")].append(at)
        for place, article in enumerate(one.articles):
            out = one.articles[place + ITEMS].at if place + ITEMS < len(one.articles) else end
            if article.deleted:
                out = min(out, article.at + article.deleted)
            if out >= end - DAY or out - article.at < SETTINGS.feed_interval_max:
                continue
            seen.published += 1
            if article.path in got:
                pages.add(f"{one.number}{article.path}")
            elif closed(one, article.at) or closed(one, out):
                seen.unreachable += 1
            else:
                seen.missed.append(f"{article.path} of {article.at / DAY:.2f}")
            _judge_edit(seen, one, article, got.get(article.path, []), end)
        days = Counter(int(at // DAY) for at, _, _ in one.log)
        seen.requests += list(days.values())
        seen.over += sum(count > budget(one, day) for day, count in days.items())
    seen.pages = frozenset(pages)
    return seen


def _judge_edit(seen: Seen, one: Press, article: Article, got: list[float], end: float) -> None:
    """Count an edit of a page that had been fetched before it."""
    if article.edited is None or not got or got[0] >= article.at + article.edited:
        return
    edited = article.at + article.edited
    born = article.at if one.dated else got[0]  # a page without a date is as old as it is known
    rungs = (born + age for age in SETTINGS.page_revisits)
    by = next((rung for rung in rungs if rung > edited), end) + LATE
    if by > end:
        return
    if closed(one, edited) or closed(one, by):
        return
    seen.edits += 1
    if any(edited <= at <= by for at in got):
        seen.found += 1
    else:
        ages = ", ".join(f"{(at - article.at) / HOUR:.1f}" for at in got)
        seen.late.append(f"{article.path}: edited at {article.edited / HOUR:.1f} h, seen at {ages}")


def run(
    folder: Path, days: int, count: int, restarts: int, seed: int = 1, *, tell: bool = False
) -> tuple[Seen, list[tuple[float, int]], Engine]:
    """Let a year go by; what came of it, memory in MB and open files by the tenth, the archive."""
    chance = random.Random(seed)  # noqa: S311 - a made-up year
    clock = Clock(START, START + timedelta(days=days))
    sites = [press(number, clock, days, chance) for number in range(count)]
    url = f"sqlite:///{folder}/archive.db"
    archive.upgrade(url)
    engine = archive.connect(url)
    (folder / "sites").mkdir()
    kills = random.Random(seed + 1)  # noqa: S311 - moments
    used: list[tuple[float, int]] = []
    with ExitStack() as stack:
        for one in sites:
            stack.enter_context(serving(one))
            (folder / "sites" / f"{one.number}.toml").write_text(
                f'home = "http://{one.endpoint}/"\nfeeds = ["/feed"]\npause = 0\n'
                f'allow_private = ["{one.endpoint}"]\n',
                "utf-8",
            )
        while clock.now < clock.until:
            clock.kill_in = kills.randint(1, 200 * days) if restarts > 0 else -1
            restarts -= 1

            def wait(seconds: float) -> int:
                if (clock.now - START) / (clock.until - START) * 10 > len(used):
                    gc.collect()
                    used.append((_resident(), len(list(Path("/proc/self/fd").iterdir()))))
                    if tell:
                        print(
                            f"  {clock.now:%d %B}: {used[-1][0]:.0f} MB, {used[-1][1]} files",
                            flush=True,
                        )
                return clock.wait(seconds)

            try:
                schedule.keep_going(
                    engine,
                    SETTINGS,
                    sites_folder=folder / "sites",
                    rules_folder=None,
                    clock=clock,
                    wait=wait,
                    tell=silent,
                )
            except Killed:
                continue
    return judge(sites, days * DAY), used, engine


def _resident() -> float:
    return (
        int(Path("/proc/self/statm").read_text("ascii").split()[1])
        * os.sysconf("SC_PAGE_SIZE")
        / 1e6
    )


@contextmanager
def hurried(least: float = 300.0) -> Iterator[None]:
    """Leave out what only takes real time: the server's slack, certificates, frequent rounds."""
    with ExitStack() as stack:
        for module, name, value in (
            (polite, "SLACK", 0.0),
            (http, "tls_context", cache(wire.tls_context)),
            (schedule, "LEAST", least),
            (schedule, "NAP", 1800.0),
        ):
            stack.callback(setattr, module, name, getattr(module, name))
            setattr(module, name, value)
        yield


def texts(engine: Engine) -> int:
    """Count the pages that have a text."""
    with archive.read(engine) as c:
        return len(c.execute(select(t.target.c.id).where(t.target.c.document.is_not(None))).all())


def main() -> None:
    """Read the options, let the year go by, print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--sites", type=int, default=4)
    parser.add_argument("--restarts", type=int, default=50, help="kills at random moments")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, hurried():
        seen, _, engine = run(
            Path(folder), options.days, options.sites, options.restarts, tell=True
        )
        faults = verify(engine, Cleaner(None)).faults
        pages = texts(engine)
        engine.dispose()
    print(
        f"{seen.published} articles stood in a feed for 2 hours or more; missed {len(seen.missed)}"
    )
    print(
        f"  {seen.unreachable} were there only while their site let nobody in; {pages} have a text"
    )
    print(f"edits within the ladder: {seen.edits}, found in time {seen.found}")
    mean = sum(seen.requests) / max(1, len(seen.requests))
    most = max(seen.requests)
    print(f"requests a host a day: mean {mean:.0f}, most {most}; over budget {seen.over}")
    print(f"faults of the archive afterwards: {len(faults)}")
    print("\n".join((*seen.missed[:10], *seen.late[:10])))
    sys.exit(bool(seen.missed or seen.late or seen.over or faults))


if __name__ == "__main__":
    main()
