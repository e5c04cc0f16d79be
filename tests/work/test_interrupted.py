"""Runs that end early: their end is on record, and the next run completes what they left."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from archiver.archive import engine as archive
from archiver.archive import tables as t
from archiver.errors import Uncleanable
from archiver.model import Found
from archiver.work.cleaning import Cleaner
from archiver.work.ingest import ingest
from archiver.work.reclean import reclean
from archiver.work.scrape import scrape
from tests.work.serving import (
    SETTINGS,
    STORY,
    Failing,
    Server,
    add,
    canonical,
    clock,
    exits,
    html,
    imported,
    texts,
)


def targets(engine: Engine) -> list[tuple[str, str, str | None]]:
    named = t.target.alias()
    query = (
        select(t.target.c.url, t.target.c.state, named.c.url)
        .outerjoin(named, named.c.id == t.target.c.alias_of)
        .order_by(t.target.c.url)
    )
    with archive.read(engine) as c:
        return [(url, state, of) for url, state, of in c.execute(query)]


@pytest.mark.parametrize(("fault", "code"), [(KeyboardInterrupt(), 130), (SystemExit(), 1)])
def test_a_scrape_that_ends_between_storing_and_cleaning_is_caught_up(
    engine: Engine, server: Server, fault: BaseException, code: int
) -> None:
    """Documents and other names of pages are those of an undisturbed run; its end is on record."""
    server.answers["/a"] = (200, {}, html(STORY, head=canonical("/b")))
    add(engine, server, Found(url="/a"))
    with pytest.raises(type(fault)):
        scrape(engine, SETTINGS, Failing(fault, page="/a"), clock=clock)
    assert exits(engine) == [("scrape", code)]
    assert texts(engine) == {}
    counts = scrape(engine, SETTINGS, Cleaner(None), clock=clock)
    assert (counts["documents"], counts.get("visits")) == (1, None)
    a, b = f"{server.url}/a", f"{server.url}/b"
    assert targets(engine) == [(a, "active", None), (b, "canonical", a)]
    assert len(texts(engine)) == 1


def test_an_import_that_was_killed_is_caught_up_by_the_next(engine: Engine, tmp_path: Path) -> None:
    """A second import cleans what the first one stored, and its own end is on record."""
    (tmp_path / "a.html").write_bytes(html(STORY))
    url = "https://news.example/a"
    with pytest.raises(KeyboardInterrupt):
        ingest(
            engine,
            Failing(KeyboardInterrupt(), page="/a"),
            [tmp_path / "a.html"],
            url=url,
            clock=clock,
        )
    counts = ingest(engine, Cleaner(None), [tmp_path / "a.html"], url=url, clock=clock)
    assert counts["documents"] == 1
    assert list(texts(engine)) == [url]
    assert exits(engine) == [("import", 130), ("import", 0)]


def test_a_page_that_fails_while_catching_up_is_counted_as_failed(
    engine: Engine, server: Server
) -> None:
    """It is no document, and the run ends with 1."""
    server.answers["/a"] = (200, {}, html(STORY))
    add(engine, server, Found(url="/a"))
    with pytest.raises(KeyboardInterrupt):
        scrape(engine, SETTINGS, Failing(KeyboardInterrupt(), page="/a"), clock=clock)
    bad = Failing(Uncleanable("extract", "no page", "leave it out"), page="/a")
    counts = scrape(engine, SETTINGS, bad, clock=clock)
    assert counts["failed"] == 1
    assert counts.get("documents") is None
    assert exits(engine)[-1] == ("scrape", 1)


def test_a_reclean_that_is_interrupted_has_an_end(engine: Engine, tmp_path: Path) -> None:
    imported(engine, tmp_path / "in", a=html(STORY))
    stopped = Failing(KeyboardInterrupt(), page="/a")
    stopped.extractor = "another"
    with pytest.raises(KeyboardInterrupt):
        reclean(engine, stopped, clock=clock)
    assert exits(engine)[-1] == ("reclean", 130)
