"""What is stored stays, once, and is found again as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError, StatementError

from archiver.archive import hosts, queries, store
from archiver.archive import tables as t
from archiver.archive.engine import read, write
from archiver.model import Found, Mark, Metadata
from tests.corpus import corpus

from .guards import GROWING, HANGING, UNFILLED, everything, guard
from .values import (
    CLEANER,
    EXTRACTOR,
    HOUR,
    METADATA,
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


def current(c: Connection, target: int) -> tuple[int | None, int | None]:
    query = select(t.target.c.document, t.target.c.snapshot).where(t.target.c.id == target)
    found = c.execute(query).one()
    return found.document, found.snapshot


def test_no_store_function_touches_a_row_of_a_grow_only_table(archive: Engine) -> None:
    with write(archive) as c:
        guard(c)
        first = fill(c)
    with write(archive) as c:
        assert fill(c) == first


def test_nothing_hangs_on_a_page_that_an_erasure_does_not_know() -> None:
    """A key that is new stands there once its rows go with the page, as tests/work/test_erase.py shows."""
    pages = {"target", "snapshot", "document"}
    found = [
        f"{table.name}.{key.parent.name}"
        for table in t.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name in pages
    ]
    assert sorted(found) == HANGING


def test_the_guards_do_guard(archive: Engine) -> None:
    with write(archive) as c:
        guard(c)
        fill(c)
    for name in set(GROWING) - UNFILLED:
        table = t.metadata.tables[name]
        column = next(iter(table.columns))
        with pytest.raises(DBAPIError, match=f"{name} only grows"), write(archive) as c:
            c.execute(table.update().values({column: column}))


def test_storing_it_all_twice_adds_fetches_runs_and_attempts_alone(archive: Engine) -> None:
    with write(archive) as c:
        fill(c)
        once = everything(c)
    with write(archive) as c:
        fill(c)
        twice = everything(c)
    grown = {name for name in once if len(once[name]) != len(twice[name])}
    assert grown == {"fetch", "run", "run_end", "failure"}
    same = set(once) - grown - {"target"}  # one more of its fetches
    assert {name: twice[name] for name in same} == {name: once[name] for name in same}


def test_a_new_configuration_is_in_force_and_the_old_one_stays(archive: Engine) -> None:
    with write(archive) as c:
        for config in ({"b": 1, "a": "ঢাকা"}, {"a": "ঢাকা", "b": 1}, {"a": 2}):
            store.put_site(c, SITE, config, NOW)
        (site,) = queries.sites(c)
        assert site.config == {"a": 2}
        configs = c.execute(select(t.site_config.c.config)).scalars().all()
        assert len(configs) == 2


def test_targets_are_added_once_and_keep_what_was_stated_first(archive: Engine) -> None:
    with write(archive) as c:
        (feed,) = add_site(c, "https://news.example/rss")
        one = Found(url="https://news.example/1", date="Sun, 1 Mar 2026", title="এক")
        assert store.add_targets(c, SITE, [one, one], feed, NOW) == 1
        other = replace(one, title="other")
        two = Found(url="https://news.example/2", kind="sitemap")
        assert store.add_targets(c, SITE, [other, two], feed, NOW) == 1
        assert store.add_targets(c, SITE, [], feed, NOW) == 0
        row = c.execute(select(t.target).where(t.target.c.url == one.url)).one()
        assert (row.stated_title, row.stated_date) == ("এক", "Sun, 1 Mar 2026")
        assert (row.found_in, row.kind, row.due_at) == (feed, "page", NOW)


@pytest.mark.large
def test_more_targets_than_a_statement_has_parameters(archive: Engine) -> None:
    add_many(archive, 7000)  # of a dozen each; PostgreSQL takes 65,535


def test_more_targets_than_are_put_at_once(archive: Engine) -> None:
    """SQLAlchemy puts a thousand rows in a statement."""
    add_many(archive, 1100)


def add_many(archive: Engine, count: int) -> None:
    """Add so many targets, and again, when none is new."""
    founds = [Found(url=f"https://news.example/{number}") for number in range(count)]
    with write(archive) as c:
        add_site(c)
        assert store.add_targets(c, SITE, founds, None, NOW) == count
        assert store.add_targets(c, SITE, founds, None, NOW) == 0


def test_an_alias_leads_to_its_target_even_through_another(archive: Engine) -> None:
    with write(archive) as c:
        (target,) = add_site(c, URL)
        store.add_alias(c, URL + "/amp", SITE, target, NOW)
        amp = c.execute(select(t.target.c.id).where(t.target.c.url == URL + "/amp")).scalar_one()
        store.add_alias(c, URL + "/m", SITE, amp, NOW)
        assert {queries.find_target(c, URL + end) for end in ("", "/amp", "/m")} == {target}
        assert queries.find_target(c, str(amp)) == target
        assert queries.find_target(c, URL + "/none") is None
        assert [due.id for due in queries.due(c, NOW)] == [target]


def test_a_url_that_is_a_target_does_not_become_an_alias(archive: Engine) -> None:
    with write(archive) as c:
        first, second = add_site(c, URL, URL + "/2")
        store.add_alias(c, URL + "/2", SITE, first, NOW)
        assert queries.find_target(c, URL + "/2") == second


def test_the_same_body_is_one_snapshot_and_every_fetch_points_at_it(archive: Engine) -> None:
    with write(archive) as c:
        (target,) = add_site(c, URL)
        run = store.start_run(c, "scrape", {}, NOW)
        first = store.store_fetch(c, run, target, fetched(b"one"), NOW)
        again = store.store_fetch(c, run, target, fetched(b"one"), NOW + HOUR)
        other = store.store_fetch(c, run, target, fetched(b"two"), NOW)
        assert (first.new, again.new, other.new) == (True, False, True)
        assert again.snapshot == first.snapshot != other.snapshot
        assert again.fetch != first.fetch
        seen = c.execute(select(t.fetch.c.snapshot).order_by(t.fetch.c.id)).scalars().all()
        assert seen == [first.snapshot, first.snapshot, other.snapshot]


def test_two_targets_with_one_body_share_its_bytes(archive: Engine) -> None:
    with write(archive) as c:
        for target in add_site(c, URL, URL + "/2"):
            add_snapshot(c, target, b"same")
        found = queries.counts(c)
        assert (found["snapshot"], found["body"], found["body_store"]) == (2, 1, 1)


def test_not_modified_points_at_what_the_page_last_sent(archive: Engine) -> None:
    with write(archive) as c:
        (target,) = add_site(c, URL)
        a = add_snapshot(c, target, b"a")
        add_snapshot(c, target, b"b")
        assert add_snapshot(c, target, b"a") == a
        run = store.start_run(c, "scrape", {}, NOW)
        kept = store.store_fetch(c, run, target, fetched(b"", "not_modified"), NOW)
        assert (kept.snapshot, kept.new) == (a, False)


def test_a_fetch_keeps_its_whole_story(archive: Engine) -> None:
    with write(archive) as c:
        (target,) = add_site(c, URL)
        run = store.start_run(c, "scrape", {"hosts": [SITE]}, NOW)
        answer = fetched(b"part", "truncated")
        stored = store.store_fetch(c, run, target, answer, NOW)
        row = c.execute(select(t.fetch)).one()
        assert (row.run, row.target, row.snapshot) == (run, target, stored.snapshot)
        assert row.headers == [list(pair) for pair in answer.headers]
        assert row.redirects == [[301, URL + "?final"]]
        assert row.signals == [["tdm-reservation", "1"]]
        assert (row.bytes, row.milliseconds, row.requests, row.status) == (900, 120, 2, 304)
        assert (row.requested_url, row.final_url, row.robots) == (URL, URL + "?final", "allowed")
        assert (row.outcome, row.reason, row.at) == ("truncated", "HTTP 304", NOW)


def test_no_body_is_kept_of_an_error_without_a_target_or_when_told(archive: Engine) -> None:
    with write(archive) as c:
        (target,) = add_site(c, URL)
        run = store.start_run(c, "scrape", {}, NOW)
        assert store.store_fetch(c, run, target, fetched(b"", "error"), NOW).snapshot is None
        assert store.store_fetch(c, run, None, fetched(), NOW).snapshot is None
        kept = store.store_fetch(c, run, target, fetched(), NOW, keep_body=False)
        assert kept.snapshot is None
        assert queries.counts(c)["body"] == 0
        assert queries.counts(c)["fetch"] == 3


def test_a_schedule_counts_answers_only(archive: Engine) -> None:
    with write(archive) as c:
        (target,) = add_site(c, URL)
        when: datetime | None
        for when in (NOW, None):
            store.schedule(
                c,
                target,
                due_at=NOW,
                etag='"e"',
                last_modified="Sun",
                failures=3,
                state="active",
                fetched_at=when,
            )
        (due,) = queries.due(c, NOW)
        assert (due.etag, due.last_modified, due.failures, due.fetches) == ('"e"', "Sun", 3, 1)


def test_what_is_known_of_a_host_is_replaced(archive: Engine) -> None:
    first = hosts.Host(
        origin="https://news.example:443",
        robots_status=200,
        robots_body=b"\xff\x00User-agent: *",
        robots_at=NOW,
        next_at=NOW + HOUR,
        failures=2,
    )
    second = replace(first, robots_body=None, robots_status=None, failures=0)
    with write(archive) as c:
        assert hosts.get(c, first.origin) is None
        hosts.put(c, first)
        assert hosts.get(c, first.origin) == first
        hosts.put(c, second)
        assert hosts.get(c, first.origin) == second


def test_times_come_back_in_utc_whatever_zone_they_had(archive: Engine) -> None:
    dhaka = NOW.astimezone(timezone(timedelta(hours=6)))
    with write(archive) as c:
        hosts.put(c, hosts.Host(origin="o", next_at=dhaka))
        found = hosts.get(c, "o")
    assert found is not None
    assert str(found.next_at) == str(NOW)


def test_a_time_without_a_zone_is_refused(archive: Engine) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(StatementError, match="no zone"), write(archive) as c:
        hosts.put(c, hosts.Host(origin="o", next_at=naive))


def test_a_document_comes_back_as_it_was(archive: Engine) -> None:
    with write(archive) as c:
        target, snapshot, made = fill(c)
        found = queries.document_of(c, target=target)
        assert found is not None
        assert found.document == document()
        assert (found.id, found.snapshot, found.url, found.site) == (made, snapshot, URL, SITE)
        assert found.fetched_at == NOW
        assert queries.document_of(c, snapshot=snapshot) == found
        assert queries.document_of(c, target=target, cleaner=CLEANER) == found
        assert queries.document_of(c, target=target, cleaner="none") is None


def test_an_empty_document_comes_back(archive: Engine) -> None:
    with write(archive) as c:
        _, snapshot, _ = fill(c)
        empty = replace(document("", "c2"), metadata=Metadata(), captions=(), marks=(), flags=())
        store.put_cleaner(c, "c2", {}, NOW)
        store.store_document(c, snapshot, empty, None, NOW)
        found = queries.document_of(c, snapshot=snapshot)
        assert found is not None
        assert found.document == empty


def test_a_stored_document_is_left_as_it_is_and_counted_once(archive: Engine) -> None:
    with write(archive) as c:
        _, snapshot, made = fill(c)
        before = everything(c)
        other = replace(document("other"), marks=())
        assert store.store_document(c, snapshot, other, None, NOW) == made
        after = everything(c)
    assert {**after, "text": None} == {**before, "text": None}


def test_rules_are_counted_by_documents_lines_and_characters(archive: Engine) -> None:
    with write(archive) as c:
        target, _, _ = fill(c)
        second = add_snapshot(c, target, b"two")
        one = Mark(3, 0, 7, "bn.read-more", "read_also")
        store.store_document(c, second, replace(document(), marks=(one,)), None, NOW)
        rows = c.execute(select(t.rule_count).order_by(t.rule_count.c.rule)).all()
    assert [tuple(row) for row in rows] == [
        (CLEANER, SITE, "base.not-main", 1, 1, 5),
        (CLEANER, SITE, "bn.read-more", 2, 2, 18),
    ]


def test_documents_of_one_text_share_it(archive: Engine) -> None:
    with write(archive) as c:
        _, snapshot, _ = fill(c)
        store.put_cleaner(c, "c2", {}, NOW)
        store.store_document(c, snapshot, document(cleaner="c2"), None, NOW)
        assert (queries.counts(c)["document"], queries.counts(c)["text"]) == (2, 1)


def test_a_target_points_at_the_newest_snapshot_and_the_last_cleaner(archive: Engine) -> None:
    with write(archive) as c:
        target, old, first = fill(c)
        new = add_snapshot(c, target, b"two")
        second = store.store_document(c, new, document("two"), None, NOW)
        assert current(c, target) == (second, new)
        store.put_cleaner(c, "c2", {}, NOW)
        store.store_document(c, old, document("one", "c2"), None, NOW)
        assert current(c, target) == (second, new)
        third = store.store_document(c, new, document("two", "c2"), None, NOW)
        assert current(c, target) == (third, new)
        point_document(c, new, CLEANER)
        assert current(c, target) == (second, new)
        point_document(c, old, CLEANER)
        assert current(c, target) == (second, new)
        assert first != second


def test_a_page_that_goes_back_to_what_it_was_shows_that(archive: Engine) -> None:
    with write(archive) as c:
        target, a, first = fill(c)
        b = add_snapshot(c, target, b"two")
        second = store.store_document(c, b, document("two"), None, NOW)
        assert current(c, target) == (second, b)
        assert add_snapshot(c, target) == a
        assert current(c, target) == (first, a)
        point_document(c, b, CLEANER)
        assert current(c, target) == (first, a), "nor does a re-clean bring back what is gone"


def test_attempts_at_one_thing_are_numbered(archive: Engine) -> None:
    with write(archive) as c:
        target, snapshot, _ = fill(c)

        def fail(snapshot: int | None, target: int | None, cleaner: str | None) -> None:
            store.store_failure(
                c,
                snapshot=snapshot,
                target=target,
                cleaner=cleaner,
                stage="clean",
                reason="r",
                advice="a",
                run=None,
                now=NOW,
            )

        for key in ((snapshot, None, "x"), (snapshot, None, "y"), (None, target, None)):
            fail(*key)
            fail(*key)
        found = c.execute(
            select(t.failure.c.cleaner, func.max(t.failure.c.attempt), func.count())
            .group_by(t.failure.c.cleaner)
            .order_by(t.failure.c.cleaner.nulls_last())
        ).all()
    assert [tuple(row) for row in found] == [
        ("cleaner-0", 1, 1),
        ("x", 2, 2),
        ("y", 2, 2),
        (None, 2, 2),
    ]


def test_strings_that_a_database_cannot_hold_are_mended(archive: Engine) -> None:
    bad, good = "a\0b\ud800c", "a\ufffdb\ufffdc"
    with write(archive) as c:
        store.put_site(c, SITE, {bad: [bad]}, NOW)
        store.add_targets(c, SITE, [Found(url=bad, title=bad)], None, NOW)
        target = queries.find_target(c, bad)
        assert target is not None
        answer = replace(fetched(), final_url=bad, reason=bad, headers=((bad, bad),))
        run = store.start_run(c, bad, {bad: bad}, NOW)
        snapshot = store.store_fetch(c, run, target, answer, NOW).snapshot
        assert snapshot is not None
        store.put_cleaner(c, CLEANER, {"why": bad}, NOW)
        page = replace(PAGE, language=bad, blocks=(PAGE.blocks[0]._replace(text=bad),))
        store.store_page(c, snapshot, SITE, EXTRACTOR, page)
        made = replace(
            document(bad),
            metadata=replace(METADATA, title=bad, authors=(bad,)),
            marks=(Mark(0, 0, 1, bad, bad),),
        )
        store.store_document(c, snapshot, made, run, NOW)
        store.store_failure(c, target=target, stage=bad, reason=bad, advice=bad, run=run, now=NOW)
    with read(archive) as c:
        (row,) = corpus(c)
        assert (row.text, row.title, row.authors, row.url) == (good, good, [good], good)
        found = queries.document_of(c, target=target)
        laid = queries.load_page(c, snapshot, EXTRACTOR)
        assert found is not None
        assert laid is not None
        assert found.document.marks == (Mark(0, 0, 1, good, good),)
        assert laid.blocks[0].text == good
        assert queries.sites(c)[0].config == {good: [good]}
