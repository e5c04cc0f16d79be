"""`search` as a user types it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.command_line import archiver, told

PAGE = """<html lang="{}"><head><title>{}</title></head><body><article><h1>{}</h1><p>{}</p><p>{}</p></article></body></html>"""
HINDI = "नदी पर बने पुराने पुल की मरम्मत पूरी हो गई है और अब लोग उस पर से फिर आ जा सकते हैं, ऐसा अधिकारियों ने बताया। ज़मीन"
BENGALI = "নদীর ওপরের পুরোনো সেতুটি মেরামত করা হয়েছে এবং মানুষ আবার তার ওপর দিয়ে চলাচল করতে পারছে বলে কর্মকর্তারা জানান। উৎসব"


@pytest.fixture(scope="module")
def folder(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of two pages."""
    place = tmp_path_factory.mktemp("searched")
    shutil.copy(sqlite_template, place / "archive.db")
    for name, language, title, words in (
        ("hi", "hi", "पुल खुला", HINDI),
        ("bn", "bn", "সেতু খুলল", BENGALI),
    ):
        page = PAGE.format(language, title, title, words, words)
        (place / f"{name}.html").write_text(page, "utf-8")
        url = f"https://{name}.example/bridge/"
        told(archiver("import", f"{name}.html", "--url", url, folder=place), 0)
    return place


def out(*words: str, folder: Path) -> str:
    done = archiver("search", *words, folder=folder)
    told(done, 0)
    return done.stdout.decode()


def test_a_word_is_found_in_another_spelling_and_marked(folder: Path) -> None:
    assert "[ज़मीन]" in out("जमीन", folder=folder)
    assert "[উৎসব]" in out("উত্\u200dসব", folder=folder)
    assert "1 page found" in told(archiver("search", "[পুরোনো", folder=folder), 0)


def test_filters_and_limit(folder: Path) -> None:
    assert out("জমীন*", folder=folder) == ""
    assert out("पुल", "--language", "bn", folder=folder) == ""
    assert out("पुल", "--site", "hi.example", "--since", "2020-01-01", folder=folder)
    done = archiver("search", "2* -20", "--limit", "1", folder=folder)
    assert "0 pages found" in told(done, 0)


def test_json(folder: Path) -> None:
    (line,) = out('"पुराने पुल"', "--json", folder=folder).splitlines()
    record = json.loads(line)
    assert record["url"] == "https://hi.example/bridge/"
    spans = record["snippet_hits"]
    assert {record["snippet"][start:end] for start, end in spans} == {"पुराने पुल"}


def test_what_does_not_read_is_one_line_and_wrong_use(folder: Path) -> None:
    assert "quotation mark" in told(archiver("search", '"a', folder=folder), 2)
    assert "no word to look for" in told(archiver("search", "।", folder=folder), 2)
    assert "what to search for" in told(archiver("search", "--language", "hi", folder=folder), 2)


def test_without_a_query_the_index_is_brought_up_to_date(folder: Path) -> None:
    assert "indexed 0 pages" in told(archiver("search", folder=folder), 0)
    assert "indexed 2 pages" in told(archiver("search", "--rebuild", folder=folder), 0)
    with closing(sqlite3.connect(folder / "archive.db")) as connection:
        assert connection.execute("SELECT count(*) FROM search_document").fetchone() == (2,)
