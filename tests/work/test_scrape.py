"""The loop: whose turn it is, what is kept between runs, how a run ends."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine, select

from archiver.archive import engine as archive
from archiver.archive import frontier, hosts, queries
from archiver.archive import tables as t
from archiver.model import Found
from archiver.work import adding, turns
from archiver.work.cleaning import Cleaner
from archiver.work.plan import plan, verdict
from archiver.work.polite import Visitor
from archiver.work.scrape import scrape
from archiver.work.telling import silent
from tests.command_line import Forked, archiver
from tests.corpus import corpus
from tests.work.jobs import Dying
from tests.work.serving import (
    SETTINGS,
    STORY,
    Server,
    add,
    clock,
    exits,
    failures,
    html,
    pages,
    serving,
    sitemap,
    url,
)

CLEANER = Cleaner(None)
ROBOTS = {"Content-Type": "text/plain"}


def host(engine: Engine, origin: str) -> hosts.Host:
    with archive.read(engine) as c:
        found = hosts.get(c, origin)
    assert found is not None
    return found


# What is left alone


def test_an_unreachable_origin_costs_no_thousand_failures(engine: Engine) -> None:
    """It rests twice as long each time, its targets stay due, and the run says so at its end."""
    with serving() as gone:
        dead = gone.url
    config = {"pause": 0, "allow_private": [dead.removeprefix("http://")]}
    founds = [Found(url=f"{dead}/{number}") for number in range(1000)]
    adding.add(engine, dead.removeprefix("http://"), founds, config, clock())
    told: list[str] = []

    def tell(message: str, *, passing: bool = False, **about: str | int) -> None:
        if not passing:
            told.append(message)

    with archive.write(engine) as c:  # as some tries have left it
        hosts.put(c, hosts.Host(origin=dead, failures=9))
    counts = scrape(engine, SETTINGS, CLEANER, clock=clock, tell=tell)
    assert (counts["visits"], counts["failed"], counts["left_alone"]) == (1, 1, 1)
    assert any("left alone" in line and dead in line for line in told)
    kept = host(engine, dead)
    assert kept.failures == 10
    assert kept.resting
    assert kept.next_at is not None
    assert kept.next_at > clock()
    with archive.read(engine) as c:
        assert len(list(queries.due(c, clock()))) == 999
    counts = scrape(engine, SETTINGS, CLEANER, clock=clock)
    assert counts == {"left_alone": 1}
    later = timedelta(days=1)
    scrape(engine, SETTINGS, CLEANER, clock=lambda: clock() + later)
    assert host(engine, dead).failures == 11


def test_who_refuses_again_and_again_is_left_alone_and_reported(
    engine: Engine, server: Server
) -> None:
    """After five 403 in a row nothing more is asked, in this run and in the next."""
    server.answers |= {f"/{number}": (403, {}, b"no") for number in range(20)}
    add(engine, server, *(Found(url=f"/{number}") for number in range(20)))
    counts = scrape(engine, SETTINGS, CLEANER, clock=clock)
    assert (counts["visits"], counts["left_alone"]) == (5, 1)
    assert "HTTP 403" in (host(engine, server.url).resting or "")
    assert scrape(engine, SETTINGS, CLEANER, clock=clock).get("visits") is None
    assert len(pages(server)) == 5
    server.answers["/7"] = (200, {}, html(STORY))
    add(engine, server, Found(url="/7"))
    scrape(engine, SETTINGS, CLEANER, clock=lambda: clock() + timedelta(days=1, hours=1))
    assert len(pages(server)) > 5


def test_a_retry_after_outlives_the_run(engine: Engine, server: Server) -> None:
    server.answers["/a"] = (503, {"Retry-After": "3600"}, b"")
    add(engine, server, Found(url="/a"), Found(url="/b"))
    scrape(engine, SETTINGS, CLEANER, clock=clock)
    scrape(engine, SETTINGS, CLEANER, clock=clock)
    assert pages(server) == ["/a"]
    left = host(engine, server.url).next_at
    assert left is not None
    assert timedelta(minutes=55) < left - clock() <= timedelta(hours=1)


def test_what_a_dead_process_had_claimed_is_waited_for(engine: Engine, server: Server) -> None:
    """A claim is on record before the request: whoever comes next keeps the pause."""
    server.answers["/a"] = (200, {}, html(STORY))
    add(engine, server, Found(url="/a"))
    with archive.write(engine) as c:
        now = clock()
        until = now + timedelta(seconds=0.4)
        assert frontier.claim(c, server.url, now, until, None) is None
        assert frontier.claim(c, server.url, now, until, None) == until
        assert frontier.claim(c, server.url, now, until, until) is None
    scrape(engine, SETTINGS, CLEANER, clock=clock)
    assert pages(server) == ["/a"]
    assert clock() > until


def test_two_scrapes_at_once_share_an_archive(engine: Engine, server: Server) -> None:
    """Each page is fetched by one of them."""
    paths = [f"/{number}" for number in range(12)]
    server.answers |= {path: (200, {}, html(STORY, path)) for path in paths}
    add(engine, server, *(Found(url=path) for path in paths))
    quick = replace(SETTINGS, deadline=1.0)  # for so long one waits for the other's claim
    runs = [
        Thread(target=scrape, args=(engine, quick, CLEANER), kwargs={"clock": clock})
        for _ in range(2)
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert sorted(pages(server)) == sorted(paths)


# robots.txt


def test_a_robots_txt_that_changes_is_obeyed_in_the_same_run(
    engine: Engine, server: Server
) -> None:
    """It holds for as long as its server says, from a dozen pauses to a day."""
    quick = {**ROBOTS, "Cache-Control": "max-age=60"}
    server.answers["/robots.txt"] = (200, quick, b"User-agent: *\nDisallow: /none\n")
    server.answers |= {f"/{number}": (200, {}, html(STORY, f"{number}")) for number in range(20)}
    add(engine, server, *(Found(url=f"/{number}") for number in range(20)))

    def moved() -> datetime:
        """The clock: when some pages have come, the minute is over."""
        if len(pages(server)) < 3:
            return clock()
        server.answers["/robots.txt"] = (200, quick, b"User-agent: *\nDisallow: /\n")
        return clock() + timedelta(seconds=61)

    counts = scrape(engine, SETTINGS, CLEANER, clock=moved)
    assert counts["ok"] >= 3
    assert counts["refused"] >= 10
    assert counts["ok"] + counts["refused"] == 20
    assert server.asked.count("/robots.txt") == 2


def test_sitemaps_that_robots_names_become_targets_of_a_site_with_sources(
    engine: Engine, server: Server
) -> None:
    rules = f"Sitemap: {server.url}/map.xml\nSitemap: https://other.example/map.xml\n".encode()
    server.answers |= {
        "/robots.txt": (200, ROBOTS, rules),
        "/map.xml": (200, {}, sitemap(url(f"{server.url}/b"))),
        "/a": (200, {}, html(STORY)),
        "/b": (200, {}, html(STORY, "b")),
    }
    add(engine, server, Found(url="/a"))
    scrape(engine, SETTINGS, CLEANER, clock=clock)
    assert pages(server) == ["/a"]  # a single page was wanted
    add(engine, server, Found(url="/feed", kind="feed"))
    later = timedelta(days=1)
    scrape(engine, SETTINGS, CLEANER, clock=lambda: clock() + later)
    assert {"/map.xml", "/b"} <= set(pages(server))


def test_a_verdict_names_the_line_that_decides(engine: Engine, server: Server) -> None:
    rules = b"User-agent: *\nCrawl-delay: 9\nDisallow: /a\nAllow: /a/b\n"
    server.answers["/robots.txt"] = (200, ROBOTS, rules)
    visitor = Visitor(SETTINGS, [server.endpoint])
    told = verdict(SETTINGS, visitor, f"{server.url}/a/x", clock())
    assert (told["allowed"], told["line"], told["group"]) == (False, "disallow: /a", "*")
    assert (told["crawl_delay"], told["pause"], told["known"]) == (9.0, 9.0, "asked now")
    told = verdict(SETTINGS, visitor, f"{server.url}/a/b", clock())
    assert (told["allowed"], told["line"]) == (True, "allow: /a/b")
    assert told["known"] == "from the archive"
    assert server.asked == ["/robots.txt"]


def test_what_a_site_says_beside_robots_is_kept_with_its_pages(
    engine: Engine, server: Server
) -> None:
    """tdmrep.json and ai.txt are asked for once a day; their words stand in the row of a fetch."""
    server.answers |= {
        "/.well-known/tdmrep.json": (200, {}, b'[{"location": "/", "tdm-reservation": 1}]'),
        "/a": (200, {}, html(STORY)),
    }
    add(engine, server, Found(url="/a"))
    for _ in range(2):
        scrape(engine, SETTINGS, CLEANER, again=True, clock=clock)
    assert server.asked.count("/.well-known/tdmrep.json") == server.asked.count("/ai.txt") == 1
    with archive.read(engine) as c:
        for signals in c.execute(select(t.fetch.c.signals)).scalars():
            assert ["tdmrep.json tdm-reservation", "1"] in [list(one) for one in signals]


# Faults of our own


def much_later() -> datetime:
    """When what a run claimed that has died is free."""
    return clock() + timedelta(seconds=2 * SETTINGS.deadline)


def test_a_thread_that_cannot_even_say_what_failed_ends_the_run(
    engine: Engine, server: Server
) -> None:
    """The fault is raised where the run waits, the run has an end with 1, its pages stay due."""
    server.answers["/a"] = (200, {}, html(STORY))
    add(engine, server, Found(url="/a"))

    def broken() -> datetime:
        if threading.current_thread() is not threading.main_thread():
            raise LookupError("no clock")
        return clock()

    with pytest.raises(LookupError, match="no clock"):
        scrape(engine, SETTINGS, CLEANER, clock=broken)
    assert exits(engine) == [("scrape", 1)]
    assert scrape(engine, SETTINGS, CLEANER, clock=much_later)["documents"] == 1


def test_a_line_that_cannot_be_told_ends_the_run(engine: Engine, server: Server) -> None:
    """It is told when the next visit is on record and no thread has it: nobody waits for that one."""
    server.answers["/b"] = (200, {}, html(STORY))
    add(engine, server, Found(url="/a"), Found(url="/b"))

    def tell(message: str, *, passing: bool = False, **about: str | int) -> None:
        if not passing:
            raise OSError(f"nobody reads {message}")

    with pytest.raises(OSError, match=r"nobody reads .*/a: HTTP 404"):
        scrape(engine, SETTINGS, CLEANER, clock=clock, tell=tell)
    assert exits(engine) == [("scrape", 1)]
    assert scrape(engine, SETTINGS, CLEANER, clock=much_later)["documents"] == 1


def test_a_process_that_ends_itself_costs_its_page(engine: Engine, server: Server) -> None:
    server.answers |= {f"/{name}": (200, {}, html(f"{STORY} {name}")) for name in "ab"}
    add(engine, server, Found(url="/a"), Found(url="/b"))
    counts = scrape(engine, SETTINGS, Dying(None), jobs=1, clock=clock)
    assert (counts["ok"], counts["failed"]) == (2, 2)
    assert all("died" in reason for _, reason in failures(engine))
    assert exits(engine) == [("scrape", 1)]


def test_no_run_waits_for_an_origin_that_has_nothing_due(engine: Engine) -> None:
    """After its last page failed it rests, and the run ends; what else is due there is waited for."""
    with serving() as gone:
        dead = gone.url
    config = {"pause": 0, "allow_private": [dead.removeprefix("http://")]}
    adding.add(engine, dead.removeprefix("http://"), [Found(url=f"{dead}/a")], config, clock())
    with archive.write(engine) as c:  # as some tries have left it: it will rest for 64 seconds
        hosts.put(c, hosts.Host(origin=dead, failures=6))
        visitor = Visitor(SETTINGS)
        mine = turns.Turns(visitor, SETTINGS, {}, clock, silent, [], None)
        mine.go_on(c, [dead])
        assert mine.waiting == {dead}
    counts = scrape(engine, SETTINGS, CLEANER, clock=clock)
    assert (counts["visits"], counts["failed"]) == (1, 1)
    rests = host(engine, dead).next_at
    assert rests is not None
    assert rests > clock() + timedelta(seconds=30)  # the run ended long before it had rested


# Sources


def test_a_section_is_watched_for_links(engine: Engine, server: Server) -> None:
    story = "/2026/03/01/the-bridge-over-the-river-is-open-again"
    listed = f'<main><h2><a href="{story}">The bridge over the river is open again</a></h2></main>'
    server.answers |= {
        "/news": (200, {}, html(STORY).replace(b"<article>", f"{listed}<article>".encode())),
        story: (200, {}, html(STORY)),
    }
    add(engine, server, Found(url="/news", kind="section"))
    scrape(engine, SETTINGS, CLEANER, clock=clock)
    assert pages(server) == ["/news", story]


# Options


def test_since_passes_over_what_is_older(engine: Engine, server: Server) -> None:
    """As a source dates a page, else as it was first named; what is passed over stays due."""
    dates = {"/a": "2026-02-01", "/b": "2026-03-01T08:00:00+05:30", "/c": "", "/d": "lately"}
    server.answers["/map.xml"] = (200, {}, sitemap(*(url(loc, at) for loc, at in dates.items())))
    server.answers |= {path: (200, {}, html(STORY, path)) for path in dates}
    add(engine, server, Found(url="/map.xml", kind="sitemap"))
    since = datetime(2026, 3, 1, tzinfo=UTC)
    dry = list(plan(engine, SETTINGS, since=since, now=clock()))
    assert [one.kind for one in dry] == ["sitemap"]
    assert server.asked == []
    counts = scrape(engine, SETTINGS, CLEANER, since=since, clock=clock)
    assert pages(server) == ["/map.xml", "/b", "/c", "/d"]
    assert counts["visits"] == 4
    with archive.read(engine) as c:
        assert [one.url for one in queries.due(c, clock())] == [f"{server.url}/a"]


def test_a_plan_says_what_why_and_how_often(engine: Engine, server: Server) -> None:
    """It is what a scrape then asks; nothing is asked, and nothing is written."""
    server.answers["/a"] = (200, {}, html(STORY))
    server.answers["/b"] = (500, {}, b"")
    add(engine, server, Found(url="/a"), Found(url="/b"))
    with archive.read(engine) as c:
        before = queries.counts(c)
    found = list(plan(engine, SETTINGS, now=clock()))
    assert [(one.url, one.why, one.pause) for one in found] == [
        (f"{server.url}/a", "new", 0.0),
        (f"{server.url}/b", "new", 0.0),
    ]
    assert server.asked == []
    with archive.read(engine) as c:
        assert queries.counts(c) == before
    scrape(engine, SETTINGS, CLEANER, clock=clock)
    whys = [one.why for one in plan(engine, SETTINGS, again=True, now=clock())]
    assert sorted(whys) == ["asked for again", "failed 1 times"]
    assert len(list(plan(engine, SETTINGS, again=True, limit=1, now=clock()))) == 1


def test_intervals_of_nothing_ask_once_a_run(engine: Engine, server: Server) -> None:
    """What is due again at once is the next run's."""
    at_once = replace(SETTINGS, feed_interval=0.0)
    item = b'<rss version="2.0"><channel><item><link>/a</link></item></channel></rss>'
    server.answers |= {"/feed": (200, {}, item), "/a": (200, {}, html(STORY))}
    add(engine, server, Found(url="/feed", kind="feed"))
    for runs in (1, 2):
        scrape(engine, at_once, CLEANER, clock=clock)
        assert pages(server) == ["/feed", "/a", "/feed"][: runs + 1]


# How a run ends


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_in_order(
    tmp_path: Path, sqlite_template: Path, server: Server, number: signal.Signals
) -> None:
    """Exit 130, what was under way is stored and its end on record, and the next run goes on."""
    database = tmp_path / "archive.db"
    database.write_bytes(sqlite_template.read_bytes())
    engine = archive.connect(f"sqlite:///{database}")
    paths = [f"/{at}" for at in range(8)]
    server.answers |= {path: (200, {}, html(STORY, path)) for path in paths}
    config = {"pause": 0.1, "allow_private": [server.endpoint]}
    adding.add(engine, server.endpoint, [Found(url=server.url + path) for path in paths], config, clock())  # fmt: skip
    words = ["--database", str(database), "scrape"]
    with (tmp_path / "said").open("w+b") as said, Path(os.devnull).open("r+b") as none:
        streams = [none.fileno(), none.fileno(), said.fileno()]
        with Forked(words, tmp_path, streams, environment={}) as process:
            while len(pages(server)) < 2:
                assert not process.ended()
                time.sleep(0.01)
            process.send_signal(number)
        said.seek(0)
        assert b"Traceback" not in said.read()
    assert process.returncode == 130
    asked = len(pages(server))
    assert asked < len(paths)
    with archive.read(engine) as c:
        assert c.execute(select(t.run_end.c.exit_code)).scalars().all() == [130]
        assert queries.counts(c)["snapshot"] == asked
    adding.add(engine, server.endpoint, [], {**config, "pause": 0}, clock())
    assert archiver(*words, folder=tmp_path).returncode == 0
    assert sorted(pages(server)) == sorted(paths)
    with archive.read(engine) as c:
        assert len(corpus(c)) == len(paths)
    engine.dispose()
