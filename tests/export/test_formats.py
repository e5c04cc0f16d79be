"""What each format is for: that its readers find what they look for."""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import orjson
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import trafilatura
from hypothesis import given
from lxml import etree

from archiver.errors import BadInput
from archiver.export import FORMATS, parquet
from archiver.export.columns import EXTRA, LEAN, chosen, names
from archiver.export.vert import tokens
from tests.export import hostile
from tests.export.hostile import Row, row, written
from tests.strategies import texts

HALVES = re.compile("[\ud800-\udfff]")
LANGUAGES = {
    "hi": ("किताब पढ़ी", "कुतुब मीनार"),
    "bn": ("কিতাব পড়ি", "কুতুব মিনার"),
    "ta": ("புத்தகம் நல்லது", "பதக்கம் வென்றார்"),
    "ml": ("അവൻ വന്നു", "അവന് കൊടുത്തു"),
    "si": ("ශ්\u200dරී ලංකා", "ශරී නොවේ"),
    "fa": ("کتاب\u200cها خوب", "کتاب خوب"),
}


def test_the_database_is_searched_by_whole_words_of_every_script(tmp_path: Path) -> None:
    """Vowel signs and joiners are parts of words: kitab finds no Qutub."""
    shown = [text for pair in LANGUAGES.values() for text in pair]
    given = [row(number, "", text) for number, text in enumerate(shown, 1)]
    written("sqlite", given, tmp_path / "c.sqlite")
    with closing(sqlite3.connect(tmp_path / "c.sqlite")) as database:
        database.execute("INSERT INTO corpus_fts(corpus_fts) VALUES ('integrity-check')")
        for number, text in enumerate(shown, 1):
            asked = f'"{text.split()[0]}"'
            found = database.execute(
                "SELECT corpus.id FROM corpus JOIN corpus_fts ON corpus_fts.rowid = corpus.id"
                " WHERE corpus_fts MATCH ?",
                (asked,),
            ).fetchall()
            assert found == [(number,)], asked


def test_datasette_is_told_what_the_columns_are(tmp_path: Path) -> None:
    written("sqlite", [row(1, "x")], tmp_path / "news.sqlite")
    told = json.loads((tmp_path / "news.metadata.json").read_text("utf-8"))
    table = told["databases"]["news"]["tables"]["corpus"]
    assert list(table["columns"]) == hostile.NAMES
    with closing(sqlite3.connect(tmp_path / "news.sqlite")) as database:
        # As Datasette 0.65 looks for the index of a table (utils.detect_fts_sql).
        (fts,) = database.execute(
            "SELECT name FROM sqlite_master WHERE rootpage = 0"
            " AND sql LIKE '%VIRTUAL TABLE%USING FTS%content=\"corpus\"%'"
        ).fetchall()
        assert fts == (table["fts_table"],)
        columns = {one[1] for one in database.execute("PRAGMA table_info(corpus)")}
        assert {*table["facets"], table["label_column"]} <= columns


def many() -> list[Row]:
    """Rows of several languages and months, and of what is neither."""
    made = []
    for number in range(1, 61):
        one = row(number, f"title {number}")
        one["language"] = ["hi", "bn", "../../x", "zh-Hans"][number % 4]
        one["published"] = [None, "2025-11-20", "2025-12-01T08:00:00Z", "2025-13", "../.."][
            number % 5
        ]
        made.append(one)
    return made


def test_parquet_is_laid_out_by_language_and_month(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row once, in its partition, however few rows may wait and files be open."""
    from pyarrow import dataset  # noqa: PLC0415 - it brings pandas, which takes half a second

    expected = many()
    for held, opened in ((10**9, 100), (3000, 2)):
        monkeypatch.setattr(parquet, "_HELD", held)
        monkeypatch.setattr(parquet, "_OPEN", opened)
        place = tmp_path / f"out{held}"
        assert parquet.write_folder(iter(expected), place, hostile.ALL, Counter()) == len(expected)
        folders = {str(one.parent.relative_to(place)) for one in place.rglob("*.parquet")}
        languages, months = ("hi", "bn", "und", "zh-Hans"), ("2025-11", "2025-12", "undated")
        assert folders == {f"data/{tag}/{month}" for tag in languages for month in months}
        assert {one.name for one in place.iterdir()} == {"data"}
        found = sorted(
            dataset.dataset(place).to_table().to_pylist(), key=lambda one: int(one["id"])
        )
        assert found == expected
        for file in place.rglob("*.parquet"):
            for one in pq.read_table(file, partitioning=None).to_pylist():
                assert f"data/{parquet.part_name(one)}" == str(file.parent.relative_to(place))


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    """In every format: a release is made again like this."""
    for form in FORMATS:
        first, second = tmp_path / "a.x", tmp_path / "b.x"
        assert written(form, hostile.rows(), first) == written(form, hostile.rows(), second)
        assert first.read_bytes() == second.read_bytes(), form


def test_a_folder_with_anything_in_it_is_left_alone(tmp_path: Path) -> None:
    for name, said in (("mine.txt", "not empty"), (".archiver-part", "not empty")):
        place = tmp_path / f"out{len(name)}"
        place.mkdir()
        (place / name).touch()
        with pytest.raises(BadInput, match=said):
            parquet.write_folder(iter(many()), place, hostile.ALL, Counter())
        assert [one.name for one in place.iterdir()] == [name]
    (tmp_path / "new.part").mkdir()
    (tmp_path / "new.part" / "mine.txt").touch()
    with pytest.raises(BadInput, match="made by no export"):
        parquet.write_folder(iter(many()), tmp_path / "new", hostile.ALL, Counter())
    assert (tmp_path / "new.part" / "mine.txt").exists()


def test_parquet_without_pyarrow_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(BadInput, match=r"pip install 'archiver\[parquet\]'"):
        parquet.write_folder(iter(many()), tmp_path / "c", hostile.ALL, Counter())
    assert not list(tmp_path.iterdir())


def test_readers_of_tables_read_what_is_written(tmp_path: Path) -> None:
    """Polars and DuckDB, as docs/exports.md shows them."""
    expected = [one for one in hostile.rows() if not HALVES.search(str(one["title"]) + one["text"])]
    written("parquet", expected, tmp_path / "c.parquet")
    written("jsonl", expected, tmp_path / "c.jsonl")
    texts_ = [one["text"] for one in expected]
    assert pl.read_parquet(tmp_path / "c.parquet")["text"].to_list() == texts_
    assert pl.read_ndjson(tmp_path / "c.jsonl")["text"].to_list() == texts_
    parquet.write_folder(iter(expected), tmp_path / "corpus", hostile.ALL, Counter())
    every = f"{tmp_path}/corpus/data/**/*.parquet"
    assert pl.read_parquet(every).sort("id")["text"].to_list() == texts_
    assert len(duckdb.read_parquet(every).fetchall()) == len(texts_)
    found = duckdb.read_parquet(f"{tmp_path}/c.parquet").order("id").project("text").fetchall()
    assert [text for (text,) in found] == texts_


SHAPES = {
    "dolma": ["id", "text", "source", "added", "created", "metadata"],
    "fineweb": ["text", "id", "url", "date", "language", "language_script"],
    "hf": ["text", "id", "metadata"],
}


@pytest.mark.parametrize("like", SHAPES)
def test_rows_have_the_fields_of_other_corpora(tmp_path: Path, like: str) -> None:
    """In JSON Lines and Parquet alike; ids are texts, and nothing is left out."""
    (given,) = [row(7, "x")]
    written("jsonl", [given], tmp_path / "c.jsonl", like=like)
    written("parquet", [given], tmp_path / "c.parquet", like=like)
    (line,) = map(json.loads, (tmp_path / "c.jsonl").read_bytes().splitlines())
    (read,) = pq.read_table(tmp_path / "c.parquet").to_pylist()
    assert json.loads(orjson.dumps(read, option=orjson.OPT_UTC_Z)) == line
    assert list(line)[: len(SHAPES[like])] == SHAPES[like]
    assert line["id"] == "7"
    told = {**line, **line.pop("metadata", {})}
    assert len(told) - (like != "fineweb") == len(hostile.NAMES)
    values = [json.dumps(one) for one in told.values()]
    for name in hostile.NAMES:
        wanted = orjson.loads(orjson.dumps(given[name], option=orjson.OPT_UTC_Z))
        assert json.dumps(str(wanted) if name == "id" else wanted) in values, name


def test_dolma_leaves_out_a_date_that_is_not_known(tmp_path: Path) -> None:
    """Its fields are texts where they are there."""
    written("jsonl", [row(1, "x") | {"published": None}], tmp_path / "c.jsonl", like="dolma")
    (line,) = map(json.loads, (tmp_path / "c.jsonl").read_bytes().splitlines())
    assert "created" not in line


CODES = "p h h1 h2 h6 li li2 li3 ol ol2 quote pre table tr td + td4 tr2 table3 unknown".split()


def _dtd() -> etree.DTD:
    """The DTD of TEI P5 4.8.0 that comes with trafilatura, which lacks the module of tables."""
    folder = Path(trafilatura.__file__).parent / "data"
    core = (folder / "tei_corpus.dtd").read_text("utf-8")
    core = core.replace(
        'ENTITY % model.listLike "list |', 'ENTITY % model.listLike "list | table |'
    )
    # TEI P5 4.8.0, specifications of table, row and cell.
    tables = """
    <!ELEMENT table ((head | %model.global;)*, (row, (%model.global;)*)+)>
    <!ATTLIST table xmlns CDATA "http://www.tei-c.org/ns/1.0">
    <!ELEMENT row (cell | table)+>
    <!ELEMENT cell %macro.specialPara;>
    """
    return etree.DTD(StringIO(core + tables))


def test_tei_is_valid(tmp_path: Path) -> None:
    """Of all kinds of paragraphs after and within each other, and of rows that lack everything."""
    made = hostile.rows()
    for first in CODES:
        for second in CODES:
            one = row(len(made) + 1, "x", "\n\n".join("abcde"))
            one["structure"] = ["p", first, second, "+", first]
            made.append(one)
    written("tei", made, tmp_path / "c.xml")
    dtd = _dtd()
    assert dtd.validate(etree.parse(tmp_path / "c.xml")), dtd.error_log
    broken = (tmp_path / "c.xml").read_text("utf-8").replace("<body>", "<body><item/>", 1)
    assert not dtd.validate(etree.fromstring(broken.encode()))  # it can fail


def test_tei_has_what_the_structure_says(tmp_path: Path) -> None:
    one = row(1, "", "\n\n".join("abcdefghijkl"))
    one["structure"] = "p h2 p li li2 ol table td tr td3 quote pre".split()
    written("tei", [one], tmp_path / "c.xml")
    (body,) = etree.parse(tmp_path / "c.xml").iterfind(f".//{hostile.TEI}body")
    shown = re.sub(r' xmlns="[^"]*"|\s*\n', "", etree.tostring(body).decode())
    assert shown == (
        '<body><p>a</p><div n="2"><head>b</head><p>c</p>'
        '<list rend="bulleted"><item><p>d</p><list rend="bulleted"><item><p>e</p></item></list>'
        '</item></list><list rend="numbered"><item><p>f</p></item></list>'
        "<table><row><cell><p>g</p></cell><cell><p>h</p></cell></row>"
        "<row><cell><p>i</p></cell><cell/><cell><p>j</p></cell></row></table>"
        '<quote><p>k</p></quote><ab type="preformatted" xml:space="preserve">l</ab></div></body>'
    )


@given(texts)
def test_tokens_joined_are_the_text(text: str) -> None:
    """But for how many blanks stand between two."""
    joined = "".join((" " if apart else "") + token for token, apart in tokens(text))
    assert joined.split() == text.split()
    assert not any(one.isspace() for token, _ in tokens(text) for one in token)


def test_vertical_text_has_sentences_and_glue(tmp_path: Path) -> None:
    given = [row(1, 'a "b"', "वह आया। “हाँ...” &") | {"authors": ["A B", "C"], "section": None}]
    written("vert", given, tmp_path / "c.vert")
    head, *lines = (tmp_path / "c.vert").read_text("utf-8").split("\n")
    assert head.startswith('<doc id="1" url="https://news.example/1" site="news.example"')
    assert ' title="a &quot;b&quot;" authors="A B|C" ' in head
    assert " section=" not in head
    first = "<s> वह आया <g/> । </s>"
    second = "<s> “ <g/> हाँ <g/> ... <g/> ” </s> <s> &amp; </s>"
    assert " ".join(lines).strip() == f'<p type="p"> {first} {second} </p> </doc>'


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_an_empty_corpus_is_written_too(tmp_path: Path, form: str) -> None:
    """With its columns, where the format has columns."""
    path = tmp_path / "c.x"
    written(form, [], path)
    if form == "csv":
        assert path.read_text("utf-8").strip().split(",") == hostile.NAMES
    if form == "parquet":
        assert pq.read_schema(path).names == hostile.NAMES
        assert pq.read_schema(path).field("authors").type == pa.list_(pa.string())
    if form == "sqlite":
        assert hostile.read_sqlite(path) == []


def test_lean_is_what_every_use_reads() -> None:
    said = "id url site title authors published section language script text fetched_at"
    assert " ".join(LEAN) == said
    everything: list[Any] = names(chosen(EXTRA))
    assert sorted(everything) == sorted([*LEAN, *EXTRA])
