"""All versions of a page, all cleaners, and the one thing beside an erasure that deletes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from archiver.archive import engine as opened
from archiver.archive import queries, store, versions
from archiver.archive import tables as t
from archiver.archive.packing import digest, unpack_marks
from tests.archive.guards import everything, guard
from tests.archive.values import (
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
    fetched,
    fill,
    point_document,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

OLD, OLDER = "cleaner-0", "cleaner-00"
LATER = NOW + 5 * HOUR


def made(c: Connection, snapshot: int, cleaner: str, text: str) -> int:
    store.put_cleaner(c, cleaner, {"revision": 1, "extractor": EXTRACTOR, "rules": []}, NOW)
    return store.store_document(c, snapshot, document(text, cleaner), None, NOW)


def two_snapshots(c: Connection) -> tuple[int, int]:
    """A page that sent two bodies, both cleaned by two old cleaners and the one of today."""
    (target,) = add_site(c, URL)
    first, second = (add_snapshot(c, target, body) for body in (b"<p>one", b"<p>two"))
    for cleaner, words in ((OLDER, ("a", "a b")), (OLD, ("a", "c")), (CLEANER, ("a", "d"))):
        for snapshot, text in zip((first, second), words, strict=True):
            made(c, snapshot, cleaner, text)
    return first, second


def release(c: Connection, name: str, *documents: int, cleaner: str | None = None) -> None:
    c.execute(
        t.release.insert().values(
            name=name, at=NOW, query={}, cleaner=cleaner, counts={}, digest="0"
        )
    )
    for one in documents:
        c.execute(t.release_item.insert().values(release=name, document=one, text="0"))


def kept(c: Connection) -> list[tuple[int, str]]:
    query = select(t.document.c.snapshot, t.document.c.cleaner)
    return [(snapshot, cleaner) for snapshot, cleaner in c.execute(query.order_by(t.document.c.id))]


def check_whole(c: Connection) -> None:
    """Nothing refers to what is not there, no text is nobody's, and rules count what they did."""
    used = set(c.execute(select(t.document.c.text)).scalars())
    assert used == set(c.execute(select(t.text.c.digest)).scalars())
    there = set(c.execute(select(t.document.c.id)).scalars())
    shown = select(t.target.c.document).where(t.target.c.document.is_not(None))
    assert set(c.execute(shown).scalars()) <= there
    assert set(c.execute(select(t.release_item.c.document)).scalars()) <= there
    counted: Counter[tuple[str, str]] = Counter()
    for cleaner, marks in c.execute(select(t.document.c.cleaner, t.document.c.marks)):
        for mark in unpack_marks(marks, "test"):
            counted[cleaner, mark.rule] += mark.end - mark.start
    rules = t.rule_count.c
    assert {(row[0], row[1]): row[2] for row in c.execute(select(rules.cleaner, rules.rule, rules.chars))} == counted  # fmt: skip


def prune(archive: Engine, *names: str, step: int = 100) -> Counter[str]:
    """All transactions of a pruning."""
    gone: Counter[str] = Counter()
    with opened.read(archive) as c:
        ids = [
            row[0] for row in versions.prunable(c, versions.Old(tuple(names)), after=0, limit=1000)
        ]
    for at in range(0, len(ids), step):
        with opened.write(archive) as c:
            gone += versions.prune(
                c, ids[at : at + step], versions.Old(tuple(names)), LATER
            ).documents
    return gone


def test_the_history_of_a_page_is_all_that_was_stored_of_it(archive: Engine) -> None:
    with opened.write(archive) as c:
        target, snapshot, only = fill(c)
        run = store.start_run(c, "scrape", {}, NOW)
        store.store_fetch(c, run, target, fetched(b"", "not_modified", LATER), LATER)
        refused = replace(fetched(b"", "refused", NOW), reason="robots.txt", status=None)
        store.store_fetch(c, run, target, refused, NOW)
        store.store_failure(c, target=target, stage="fetch", reason="r", advice="a", run=run, now=NOW)  # fmt: skip
    with opened.read(archive) as c:
        page = versions.page_row(c, target)
        aliases = versions.aliases(c, target)
        (sent,) = versions.snapshots(c, target)
        (row,) = versions.documents(c, target)
        failures = versions.failures(c, target)
        (vain,) = versions.vain_fetches(c, target)
        by_body = versions.page_with(c, digest(b"<p>one"))
        by_text = versions.page_with(c, row.text)
        assert versions.page_with(c, "0" * 64) is None
    assert (page.url, page.document, page.alias_of) == (URL, only, None)
    assert [(one.url, one.alias_of) for one in aliases] == [(URL + "?amp", target)]
    assert (sent.id, sent.first_seen, sent.last_seen, sent.seen) == (snapshot, NOW, LATER, 2)
    assert (sent.status, sent.bytes, sent.whole) == (200, len(b"<p>one"), True)
    assert (row.current, row.blocks, row.kept_chars) == (True, 1, len("ঢাকায় বৃষ্টি"))
    assert [one.stage for one in failures] == ["clean", "fetch"]
    assert (vain.outcome, vain.reason) == ("refused", "robots.txt")
    assert by_body == by_text == target


@pytest.mark.parametrize(("text", "blocks"), [("", 0), ("a", 1), ("a\n\nb\n\nc", 3)])
def test_blocks_are_the_paragraphs_of_the_text(archive: Engine, text: str, blocks: int) -> None:
    with opened.write(archive) as c:
        (target,) = add_site(c, URL)
        made(c, add_snapshot(c, target), OLD, text)
    with opened.read(archive) as c:
        assert [row.blocks for row in versions.documents(c, target)] == [blocks]


def test_a_body_that_only_came_cut_says_so(archive: Engine) -> None:
    with opened.write(archive) as c:
        (target,) = add_site(c, URL)
        run = store.start_run(c, "scrape", {}, NOW)
        store.store_fetch(c, run, target, fetched(b"cut", "truncated"), NOW)
    with opened.read(archive) as c:
        assert [row.whole for row in versions.snapshots(c, target)] == [False]


def test_cleaners_are_counted_with_what_is_current_and_pinned(archive: Engine) -> None:
    with opened.write(archive) as c:
        two_snapshots(c)
        some = list(c.execute(select(t.document.c.id).where(t.document.c.cleaner == OLD)).scalars())
        for name in ("spring", "summer"):
            release(c, name, some[0])
        release(c, "named", cleaner=OLDER)
    with opened.read(archive) as c:
        rows = versions.cleaners(c)
        assert versions.released(c) == {OLD: ["spring", "summer"], OLDER: ["named"]}
    told = {row.id: (row.documents, row.current, row.pinned) for row in rows}
    assert told == {OLDER: (2, 0, 0), OLD: (2, 0, 1), CLEANER: (2, 1, 0)}


def test_cleaners_stand_in_the_order_of_their_documents(archive: Engine) -> None:
    """A clock that went back since makes none of them older."""
    with opened.write(archive) as c:
        two_snapshots(c)
    with opened.read(archive) as c:
        before = [row.id for row in versions.cleaners(c)]
    assert len(before) > 1
    with opened.write(archive) as c:
        for at, name in enumerate(before):
            earlier = NOW - timedelta(days=at)
            c.execute(t.cleaner.update().where(t.cleaner.c.id == name).values(at=earlier))
    with opened.read(archive) as c:
        assert [row.id for row in versions.cleaners(c)] == before


def test_pruning_removes_old_documents_with_all_that_is_only_theirs(archive: Engine) -> None:
    """No other row of a grow-only table is touched: the guard of all of them stands."""
    with opened.write(archive) as c:
        first, second = two_snapshots(c)
        guard(c)
        for name in ("document", "text"):
            on = f' ON "{name}"' if c.dialect.name == "postgresql" else ""
            c.exec_driver_sql(f"DROP TRIGGER DELETE_{name}{on}")
        before = everything(c)
        check_whole(c)
    with opened.read(archive) as c:
        planned = versions.count_prunable(c, versions.Old((OLD, OLDER)))
        orphans = versions.count_orphans(c, versions.Old((OLD, OLDER)))
    assert prune(archive, OLD, OLDER) == {OLD: 2, OLDER: 2}
    with opened.read(archive) as c:
        after = everything(c)
        check_whole(c)
        assert kept(c) == [(first, CLEANER), (second, CLEANER)]
        assert versions.pruned_at(c, OLD) == LATER
        assert versions.pruned_at(c, CLEANER) is None
    assert {name: count for name, (count, _) in planned.items()} == {OLD: 2, OLDER: 2}
    assert orphans == len(before["text"]) - len(after["text"]) == 2
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"document", "text", "rule_count", "erasure"}
    assert [row[1:5] for row in after["erasure"]] == [
        (OLD, LATER, "pruned", "2 documents of a cleaner"),
        (OLDER, LATER, "pruned", "2 documents of a cleaner"),
    ]
    assert prune(archive, OLD, OLDER) == {}
    with opened.read(archive) as c:
        assert everything(c) == after


@pytest.mark.parametrize("step", [1, 2, 3])
def test_where_the_transactions_end_does_not_matter(archive: Engine, step: int) -> None:
    """So a pruning that is killed and run again ends as one that was not."""
    with opened.write(archive) as c:
        first, second = two_snapshots(c)
        (other,) = add_site(c, URL + "/other")
        third = add_snapshot(c, other, b"<p>three")
        shown = [made(c, third, name, "e") for name in (OLDER, OLD)]
        point_document(c, third, OLDER)  # rules that went back
    assert prune(archive, OLD, OLDER, step=step) == {OLD: 3, OLDER: 2}
    with opened.read(archive) as c:
        check_whole(c)
        assert kept(c) == [(first, CLEANER), (second, CLEANER), (third, OLDER)]
        current = c.execute(select(t.target.c.document).where(t.target.c.id == other)).scalar()
    assert current == shown[0]


def test_what_is_in_force_lets_a_newer_document_of_its_snapshot_go(archive: Engine) -> None:
    with opened.write(archive) as c:
        (target,) = add_site(c, URL)
        snapshot = add_snapshot(c, target)
        for name in (CLEANER, OLD):
            made(c, snapshot, name, name)
        point_document(c, snapshot, CLEANER)
    assert prune(archive, OLD) == {OLD: 1}
    with opened.read(archive) as c:
        assert kept(c) == [(snapshot, CLEANER)]


def test_the_only_document_of_a_snapshot_stays(archive: Engine) -> None:
    """Today's rules may have failed on it, and then there is no other text of it."""
    with opened.write(archive) as c:
        (target,) = add_site(c, URL)
        first, second = (add_snapshot(c, target, body) for body in (b"1", b"2"))
        for name in (OLDER, OLD):
            made(c, first, name, name)
        made(c, second, CLEANER, "new")
    assert prune(archive, OLDER, OLD) == {OLDER: 1}
    with opened.read(archive) as c:
        assert kept(c) == [(first, OLD), (second, CLEANER)]


def test_what_was_pinned_or_shown_since_the_list_was_read_stays(archive: Engine) -> None:
    with opened.write(archive) as c:
        first, second = two_snapshots(c)
    with opened.read(archive) as c:
        ids = [row[0] for row in versions.prunable(c, versions.Old((OLD, OLDER)), after=0, limit=9)]
    with opened.write(archive) as c:
        point_document(c, second, OLD)
        pinned = c.execute(select(t.document.c.id).where(t.document.c.cleaner == OLDER)).scalars()
        release(c, "spring", pinned.all()[0])
    with opened.write(archive) as c:
        gone = versions.prune(c, ids, versions.Old((OLD, OLDER)), LATER).documents
        check_whole(c)
        assert gone == {OLD: 1, OLDER: 1}
        assert kept(c) == [(first, OLDER), (second, OLD), (first, CLEANER), (second, CLEANER)]


def test_documents_whose_marks_do_not_read_go_and_are_counted(archive: Engine) -> None:
    with opened.write(archive) as c:
        two_snapshots(c)
        c.execute(t.document.update().where(t.document.c.cleaner == OLD).values(marks=b"damaged"))
    with opened.write(archive) as c:
        ids = [row[0] for row in versions.prunable(c, versions.Old((OLD,)), after=0, limit=9)]
        found = versions.prune(c, ids, versions.Old((OLD,)), LATER)
        check_whole(c)  # of a cleaner without documents nothing is counted
    assert (found.documents, found.damaged) == ({OLD: 2}, 2)


def test_pages_are_of_the_kinds_that_recipes_are_selected_by(archive: Engine) -> None:
    with opened.write(archive) as c:
        _, snapshot, _ = fill(c)
        store.store_page(c, snapshot, SITE, "extractor-2", PAGE)
    with opened.read(archive) as c:
        assert versions.kinds_of_pages(c) == [(SITE, "bn", ("quintype", "wordpress"))]
        assert not versions.has_unlaid(c, CLEANER)
    with opened.write(archive) as c:
        c.execute(t.page.delete())
    with opened.read(archive) as c:
        assert versions.kinds_of_pages(c) == []
        assert versions.has_unlaid(c, CLEANER)
        assert queries.document_of(c, snapshot=snapshot) is not None
        assert c.execute(select(func.count()).select_from(t.document)).scalar() == 1
