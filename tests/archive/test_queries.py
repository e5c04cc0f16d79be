"""Every question has the answer that the rows imply."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import bindparam, text, update

from archiver.archive import frontier, queries, staleness, store
from archiver.archive import tables as t
from archiver.archive.engine import read, write
from archiver.archive.packing import squeeze
from archiver.errors import Damaged
from archiver.model import Found
from tests.corpus import corpus

from .guards import INDEXES, UNFILLED
from .values import (
    CLEANER,
    EXTRACTOR,
    HOUR,
    NOW,
    PAGE,
    SITE,
    URL,
    add_site,
    add_snapshot,
    document,
    fill,
    point_document,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Engine

GROUP = staleness.Group(site=SITE, language="bn", systems=("quintype", "wordpress"), count=0)


def plan(c: Connection, target: int, due_at: datetime | None, state: str = "active") -> None:
    store.schedule(
        c,
        target,
        due_at=due_at,
        etag=None,
        last_modified=None,
        failures=0,
        state=state,
        fetched_at=None,
    )


def fail(c: Connection, snapshot: int, under: str) -> None:
    store.store_failure(
        c,
        snapshot=snapshot,
        cleaner=under,
        stage="clean",
        reason="r",
        advice="a",
        run=None,
        now=NOW,
    )


def laid_out(c: Connection, count: int, site: str = SITE) -> list[int]:
    """Snapshots of as many targets, each with a page."""
    urls = [f"https://{site}/{number}" for number in range(count)]
    snapshots = [add_snapshot(c, target) for target in add_site(c, *urls, site=site)]
    for snapshot in snapshots:
        store.store_page(c, snapshot, site, EXTRACTOR, PAGE)
    store.put_cleaner(c, CLEANER, {}, NOW)
    store.put_cleaner(c, "c2", {}, NOW)
    return snapshots


def test_due_are_active_targets_whose_time_has_come(archive: Engine) -> None:
    with write(archive) as c:
        now, past, later, never, gone = add_site(c, *(f"{URL}/{number}" for number in range(5)))
        plan(c, past, NOW - HOUR)
        plan(c, later, NOW + HOUR)
        plan(c, never, None)
        plan(c, gone, NOW, "gone")
        assert [due.id for due in queries.due(c, NOW)] == [past, now]
        again = [due.id for due in queries.due(c, NOW, again=True)]
        assert again == [past, now, later, never]
        assert [due.id for due in queries.due(c, NOW, again=True, limit=2)] == [past, now]


def test_due_can_be_narrowed_to_hosts_and_kinds(archive: Engine) -> None:
    with write(archive) as c:
        add_site(c, "https://a.example/1", site="a.example")
        add_site(c, "https://b.example/1", site="b.example")
        feed = Found(url="https://b.example/rss", kind="feed")
        store.add_targets(c, "b.example", [feed], None, NOW)
        assert {due.site for due in queries.due(c, NOW, ["a.example"])} == {"a.example"}
        assert [due.url for due in queries.due(c, NOW, kinds=["feed", "sitemap"])] == [feed.url]
        assert len(list(queries.due(c, NOW))) == 3


def test_unextracted_are_page_snapshots_not_laid_out_and_not_failed(archive: Engine) -> None:
    with write(archive) as c:
        done, failed, open_, other = (
            add_snapshot(c, target) for target in add_site(c, *(f"{URL}/{n}" for n in range(4)))
        )
        feed = Found(url="https://news.example/rss", kind="feed")
        store.add_targets(c, SITE, [feed], None, NOW)
        add_snapshot(c, queries.find_target(c, feed.url) or 0, b"<rss>")
        store.store_page(c, done, SITE, EXTRACTOR, PAGE)
        fail(c, failed, EXTRACTOR)

        def ids(extractor: str, hosts: tuple[str, ...] = (), after: int = 0) -> list[int]:
            chosen = staleness.Chosen(hosts=hosts)
            found = staleness.unextracted(c, extractor, chosen, after=after, limit=9)
            return [snapshot for snapshot, _ in found]

        assert ids(EXTRACTOR) == [open_, other]
        assert ids(EXTRACTOR, after=open_) == [other]
        assert ids(EXTRACTOR, ("elsewhere.example",)) == []
        assert ids("extractor-2") == [done, failed, open_, other]
        assert staleness.unextracted(c, "extractor-2", after=0, limit=1) == [(done, SITE)]


def test_groups_are_counted_by_site_language_and_systems(archive: Engine) -> None:
    with write(archive) as c:
        snapshots = laid_out(c, 3)
        laid_out(c, 1, "b.example")
        plain = replace(PAGE, systems=(), language="en")
        (lone,) = (add_snapshot(c, target) for target in add_site(c, URL))
        store.store_page(c, lone, SITE, EXTRACTOR, plain)
        found = staleness.groups(c, EXTRACTOR)
        assert found == [
            replace(GROUP, site="b.example", count=1),
            replace(GROUP, count=3),
            replace(GROUP, language="en", systems=(), count=1),
        ]
        assert staleness.groups(c, EXTRACTOR, staleness.Chosen(hosts=("b.example",))) == found[:1]
        assert staleness.groups(c, "extractor-2") == []
        stale = staleness.stale(c, EXTRACTOR, found[2], CLEANER, after=0, limit=9)
        assert (stale, len(snapshots)) == ([lone], 3)


def test_stale_are_snapshots_neither_cleaned_nor_failed_on(archive: Engine) -> None:
    with write(archive) as c:
        done, failed, open_, other = laid_out(c, 4)
        store.store_document(c, done, document(), None, NOW)
        fail(c, failed, CLEANER)

        def ids(cleaner: str, after: int = 0, limit: int = 9) -> list[int]:
            return staleness.stale(c, EXTRACTOR, GROUP, cleaner, after=after, limit=limit)

        assert ids(CLEANER) == [open_, other]
        assert ids(CLEANER, after=open_) == [other]
        assert ids("c2", limit=2) == [done, failed]
        store.store_document(c, open_, document(), None, NOW)
        store.store_document(c, other, document(), None, NOW)
        assert ids(CLEANER) == []


def test_misdirected_are_cleaned_but_not_pointed_at(archive: Engine) -> None:
    with write(archive) as c:
        (old,) = laid_out(c, 1)
        target = queries.find_target(c, f"https://{SITE}/0") or 0
        new = add_snapshot(c, target, b"new")
        store.store_page(c, new, SITE, EXTRACTOR, PAGE)
        for cleaner in (CLEANER, "c2"):
            for snapshot in (old, new):
                store.store_document(c, snapshot, document(cleaner=cleaner), None, NOW)

        def ids(cleaner: str) -> list[int]:
            return staleness.misdirected(c, EXTRACTOR, GROUP, cleaner, after=0, limit=9)

        assert (ids("c2"), ids(CLEANER), ids("none")) == ([], [new], [])
        point_document(c, new, CLEANER)
        assert (ids("c2"), ids(CLEANER)) == ([new], [])


def test_a_snapshot_comes_back_as_it_was(archive: Engine) -> None:
    body = bytes(range(256)) * 50
    with write(archive) as c:
        (target,) = add_site(c, URL)
        site, snapshot = queries.load_snapshot(c, add_snapshot(c, target, body))
    assert site == SITE
    assert snapshot.body == body
    assert (snapshot.url, snapshot.fetched_at) == (URL + "?final", NOW)
    assert snapshot.content_type == "text/html; charset=utf-8"


@pytest.mark.parametrize("body", [b"", b"x" * 5_000_000], ids=["empty", "large"])
def test_bodies_of_any_length_come_back(archive: Engine, body: bytes) -> None:
    with write(archive) as c:
        (target,) = add_site(c, URL)
        assert queries.load_snapshot(c, add_snapshot(c, target, body))[1].body == body


@pytest.mark.parametrize(
    "data",
    [squeeze(b"<p>owt"), squeeze(b"longer than it was"), squeeze(b"<p>one")[:-1], b""],
    ids=["other", "longer", "cut", "gone"],
)
def test_a_damaged_body_is_named(archive: Engine, data: bytes) -> None:
    with write(archive) as c:
        _, snapshot, _ = fill(c)
        c.execute(update(t.body_store).values(data=data))
    with read(archive) as c, pytest.raises(Damaged, match=f"snapshot {snapshot}.*{SITE}"):
        queries.load_snapshot(c, snapshot)


def test_every_flipped_bit_of_a_body_is_found_or_harmless(archive: Engine) -> None:
    with write(archive) as c:
        _, snapshot, _ = fill(c)
        frame = squeeze(b"<p>one")
        for bit in range(len(frame) * 8):
            bad = bytearray(frame)
            bad[bit // 8] ^= 1 << bit % 8
            c.execute(update(t.body_store).values(data=bytes(bad)))
            try:
                assert queries.load_snapshot(c, snapshot)[1].body == b"<p>one"
            except Damaged:
                continue


def test_damaged_text_marks_and_pages_are_named(archive: Engine) -> None:
    with write(archive) as c:
        target, snapshot, made = fill(c)
        c.execute(update(t.page).values(data=b"no frame"))
        with pytest.raises(Damaged, match=f"page of snapshot {snapshot}"):
            queries.load_page(c, snapshot, EXTRACTOR)
        c.execute(update(t.text).values(text="another"))
        with pytest.raises(Damaged, match=f"document {made}"):
            queries.document_of(c, target=target)


def test_a_page_comes_back_under_its_extractor_only(archive: Engine) -> None:
    with write(archive) as c:
        _, snapshot, _ = fill(c)
        assert queries.load_page(c, snapshot, EXTRACTOR) == PAGE
        assert queries.load_page(c, snapshot, "extractor-2") is None


def test_the_corpus_has_a_row_a_document(archive: Engine) -> None:
    with write(archive) as c:
        snapshots = laid_out(c, 3) + laid_out(c, 1, "b.example")
        made = [store.store_document(c, s, document(), None, NOW) for s in snapshots]
    with read(archive) as c:
        rows = corpus(c)
    assert [row.id for row in rows] == made
    assert (rows[-1].site, rows[-1].language, rows[-1].script) == ("b.example", "bn", "Beng")
    assert rows[-1].authors == list(document().metadata.authors)
    assert rows[-1].fetched_at == NOW


def test_the_corpus_has_current_documents_and_no_aliases(archive: Engine) -> None:
    with write(archive) as c:
        target, snapshot, _ = fill(c)
        store.put_cleaner(c, "c2", {}, NOW)
        store.store_document(c, snapshot, document("newer", "c2"), None, NOW)
        rows = c.execute(text("SELECT url, text FROM corpus")).all()
        assert [tuple(row) for row in rows] == [(URL, "newer")]
        plan(c, target, None, "alias")
        assert corpus(c) == []


def test_the_listing_has_a_line_for_every_current_document(archive: Engine) -> None:
    with write(archive) as c:
        for snapshot in laid_out(c, 3):
            store.store_document(c, snapshot, document(), None, NOW)
        add_site(c, URL)
    with read(archive) as c:
        found = list(queries.table(c))
    assert [line.url for line in found] == [f"https://{SITE}/{number}" for number in range(3)]
    assert (found[0].title, found[0].kept_chars, found[0].removed_chars) == ("ঢাকায় বৃষ্টি", 13, 16)


def test_counts_have_every_table(archive: Engine) -> None:
    with write(archive) as c:
        assert set(queries.counts(c).values()) == {0}
        fill(c)
        found = queries.counts(c)
    assert set(found) == set(t.metadata.tables)
    empty = {name for name, count in found.items() if not count}
    assert empty == {*UNFILLED, *INDEXES}


def test_sums_of_all_pages_are_those_that_looking_at_each_gives(archive: Engine) -> None:
    """Steps from origin to origin pass over none, and what is not due is none of them."""
    later, sooner = NOW + HOUR, NOW - HOUR
    with write(archive) as c:
        _, snapshot, _ = fill(c)
        point_document(c, snapshot, CLEANER)
        for number, (due_at, state) in enumerate(
            [
                (sooner, "active"),
                (NOW, "active"),
                (later, "active"),
                (None, "active"),
                (NOW, "gone"),
            ]
        ):
            urls = [f"https://{host}.example/{number}" for host in "abc"]
            for target in add_site(c, *urls, "mailto:a@b.example"):
                plan(c, target, due_at, state)
        c.execute(update(t.target).where(t.target.c.url.like("mailto:%")).values(origin=None))
        due = c.scalar(
            text(
                "SELECT count(*) FROM target"
                " WHERE state = 'active' AND due_at <= :now AND origin IS NOT NULL"
            ).bindparams(bindparam("now", NOW, type_=t.TIME))
        )
        had = c.scalar(text("SELECT count(document) FROM target"))
        assert frontier.waiting(c, NOW) == due >= 6
        assert queries.pages(c) == had >= 1
