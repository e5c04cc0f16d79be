"""Hostile text through every format, read back by readers that are not ours.

What a format forbids is replaced by U+FFFD and counted; nothing else changes.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from archiver.export.csvfile import unguarded
from tests.export import hostile
from tests.export.hostile import Row, replaced, same, written

HALVES = "[\ud800-\udfff]"
NUL = "[\x00\ud800-\udfff]"
NO_XML = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
COUNTED = "characters that the format cannot hold, written as U+FFFD"
GIVEN = hostile.rows()


def expected(barred: str) -> list[Row]:
    return [{name: replaced(value, barred) for name, value in row.items()} for row in GIVEN]


def counted(barred: str, columns: tuple[str, ...] = tuple(hostile.NAMES)) -> int:
    """How many characters of these columns a format bars."""
    found = 0
    for row in GIVEN:
        for name in columns:
            values: list[Any] = row[name] if isinstance(row[name], list) else [row[name]]
            found += sum(len(re.findall(barred, one)) for one in values if isinstance(one, str))
    return found


def test_json_lines_change_nothing(tmp_path: Path) -> None:
    assert not written("jsonl", GIVEN, tmp_path / "c.jsonl")
    same(hostile.read_jsonl(tmp_path / "c.jsonl"), GIVEN)
    assert not written("jsonl.zst", GIVEN, tmp_path / "c.zst")
    same(hostile.read_zst(tmp_path / "c.zst"), GIVEN)


def _but_nulls(rows: list[Row]) -> list[Row]:
    """As a reader has them who knows no null."""
    return [{name: "" if value is None else value for name, value in row.items()} for row in rows]


def _but_lists(rows: list[Row]) -> list[Row]:
    """As JSON inside another format has them: halves of pairs are escaped there, and stay."""
    return [
        {**row, "authors": given["authors"], "tags": given["tags"]}
        for row, given in zip(rows, GIVEN, strict=True)
    ]


@pytest.mark.parametrize("bom", [False, True])
def test_csv_gives_the_exact_texts(tmp_path: Path, bom: bool) -> None:
    """With `raw` as they are, else behind an apostrophe that can be taken away again."""
    texts = ("title", "section", "image", "licence", "text")
    wanted = _but_lists(_but_nulls(expected(HALVES)))
    raw = written("csv", GIVEN, tmp_path / "raw.csv", raw=True, bom=bom)
    assert raw == {COUNTED: counted(HALVES, texts)}
    same(hostile.read_csv(tmp_path / "raw.csv"), wanted)
    written("csv", GIVEN, tmp_path / "c.csv", bom=bom)
    same(hostile.read_csv(tmp_path / "c.csv", unguarded), wanted)
    assert (tmp_path / "c.csv").read_bytes().startswith(b"\xef\xbb\xbfid," if bom else b"id,")


def test_no_field_of_a_csv_is_a_formula(tmp_path: Path) -> None:
    """Nor does one begin with what is dropped in front of one; and that is said."""
    changes = written("csv", GIVEN, tmp_path / "c.csv")
    guards = [said for said in changes if "apostrophe" in said]
    assert len(guards) == 1
    found = hostile.read_csv(tmp_path / "c.csv")
    fields = [row[name] for row in found for name in ("title", "section", "text")]
    shown = [re.sub("^[\\s\x00-\x1f\u200b-\u200f\u202a-\u202e\ufeff]+", "", one) for one in fields]
    assert not [one for one in shown if one[:1] in set("=+-@＝＋－＠")]
    assert not [one for one in fields if one[:1] in set("\t\r\n")]
    bare = re.sub('"([^"]|"")*"', "", (tmp_path / "c.csv").read_bytes().decode())
    assert set(bare.partition("\r\n")[2]) == set("0123456789,\r\n")  # all texts in quotes


def test_a_csv_tells_null_from_an_empty_text(tmp_path: Path) -> None:
    given = [hostile.row(1, "") | {"title": None}]
    written("csv", given, tmp_path / "c.csv")
    line = (tmp_path / "c.csv").read_bytes().decode().split("\r\n")[1]
    assert line.startswith('1,"https://news.example/1","news.example",,')
    assert ',"","hi",' in line


def test_sqlite_keeps_all_that_is_unicode(tmp_path: Path) -> None:
    texts = ("title", "section", "image", "licence", "text")
    changes = written("sqlite", GIVEN, tmp_path / "c.sqlite")
    assert changes == {COUNTED: counted(HALVES, texts)}
    same(hostile.read_sqlite(tmp_path / "c.sqlite"), _but_lists(expected(HALVES)))
    written("sql", GIVEN, tmp_path / "c.sql", dialect="sqlite")
    same(hostile.read_sqlite_dump(tmp_path / "c.sql"), _but_lists(expected(HALVES)))


@pytest.mark.parametrize("dialect", ["postgresql", "copy"])
def test_postgresql_loses_no_record_to_what_it_refuses(
    tmp_path: Path, dialect: str, postgres_url: str
) -> None:
    """NUL is replaced in it, and counted; all else is there."""
    texts = ("title", "section", "image", "licence", "text")
    path = tmp_path / "c.sql"
    assert written("sql", GIVEN, path, dialect=dialect) == {COUNTED: counted(NUL, texts)}
    hostile.load_postgresql(path, postgres_url)
    same(hostile.read_postgresql(postgres_url), _but_lists(expected(NUL)))


def test_parquet_keeps_all_that_is_unicode(tmp_path: Path) -> None:
    assert written("parquet", GIVEN, tmp_path / "c.parquet") == {COUNTED: counted(HALVES)}
    same(hostile.read_parquet(tmp_path / "c.parquet"), expected(HALVES))


def test_markdown_shows_every_character(tmp_path: Path) -> None:
    """But U+0000, for which CommonMark asks for U+FFFD."""
    changes = written("markdown", GIVEN, tmp_path / "c.md")
    assert changes[COUNTED] >= counted(NUL, ("title", "text"))
    wanted = expected(NUL)
    same(
        hostile.read_markdown(tmp_path / "c.md"), wanted, ["id", "url", "title", "section", "text"]
    )


def test_tei_keeps_all_that_xml_may_hold(tmp_path: Path) -> None:
    changes = written("tei", GIVEN, tmp_path / "c.xml")
    assert changes[COUNTED] >= counted(NO_XML, ("title", "text"))
    wanted = [
        {**row, "title": row["title"] or "", "section": row["section"] or None}
        for row in expected(NO_XML)
    ]
    same(
        hostile.read_tei(tmp_path / "c.xml"), wanted, ["id", "title", "authors", "tags", "section"]
    )
    texts = {row["id"]: row["text"] for row in hostile.read_tei(tmp_path / "c.xml")}
    for row in wanted[:-2]:
        assert texts[row["id"]] == row["text"]
    every = [one for one in texts[wanted[-2]["id"]].split("\n\n") if one]  # empty cells are none
    assert every == wanted[-2]["text"].split("\n\n")


def test_vertical_text_keeps_all_but_the_length_of_blanks(tmp_path: Path) -> None:
    written("vert", GIVEN, tmp_path / "c.vert")
    wanted = [
        {
            "id": row["id"],
            "text": "\n\n".join(" ".join(one.split()) for one in row["text"].split("\n\n")),
        }
        for row in expected(NO_XML)
    ]
    same(hostile.read_vert(tmp_path / "c.vert"), wanted, ["id", "text"])


def test_plain_text_keeps_all_but_what_parts_its_texts(tmp_path: Path) -> None:
    barred = "[\f\ud800-\udfff]"
    assert written("txt", GIVEN, tmp_path / "c.txt") == {COUNTED: counted(barred, ("text",))}
    assert hostile.read_txt(tmp_path / "c.txt") == [row["text"] for row in expected(barred)]


@pytest.mark.parametrize(
    "size", [500_000, pytest.param(10_000_000, marks=pytest.mark.large, id="ten_megabytes")]
)
def test_a_line_of_many_bytes_is_a_text_like_others(tmp_path: Path, size: int) -> None:
    """More than Python's reader of CSV takes in a field unless it is told to, too."""
    part = "बारिश हुई 😀 "
    line = part * (size // len(part.encode()) + 1)
    assert len(line) > 131_072
    given = [hostile.row(1, "long", line.strip())]
    written("jsonl", given, tmp_path / "c.jsonl")
    same(hostile.read_jsonl(tmp_path / "c.jsonl"), given)
    written("csv", given, tmp_path / "c.csv")
    same(hostile.read_csv(tmp_path / "c.csv"), given, ["text"])
    written("sqlite", given, tmp_path / "c.sqlite")
    same(hostile.read_sqlite(tmp_path / "c.sqlite"), given)
    written("parquet", given, tmp_path / "c.parquet")
    same(hostile.read_parquet(tmp_path / "c.parquet"), given)
    written("tei", given, tmp_path / "c.xml")
    same(hostile.read_tei(tmp_path / "c.xml"), given, ["text"])
    written("sql", given, tmp_path / "c.sql", dialect="sqlite")
    same(hostile.read_sqlite_dump(tmp_path / "c.sql"), given)
    written("txt", given, tmp_path / "c.txt")
    assert hostile.read_txt(tmp_path / "c.txt") == [given[0]["text"]]
