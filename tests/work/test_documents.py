"""Corpora in: what an export wrote comes back from every shape of it, and what is no row is told."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from archiver.archive import engine as archive
from archiver.archive import queries, search
from archiver.archive import tables as t
from archiver.archive.packing import sound
from archiver.errors import BadInput
from archiver.export.jsonl import line
from archiver.export.shapes import SHAPES
from archiver.model import RECORD
from archiver.settings import Settings
from archiver.text import normal
from archiver.text.query import parse
from archiver.work import reclean
from archiver.work import search as searching
from archiver.work.cleaning import Cleaner
from archiver.work.documents import BATCH
from archiver.work.erase import Asked, erase, plan
from archiver.work.export import export, export_warc
from archiver.work.telling import silent
from tests.archive.values import NOW
from tests.command_line import Forked, archiver, told
from tests.conftest import Templates
from tests.export import hostile
from tests.work.corpora import ALL, Row, clock, counted, exported, row, taken, written
from tests.work.test_exporting import hostile_document, put


def fill(engine: Engine, _: Path) -> None:
    """Store documents as hostile as an archive's texts can be."""
    for number, one in enumerate(hostile.rows(), 1):
        clean: Row = {name: _normal(value) for name, value in one.items()}
        put(engine, number, hostile_document(clean))


@pytest.fixture
def source(templates: Templates, tmp_path: Path) -> Iterator[Engine]:
    """An archive of hostile documents."""
    with templates.opened("sqlite", tmp_path, fill) as opened:
        yield opened


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
    rows = [row(number) for number in range(1, 5 * BATCH + 1)]
    path = written(tmp_path / "c.jsonl", *rows)
    shutil.copy(sqlite_template, tmp_path / "archive.db")
    engine = archive.connect(f"sqlite:///{tmp_path}/archive.db")
    for at in (1, BATCH + 1, 2 * BATCH + 1):
        with Path(os.devnull).open("r+b") as none:
            streams = [none.fileno()] * 3
            process = Forked(["import", str(path)], tmp_path, streams, environment={})
        while not process.ended() and counted(engine)["document"] < at:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
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
for form in ("jsonl", "parquet"):
    data = datasets.load_dataset(f"of_{form}")["train"]
    assert data.num_rows == 2, data
    wanted = pandas.read_json("of_jsonl/data/corpus.jsonl", lines=True)["text"].to_list()
    assert data["text"][:] == wanted, form
"""


def test_pandas_and_datasets_load_a_release(tmp_path: Path, sqlite_template: Path) -> None:
    """By its data card, and without a network; as JSON Lines and as Parquet."""
    shutil.copy(sqlite_template, tmp_path / "archive.db")
    written(tmp_path / "c.jsonl", row(1), row(2))
    told(archiver("import", "c.jsonl", folder=tmp_path), 0)
    told(archiver("release", "create", "r", folder=tmp_path), 0)
    for form in ("jsonl", "parquet"):
        words = ("release", "export", "r", "-o", f"of_{form}", "--format", form)
        told(archiver(*words, folder=tmp_path), 0)
    offline = {"HF_HOME": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", _LOADING],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        env={**os.environ, **offline},
    )
    assert done.returncode == 0, done.stderr.decode()
