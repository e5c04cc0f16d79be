"""`duplicates` as a user types it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.command_line import archiver, told

PAGE = """<html lang="en"><head><title>{0}</title></head><body><article><h1>{0}</h1><p>{1}</p><p>{2}</p></article></body></html>"""
STORY = "The old bridge over the river was opened again on Monday after eight months of repairs, officials said, and people can cross it on foot and by bicycle until the last lamps are mounted."
MORE = "Boats had carried the pupils of two villages to school since the flood of last summer; the council wants to keep one of them for visitors, and a fair is planned for the spring."
OTHER = "A library has been opened in the former post office of the town, with four thousand books in three languages and a room in which children are read to every Sunday afternoon."


@pytest.fixture(scope="module")
def folder(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of two pages that nearly say the same, and a third."""
    place = tmp_path_factory.mktemp("repeated")
    shutil.copy(sqlite_template, place / "archive.db")
    for host, title, words in (
        ("one.example", "Bridge opened", STORY),
        ("two.example", "Bridge is open", STORY.replace("Monday", "the first day of the week")),
        ("one.example", "Library", OTHER),
    ):
        name = title.split()[0] + host + ".html"
        (place / name).write_text(PAGE.format(title, words, OTHER if words == OTHER else MORE))
        url = f"https://{host}/{title.split()[-1]}/"
        told(archiver("import", name, "--url", url, folder=place), 0)
    return place


def test_clusters_are_listed_and_counted(folder: Path) -> None:
    done = archiver("duplicates", folder=folder)
    summary = told(done, 0)
    assert "1 cluster of 2 pages, 1 across sites" in summary
    shown = done.stdout.decode()
    assert "2 pages of 2 sites, nearly the same words" in shown
    assert "first seen at one.example" in shown
    assert "https://two.example/open/" in shown


def test_json_is_a_cluster_a_line(folder: Path) -> None:
    done = archiver("duplicates", "--json", "--near", "--rebuild", folder=folder)
    told(done, 0)
    (line,) = done.stdout.decode().splitlines()
    assert [one["site"] for one in json.loads(line)["members"]] == ["one.example", "two.example"]


def test_filters(folder: Path) -> None:
    for words in (["--exact"], ["--language", "bn"], ["--since", "2999-01-01"]):
        done = archiver("duplicates", *words, folder=folder)
        assert "0 clusters of 0 pages" in told(done, 0)
        assert done.stdout == b""
    assert "no site is called" in told(archiver("duplicates", "--site", "x", folder=folder), 2)


def test_exact_and_near_together_are_wrong_use(folder: Path) -> None:
    for words in (["--exact", "--near"], ["--near", "--exact"]):
        done = archiver("duplicates", *words, folder=folder)
        assert "--exact and --near exclude each other" in told(done, 2)
        assert done.stdout == b""
