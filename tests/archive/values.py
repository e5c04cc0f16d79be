"""Values to store: made up, in the manner of what other rooms hand over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from archiver.archive import hosts, queries, standing, store
from archiver.archive import tables as t
from archiver.model import (
    Block,
    Caption,
    Document,
    Fetched,
    Found,
    Mark,
    Metadata,
    Outcome,
    Page,
    Share,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

NOW = datetime(2026, 3, 1, 6, 30, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)
SITE = "news.example"
URL = "https://news.example/ঢাকা"
EXTRACTOR = "extractor-1"
CLEANER = "cleaner-1"

METADATA = Metadata(
    title="ঢাকায় বৃষ্টি",
    authors=("রহিমা খাতুন", "J. Doe"),
    published="2026-03-01T10:00:00+06:00",
    published_source="json-ld",
    modified="2026-03-02T08:00:00+06:00",
    modified_source="meta",
    tags=("বৃষ্টি", "ঢাকা"),
    section="নগর",
    kicker="আবহাওয়া",
    description="বৃষ্টি হয়েছে",
    dateline="ঢাকা",
    agencies=("UNB", "AFP"),
    image="https://news.example/rain.jpg",
    licence="https://creativecommons.org/licenses/by/4.0/",
    site_name="News",
    canonical_url="https://news.example/ঢাকা",
    declared_language="bn",
)
PAGE = Page(
    url=URL,
    media_type="text/html",
    blocks=(
        Block("/html/body/h1", "ঢাকায় বৃষ্টি", votes=("semantic", "density")),
        Block("/html/body/p[1]", "আরও পড়ুন: ক\u200dখ", linked=4, bold=2, hidden=True),
    ),
    metadata=METADATA,
    language="bn",
    script="Beng",
    charset="utf-8",
    systems=("quintype", "wordpress"),
    flags=("unplaced:12",),
)


def document(text: str = "ঢাকায় বৃষ্টি", cleaner: str = CLEANER) -> Document:
    """Make what a cleaner might have made of a page."""
    return Document(
        cleaner=cleaner,
        metadata=METADATA,
        language="bn",
        script="Beng",
        confidence=0.9875,
        languages=(Share("bn", "Beng", 0.75), Share("en", "Latn", 0.25)),
        text=text,
        structure=("h2",),
        captions=(Caption(text="বৃষ্টি", credit="AFP"),),
        marks=(
            Mark(0, 0, 5, "base.not-main", "not_main"),
            Mark(1, 0, 9, "bn.read-more", "read_also"),
            Mark(1, 10, 12, "bn.read-more", "read_also"),
        ),
        flags=("short",),
    )


def fetched(
    body: bytes = b"<p>one", outcome: Outcome = "ok", at: datetime = NOW, url: str = URL
) -> Fetched:
    """Make what a server might have answered."""
    return Fetched(
        requested_url=url,
        final_url=url + "?final",
        outcome=outcome,
        reason="" if outcome == "ok" else "HTTP 304",
        started_at=at,
        status=200 if outcome == "ok" else 304,
        headers=(("Content-Type", "text/html; charset=utf-8"), ("ETag", '"x"')),
        body=body,
        redirects=((301, url + "?final"),),
        robots="allowed",
        signals=(("tdm-reservation", "1"),),
        milliseconds=120,
        wire_bytes=900,
        requests=2,
    )


def add_site(c: Connection, *urls: str, site: str = SITE) -> list[int]:
    """Add a site with pages; their target ids."""
    store.put_site(c, site, {"sources": []}, NOW)
    store.add_targets(c, site, [Found(url=url) for url in urls], None, NOW)
    found = (queries.find_target(c, url) for url in urls)
    return [target for target in found if target is not None]


def add_snapshot(c: Connection, target: int, body: bytes = b"<p>one") -> int:
    """Fetch a target; the snapshot's id."""
    run = store.start_run(c, "scrape", {}, NOW)
    snapshot = store.store_fetch(c, run, target, fetched(body), NOW).snapshot
    assert snapshot is not None
    return snapshot


def fill(c: Connection) -> tuple[int, int, int]:
    """Put at least one row into every table that has a function; (target, snapshot, document)."""
    (target,) = add_site(c, URL)
    store.add_alias(c, URL + "?amp", SITE, target, NOW)
    hosts.put(c, hosts.Host(origin="https://news.example:443", robots_body=b"\xff", robots_at=NOW))
    snapshot = add_snapshot(c, target)
    store.schedule(
        c,
        target,
        due_at=NOW + HOUR,
        etag='"x"',
        last_modified=None,
        failures=0,
        state="active",
        fetched_at=NOW,
    )
    store.store_page(c, snapshot, SITE, EXTRACTOR, PAGE)
    store.put_cleaner(c, CLEANER, {"revision": 1, "rules": ["bn.read-more"]}, NOW)
    run = store.start_run(c, "reclean", {"hosts": [SITE]}, NOW)
    made = store.store_document(c, snapshot, document(), run, NOW)
    store.store_failure(
        c,
        snapshot=snapshot,
        cleaner="cleaner-0",
        stage="clean",
        reason="deadline",
        advice="try again",
        run=run,
        now=NOW,
    )
    store.end_run(c, run, 0, {"documents": 1}, NOW)
    return target, snapshot, made


def point_document(c: Connection, snapshot: int, cleaner: str) -> None:
    """Make a document that exists its target's current one, unless that is of a better snapshot."""
    of = (t.document.c.snapshot == snapshot) & (t.document.c.cleaner == cleaner)
    standing.point(c, snapshot, c.execute(select(t.document.c.id).where(of)).scalar_one())
