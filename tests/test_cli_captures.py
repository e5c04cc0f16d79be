"""Captures in and out at the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command_line import archiver, told
from tests.folders import folder_with
from tests.warcs import PAGE, Recorder, response


def recorded(place: Path) -> None:
    """A WARC of a page and a picture, not yet imported."""
    recorder = Recorder(place / "crawl.warc.gz")
    recorder.put(response())
    png = ("Content-Type", "image/png")
    recorder.put(response("https://news.example/a.png", b"\x89PNG", "200 OK", png))
    recorder.saved()


folder = folder_with(recorded)


def test_a_warc_goes_in_and_out_and_in_again(folder: Path) -> None:
    said = told(archiver("import", "crawl.warc.gz", folder=folder), 0)
    assert "1 skipped for their media type" in said
    assert "1 documents" in said
    words = ("export", "--format", "warc", "-o", "out.warc.zst", "--cdxj")
    assert "1 captures" in told(archiver(*words, folder=folder), 0)
    assert b"example,news)/rain 20240229081500 " in (folder / "out.cdxj").read_bytes()
    other = ("--database", "other.db")
    told(archiver(*other, "init", folder=folder), 0)
    told(archiver(*other, "import", "out.warc.zst", folder=folder), 0)
    first, second = (archiver(*name, "export", folder=folder).stdout for name in ((), other))
    (row,) = map(json.loads, first.splitlines())
    assert row["url"] == "https://news.example/rain"
    assert row["fetched_at"] == "2024-02-29T08:15:00Z"
    assert first == second


def test_a_broken_record_ends_with_1_and_its_place(folder: Path) -> None:
    recorder = Recorder(folder / "bad.warc.gz")
    place = recorder.put(response(WARC_Payload_Digest="sha1:" + "A" * 32))
    recorder.put(response("https://news.example/sun", PAGE.replace("Rain", "Sun").encode()))
    recorder.saved()
    said = told(archiver("import", "bad.warc.gz", folder=folder), 1)
    assert f"bad.warc.gz, byte {place}: the record holds other bytes" in said
    assert "1 documents" in said


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("import", "crawl.warc.gz", "--url", "https://news.example/"), "says itself"),
        (("export", "--format", "warc"), "--output"),
        (("export", "--format", "warc", "-o", "out.gz"), ".warc.gz"),
        (("export", "--format", "warc", "-o", "a.warc", "--since", "soon"), "--since"),
        (("export", "--format", "warc", "-o", "a.warc", "--markdown"), "--markdown"),
        (("export", "--format", "warc", "-o", "a.warc", "--site", "no.example"), "no.example"),
        (("export", "--cdxj"), "--format warc"),
    ],
)
def test_wrong_use_is_said_and_nothing_is_written(
    folder: Path, words: tuple[str, ...], fault: str
) -> None:
    before = {path.name for path in folder.iterdir()}
    assert fault in told(archiver(*words, folder=folder), 2)
    assert {path.name for path in folder.iterdir() if ".db" not in path.name} <= before
