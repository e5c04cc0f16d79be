"""Duplicates as they are asked for: the index follows by itself, also where it was killed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from sqlalchemy import Engine, func, select, update

from archiver.archive import duplicates as index
from archiver.archive import store
from archiver.archive import tables as t
from archiver.archive.engine import connect, read, write
from archiver.archive.search import Filters
from archiver.text import minhash
from archiver.work import duplicates
from tests.archive.test_duplicates import copy, story
from tests.archive.test_search import shelf
from tests.archive.values import NOW
from tests.nobody import as_nobody

from .test_search import Told

NO = Filters()


@pytest.fixture
def archive(archive_url: str) -> Iterator[Engine]:
    engine = connect(archive_url)
    with write(engine) as c:
        shelf(c, [story(1), story(2)], site="a.example")
        shelf(c, [copy(story(1), 0.1, 1), story(1)], site="b.example")
    yield engine
    engine.dispose()


def ask(engine: Engine, *, as_json: bool = False) -> list[str]:
    told = Told()
    _, clusters = duplicates.report(engine, NO, None, 10, told)
    assert told.lines == []
    return list(duplicates.lines(clusters, as_json=as_json))


def test_a_report_says_who_was_first_seen_and_from_which_agency(archive: Engine) -> None:
    with write(archive) as c:
        c.execute(update(t.document).where(t.document.c.id == 1).values(agencies=["PTI"]))
        c.execute(update(t.document).where(t.document.c.id > 1).values(agencies=None))
        c.execute(update(t.document).values(title="एक\x1b[31m"))
    assert ask(archive) == [
        "1. एक\ufffd[31m",
        "   3 pages of 2 sites, nearly the same words from PTI",
        "   first seen at a.example, 2026-03-01 06:30:00",
        "     first  2026-03-01 06:30:00  a.example  https://a.example/1",
        "       92%  2026-03-01 06:30:00  b.example  https://b.example/3",
        "      100%  2026-03-01 06:30:00  b.example  https://b.example/4",
        "",
    ]


def test_json_has_all_members(archive: Engine) -> None:
    (line,) = ask(archive, as_json=True)
    told = orjson.loads(line)
    assert (told["kind"], told["size"], told["representative"]) == ("near", 3, 1)
    assert told["sites"] == ["a.example", "b.example"]
    assert [one["kind"] for one in told["members"]] == ["exact", "near", "exact"]
    assert told["first_seen"] == "https://a.example/1"


def test_a_run_killed_anywhere_is_gone_on_with(archive: Engine) -> None:
    with write(archive) as c:
        index.put(c, index.prepare(c, [1, 3]))  # and here it was killed, with nothing decided
    assert len(ask(archive)) == 7
    assert duplicates.update(archive, Told()) == 0


def test_a_new_form_makes_the_index_anew(archive: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    before = ask(archive)
    monkeypatch.setattr(minhash, "FORM", "minhash-0")
    assert duplicates.update(archive, Told()) == 4
    assert duplicates.update(archive, Told()) == 0
    assert ask(archive) == before
    assert duplicates.update(archive, Told(), rebuild=True) == 4
    assert ask(archive) == before


def test_damage_is_told_and_stops_nothing(archive: Engine) -> None:
    with write(archive) as c:
        c.execute(update(t.text).where(t.text.c.text == story(2)).values(text=story(1)))
    told = Told()
    _, (cluster,) = duplicates.report(archive, NO, None, 10, told)
    assert len(cluster.members) == 3
    assert told.lines == ["1 texts are not what was stored and not compared; run: archiver verify"]


def test_the_view_tells_exports_what_to_leave_out(archive: Engine) -> None:
    duplicates.update(archive, Told())
    kept = (
        select(t.corpus.c.id)
        .outerjoin(t.duplicate, t.duplicate.c.document == t.corpus.c.id)
        .where(t.duplicate.c.representative.is_(None))
        .order_by(t.corpus.c.id)
    )
    with read(archive) as c:
        assert list(c.execute(kept).scalars()) == [1, 2]


def test_an_archive_that_cannot_be_written_is_reported_as_far_as_it_goes(
    sqlite_template: Path,
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(sqlite_template, folder / "archive.db")
        engine = connect(f"sqlite:///{folder}/archive.db")
        with write(engine) as c:
            shelf(c, ["एक दो", "एक दो"])
        duplicates.update(engine, Told())
        with write(engine) as c:
            shelf(c, ["एक दो"])
        engine.dispose()
        (folder / "archive.db").chmod(0o444)
        folder.chmod(0o555)
        with as_nobody():
            told = Told()
            counts, _ = duplicates.report(engine, NO, None, 10, told)
            assert counts.pages == 2
        engine.dispose()
        folder.chmod(0o755)
    assert told.lines[0].startswith("1 pages are not in the index and not compared")


def test_the_index_is_no_part_of_what_a_run_stores(archive: Engine) -> None:
    with write(archive) as c:
        store.put_cleaner(c, "other", {}, NOW)
        shelf(c, ["नया"])
        assert c.execute(select(func.count()).select_from(t.duplicate_document)).scalar() == 0
