"""`archiver add` as a user types it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from archiver.archive import engine as archive
from archiver.archive import queries
from tests.command_line import archiver, told
from tests.folders import folder_with

folder = folder_with()


def targets(folder: Path) -> list[tuple[str, str, str]]:
    with closing(sqlite3.connect(folder / "archive.db")) as c:
        return c.execute("SELECT url, kind, site FROM target ORDER BY id").fetchall()


def test_a_list_of_urls_comes_from_a_file_or_from_standard_input(folder: Path) -> None:
    (folder / "urls.txt").write_text(
        "# mine\nhttps://a.example/1\n\nhttps://b.example/2?utm_source=x\n"
    )
    said = told(archiver("add", "--list", "urls.txt", "--pause", "2", folder=folder), 0)
    assert "a.example: 1 new\n" in said
    assert "2 sites: 2 new" in said
    said = told(archiver("add", "--list", "-", folder=folder, stdin=b"https://a.example/1\n"), 0)
    assert "1 sites: 0 new" in said
    assert targets(folder) == [
        ("https://a.example/1", "page", "a.example"),
        ("https://b.example/2", "page", "b.example"),
    ]


def test_captures_of_an_index_are_added_as_pages(folder: Path) -> None:
    lines = (
        b"example,a)/1 20240229081500 https://a.example/1 text/html 200 XYZ 1\n"
        b"example,a)/2 20240229081500 https://a.example/2.jpg image/jpeg 200 XYZ 1\n"
    )
    told(archiver("add", "--list", "-", folder=folder, stdin=lines), 0)
    assert targets(folder) == [("https://a.example/1", "page", "a.example")]


def test_a_section_is_a_kind_of_its_own(folder: Path) -> None:
    done = archiver("add", "https://a.example/sport/", "--as", "section", folder=folder)
    told(done, 0)
    assert done.stdout == b"section\thttps://a.example/sport/\n"
    stdin = b"https://a.example/world/\nhttps://b.example/\n"
    told(archiver("add", "--list", "-", "--as", "section", folder=folder, stdin=stdin), 0)
    assert [kind for _, kind, _ in targets(folder)] == ["section"] * 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "--list"),
        (["https://a.example/", "--list", "-"], "--list"),
        (["--list", "-", "--feed", "https://a.example/f"], "--feed"),
        (["--list", "-", "--as", "site"], "--as site"),
        (["--list", "wrong.txt"], "wrong.txt, line 1: 'this is no URL'"),
        (["https://a.example/", "--allow-private", "nonsense"], "HOST:PORT"),
        (["https://a.example/", "--allow-private", "10.0.0.1"], "HOST:PORT"),
        (["https://a.example/", "--allow-private", "::1"], "[::1]:80"),
        (["https://a.example/", "--allow-private", "10.0.0.1:99999"], "HOST:PORT"),
        (["--list", "missing.txt"], "missing.txt"),
        (["--list", "."], "."),
    ],
)
def test_wrong_use_is_said_in_one_line(folder: Path, words: list[str], said: str) -> None:
    (folder / "wrong.txt").write_text("this is no URL\n" * 3)
    assert said in told(archiver("add", *words, folder=folder), 2)
    assert targets(folder) == []


@pytest.mark.parametrize("place", ["list.txt", "-"])
def test_wrong_lines_are_told_and_the_others_are_added(folder: Path, place: str) -> None:
    """Of a list that is longer than what is stored together, wherever it is wrong."""
    good = [f"https://a.example/{n}" for n in range(1500)]
    lines = "\n".join([*good[:3], "http://n/a b", *good[3:], "bad", ""]).encode()
    (folder / "list.txt").write_bytes(lines)
    said = told(archiver("add", "--list", place, folder=folder, stdin=lines), 1)
    assert "line 4: 'http://n/a b'" in said
    assert "line 1502: 'bad'" in said
    assert "1 sites: 1500 new" in said
    assert "2 lines" in said
    assert len(targets(folder)) == 1500


def test_what_begins_like_no_list_is_not_read_to_its_end(folder: Path) -> None:
    lines = b"<p>no list\n" * 5000 + b"https://a.example/1\n"
    said = told(archiver("add", "--list", "-", folder=folder, stdin=lines), 2)
    assert len(said.splitlines()) < 110
    assert targets(folder) == []


def test_private_endpoints_are_kept_as_they_are_compared(folder: Path) -> None:
    words = ("--allow-private", "LocalHost:80", "--allow-private", "[0:0::1]:8080")
    told(archiver("add", "http://a.example/x", "--as", "page", *words, folder=folder), 0)
    engine = archive.connect(f"sqlite:///{folder}/archive.db")
    with archive.read(engine) as c:
        site = queries.site(c, "a.example")
    engine.dispose()
    assert site is not None
    assert site.config["allow_private"] == ["localhost:80", "[::1]:8080"]


def test_an_empty_list_is_said_to_be_empty(folder: Path) -> None:
    assert "names no page" in told(archiver("add", "--list", "-", folder=folder), 2)


def test_a_site_is_rendered_only_where_there_is_a_browser(folder: Path) -> None:
    page = ("add", "https://a.example/a", "--render")
    done = archiver(*page, folder=folder, ARCHIVER_CHROMIUM="/no/such/browser")
    assert "rendering needs" in told(done, 2)
    assert targets(folder) == []
