"""Adding what users, sites and pages name, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select

from archiver.archive import engine as archive
from archiver.archive import queries, store
from archiver.archive import tables as t
from archiver.errors import BadInput
from archiver.model import Fetched, Found
from archiver.settings import Settings
from archiver.work import adding
from archiver.work.polite import Visitor
from tests.work.test_polite import served

NOW = datetime(2025, 11, 20, tzinfo=UTC)
PAGE = "https://news.example/a"


def rows(engine: Engine) -> set[tuple[str, str, str, str]]:
    """URL, kind, site and state of every target."""
    named = (t.target.c.url, t.target.c.kind, t.target.c.site, t.target.c.state)
    with archive.read(engine) as c:
        return {(url, kind, site, state) for url, kind, site, state in c.execute(select(*named))}


def page(html: str, url: str = PAGE) -> Fetched:
    return Fetched(
        requested_url=url,
        final_url=url,
        outcome="ok",
        reason="",
        started_at=NOW,
        status=200,
        body=html.encode(),
    )


def note(engine: Engine, html: str) -> None:
    with archive.write(engine) as c:
        target = queries.find_target(c, PAGE)
        assert target is not None
        adding.note_forms(c, target, "news.example", page(html), NOW)


def test_a_list_goes_to_the_sites_of_its_hosts(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """Some lines at a time, each line once, and again if it is added again."""
    monkeypatch.setattr(adding, "BATCH", 2)
    founds = [
        Found(url="https://news.example/1"),
        Found(url="https://paper.example:8443/x", kind="section"),
        Found(url="https://news.example/2"),
        Found(url="https://news.example/1"),
    ]
    told = adding.add_listed(engine, iter(founds), {"pause": 1.0}, NOW)
    assert {site: (added.new, added.due) for site, added in told.items()} == {
        "news.example": (2, 0),
        "paper.example:8443": (1, 0),
    }
    assert {row[:3] for row in rows(engine)} == {
        ("https://news.example/1", "page", "news.example"),
        ("https://news.example/2", "page", "news.example"),
        ("https://paper.example:8443/x", "section", "paper.example:8443"),
    }
    with archive.read(engine) as c:
        assert [adding.SiteFacts.of(site).pause for site in queries.sites(c)] == [1.0, 1.0]


def test_the_forms_that_a_page_names_are_its_other_names(engine: Engine) -> None:
    """AMP and mobile forms, of its own site and of hosts that are said to be its own."""
    adding.add(engine, "news.example", [Found(url=PAGE)], {"hosts": ["amp.news.example"]}, NOW)
    note(
        engine,
        '<link rel="amphtml" href="https://amp.news.example/a?utm_source=x">'
        '<link rel="alternate" media="only screen and (max-width: 640px)" href="/m/a">',
    )
    assert rows(engine) == {
        (PAGE, "page", "news.example", "active"),
        ("https://amp.news.example/a", "page", "news.example", store.CANONICAL),
        ("https://news.example/m/a", "page", "news.example", store.CANONICAL),
    }
    with archive.read(engine) as c:
        named = queries.find_target(c, "https://amp.news.example/a")
        assert named == queries.find_target(c, PAGE)


def test_a_page_cannot_claim_what_is_anothers(engine: Engine) -> None:
    """Nothing of another host, and no URL that is a target already."""
    adding.add(engine, "news.example", [Found(url=PAGE), Found(url=f"{PAGE}b")], {}, NOW)
    before = rows(engine)
    note(engine, '<link rel="amphtml" href="https://other.example/a">')
    note(engine, f'<link rel="amphtml" href="{PAGE}b">')
    note(engine, "<p>A sentence.</p>")
    assert rows(engine) == before


def test_a_form_that_a_feed_names_is_a_target(engine: Engine) -> None:
    """The page's word is the weaker one."""
    adding.add(engine, "news.example", [Found(url=PAGE)], {}, NOW)
    note(engine, '<link rel="amphtml" href="/a/amp">')
    adding.add(engine, "news.example", [Found(url=f"{PAGE}/amp")], {}, NOW)
    assert (f"{PAGE}/amp", "page", "news.example", "active") in rows(engine)


def test_a_home_page_names_its_feeds_and_robots_txt_its_sitemaps() -> None:
    head = b'<link rel="alternate" type="application/rdf+xml" href="/index.rdf">'
    with served({"/": (200, {}, head), "/bare": (200, {}, b"<p>x</p>")}) as site:
        site.answers["/robots.txt"] = (200, {}, b"Sitemap: " + site.url("/map.xml").encode())
        visitor = Visitor(Settings(pause=0), [site.endpoint])
        found = adding.discover(visitor, site.url("/"), NOW)
        assert [(one.kind, one.url) for one in found] == [
            ("feed", site.url("/index.rdf")),
            ("sitemap", site.url("/map.xml")),
        ]
    with served({"/": (200, {}, b"<p>A sentence.</p>")}) as site:
        visitor = Visitor(Settings(pause=0), [site.endpoint])
        with pytest.raises(BadInput, match="--as section"):
            adding.discover(visitor, site.url("/"), NOW)


def test_what_is_configured_for_a_site_is_read_back(engine: Engine) -> None:
    adding.add(engine, "news.example", [Found(url=PAGE)], {"render": True}, NOW)
    with archive.read(engine) as c:
        [site] = queries.sites(c)
    assert adding.SiteFacts.of(site).render
    assert not adding.SiteFacts("other.example", None, frozenset(), ()).render
