"""Selections, `release` and `erase` as a user types them."""

from __future__ import annotations

import json
from pathlib import Path

from archiver.archive.engine import connect
from tests.command_line import archiver, told
from tests.folders import folder_with
from tests.work.versions_of import FIRST, OPENED, URL, body, fill

OTHER = "https://news.example/2025/ferry/"


def two_pages(place: Path) -> None:
    """Two pages of a site."""
    for url, first in ((URL, FIRST), (OTHER, f"{OPENED} The ferry rests until May.")):
        (place / "page.html").write_bytes(body(first))
        words = ("import", "page.html", "--url", url, "--time", "2026-03-01T00:00:00Z")
        told(archiver(*words, folder=place), 0)


folder = folder_with(two_pages)
begun = folder_with()


def urls(*words: str, folder: Path) -> list[str]:
    done = archiver("export", *words, folder=folder)
    told(done, 0)
    return [json.loads(line)["url"] for line in done.stdout.splitlines()]


def test_an_export_is_of_what_is_selected_and_says_what_it_left_out(folder: Path) -> None:
    assert urls("--where", "url like '%/ferry/'", folder=folder) == [OTHER]
    assert urls("--language", "EN", "--script", "latn", folder=folder) == urls(folder=folder)
    done = archiver("export", "--query", "ferry", "--min-chars", "9", folder=folder)
    assert "1 documents left out: query\n1 documents\n" in told(done, 0)
    assert urls("--fetched-since", "2026-03-01", "--language", "en", folder=folder) == [URL, OTHER]
    assert urls("--fetched-until", "2026-03-01T00:00:00Z", folder=folder) == []
    assert urls("--duplicates", "representative", folder=folder) != []
    assert urls("--as-of", "2026-03-01", "--purpose", "training", folder=folder) == []  # made today
    for words, said in (
        (("--where", "nosuch > 1"), "no column 'nosuch'; there are id, url"),
        (("--where", "chars >"), "--where: "),
        (("--where", "1; drop table text"), "--where: "),
        (("--fetched-since", "soon"), "'soon' is no ISO 8601 day or time"),
        (("--format", "warc", "-o", "x.warc", "--min-chars", "1"), "a selection is of documents"),
        (("--cleaner", "nosuch"), "no cleaner is called 'nosuch'"),
    ):
        assert said in told(archiver("export", *words, folder=folder), 2)


def test_what_a_file_reserves_is_known_when_it_is_imported(folder: Path) -> None:
    for name in ("robots", "tdm-reservation"):
        said = "noai" if name == "robots" else "1"
        meta = f'<head><meta name="{name}" content="{said}">'.encode()
        (folder / "page.html").write_bytes(body(OPENED).replace(b"<head>", meta))
        words = ("import", "page.html", "--url", f"https://news.example/{name}/")
        told(archiver(*words, folder=folder), 0)
    assert len(urls(folder=folder)) == 4
    done = archiver("export", "--purpose", "training", folder=folder)
    assert "documents left out: reserved, robots: noai\n" in told(done, 0)
    assert len(done.stdout.splitlines()) == 2


def test_a_release_goes_its_way(folder: Path) -> None:
    made = archiver("release", "create", "spring", "--where", "url like '%/ferry/'", folder=folder)
    assert "1 documents left out: condition" in told(made, 0)
    assert made.stdout.startswith(b"spring: 1 documents, digest ")
    told(archiver("release", "create", "summer", folder=folder), 0)
    listed = archiver("release", "list", folder=folder).stdout.decode().splitlines()
    assert [line.split()[0] for line in listed] == ["spring", "summer"]
    shown = archiver("release", "show", "summer", folder=folder).stdout.decode()
    assert ", after spring\ndocuments  2\nselection  all\n" in shown
    diff = archiver("release", "diff", "spring", "summer", "--pages", folder=folder).stdout
    assert diff.decode().splitlines()[0] == f"+ {URL}"
    told(archiver("release", "export", "summer", "-o", "out", "--format", "csv", folder=folder), 0)
    assert (folder / "out" / "data" / "corpus.csv").is_file()
    assert "against spring" in (folder / "out" / "CHANGES.md").read_text("utf-8")
    told(
        archiver("release", "export", "spring", "-o", "first", "--format", "txt", folder=folder), 0
    )
    assert "The first release" in (folder / "first" / "CHANGES.md").read_text("utf-8")
    again = archiver("release", "export", "summer", "-o", "out", folder=folder)
    assert "not empty; name a new one" in told(again, 2)
    stream = archiver("release", "export", "summer", "-o", "-", folder=folder)
    assert "no stream: give --output FOLDER" in told(stream, 2)
    verified = archiver("release", "verify", "summer", folder=folder)
    assert verified.stdout == b"2 documents looked at; 0 broken\n"
    assert "no release is called" in told(archiver("release", "show", "x", folder=folder), 2)


def test_an_erasure_is_shown_asked_for_and_named_by_releases(folder: Path) -> None:
    told(archiver("release", "create", "spring", folder=folder), 0)
    words = ("erase", "--url", OTHER, "--reason", "privacy")
    dry = archiver(*words, "--dry-run", folder=folder)
    assert told(dry, 0) == ""
    assert dry.stdout.decode().splitlines()[0] == f"page {OTHER}"
    assert "say --yes" in told(archiver(*words, folder=folder), 2)
    assert len(urls(folder=folder)) == 2
    said = told(archiver(*words, "--yes", folder=folder), 0)
    assert "erased: 1 pages, 1 snapshots, 1 documents, 1 texts, 1 bodies" in said
    assert urls(folder=folder) == [URL]
    assert b"ferry" not in (folder / "archive.db").read_bytes()
    told(archiver("verify", folder=folder), 0)
    out = archiver("release", "export", "spring", "-o", "out", folder=folder)
    assert "left out, erased: document 2, " in told(out, 0)
    verified = archiver("release", "verify", "spring", folder=folder)
    assert (verified.returncode, verified.stdout) == (
        0,
        b"1 documents looked at, 1 erased; 0 broken\n",
    )
    (folder / "page.html").write_bytes(body(OPENED))
    again = ("import", "page.html", "--url", OTHER, "--time", "2026-03-02T00:00:00Z")
    assert "1 erased" in told(archiver(*again, folder=folder), 0)
    assert "reason" in told(archiver("erase", "--url", URL, folder=folder), 2)


def test_a_release_that_was_tampered_with_is_broken(begun: Path) -> None:
    engine = connect(f"sqlite:///{begun}/archive.db")
    fill(engine, begun)
    engine.dispose()
    told(archiver("release", "create", "r", folder=begun), 0)
    engine = connect(f"sqlite:///{begun}/archive.db")
    with engine.begin() as c:
        c.exec_driver_sql("UPDATE document SET title = 'x'")
    engine.dispose()
    broken = archiver("release", "verify", "r", folder=begun)
    told(broken, 1)
    assert b"its row has changed" in broken.stdout
