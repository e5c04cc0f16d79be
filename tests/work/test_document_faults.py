"""Rows and files that are none: told by file and line, never a traceback, and the rest is read."""

from __future__ import annotations

import gzip
import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, select

from archiver.archive import engine as archive
from archiver.archive import tables as t
from archiver.export import reading
from archiver.export.columns import EXTRA, LEAN
from archiver.export.jsonl import line
from archiver.text import normal
from archiver.work import documents
from archiver.work.documents import RowImport
from archiver.work.telling import silent
from tests.work.corpora import CLEANER, Row, clock, counted, exported, row, taken, written

WRONG: list[tuple[bytes, str]] = [
    (b'{"url": "https://a.example/1", "text": ', "no JSON"),
    (b"[1, 2]", "no JSON object"),
    (b"\xff\xfe{}", "no UTF-8"),
    (b'{"text": "x"}', "url is missing"),
    (b'{"url": 7, "text": "x"}', "url is no text"),
    (b'{"url": "ftp://a.example/", "text": "x"}', "ftp"),
    (b'{"url": "https://a.example/1"}', "text is missing"),
    (b'{"url": "https://a.example/1", "text": ["x"]}', "text is no text"),
    (b'{"url": "https://a.example/1", "text": "x", "authors": "A"}', "authors is no list"),
    (b'{"url": "https://a.example/1", "text": "x", "title": 5}', "title is no text"),
    (b'{"url": "https://a.example/1", "text": "x", "published": "soon"}', "published"),
    (b'{"url": "https://a.example/1", "text": "x", "language": "../x"}', "language"),
    (b'{"url": "https://a.example/1", "text": "x", "script": "x"}', "script"),
    (b'{"url": "https://a.example/1", "text": "x", "fetched_at": "soon"}', "fetched_at"),
    (b'{"url": "https://a.example/1", "text": "x", "n": ' + b"[" * 5000 + b"]" * 5000 + b"}", "lists"),
    (b'{"url": "https://a.example/1", "text": "\\ud800", "n": ' + b"9" * 5000 + b"}", "numbers"),
    (b'{"url": "https://a.example/1", "text": "\\ud800", "n": ' + b"9" * 50 + b"}", "value"),
]  # fmt: skip


def test_what_is_no_row_is_told_by_its_line_and_the_rest_read(
    engine: Engine, tmp_path: Path
) -> None:
    lines = [part for raw, _ in WRONG for part in (raw, b"", line(row(len(raw) % 7)).strip())]
    path = tmp_path / "c.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(lines))
    said: list[str] = []
    counts = taken(engine, path, said=said)
    assert counts["failed"] == len(WRONG)
    for number, ((_, fault), told_) in enumerate(zip(WRONG, said, strict=True)):
        assert told_.startswith(f"c.jsonl, line {3 * number + 1}: ")
        assert fault in told_
    with archive.read(engine) as c:
        on_record = c.execute(select(t.failure.c.reason).order_by(t.failure.c.id)).scalars().all()
    assert on_record == said
    assert taken(engine, path)["failed"] == len(WRONG)
    assert counted(engine)["failure"] == len(WRONG)


def test_letters_that_no_database_holds_are_replaced(engine: Engine, tmp_path: Path) -> None:
    """In the text, in names of fields and in what we know nothing of; the row is kept."""
    path = tmp_path / "c.jsonl"
    path.write_bytes(
        b'{"url": "https://a.example/1", "text": "a\\u0000b\\ud800c", "title": "\\udfff",'
        b' "x\\u0000\\ud800": ["\\u0000", {"\\udc00": "\\ud800"}], "nan": NaN}\n'
    )
    assert taken(engine, path) == {"documents": 1}
    (found,) = exported(engine, tmp_path).values()
    assert (found["text"], found["title"]) == ("a\ufffdb\ufffdc", "\ufffd")


@pytest.mark.parametrize(
    "size", [300_000, pytest.param(10_000_000, marks=pytest.mark.large, id="ten_megabytes")]
)
def test_a_line_longer_than_a_piece_of_its_file_is_a_document(
    engine: Engine, tmp_path: Path, size: int
) -> None:
    sentence = "রাত্রে বৃষ্টি হয়েছে। "
    text = sentence * (size // len(sentence.encode()) + 1) + "শেষ"
    assert len(text.encode()) > max(size, reading._PIECE)
    assert taken(engine, written(tmp_path / "c.jsonl", row(text=text), row(2))) == {"documents": 2}
    assert exported(engine, tmp_path)["https://news.example/1"]["text"] == normal.nfc(text)


def test_a_line_without_end_is_passed_over_and_not_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MAX_LINE", 1000)
    path = tmp_path / "c.jsonl"
    path.write_bytes(line(row(1)) + b"x" * 5_000_000 + b"\n" + line(row(2)))
    found = list(reading.read(path))
    assert [one.place for one in found] == ["line 1", "line 2", "line 3"]
    assert [one.row is None for one in found] == [False, True, False]
    assert "longer than" in found[1].fault


def test_more_paragraphs_than_any_text_has_are_refused(engine: Engine, tmp_path: Path) -> None:
    said: list[str] = []
    path = written(tmp_path / "c.jsonl", row(text="\n\n" * 300_000), row(2))
    assert taken(engine, path, said=said) == {"documents": 1, "failed": 1}
    assert "lines of text" in said[0]


@pytest.mark.parametrize("packed", ["zst", "gz"])
def test_of_a_file_that_ends_early_what_came_is_kept(
    engine: Engine, tmp_path: Path, packed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told once with the place; the whole file, imported later, adds the rest."""
    monkeypatch.setattr(documents, "BATCH", 15)
    monkeypatch.setattr(reading, "_PIECE", 16 * 1024)
    chance = random.Random(1)  # noqa: S311 - words that do not pack well
    rows = [row(number, text=chance.randbytes(2000).hex(" ", 4)) for number in range(1, 101)]
    data = b"".join(line(one) for one in rows)
    whole = zstandard.compress(data) if packed == "zst" else gzip.compress(data)
    path = tmp_path / f"c.jsonl.{packed}"
    path.write_bytes(whole[: len(whole) * 2 // 3])
    said: list[str] = []
    counts = taken(engine, path, said=said)
    assert counts["failed"] == 1
    assert f"c.jsonl.{packed}, line " in said[-1]
    assert "in the middle" in said[-1]
    kept = counts["documents"]
    assert 15 < kept < 100
    path.write_bytes(whole)
    assert taken(engine, path) == {"documents": 100 - kept, "known": kept}


def test_frames_and_members_in_a_row_are_one_file(tmp_path: Path) -> None:
    parts = [line(row(number)) for number in (1, 2, 3)]
    (tmp_path / "c.jsonl.zst").write_bytes(b"".join(map(zstandard.compress, parts)))
    (tmp_path / "c.jsonl.gz").write_bytes(b"".join(map(gzip.compress, parts)))
    for name in ("c.jsonl.zst", "c.jsonl.gz"):
        assert [one.place for one in reading.read(tmp_path / name)] == [
            "line 1",
            "line 2",
            "line 3",
        ]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("c.jsonl.zst", b"no zstd at all" * 100),
        ("c.jsonl.gz", b"no gzip at all" * 100),
        ("c.parquet", b"no Parquet at all" * 100),
        ("c.parquet", b"PAR1" + b"\0" * 100 + b"PAR1"),
        ("c.parquet", b""),
    ],
)
def test_what_is_not_what_its_name_says_is_a_fault_of_the_file(
    engine: Engine, tmp_path: Path, name: str, data: bytes
) -> None:
    (tmp_path / name).write_bytes(data)
    said: list[str] = []
    good = written(tmp_path / "good.jsonl", row())
    assert taken(engine, tmp_path / name, good, said=said) == {"failed": 1, "documents": 1}
    assert name in said[0]


def test_parquet_with_other_columns_is_refused_by_their_names(
    engine: Engine, tmp_path: Path
) -> None:
    pq.write_table(pa.table({"body": ["x"], "link": ["y"]}), tmp_path / "c.parquet")
    said: list[str] = []
    assert taken(engine, tmp_path / "c.parquet", said=said) == {"failed": 1}
    assert "body, link" in said[0]


def test_parquet_with_columns_of_other_types_is_told_row_by_row(
    engine: Engine, tmp_path: Path
) -> None:
    """Times are times there, and bytes have no form in JSON."""
    when = datetime(2026, 3, 1, tzinfo=UTC)
    columns = {
        "url": ["https://a.example/1", "https://a.example/2"],
        "text": ["x", "y"],
        "date": pa.array([when, None], pa.timestamp("ns", tz="UTC")),
        "raw": pa.array([None, b"\xff"], pa.binary()),
    }
    pq.write_table(pa.table(columns), tmp_path / "c.parquet")
    said: list[str] = []
    assert taken(engine, tmp_path / "c.parquet", said=said) == {"documents": 1, "failed": 1}
    assert said[0].startswith("c.parquet, row 2: ")
    (found,) = exported(engine, tmp_path).values()
    assert found["fetched_at"] == "2026-03-01T00:00:00Z"


def test_a_file_of_something_else_is_not_read_to_its_end(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_bytes(b'{"event": 1}\n' * 5000)
    said: list[str] = []
    assert taken(engine, path, said=said)["failed"] == 101
    assert "none of its first 100 rows" in said[-1]


@given(st.lists(st.binary(max_size=40), max_size=8), st.integers(1, 7))
def test_lines_are_the_same_however_the_bytes_come(parts: Sequence[bytes], size: int) -> None:
    data = b"\n".join(parts)
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    wanted = data.split(b"\n")
    if not wanted[-1]:
        wanted.pop()
    assert list(reading._lines(pieces)) == wanted


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_NAMES = st.sampled_from([*LEAN, *EXTRA, "metadata", "source", "added", "created", "date", "x"])


@given(st.dictionaries(_NAMES, _JSON, max_size=6))
def test_whatever_a_row_holds_it_is_a_document_or_a_fault(raw: Row) -> None:
    nowhere = create_engine("sqlite://")  # a row is read without it
    work = RowImport(nowhere, CLEANER, 1, Counter(), clock, silent)
    wrong: list[str] = []
    found = work._row(reading.Read("line 1", reading.flat(raw)), wrong)
    assert (found is None) == bool(wrong)
