"""Erasures: nothing of a page is left in any table or file, and all else is as it was."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import ahocorasick
import pytest
from sqlalchemy import Engine, event, func, select
from sqlalchemy import text as sql

from archiver.archive import alarms, bodies, erasures, queries, search, store
from archiver.archive import engine as archive
from archiver.archive import tables as t
from archiver.archive.packing import ENCODING, PACKED, digest
from archiver.errors import BadInput, TryLater
from archiver.model import Fetched, Found
from archiver.work import duplicates
from archiver.work import erase as erasing
from archiver.work import search as searching
from archiver.work.cleaning import Cleaner
from archiver.work.compact import compact
from archiver.work.erase import Asked, Plan, advice, beside, erase, plan, planned
from archiver.work.ingest import ingest
from archiver.work.telling import silent
from archiver.work.verify import verify
from tests.archive.values import NOW
from tests.conftest import archive_with
from tests.work.frames import blobs

CLEANER = Cleaner(None)
HOST = "news.example"
GONE = f"https://{HOST}/2026/the-clockmakers-daughter/"
# Words that no other page has, one of them so long that it is a shingle by itself.
STORY = [
    "Дочь часовщика открыла мастерскую заново, и первым пришёл старый лодочник с реки.",
    "The clockmaker's daughter, Wilhelmina Oberhausenthaler, opened the workshop again.",
    "She had found eleven unfinished pendulums behind the wall, wrapped in sailcloth.",
    "Neighbours brought broken barometers, a musical box and one reluctant cuckoo.",
]
OTHER = [
    "The council counted the ducks on the lake for the fourth year, and found two more.",
    "A committee will decide in spring whether the island needs another nesting box.",
    "Children from the school painted the signs that ask visitors to keep to the path.",
]


def clock() -> datetime:
    return NOW


def html(title: str, paragraphs: Iterable[str]) -> bytes:
    text = "".join(f"<p>{line}</p>" for line in paragraphs)
    page = (
        f'<html lang="en"><head><meta charset="windows-1251"><title>{title}</title></head><body>'
        f'<nav><a href="/">Home</a><a href="/w">Weather</a></nav><article><h1>{title}</h1>{text}'
        "</article><footer><a href='/about'>About us</a></footer></body></html>"
    )
    return page.encode("windows-1251")


def put(engine: Engine, folder: Path, url: str, content: bytes, day: int = 0) -> dict[str, int]:
    file = folder / "page.html"
    file.write_bytes(content)
    when = NOW + timedelta(days=day)
    return ingest(engine, CLEANER, [file], url=url, fetched_at=when, clock=lambda: when)


def put_feed(engine: Engine, *items: tuple[str, str, str]) -> None:
    """A feed with whole texts, as it was fetched."""
    told = "".join(
        f"<item><title>{title}</title><link>{url}</link><description>&lt;p&gt;{text}&lt;/p&gt;"
        "</description></item>"
        for url, title, text in items
    )
    url = f"https://{HOST}/feed"
    body = f"<rss><channel>{told}</channel></rss>".encode()
    with archive.write(engine) as c:
        store.add_targets(c, HOST, [Found(url=url, kind="feed")], None, NOW)
        run = store.start_run(c, "scrape", {}, NOW)
        target = queries.find_target(c, url)
        fetched = Fetched(
            requested_url=url, final_url=url, outcome="ok", reason="", started_at=NOW, body=body
        )
        store.store_fetch(c, run, target, fetched, NOW)


def put_alarm(engine: Engine) -> None:
    """An alarm that shows how two pages begin."""
    shown = [
        {"url": GONE, "title": "The clockmaker returns", "begins": STORY[1]},
        {"url": f"https://{HOST}/ducks-1/", "title": "Ducks 1", "begins": OTHER[0]},
    ]
    evidence = {"site": HOST, "before": shown[1:], "now": shown}
    detail = {"summary": "", "sites": [HOST], "symptoms": [], "evidence": evidence}
    with archive.write(engine) as c:
        alarms.put_alarm(c, site=HOST, cause="content", day="2026-01-01", at=NOW, detail=detail)


def fill(engine: Engine, folder: Path) -> None:
    """Pages of a site, packed with the one that is to go as dictionary; indexed and compared."""
    folder.mkdir()
    put(engine, folder, GONE, html("The clockmaker returns", STORY))
    put(engine, folder, GONE, html("The clockmaker returns", [*STORY, "It rained."]), day=1)
    for number in range(5):
        text = [*OTHER, f"That was said on day {number} of the count, and everybody nodded."]
        put(engine, folder, f"https://{HOST}/ducks-{number}/", html(f"Ducks {number}", text))
    put_feed(engine, (GONE, "The clockmaker returns", STORY[1]))
    put_feed(engine, (f"https://{HOST}/ducks-1/", "Ducks 1", OTHER[0]))
    put_alarm(engine)
    compact(engine, clock=clock)
    searching.update(engine, silent)
    duplicates.update(engine, silent)


filled = archive_with(fill)


def shingles() -> set[str]:
    """The stretches of twelve characters that the story has, and nothing else has."""

    def cut(text: str) -> set[str]:
        return {text[at : at + 12] for at in range(len(text) - 11)}

    own = set().union(*map(cut, [*STORY, "The clockmaker returns", GONE.partition(HOST)[2]]))
    return own - set().union(*map(cut, OTHER))


def needles() -> set[bytes]:
    """The same as they might stand somewhere, in lower case where an index folds them."""
    found = set()
    for text in shingles():
        for form in (text, text.lower()):
            for encoding in ("utf-8", "utf-16-le", "windows-1251"):
                found.add(form.encode(encoding))
    return found


@cache
def sought() -> Any:  # noqa: ANN401 - the library has no types
    """What finds any of the needles in bytes that are read as ISO 8859-1, in one go."""
    found = ahocorasick.Automaton()
    for needle in needles():
        found.add_word(needle.decode("iso-8859-1"), None)
    found.make_automaton()
    return found


def traces(engine: Engine, dictionaries: list[bytes]) -> list[str]:
    """Where something of the story stands: tables, and the files of an SQLite archive."""
    found = []
    places: list[tuple[str, bytes]] = []
    with archive.read(engine) as c:
        for name, table in t.metadata.tables.items():
            for row in c.execute(select(table)):
                values = [value for value in row if value is not None]
                told = [v if isinstance(v, bytes) else str(v).encode() for v in values]
                places += [(name, value) for value in told]
        if engine.dialect.name == "postgresql":
            words = c.execute(sql("SELECT CAST(words AS text) FROM search_words")).scalars()
            places += [("search_words", str(one).encode()) for one in words]
    if engine.dialect.name == "sqlite":
        folder = Path(str(engine.url.database)).parent
        files = [path for path in folder.glob("archive.db*") if path.is_file()]
        places += [(path.name, path.read_bytes()) for path in files]
    for name, data in places:
        for one in blobs(data, dictionaries):
            if any(True for _ in sought().iter(one.decode("iso-8859-1"))):
                found.append(name)
                break
    return found


def dictionaries(engine: Engine) -> list[bytes]:
    """What bodies may have been packed with: every body with those that it was packed with."""
    with archive.read(engine) as c:
        query = select(t.body_store.c.digest, t.body_store.c.dictionary)
        known = {row.digest: row.dictionary for row in c.execute(query)}
        own = {name: bodies.load(c, name) for name in known}
    found = []
    for name in known:
        whole, at = b"", name
        while at:
            whole, at = own[at] + whole, known[at]
        found.append(whole)
    return found


def everything(engine: Engine) -> dict[str, object]:
    """What must be as it was: all other pages, their bytes, their documents and how they stand."""
    bodies.forget()
    with archive.read(engine) as c:
        query = (
            select(t.target.c.url, t.snapshot.c.body, t.document.c.title, t.text.c.text)
            .join_from(t.target, t.document, t.document.c.id == t.target.c.document)
            .join(t.snapshot, t.snapshot.c.id == t.document.c.snapshot)
            .join(t.text, t.text.c.digest == t.document.c.text)
            .where(t.target.c.url != GONE)
            .order_by(t.target.c.url)
        )
        rows = [tuple(row) for row in c.execute(query)]
        return {"rows": rows, "bytes": [digest(bodies.load(c, row[1])) for row in rows]}


def test_no_byte_of_a_page_is_left_and_all_else_is(filled: Engine) -> None:
    known = dictionaries(filled)
    before = traces(filled, known)
    assert {"text", "body_store", "page", "target", "fetch", "document", "alarm"} <= set(before)
    if filled.dialect.name == "sqlite":
        assert "archive.db" in before
    kept = everything(filled)
    with archive.read(filled) as c:
        own = select(t.snapshot.c.body).join(t.target, t.target.c.id == t.snapshot.c.target)
        names = c.execute(own.where(t.target.c.url == GONE)).scalars().all()
        assert erasures.leaning(c, names), "nothing leans on the page; the test shows nothing"
    found = plan(filled, Asked(urls=(GONE,)))
    assert (len(found.pages), found.counts["snapshots"], len(found.told)) == (1, 2, 1)
    assert traces(filled, known) == before  # a plan changes nothing

    counts = erase(filled, found, "privacy", clock=clock)
    assert (counts["pages"], counts["documents"], counts["snapshots"]) == (1, 2, 3)
    assert traces(filled, known) == []
    assert everything(filled) == kept
    assert verify(filled, CLEANER).faults == []
    with archive.read(filled) as c:
        (alarm,) = alarms.alarms(c)
        assert [page["title"] for page in alarm.detail["evidence"]["now"]] == ["Ducks 1"]
        assert alarm.detail["evidence"]["before"] == alarm.detail["evidence"]["now"]
        stones = c.execute(select(t.erasure.c.what, t.erasure.c.reason).distinct()).all()
        assert {tuple(stone) for stone in stones} == {
            ("page", "privacy"),
            ("document", "privacy"),
            ("body", "privacy"),
        }
        # The words that it shared with nobody are in the index no more, the others are.
        assert search.stale(c) == []
    assert searching.ask(filled, "pendulums", search.Filters(), 5, silent).total == 0
    assert searching.ask(filled, "ducks", search.Filters(), 9, silent).total == 5
    assert duplicates.update(filled, silent) == 0
    assert bool(advice(filled)) == (filled.dialect.name == "postgresql")


def test_what_was_erased_does_not_come_back(filled: Engine, tmp_path: Path) -> None:
    known = dictionaries(filled)
    erase(filled, plan(filled, Asked(urls=(GONE,))), "court", clock=clock)
    # By an import under its URL, or the same bytes under another; by a feed, an alias, a redirect.
    assert put(filled, tmp_path, GONE, html("The clockmaker returns", STORY))["erased"] == 1
    again = html("The clockmaker returns", STORY)
    other = f"https://{HOST}/elsewhere/"
    assert put(filled, tmp_path, other, again).get("snapshots", 0) == 0
    with archive.write(filled) as c:
        assert store.add_targets(c, HOST, [Found(url=GONE, title=STORY[2])], None, NOW) == 0
        target = queries.find_target(c, other)
        assert target is not None
        store.add_alias(c, GONE, HOST, target, NOW)
        run = store.start_run(c, "scrape", {}, NOW)
        (was,) = c.execute(select(t.target.c.id).where(t.target.c.state == "erased")).scalars()
        for number in (target, was):  # who was on the way when it was erased, too
            fetched = Fetched(
                requested_url=GONE,
                final_url=GONE,
                outcome="ok",
                reason="",
                started_at=NOW,
                headers=(("link", f"<{GONE}>"),),
                body=html("Another one", [*STORY, "More."]),
            )
            assert store.store_fetch(c, run, number, fetched, NOW).snapshot is None
        store.schedule(
            c, was, due_at=NOW, etag=None, last_modified=None, failures=0, state="active",
            fetched_at=NOW,
        )  # fmt: skip
        store.make_due(c, [GONE], NOW)
        assert [one.url for one in queries.due(c, NOW, kinds=["page"], again=True) if "clock" in one.url] == []  # fmt: skip
        state = c.execute(select(t.target.c.state).where(t.target.c.id == was)).scalar_one()
    assert state == "erased"
    assert traces(filled, known) == []
    assert verify(filled, CLEANER).faults == []


def test_a_text_that_another_page_has_stays_unless_all_copies_go(
    filled: Engine, tmp_path: Path
) -> None:
    copy = f"https://other.example/{'copied-story'}/"
    put(filled, tmp_path, copy, html("Copied", STORY))
    found = plan(filled, Asked(urls=(GONE,)))
    assert [(one.what, one.url) for one in found.shared] == [("text", copy)]
    assert any(copy in line for line in planned(found, filled))
    both = plan(filled, Asked(urls=(GONE,), all_copies=True))
    assert (both.copies, both.shared, len(both.pages)) == (1, [], 2)
    erase(filled, found, "copyright", clock=clock)
    with archive.read(filled) as c:
        assert c.execute(select(func.count()).select_from(t.text)).scalar_one() == 6
    again = plan(filled, Asked(urls=(GONE, copy)))
    assert (len(again.pages), again.gone) == (1, 1)
    known = dictionaries(filled)
    erase(filled, again, "copyright", clock=clock)
    assert traces(filled, known) == []


@pytest.mark.parametrize("by", ["document", "text", "body", "site"])
def test_a_page_is_found_by_any_of_its_names(filled: Engine, by: str) -> None:
    with archive.read(filled) as c:
        query = (
            select(t.target.c.id, t.document.c.id, t.document.c.text, t.snapshot.c.body)
            .join_from(t.target, t.document, t.document.c.id == t.target.c.document)
            .join(t.snapshot, t.snapshot.c.id == t.document.c.snapshot)
            .where(t.target.c.url == GONE)
        )
        page, document, text, body = c.execute(query).one()
    asked = {
        "document": Asked(documents=(document,)),
        "text": Asked(digests=(text,)),
        "body": Asked(digests=(body,)),
        "site": Asked(sites=(HOST,)),
    }[by]
    found = plan(filled, asked)
    assert page in found.pages
    assert len(found.pages) == (6 if by == "site" else 1)
    if by == "site":
        assert len(found.told) == 2
        known = dictionaries(filled)
        erase(filled, found, "publisher", clock=clock)
        assert traces(filled, known) == []
        assert verify(filled, CLEANER).faults == []
        with archive.read(filled) as c:
            assert queries.counts(c)["snapshot"] == queries.counts(c)["body"] == 0
            assert list(queries.due(c, NOW, again=True)) == []
        again = plan(filled, asked)
        assert (again.pages, again.gone) == ([], 1)


def test_where_a_request_was_led_once_stays_everybody_s(filled: Engine, tmp_path: Path) -> None:
    """A consent wall or a home page that the page once led to is no name of it."""
    home = f"https://{HOST}/"
    with archive.write(filled) as c:
        target = queries.find_target(c, GONE)
        assert target is not None
        store.add_alias(c, home, HOST, target, NOW)
        store.add_alias(c, f"{GONE}amp/", HOST, target, NOW)
    erase(filled, plan(filled, Asked(urls=(GONE,))), "privacy", clock=clock)
    with archive.write(filled) as c:
        found = [Found(url=home, kind="section"), Found(url=f"{GONE}amp/")]
        assert store.add_targets(c, HOST, found, None, NOW) == 1
        assert queries.find_target(c, home) is not None
    assert put(filled, tmp_path, f"{GONE}amp/", html("x", STORY))["erased"] == 1


class Killed(BaseException):
    """The end of a process, as a test can make it."""


def test_killed_anywhere_the_archive_is_whole_and_a_second_run_ends_it(
    filled: Engine, tmp_path: Path
) -> None:
    """Each transaction is the last one of a run, then the next run goes on."""
    known = dictionaries(filled)
    copy = "https://other.example/copied-story/"
    put(filled, tmp_path, copy, html("Copied", STORY))
    asked = Asked(urls=(GONE,), all_copies=True)
    kept = everything(filled)["rows"][:-1]  # type: ignore[index]
    write = archive.write
    runs = 0
    for last in range(1, 40):
        count = 0

        def dying(engine: Engine, last: int = last) -> object:
            nonlocal count
            count += 1
            if count > last:
                raise Killed
            return write(engine)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(archive, "write", dying)
            try:
                erase(filled, plan(filled, asked), "other", clock=clock)
                break
            except Killed:
                runs += 1
        assert verify(filled, CLEANER).faults == []
    assert runs >= 3
    assert traces(filled, known) == []
    assert everything(filled)["rows"] == kept


def test_compact_does_not_pack_with_what_was_erased(filled: Engine, tmp_path: Path) -> None:
    """A compact that is under way knows a dictionary that is erased meanwhile."""
    late = f"https://{HOST}/late/"
    put(filled, tmp_path, late, html("Late", [*OTHER, "This came when all others were packed."]))
    with archive.read(filled) as c:
        snapshot = c.execute(select(func.max(t.snapshot.c.id))).scalar_one()
        one = bodies.take(c, snapshot)
        assert one is not None
        (gone,) = c.execute(
            select(t.body_store.c.digest)
            .join(t.snapshot, t.snapshot.c.body == t.body_store.c.digest)
            .join(t.target, t.target.c.id == t.snapshot.c.target)
            .where(t.target.c.url == GONE, t.body_store.c.dictionary.is_(None))
        ).scalars()
        frame = bodies.repack(c, one, PACKED, 3, gone)
    erase(filled, plan(filled, Asked(urls=(GONE,))), "privacy", clock=clock)
    with archive.write(filled) as c:
        assert not bodies.put(c, one, PACKED, gone, frame)
        left = select(t.body_store.c.encoding).where(t.body_store.c.digest == one.digest)
        assert c.execute(left).scalar_one() == ENCODING
    assert verify(filled, CLEANER).faults == []


def test_who_still_reads_is_waited_for(filled: Engine) -> None:
    """A reader of what was keeps it in SQLite's log: that is said, and the next run cleans it."""
    if filled.dialect.name != "sqlite":
        pytest.skip("PostgreSQL's own log is the server's")
    known = dictionaries(filled)
    found = plan(filled, Asked(urls=(GONE,)))
    path = str(filled.url.database)
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM text").fetchone()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(archive, "BUSY_MS", 100)
            with pytest.raises(TryLater, match="run"):
                erase(filled, found, "privacy", clock=clock)
    erase(filled, plan(filled, Asked(urls=(GONE,))), "privacy", clock=clock)
    assert traces(filled, known) == []


@pytest.mark.parametrize(
    ("at_once", "times"),
    [(200, 1_400), pytest.param(10_000, 70_000, marks=pytest.mark.large)],
)
def test_more_pages_and_feeds_than_a_statement_has_parameters(
    filled: Engine, monkeypatch: pytest.MonkeyPatch, at_once: int, times: int
) -> None:
    """A site that was asked for years: here most of the numbers are those of nothing."""
    monkeypatch.setattr(erasures, "_AT_ONCE", at_once)
    monkeypatch.setattr(erasing, "TOLD_AT_ONCE", at_once)
    nothing = range(10**6, 10**6 + times)  # PostgreSQL takes 65,535
    most = 0

    @event.listens_for(filled, "before_cursor_execute")
    def count(c: object, cursor: object, statement: str, given: Any, *_: object) -> None:  # noqa: ANN401
        nonlocal most
        most = max(most, 0 if isinstance(given, list) else len(given))

    found = plan(filled, Asked(urls=(GONE,)))
    with archive.read(filled) as c:
        assert erasures.sites(c, [*found.pages, *nothing]) == [HOST]
    known = dictionaries(filled)
    told = [*found.told, *nothing[: times // 2]]  # which a statement names twice
    erase(filled, replace(found, told=told), "other", clock=clock)
    assert at_once < most < 3 * at_once
    assert traces(filled, known) == []
    assert plan(filled, Asked(urls=(GONE,))).gone == 1
    assert verify(filled, CLEANER).faults == []


def test_copies_beside_the_archive_are_named(filled: Engine, tmp_path: Path) -> None:
    if filled.dialect.name != "sqlite":
        pytest.skip("on PostgreSQL copies are the administrator's")
    (tmp_path / "archive.db.before-0009").touch()
    assert [path.name for path in beside(filled)] == ["archive.db.before-0009"]
    assert any("before-0009" in line for line in planned(Plan(), filled))


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        (Asked(), "what is to be erased"),
        (Asked(urls=("https://news.example/nosuch/",)), "not in this archive"),
        (Asked(documents=(999,)), "no document 999"),
        (Asked(sites=("nosuch.example",)), "no site is called"),
        (Asked(digests=("abc",)), "is no digest"),
        (Asked(digests=("0" * 64,)), "no page has"),
    ],
)
def test_what_is_not_there_is_said(engine: Engine, asked: Asked, fault: str) -> None:
    with pytest.raises(BadInput, match=fault):
        plan(engine, asked)
