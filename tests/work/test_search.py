"""Searching as it is asked for: the index follows by itself, also where it was killed or is closed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from sqlalchemy import Engine, select, update

from archiver.archive import search, store
from archiver.archive import tables as t
from archiver.archive.engine import connect, read, write
from archiver.archive.search import Filters
from archiver.text import search as form
from archiver.work import search as searching
from tests.archive.test_search import shelf
from tests.archive.values import NOW
from tests.nobody import as_nobody

NO = Filters()


@pytest.fixture
def archive(archive_url: str) -> Iterator[Engine]:
    engine = connect(archive_url)
    with write(engine) as c:
        shelf(c, ["पहली फ़िल्म\n\nऔर कुछ", "दूसरी फिल्म", "किताब"])
    yield engine
    engine.dispose()


class Told:
    """What was said on the way."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.lines: list[str] = []

    def __call__(self, message: str, *, passing: bool = False, **_: str | int) -> None:
        """Keep what does not pass."""
        self.lines += [] if passing else [message]


def ask(engine: Engine, query: str) -> list[str]:
    told = Told()
    answer = searching.ask(engine, query, NO, 10, told)
    assert told.lines == []
    assert answer.total == len(answer.best)
    return list(searching.lines(answer, "[{}]".format, as_json=False))


def test_a_search_indexes_what_is_new(archive: Engine) -> None:
    shown = "\n".join(ask(archive, "फिल्म"))
    assert "पहली [फ़िल्म]  और कुछ" in shown
    assert "दूसरी [फिल्म]" in shown
    with write(archive) as c:
        shelf(c, ["तीसरी फ़िल्म"])
    assert "तीसरी [फ़िल्म]" in "\n".join(ask(archive, "फिल्म"))


def test_a_search_that_was_killed_is_gone_on_with(
    archive: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "AT_ONCE", 2)
    put = search.put
    calls = []

    def once(*values: object) -> int:
        calls.append(values)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return put(*values)  # type: ignore[arg-type]

    with monkeypatch.context() as broken:
        broken.setattr(search, "put", once)
        with pytest.raises(KeyboardInterrupt):
            searching.update(archive, Told())
    with read(archive) as c:
        assert len(search.stale(c)) == 1
    assert searching.update(archive, Told()) == 1
    assert searching.update(archive, Told()) == 0


def test_a_new_form_makes_the_index_anew(archive: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert searching.update(archive, Told()) == 3
    monkeypatch.setattr(form, "FORM", "search-2")
    assert searching.update(archive, Told()) == 3
    assert searching.update(archive, Told()) == 0
    with read(archive) as c:
        assert set(c.execute(select(t.search_document.c.form)).scalars()) == {"search-2"}
    assert len(ask(archive, "किताब")) == 4


def test_a_rebuild_is_the_same_index(archive: Engine) -> None:
    before = ask(archive, "फिल्म")
    assert searching.update(archive, Told(), rebuild=True) == 3
    assert ask(archive, "फिल्म") == before


def test_json_leads_back_to_title_and_text(archive: Engine) -> None:
    with write(archive) as c:
        c.execute(update(t.document).values(title="एक फ़िल्म\x1b[31m"))
    answer = searching.ask(archive, "फिल्म पहली", NO, 10, Told())
    (line,) = searching.lines(answer, str, as_json=True)
    told = orjson.loads(line)
    assert [told["title"][a:b] for a, b in told["title_hits"]] == ["फ़िल्म"]
    assert [told["snippet"][a:b] for a, b in told["snippet_hits"]] == ["पहली", "फ़िल्म"]
    assert told["published"] is None
    (shown, *_) = searching.lines(answer, "[{}]".format, as_json=False)
    assert shown == "1. एक [फ़िल्म]\ufffd[31m"


def test_damage_is_told_and_stops_nothing(archive: Engine) -> None:
    with write(archive) as c:
        c.execute(update(t.text).where(t.text.c.text == "किताब").values(text="क़लम"))
    told = Told()
    assert searching.ask(archive, "फिल्म", NO, 10, told).total == 2
    assert told.lines == ["1 texts are not what was stored and not searched; run: archiver verify"]


def test_an_archive_that_cannot_be_written_is_searched_as_far_as_it_goes(
    sqlite_template: Path,
) -> None:
    """And what is not in its index is told, never shown wrong."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(sqlite_template, folder / "archive.db")
        engine = connect(f"sqlite:///{folder}/archive.db")
        with write(engine) as c:
            shelf(c, ["पहली किताब"])
        searching.update(engine, Told())
        with write(engine) as c:
            shelf(c, ["दूसरी किताब"])
        engine.dispose()
        (folder / "archive.db").chmod(0o444)
        folder.chmod(0o555)
        with as_nobody():
            told = Told()
            assert searching.ask(engine, "किताब", NO, 10, told).total == 1
        engine.dispose()
        folder.chmod(0o755)
    assert told.lines[0].startswith("1 pages are not in the index and not searched")


def test_the_index_is_no_part_of_what_a_run_stores(archive: Engine) -> None:
    """Collecting and cleaning pay nothing for it."""
    searching.update(archive, Told())
    with write(archive) as c:
        store.put_cleaner(c, "other", {}, NOW)
        before = c.execute(select(t.search_document)).all()
        shelf(c, ["नया"])
        assert c.execute(select(t.search_document)).all() == before
