"""Sitemaps in the loop: how many are asked for, and which again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from archiver.archive import engine as archive
from archiver.archive import queries
from archiver.model import Found
from archiver.work import turns
from archiver.work.cleaning import Cleaner
from archiver.work.scrape import scrape
from tests.work.serving import SETTINGS, STORY, Server, add, clock, html, pages, sitemap, url


def test_sitemaps_without_end_end(
    engine: Engine, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A site's sitemaps are bounded in number; what is left is put off, not asked and not lost."""
    monkeypatch.setattr(turns, "MAX_SITEMAPS", 5)
    wide = sitemap(*(url(f"/map{number}.xml", tag="sitemap") for number in range(20)), root="sitemapindex")  # fmt: skip
    server.answers["/map.xml"] = (200, {}, wide)
    add(engine, server, Found(url="/map.xml", kind="sitemap"), Found(url="/a"))
    scrape(engine, SETTINGS, Cleaner(None), clock=clock)
    assert sum("map" in path for path in pages(server)) == 5
    assert "/a" in pages(server)
    with archive.read(engine) as c:
        late = clock() + timedelta(seconds=SETTINGS.sitemap_interval)
        assert len(list(queries.due(c, late, kinds=["sitemap"]))) >= 16


def test_a_chain_of_sitemaps_is_followed_so_far(engine: Engine, server: Server) -> None:
    server.answers |= {
        f"/map{number}.xml": (
            200,
            {},
            sitemap(url(f"/map{number + 1}.xml", tag="sitemap"), root="sitemapindex"),
        )
        for number in range(50)
    }
    add(engine, server, Found(url="/map0.xml", kind="sitemap"))
    scrape(engine, SETTINGS, Cleaner(None), clock=clock)
    assert pages(server) == [f"/map{number}.xml" for number in range(6)]


def test_a_sitemap_that_has_not_changed_is_not_asked_for_again(
    engine: Engine, server: Server
) -> None:
    """The index says when each changed; an older date than our last fetch is believed for a week."""
    index = sitemap(
        url("/old.xml", "2020-01-01", "sitemap"),
        url("/new.xml", "2999-01-01", "sitemap"),
        root="sitemapindex",
    )
    server.answers |= {
        "/map.xml": (200, {}, index),
        "/old.xml": (200, {}, sitemap(url("/a"))),
        "/new.xml": (200, {}, sitemap(url("/a"))),
        "/a": (200, {}, html(STORY)),
    }
    add(engine, server, Found(url="/map.xml", kind="sitemap"))
    for hours in (0, 7, 14):
        later = timedelta(hours=hours)
        scrape(engine, SETTINGS, Cleaner(None), clock=lambda by=later: clock() + by)  # type: ignore[misc]
    asked = pages(server)
    assert asked.count("/map.xml") == asked.count("/new.xml") == 3
    assert asked.count("/old.xml") == 1


def test_a_sitemap_that_has_changed_is_asked_for_however_long_it_was_put_off(
    engine: Engine, server: Server
) -> None:
    """Its index is looked at every six hours, and it itself would wait for a month."""
    for hours, changed in ((0, 24 * 3000), (7, 24 * 3000), (14, 1)):
        now = clock() + timedelta(hours=hours)
        date = (now - timedelta(hours=changed)).isoformat()
        server.answers |= {
            "/map.xml": (
                200,
                {},
                sitemap(
                    url("/old.xml", date, "sitemap"),
                    url("/new.xml", now.isoformat(), "sitemap"),
                    root="sitemapindex",
                ),
            ),
            "/old.xml": (200, {}, sitemap(url("/a", date))),
            "/new.xml": (200, {}, sitemap(url("/a"))),
        }
        if not hours:
            add(engine, server, Found(url="/map.xml", kind="sitemap"))
        by = timedelta(hours=hours)
        scrape(engine, SETTINGS, Cleaner(None), clock=lambda by=by: clock() + by)  # type: ignore[misc]
        assert pages(server).count("/old.xml") == (2 if changed == 1 else 1)
