"""Corpora in: what an export wrote comes back from every shape of it, and what is no row is told."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, func, select

from archiver.archive import engine as archive
from archiver.archive import queries, search
from archiver.archive import tables as t
from archiver.archive.packing import sound
from archiver.errors import BadInput
from archiver.export import reading
from archiver.export.columns import EXTRA, LEAN
from archiver.export.jsonl import line
from archiver.export.shapes import SHAPES
from archiver.model import RECORD
from archiver.settings import Settings
from archiver.text import normal
from archiver.text.query import parse
from archiver.work import reclean
from archiver.work import search as searching
from archiver.work.cleaning import Cleaner
from archiver.work.documents import RowImport
from archiver.work.erase import Asked, erase, plan
from archiver.work.export import How, export, export_warc
from archiver.work.ingest import ingest
from archiver.work.telling import silent
from tests.archive.values import NOW
from tests.command_line import archiver, told
from tests.conftest import Templates
from tests.export import hostile
from tests.work.test_exporting import hostile_document, put

CLEANER = Cleaner(None)
ALL = How(extra=EXTRA)
Row = dict[str, Any]


def clock() -> datetime:
    return datetime.now(UTC)


def taken(engine: Engine, *paths: Path, said: list[str] | None = None, **options: Any) -> Row:  # noqa: ANN401
    def tell(message: str, *, passing: bool = False, **_: str | int) -> None:
        if said is not None and not passing:
            said.append(message)

    counts = ingest(engine, CLEANER, paths, clock=clock, tell=tell, **options)
    return {name: count for name, count in counts.items() if count and name != "files"}


def exported(engine: Engine, folder: Path, how: How = ALL) -> dict[str, Row]:
    """What an archive exports, by URL, less its own numbers."""
    export(engine, "jsonl", folder / "seen.jsonl", how=how)
    rows = [json.loads(one) for one in (folder / "seen.jsonl").read_bytes().splitlines()]
    for row in rows:
        del row["id"]
    return {row["url"]: row for row in rows}


def written(path: Path, *rows: Row) -> Path:
    """A file of rows as their lines are exported."""
    path.write_bytes(b"".join(line(one) for one in rows))
    return path


def row(number: int = 1, **values: object) -> Row:
    return {
        "id": number,
        "url": f"https://news.example/{number}",
        "site": "news.example",
        "title": f"Title {number}",
        "text": f"The rain of day {number} filled the river.\n\nThe second paragraph is here.",
        "language": "en",
        "script": "Latn",
        "fetched_at": "2026-03-01T06:30:00.123456Z",
        **values,
    }


def fill(engine: Engine, _: Path) -> None:
    """Store documents as hostile as an archive's texts can be."""
    for number, one in enumerate(hostile.rows(), 1):
        clean: Row = {name: _normal(value) for name, value in one.items()}
        put(engine, number, hostile_document(clean))


@pytest.fixture
def source(templates: Templates, tmp_path: Path) -> Iterator[Engine]:
    """An archive of hostile documents."""
    with templates.copied("sqlite", tmp_path, fill) as url:
        opened = archive.connect(url)
        yield opened
        opened.dispose()


def _normal(value: object) -> object:
    if isinstance(value, list):
        return [_normal(one) for one in value]
    return normal.nfc(sound(value)) if isinstance(value, str) else value


@pytest.fixture
def fresh(tmp_path: Path, sqlite_template: Path) -> Iterator[Callable[[], Engine]]:
    """Make further empty archives, on SQLite."""
    made: list[Engine] = []

    def make() -> Engine:
        path = tmp_path / f"other{len(made)}.db"
        shutil.copy(sqlite_template, path)
        made.append(archive.connect(f"sqlite:///{path}"))
        return made[-1]

    yield make
    for one in made:
        one.dispose()


@pytest.fixture
def engine(archive_url: str) -> Iterator[Engine]:
    """An empty archive on both databases."""
    opened = archive.connect(archive_url)
    yield opened
    opened.dispose()


def counted(engine: Engine) -> dict[str, int]:
    tables = (t.target, t.snapshot, t.fetch, t.document, t.text, t.body, t.failure)
    with archive.read(engine) as c:
        return {
            one.name: c.execute(select(func.count()).select_from(one)).scalar_one()
            for one in tables
        }


@pytest.mark.parametrize(
    ("name", "like"),
    [
        *(("c.jsonl", like) for like in ("", *SHAPES)),
        *(("c.jsonl.zst", ""), ("c.parquet", ""), ("c.parquet", "hf")),
        *(("folder", ""), ("folder", "fineweb")),
    ],
)
def test_what_was_exported_comes_back(
    source: Engine, fresh: Callable[[], Engine], tmp_path: Path, name: str, like: str
) -> None:
    """Every column of every row, lean and extra, but the number; and a second time nothing."""
    form = name.partition(".")[2] or "parquet"
    path = tmp_path / name
    export(source, form, path, how=replace(ALL, like=like))
    other = fresh()
    wanted = exported(source, tmp_path)
    assert taken(other, path) == {"documents": len(wanted)}
    assert exported(other, tmp_path) == wanted
    before = counted(other)
    assert taken(other, path) == {"known": len(wanted)}
    assert counted(other) == before


def test_it_goes_from_one_database_to_the_other(
    source: Engine, postgres_url: str, fresh: Callable[[], Engine], tmp_path: Path
) -> None:
    wanted = exported(source, tmp_path)
    archive.upgrade(postgres_url)
    between = archive.connect(postgres_url)
    export(source, "jsonl.zst", tmp_path / "c.jsonl.zst", how=ALL)
    taken(between, tmp_path / "c.jsonl.zst")
    assert exported(between, tmp_path) == wanted
    export(between, "parquet", tmp_path / "c.parquet", how=ALL)
    between.dispose()
    other = fresh()
    taken(other, tmp_path / "c.parquet")
    assert exported(other, tmp_path) == wanted


def test_the_form_of_the_file_makes_no_difference(
    source: Engine, fresh: Callable[[], Engine], tmp_path: Path
) -> None:
    """The same document from JSON Lines and from Parquet is one."""
    export(source, "jsonl", tmp_path / "c.jsonl", how=ALL)
    export(source, "parquet", tmp_path / "c.parquet", how=ALL)
    export(source, "jsonl", tmp_path / "d.jsonl", how=replace(ALL, like="dolma"))
    other = fresh()
    count = taken(other, tmp_path / "c.jsonl")["documents"]
    assert taken(other, tmp_path / "c.parquet", tmp_path / "d.jsonl") == {"known": 2 * count}


def test_an_archive_takes_nothing_of_its_own_export(source: Engine, tmp_path: Path) -> None:
    """It has the pages that the rows were made from; what they are cleaned to is its rules' matter."""
    export(source, "jsonl", tmp_path / "c.jsonl")
    before = counted(source)
    counts = taken(source, tmp_path / "c.jsonl")
    assert set(counts) <= {"known", "failed"}
    assert {**counted(source), "failure": 0} == {**before, "failure": 0}


def test_what_was_imported_is_found_by_its_words(engine: Engine, tmp_path: Path) -> None:
    taken(engine, written(tmp_path / "c.jsonl", row(1), row(2, text="কিতাবের কথা।")))
    searching.update(engine, silent)
    with archive.read(engine) as c:
        assert len(c.execute(search.matching(c, parse("river"))).all()) == 1


def test_no_rule_acts_on_it_and_none_makes_it_stale(
    engine: Engine, tmp_path: Path, page_of_chrome: str
) -> None:
    """Lines that every rule would take from a page stay, also when it is cleaned again."""
    path = written(tmp_path / "c.jsonl", row(text=page_of_chrome))
    taken(engine, path)
    assert [one["text"] for one in exported(engine, tmp_path).values()] == [page_of_chrome]
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "mine.toml").write_text(
        '[[rule]]\nid = "mine.a"\nkind = "line"\nlabel = "share"\nwhy = "w"\n'
        'phrases = ["Share this article"]\nstrips = ["Share this article"]\nkeeps = ["Share"]\n'
    )
    before = counted(engine)
    report = reclean.reclean(engine, Cleaner(folder), clock=clock)
    assert report.totals.total() == 0
    assert counted(engine) == before


@pytest.fixture
def page_of_chrome() -> str:
    return "Share this article\n\nRead more: Rain in Dhaka\n\nAdvertisement\n\nIt rained."


def test_a_new_version_of_the_program_makes_the_same_document(
    engine: Engine, tmp_path: Path, page_of_chrome: str
) -> None:
    """Both stages run again, and nothing of the text changes."""
    taken(
        engine,
        written(tmp_path / "c.jsonl", row(text=page_of_chrome, structure=["h2"] + ["p"] * 3)),
    )
    before = exported(engine, tmp_path)
    later = Cleaner(None)
    later.extractor = "of-another-version"
    report = reclean.reclean(engine, later, clock=clock)
    assert (report.totals.total(), report.failed) == (1, 0)
    assert not any(change.changed for change in report.sites.values())
    assert exported(engine, tmp_path) == before


def test_where_it_came_from_is_on_record(engine: Engine, tmp_path: Path) -> None:
    """The file and its line, and all that the row says, known to us or not."""
    taken(engine, written(tmp_path / "c.jsonl", row(1), row(2, token_count=17)))
    with archive.read(engine) as c:
        said = c.execute(select(t.fetch.c.robots).order_by(t.fetch.c.id)).scalars().all()
        ids = c.execute(select(t.snapshot.c.id).order_by(t.snapshot.c.id)).scalars().all()
        _, snapshot = queries.load_snapshot(c, ids[1])
    assert said == [f"not asked: imported from c.jsonl, line {number}" for number in (1, 2)]
    assert snapshot.content_type == RECORD
    assert json.loads(snapshot.body)["token_count"] == 17
    assert "id" not in json.loads(snapshot.body)
    assert snapshot.fetched_at == datetime(2026, 3, 1, 6, 30, 0, 123456, tzinfo=UTC)


def test_no_warc_has_it(engine: Engine, tmp_path: Path) -> None:
    """It is no answer of a server."""
    taken(engine, written(tmp_path / "c.jsonl", row()))
    assert export_warc(engine, Settings(), tmp_path / "c.warc", now=NOW) == (0, 0)


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


def test_a_line_of_ten_megabytes_is_a_document(engine: Engine, tmp_path: Path) -> None:
    text = "রাত্রে বৃষ্টি হয়েছে। " * 450_000 + "শেষ"
    assert len(text.encode()) > 10_000_000
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
    engine: Engine, tmp_path: Path, packed: str
) -> None:
    """Told once with the place; the whole file, imported later, adds the rest."""
    rows = [row(number, text=f"{number} " + "x y " * 50) for number in range(1, 3001)]
    data = b"".join(line(one) for one in rows)
    whole = zstandard.compress(data) if packed == "zst" else gzip.compress(data)
    path = tmp_path / f"c.jsonl.{packed}"
    path.write_bytes(whole[: len(whole) * 2 // 3])
    said: list[str] = []
    counts = taken(engine, path, said=said)
    assert counts["failed"] == 1
    assert f"c.jsonl.{packed}, line " in said[-1]
    assert "in the middle" in said[-1]
    path.write_bytes(whole)
    again = taken(engine, path)
    assert again == {"documents": 3000 - counts.get("documents", 0), **_known(counts)}


def _known(counts: Row) -> Row:
    return {"known": counts["documents"]} if counts.get("documents") else {}


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


def test_of_a_row_that_says_little_the_rest_is_told_from_it(engine: Engine, tmp_path: Path) -> None:
    """As of corpora that others made: a word for a collection, no language, no time."""
    path = tmp_path / "c.jsonl"
    text = "சென்னையில் இன்று காலை முதல் பரவலாக மழை பெய்து வருகிறது."
    rows: list[Row] = [
        {
            "id": "a",
            "text": text,
            "source": "cc-main",
            "metadata": {"url": "HTTP://A.example:80/1#x"},
        },
        {"text": text, "url": "https://a.example/2", "language": "tam", "language_script": "taml"},
    ]
    path.write_bytes(b"".join(line(one) for one in rows))
    assert taken(engine, path) == {"documents": 2}
    found = exported(engine, tmp_path)
    assert list(found) == ["http://a.example/1", "https://a.example/2"]
    for one in found.values():
        assert (one["site"], one["language"], one["script"]) == ("a.example", "ta", "Taml")
        assert one["fetched_at"].startswith(f"{datetime.now(UTC):%Y}")
    path.touch()
    assert taken(engine, path) == {"known": 2}


def test_codes_that_are_not_the_texts_are_left_out(engine: Engine, tmp_path: Path) -> None:
    text = "# Head\n\nText"
    rows = [row(1, text=text, structure=["h2"]), row(2, text=text, structure=["h2", "<script>"])]
    taken(engine, written(tmp_path / "c.jsonl", *rows, row(3, text=text, structure=["h2", "p"])))
    codes = [one["structure"] for one in exported(engine, tmp_path).values()]
    assert codes == [["p", "p"], ["p", "p"], ["h2", "p"]]


def test_only_the_rows_of_a_site_are_taken_if_one_is_named(engine: Engine, tmp_path: Path) -> None:
    rows = [row(1), row(2, url="https://www.b.example/2", site="b.example")]
    path = written(tmp_path / "c.jsonl", *rows)
    counts = taken(engine, path, site="b.example")
    assert counts == {"documents": 1, "skipped_for_their_site": 1}
    with pytest.raises(BadInput, match="--url"):
        taken(engine, path, url="https://a.example/")


def test_a_folder_is_read_but_for_what_tells_of_an_export(engine: Engine, tmp_path: Path) -> None:
    """The file of provenance has no texts; partitions of one name are told apart."""
    folder = tmp_path / "data"
    for part in ("en", "hi"):
        (folder / part).mkdir(parents=True)
        written(folder / part / "0.jsonl", {"text": "no url"}, row(part == "hi"))
    (folder / "c.provenance.jsonl").write_text('{"id": 1}\n')
    (folder / "README.md").write_text("# A card")
    said: list[str] = []
    assert taken(engine, folder, said=said) == {"documents": 2, "failed": 2}
    assert [one.partition(",")[0] for one in said] == ["data/en/0.jsonl", "data/hi/0.jsonl"]


def test_an_erased_page_stays_away(engine: Engine, tmp_path: Path) -> None:
    path = written(tmp_path / "c.jsonl", row(1), row(2))
    taken(engine, path)
    erase(engine, plan(engine, Asked(urls=("https://news.example/1",))), "court", clock=clock)
    assert taken(engine, path) == {"erased": 1, "known": 1}
    assert list(exported(engine, tmp_path)) == ["https://news.example/2"]
    assert counted(engine)["body"] == counted(engine)["text"] == 1


def test_an_import_that_is_killed_goes_on(tmp_path: Path, sqlite_template: Path) -> None:
    """Killed anywhere and started again it ends like one that was not."""
    rows = [row(number) for number in range(1, 2001)]
    path = written(tmp_path / "c.jsonl", *rows)
    shutil.copy(sqlite_template, tmp_path / "archive.db")
    words = [sys.executable, "-m", "archiver", "import", str(path)]
    engine = archive.connect(f"sqlite:///{tmp_path}/archive.db")
    for at in (200, 800, 1400):
        process = subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.DEVNULL)
        while process.poll() is None and counted(engine)["document"] < at:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        found = counted(engine)
        assert found["document"] == found["snapshot"] == found["fetch"]
    told(archiver("import", str(path), folder=tmp_path), 0)
    assert counted(engine)["document"] == counted(engine)["fetch"] == len(rows)
    assert {one["text"] for one in exported(engine, tmp_path).values()} == {
        one["text"] for one in rows
    }
    engine.dispose()


_LOADING = """
import datasets, pandas
data = datasets.load_dataset("out")["train"]
assert data.num_rows == 2, data
assert data["text"][:] == pandas.read_json("out/data/corpus.jsonl", lines=True)["text"].to_list()
"""


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_pandas_and_datasets_load_a_release(
    tmp_path: Path, sqlite_template: Path, form: str
) -> None:
    """By its data card, and without a network."""
    if not (find_spec("datasets") and find_spec("pandas")):
        pytest.skip("pandas and datasets are not installed")
    shutil.copy(sqlite_template, tmp_path / "archive.db")
    written(tmp_path / "c.jsonl", row(1), row(2))
    told(archiver("import", "c.jsonl", folder=tmp_path), 0)
    told(archiver("release", "create", "r", folder=tmp_path), 0)
    told(archiver("release", "export", "r", "-o", "out", "--format", form, folder=tmp_path), 0)
    if form == "parquet":  # to compare with
        (tmp_path / "out" / "data").joinpath("corpus.jsonl").write_bytes(
            archiver("export", folder=tmp_path).stdout
        )
    offline = {"HF_HOME": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", _LOADING],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        env={**os.environ, **offline},
    )
    assert done.returncode == 0, done.stderr.decode()


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
