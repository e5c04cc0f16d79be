"""One page has one name: canonical links, redirects, what is added twice."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from archiver.archive import engine as archive
from archiver.archive import queries
from archiver.model import Found
from archiver.work import adding
from archiver.work.cleaning import Cleaner
from archiver.work.scrape import scrape
from tests.work.serving import (
    SETTINGS,
    STORY,
    Server,
    add,
    canonical,
    clock,
    html,
    imported,
    texts,
)


def test_a_canonical_link_keeps_no_page_from_being_collected(
    engine: Engine, server: Server
) -> None:
    """A URL that a page claims as its own name is a target once a feed or a user names it."""
    item = "<item><title>One</title><link>/a1</link></item>"
    server.answers |= {
        "/a1": (200, {}, html(STORY + " One.")),
        "/a2": (200, {}, html(STORY + " Two.", head=canonical("/a1"))),
        "/a3": (200, {}, html(STORY + " Three.", head=canonical("/a4"))),
        "/a4": (200, {}, html(STORY + " Four.")),
        "/feed": (200, {}, f'<rss version="2.0"><channel>{item}</channel></rss>'.encode()),
    }
    add(engine, server, Found(url="/a2"), Found(url="/a3"))
    scrape(engine, SETTINGS, Cleaner(None), clock=clock)
    with archive.read(engine) as c:
        assert queries.find_target(c, f"{server.url}/a1") == 1
    assert add(engine, server, Found(url="/a4")) == adding.Added(new=1, due=0)
    assert add(engine, server, Found(url="/feed", kind="feed")).new == 1
    counts = scrape(engine, SETTINGS, Cleaner(None), clock=clock)
    assert counts["found"] == 1
    found = {url.removeprefix(server.url): text for url, text in texts(engine).items()}
    assert sorted(found) == ["/a1", "/a2", "/a3", "/a4"]
    assert found["/a1"].endswith("One.")
    with archive.read(engine) as c:
        assert queries.find_target(c, f"{server.url}/a1") != 1


def test_where_a_redirect_led_is_one_page_with_its_source(engine: Engine, server: Server) -> None:
    """Adding it asks for that page again and makes no second one."""
    server.answers |= {"/r": (302, {"Location": "/b"}, b""), "/b": (200, {}, html(STORY))}
    add(engine, server, Found(url="/r"))
    scrape(engine, SETTINGS, Cleaner(None), clock=clock)
    assert add(engine, server, Found(url="/b")) == adding.Added(new=0, due=1)
    counts = scrape(engine, SETTINGS, Cleaner(None), clock=clock)
    assert counts["visits"] == 1
    assert list(texts(engine)) == [f"{server.url}/r"]


def test_an_imported_page_that_is_added_is_due(engine: Engine, tmp_path: Path) -> None:
    """`add` of a known URL makes it due now, and says so."""
    imported(engine, tmp_path / "in", a=html(STORY))
    found = [Found(url="https://news.example/a")]
    assert adding.add(engine, "news.example", found, {}, clock()) == adding.Added(new=0, due=1)
    assert adding.add(engine, "news.example", found, {}, clock()) == adding.Added(new=0, due=0)
    with archive.read(engine) as c:
        assert [due.url for due in queries.due(c, clock())] == ["https://news.example/a"]


def test_a_gone_page_that_is_added_is_active_again(engine: Engine, server: Server) -> None:
    server.answers["/a"] = (410, {}, b"")
    add(engine, server, Found(url="/a"))
    scrape(engine, SETTINGS, Cleaner(None), clock=clock)
    server.answers["/a"] = (200, {}, html(STORY))
    assert add(engine, server, Found(url="/a")) == adding.Added(new=0, due=1)
    assert scrape(engine, SETTINGS, Cleaner(None), clock=clock)["documents"] == 1
