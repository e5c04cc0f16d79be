"""A robots.txt that changes: told when it is read, not when pages have been missing for days."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from archiver.archive import alarms, queries, store
from archiver.archive import engine as archive
from archiver.model import Found
from archiver.work import notices, polite, watch
from archiver.work.cleaning import Cleaner
from archiver.work.scrape import scrape
from archiver.work.symptoms import FETCHING
from tests.conftest import Fill, Templates
from tests.work.serving import SETTINGS, STORY, Server, add, html, pages, serving

CLEANER = Cleaner(None)
FEED = "/feed"
STORIES = [f"/{section}/{number}" for section in ("news", "sport") for number in range(4)]


@pytest.fixture(scope="session")
def paper() -> Iterator[Server]:
    """A site of a feed and some stories, as long as there are tests, for an archive to copy."""
    with serving() as running:
        yield running


def begun(server: Server) -> None:
    """Let it have what it had at first, under a robots.txt that forbids little."""
    items = "".join(f"<item><link>{server.url}{path}</link></item>" for path in STORIES)
    server.answers = {path: (200, {}, html(STORY, path)) for path in STORIES}
    server.answers[FEED] = (200, {}, f"<rss><channel>{items}</channel></rss>".encode())
    says(server, "Disallow: /admin")
    server.asked.clear()


@pytest.fixture(scope="session")
def filling(paper: Server) -> Fill:
    """What fetches the site once."""

    def fill(engine: Engine, folder: Path) -> None:
        begun(paper)
        add(engine, paper, Found(url=FEED, kind="feed"))
        assert scraped(engine, 0)[0]["ok"] == 1 + len(STORIES)

    return fill


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(
    request: pytest.FixtureRequest, templates: Templates, filling: Fill, tmp_path: Path
) -> Iterator[Engine]:
    """An archive that has fetched the site once."""
    with templates.opened(request.param, tmp_path, filling) as opened:
        yield opened


@pytest.fixture
def server(engine: Engine, paper: Server) -> Server:
    """The site as it was when it was fetched."""
    begun(paper)
    return paper


def says(server: Server, *lines: str) -> None:
    body = "\n".join(["User-agent: *", *lines]).encode()
    server.answers["/robots.txt"] = (200, {"Content-Type": "text/plain"}, body)


def scraped(engine: Engine, days: float) -> tuple[dict[str, int], list[str]]:
    """Fetch what is due so many days from now; counts, and what was said."""
    said: list[str] = []

    def tell(message: str, *, passing: bool = False, **about: str | int) -> None:
        if not passing:
            said.append(message)

    return scrape(engine, SETTINGS, CLEANER, clock=later(days), tell=tell), said


def later(days: float) -> Callable[[], datetime]:
    return lambda: datetime.now(UTC) + timedelta(days=days)


def still(engine: Engine) -> list[alarms.Alarm]:
    with archive.read(engine) as c:
        return alarms.alarms(c, still=True)


def test_what_robots_comes_to_forbid_is_an_alarm_that_ends_when_it_is_allowed(
    engine: Engine, server: Server
) -> None:
    """The alarm is there with the first look, names the line, and is the only one of its cause."""
    says(server, "Disallow: /sport")
    counts, said = scraped(engine, 1.1)
    assert counts["refused"] == 4
    (alarm,) = still(engine)
    assert (alarm.site, alarm.cause) == (server.endpoint, FETCHING)
    assert "4 of 9 URLs" in alarm.detail["summary"]
    assert alarm.detail["evidence"]["now"][0]["begins"] == "disallow: /sport"
    assert any("has come to forbid" in line for line in said)
    with archive.read(engine) as c:
        (row,) = alarms.untold(c, "mail", later(0)())
    assert "disallow: /sport" in notices.body(notices.event(row))
    says(server, "Disallow: /sport", "Disallow: /tag")  # no news
    scraped(engine, 2.2)
    watch.tend(engine, later(3)())
    assert [one.id for one in still(engine)] == [alarm.id]
    says(server, "Disallow: /tag")
    assert "refused" not in scraped(engine, 9)[0]
    assert still(engine) == []
    with archive.read(engine) as c:
        assert alarms.alarms(c)[0].closed_detail["why"] == "robots.txt allows it again"


def test_a_forbidden_source_is_an_alarm_and_one_story_is_none(
    engine: Engine, server: Server
) -> None:
    says(server, "Disallow: /news/2")
    assert scraped(engine, 1.1)[0]["refused"] == 1
    assert still(engine) == []
    says(server, "Disallow: /feed")
    scraped(engine, 2.2)
    assert [one.detail["evidence"]["now"][0]["url"] for one in still(engine)] == [
        f"{server.url}{FEED}"
    ]


def test_a_robots_that_cannot_be_had_forbids_nothing_for_good(
    engine: Engine, server: Server
) -> None:
    """What came between is not held against it; the same text after that is no change."""
    server.answers["/robots.txt"] = (503, {"Retry-After": "3600"}, b"")  # not waited for
    asked = len(pages(server))
    scraped(engine, 1.1)
    assert len(pages(server)) == asked
    says(server, "Disallow: /admin")
    scraped(engine, 9)
    assert len(pages(server)) > asked
    assert still(engine) == []


def test_another_pause_is_said(
    engine: Engine, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polite, "SLACK", 0.0)
    says(server, "Disallow: /admin", "Crawl-delay: 0.01")
    _, said = scraped(engine, 1.1)
    assert any("asks for 0.01 s between requests; it asked for no pause" in line for line in said)
    assert still(engine) == []


def test_a_disabled_site_has_no_alarm_of_robots_the_next_day(
    engine: Engine, server: Server
) -> None:
    says(server, "Disallow: /")
    scraped(engine, 1.1)
    with archive.write(engine) as c:
        site = queries.site(c, server.endpoint)
        assert site is not None
        store.put_site(c, site.host, {**site.config, "enabled": False}, later(1.2)())
    watch.tend(engine, later(3)())
    assert still(engine) == []
