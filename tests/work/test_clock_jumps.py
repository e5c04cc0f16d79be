"""Clocks jump, by ten years and to years of other lengths: nothing waits for them, nothing is lost."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from archiver.archive import engine as archive
from archiver.archive import hosts, queries, versions
from archiver.archive import tables as t
from archiver.model import Found
from archiver.settings import Settings
from archiver.work import adding, backoff
from archiver.work.cleaning import Cleaner
from archiver.work.doctor import database
from archiver.work.reclean import reclean
from archiver.work.scrape import scrape
from archiver.work.verify import verify
from tests.work.serving import SETTINGS, STORY, Server, html, ruled, serving, texts

CLEANER = Cleaner(None)
TODAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
YEARS = {
    "ten years back": TODAY - timedelta(days=3652),
    "1970": datetime(1970, 1, 1, tzinfo=UTC),
    "past 2038": datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
    "2100": datetime(2100, 1, 1, tzinfo=UTC),
}
ITEM = "<item><title>{0}</title><link>/{0}</link></item>"


@pytest.fixture
def engine(sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    shutil.copy(sqlite_template, tmp_path / "archive.db")
    opened = archive.connect(f"sqlite:///{tmp_path}/archive.db")
    yield opened
    opened.dispose()


@pytest.fixture
def either(archive_url: str) -> Iterator[Engine]:
    """An archive on SQLite, then on PostgreSQL."""
    opened = archive.connect(archive_url)
    yield opened
    opened.dispose()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def put(engine: Engine, server: Server, now: datetime, *founds: Found) -> None:
    """Add targets as the clock stands."""
    own = [replace(one, url=server.url + one.url) for one in founds]
    config = {"pause": 0, "allow_private": [server.endpoint]}
    adding.add(engine, server.endpoint, own, config, now)


class Clock:
    """Runs from one moment at the pace of its readings; jumps to another after some of them."""

    def __init__(self, start: datetime, jump: datetime | None = None, after: int = 0) -> None:
        """Take where it begins, and where it jumps to after how many readings."""
        self.now, self.jump, self.left = start, jump, after

    def __call__(self) -> datetime:
        """Read it."""
        if self.jump is not None and self.left == 0:
            self.now, self.jump = self.jump, None
        self.left -= 1
        self.now += timedelta(milliseconds=1)
        return self.now


def publish(server: Server, *names: str) -> None:
    """Let the feed name these pages; each has a sentence of its own."""
    items = "".join(map(ITEM.format, names))
    server.answers["/feed"] = (
        200,
        {},
        f'<rss version="2.0"><channel>{items}</channel></rss>'.encode(),
    )
    for name in names:
        server.answers.setdefault(f"/{name}", (200, {}, html(STORY, f"{STORY} It is page {name}.")))


@pytest.mark.parametrize("year", ["1970", "past 2038"])
def test_a_clock_that_was_wrong_in_one_run_puts_nothing_off(
    engine: Engine, server: Server, year: str
) -> None:
    """The feed is asked again by its interval, new pages at once, old ones by their revisits."""
    wrong = YEARS[year]
    publish(server, "a")
    server.answers["/shy"] = (503, {"Retry-After": "0"}, b"")
    put(engine, server, wrong, Found(url="/feed", kind="feed"), Found(url="/shy"))
    assert scrape(engine, SETTINGS, CLEANER, clock=Clock(wrong))["documents"] == 1
    publish(server, "a", "b")
    first = TODAY + timedelta(seconds=SETTINGS.feed_interval_max + 1)
    counts = [scrape(engine, SETTINGS, CLEANER, clock=Clock(moment)) for moment in (TODAY, first)]
    assert sum(one.get("documents", 0) for one in counts) == 1  # b; a is what it was
    assert set(texts(engine)) == {f"{server.url}/a", f"{server.url}/b"}
    latest = first + timedelta(seconds=backoff.MAX_DEAD, minutes=1)
    with archive.read(engine) as c:
        known = set(c.execute(select(t.target.c.url).where(t.target.c.due_at > latest)).scalars())
        rest = c.execute(select(t.host.c.next_at)).scalars().all()
    assert known == set()
    assert all(one <= latest for one in rest if one is not None)
    asked = len(server.asked)
    scrape(engine, SETTINGS, CLEANER, clock=Clock(first + timedelta(minutes=1)))  # none is due
    assert [path for path in server.asked[asked:] if path in {"/a", "/b", "/feed"}] == []


@pytest.mark.parametrize(("year", "after"), [("1970", 3), ("2100", 9)])
def test_a_clock_that_jumps_within_a_run_ends_it_as_any_other(
    engine: Engine, server: Server, year: str, after: int
) -> None:
    """No wait is reckoned by it: a run takes no longer, and asks each page once."""
    wrong = YEARS[year]
    publish(server, *"abcd")
    put(engine, server, TODAY, Found(url="/feed", kind="feed"))
    counts = scrape(engine, SETTINGS, CLEANER, clock=Clock(TODAY, wrong, after))
    if wrong < TODAY:  # what was found before the jump is not due yet, and is soon
        more = scrape(engine, SETTINGS, CLEANER, clock=Clock(TODAY + timedelta(hours=1)))
        counts["documents"] = counts.get("documents", 0) + more.get("documents", 0)
    assert counts["documents"] == 4
    assert [server.asked.count(f"/{name}") for name in "abcd"] == [1, 1, 1, 1]
    assert verify(engine, CLEANER).faults == []


def test_versions_stand_by_their_order_and_not_by_their_times(
    either: Engine, server: Server, tmp_path: Path
) -> None:
    engine = either
    server.answers["/a"] = (200, {}, html(STORY, STORY + " Version 0."))
    put(engine, server, TODAY, Found(url="/a"))
    moments = [TODAY, *YEARS.values(), TODAY + timedelta(days=1)]
    settings = Settings(pause=0.0, page_revisits=(1.0,) * 9)
    for number, moment in enumerate(moments):
        server.answers["/a"] = (200, {}, html(STORY, STORY + f" Version {number}."))
        scrape(engine, settings, CLEANER, again=True, clock=Clock(moment))
        assert texts(engine)[f"{server.url}/a"].endswith(f"Version {number}.")
    scrape(engine, settings, CLEANER, again=True, clock=Clock(YEARS["1970"]))
    with archive.read(engine) as c:
        snapshots = versions.snapshots(c, 1)
        made = versions.documents(c, 1)
    assert [one.id for one in snapshots] == sorted(one.id for one in snapshots)
    assert [one.first_seen.year for one in snapshots] == [one.year for one in moments]
    assert snapshots[-1].seen == 2
    assert snapshots[-1].last_seen.year == 1970  # the newest fetch, whatever year it states
    assert [one.current for one in made] == [False] * (len(moments) - 1) + [True]
    rules = ruled(tmp_path, STORY)
    report = reclean(engine, rules, clock=Clock(YEARS["1970"], YEARS["2100"], 2))
    assert report.counts()["documents"] == 1  # what the page sent last, whatever its time says
    assert texts(engine)[f"{server.url}/a"].endswith(f"Version {len(moments) - 1}.")
    assert reclean(engine, rules, clock=Clock(YEARS["2100"])).counts()["documents"] == 0
    assert verify(engine, rules).faults == []


def test_a_host_that_rests_until_a_wrong_year_is_asked_again(
    either: Engine, server: Server
) -> None:
    engine = either
    server.answers["/a"] = (200, {}, html(STORY))
    put(engine, server, TODAY, Found(url="/a"))
    with archive.write(engine) as c:
        rests = hosts.Host(origin=server.url, next_at=YEARS["2100"], resting="tired")
        hosts.put(c, rests)
    assert scrape(engine, SETTINGS, CLEANER, clock=Clock(TODAY))["documents"] == 1


def test_intervals_that_a_user_set_are_kept(engine: Engine, server: Server) -> None:
    """What is due in years because its settings say so stays due in years."""
    year = 366 * 86400.0
    settings = Settings(pause=0.0, page_revisits=(3 * year,), feed_interval=2 * year)
    publish(server, "a")
    put(engine, server, TODAY, Found(url="/feed", kind="feed"))
    scrape(engine, settings, CLEANER, clock=Clock(TODAY))
    scrape(engine, settings, CLEANER, clock=Clock(TODAY + timedelta(days=1)))
    with archive.read(engine) as c:
        due = {one.kind: one.due_at for one in queries.due(c, TODAY, again=True)}
    assert {kind: at.year for kind, at in due.items() if at} == {"feed": 2028, "page": 2029}


def test_the_doctor_says_of_a_clock_that_is_behind(engine: Engine, server: Server) -> None:
    scrape(engine, SETTINGS, CLEANER, clock=Clock(YEARS["2100"]))
    url = engine.url.render_as_string(hide_password=False)
    found = {line.name: line.advice for line in database(Settings(database=url), TODAY)}
    assert "in the future" in found["newest row"]
