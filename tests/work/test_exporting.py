"""Exports of an archive, on both databases: what is stored is what is read, and whole or not there."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import Engine

from archiver.archive import engine as archive
from archiver.archive import queries, store
from archiver.archive.packing import sound
from archiver.archive.selection import Selection
from archiver.errors import BadInput, TryLater
from archiver.export import FORMATS
from archiver.export.columns import COLUMNS, EXTRA, LEAN
from archiver.export.csvfile import unguarded
from archiver.export.whole import whole, whole_folder
from archiver.model import Document, Fetched, Found, Mark, Metadata
from archiver.work.export import How, export, stream
from tests.archive.values import NOW
from tests.command_line import Forked, archiver, started, told
from tests.conftest import archive_with
from tests.export import hostile
from tests.export.hostile import Row

SITES = ("news.example", "other.example")
MARKS = (Mark(0, 0, 4, "bn.read-more", "read_also"), Mark(2, 1, 3, "base.share", "share"))


def put(engine: Engine, number: int, document: Document) -> None:
    """Store a document as if its page had been fetched and cleaned."""
    host = SITES[number % 2]
    url = f"https://{host}/{number}"
    with archive.write(engine) as c:
        if queries.site(c, host) is None:
            store.put_site(c, host, {}, NOW)
        store.put_cleaner(c, document.cleaner, {}, NOW)
        run = store.start_run(c, "import", {}, NOW)
        store.add_targets(c, host, [Found(url=url)], None, NOW)
        target = queries.find_target(c, url)
        assert target is not None
        fetched = Fetched(
            requested_url=url,
            final_url=url,
            outcome="ok",
            reason="",
            started_at=NOW,
            status=200,
            headers=(("content-type", "text/html"),),
            body=url.encode(),
            robots="allowed",
            signals=(("x-robots-tag", "noai"),),
        )
        snapshot = store.store_fetch(c, run, target, fetched, NOW).snapshot
        assert snapshot is not None
        store.store_document(c, snapshot, document, run, NOW)


def hostile_document(row: Row) -> Document:
    names = "title published modified section image licence".split()
    return Document(
        cleaner="cleaner-1",
        metadata=Metadata(
            **{name: row[name] for name in names},
            authors=tuple(row["authors"]),
            tags=tuple(row["tags"]),
        ),
        language=row["language"],
        script=row["script"],
        text=row["text"],
        structure=tuple(row["structure"]),
        marks=MARKS,
    )


def fill(engine: Engine, _: Path) -> None:
    """Hostile documents, which an archive stores without NUL and halves of pairs."""
    for number, row in enumerate(hostile.rows(), 1):
        put(engine, number, hostile_document(row))


engine = archive_with(fill)


@pytest.fixture
def empty(tmp_path: Path, sqlite_template: Path) -> Iterator[Engine]:
    """An archive without documents."""
    shutil.copy(sqlite_template, tmp_path / "archive.db")
    opened = archive.connect(f"sqlite:///{tmp_path}/archive.db")
    yield opened
    opened.dispose()


def mended(value: object) -> object:
    if isinstance(value, list):
        return [mended(one) for one in value]
    return sound(value) if isinstance(value, str) else value


def stored() -> list[Row]:
    found = []
    for number, row in enumerate(hostile.rows(), 1):
        host = SITES[number % 2]
        one = {name: mended(value) for name, value in row.items()}
        one |= {"site": host, "url": f"https://{host}/{number}", "fetched_at": NOW}
        found.append(one)
    return found


ALL = How(extra=EXTRA)


def test_every_format_gives_back_what_is_stored(engine: Engine, tmp_path: Path) -> None:
    """The archive holds nothing that JSON Lines, CSV, SQLite and Parquet cannot."""
    wanted = stored()
    changes: Counter[str] = Counter()

    def path(form: str, how: How = ALL) -> Path:
        out = tmp_path / f"c.{form}"
        if not FORMATS[form].fixed:
            assert export(engine, form, out, how=how, changes=changes) == len(wanted)
        else:
            assert export(engine, form, out, changes=changes) == len(wanted)
        return out

    hostile.same(hostile.read_jsonl(path("jsonl")), wanted)
    hostile.same(hostile.read_zst(path("jsonl.zst")), wanted)
    hostile.same(hostile.read_parquet(path("parquet")), wanted)
    hostile.same(hostile.read_sqlite(path("sqlite")), wanted)
    blank = [{name: "" if one is None else one for name, one in row.items()} for row in wanted]
    hostile.same(hostile.read_csv(path("csv", replace(ALL, raw=True))), blank)
    assert not changes
    hostile.same(hostile.read_csv(path("csv"), unguarded), blank)
    assert sum("apostrophe" in said for said in changes) == len(changes) == 1
    hostile.same(hostile.read_markdown(path("markdown")), wanted, ["id", "title", "text"])
    assert hostile.read_txt(path("txt")) == [row["text"].replace("\f", "\ufffd") for row in wanted]
    assert len(hostile.read_vert(path("vert"))) == len(hostile.read_tei(path("tei"))) == len(wanted)
    export(engine, "parquet", tmp_path / "folder", how=ALL)
    files = [hostile.read_parquet(one) for one in (tmp_path / "folder").rglob("*.parquet")]
    found = [row for rows in files for row in rows]
    hostile.same(sorted(found, key=lambda row: int(row["id"])), wanted)


def _digests(rows: list[Row]) -> list[str]:
    plain = ({**row, "fetched_at": row["fetched_at"].isoformat()} for row in rows)
    lines = (json.dumps(row, sort_keys=True).encode() for row in plain)
    return [hashlib.sha256(line).hexdigest() for line in lines]


def test_dumps_load_with_equal_rows_into_every_database(
    engine: Engine, tmp_path: Path, postgres_server: str
) -> None:
    from tests.conftest import fresh_postgres  # noqa: PLC0415 - a plain function of the fixtures

    wanted = _digests(stored())
    for dialect in ("postgresql", "copy"):
        export(engine, "sql", tmp_path / "p.sql", how=replace(ALL, dialect=dialect))
        with fresh_postgres(postgres_server) as url:
            hostile.load_postgresql(tmp_path / "p.sql", url)
            assert _digests(hostile.read_postgresql(url)) == wanted
    export(engine, "sql", tmp_path / "s.sql", how=replace(ALL, dialect="sqlite"))
    assert _digests(hostile.read_sqlite_dump(tmp_path / "s.sql")) == wanted


def test_a_dump_that_was_cut_off_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    """Neither table nor rows: what was streamed has no end to commit."""
    export(engine, "sql", tmp_path / "s.sql", how=How(dialect="sqlite"))
    whole_dump = (tmp_path / "s.sql").read_bytes().decode()
    with closing(sqlite3.connect(tmp_path / "cut.db")) as database:
        database.executescript(whole_dump.rpartition("COMMIT;")[0])
    with closing(sqlite3.connect(tmp_path / "cut.db")) as database:
        assert database.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)


@pytest.mark.skipif(
    hostile.mysql_server() is None or os.getuid() != 0,
    reason="there is no MariaDB server on this machine, or no right to run one",
)
def test_the_dump_for_mysql_loads_with_equal_rows(tmp_path: Path) -> None:
    """By its own client, in a server of its own; what UTF-8 holds comes back, NUL too."""
    hostile.written("sql", hostile.rows(), tmp_path / "m.sql", dialect="mysql")
    with TemporaryDirectory() as folder:  # the path of a socket is short
        found = hostile.read_mysql(tmp_path / "m.sql", Path(folder))
    halves = "[\ud800-\udfff]"
    wanted = []
    for row in hostile.rows():
        one = {name: hostile.replaced(value, halves) for name, value in row.items()}
        wanted.append(one | {"authors": row["authors"], "tags": row["tags"]})
    hostile.same(found, wanted)


def test_lean_is_the_default_and_columns_are_asked_for_by_name(
    engine: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "c.jsonl"
    export(engine, "jsonl", path)
    first = json.loads(path.read_bytes().partition(b"\n")[0])
    assert list(first) == [*LEAN]
    export(engine, "jsonl", path, how=How(extra=["tags", "image"], provenance=True))
    asked = list(json.loads(path.read_bytes().partition(b"\n")[0]))
    assert asked == [name for name in COLUMNS if name in {*LEAN, "tags", "image"}]


def test_sites_are_chosen(engine: Engine, tmp_path: Path) -> None:
    counts = []
    for host in SITES:
        chosen = Selection(sites=(host,))
        counts.append(export(engine, "jsonl", tmp_path / f"{host}.jsonl", chosen))
        rows = hostile.read_jsonl(tmp_path / f"{host}.jsonl")
        assert {row["site"] for row in rows} == {host}
    assert sum(counts) == len(hostile.rows())


def test_provenance_says_what_was_taken_out_by_which_rule(engine: Engine, tmp_path: Path) -> None:
    """A line a document in a second file, joined by id; spans are of the exported text."""
    export(engine, "jsonl.zst", tmp_path / "c.jsonl.zst", how=replace(ALL, provenance=True))
    rows = {row["id"]: row for row in hostile.read_zst(tmp_path / "c.jsonl.zst")}
    lines = (tmp_path / "c.provenance.jsonl").read_bytes().split(b"\n")[:-1]
    said = [json.loads(line) for line in lines]
    assert [one["id"] for one in said] == [*rows]
    for one in said:
        text = rows[one["id"]]["text"]
        attributes, facts = one["attributes"], one["metadata"]
        assert attributes["archiver__removed__read_also"] == [[0, len(text), 4]]
        assert attributes["archiver__kept_share"] == [[0, len(text), len(text) / (len(text) + 6)]]
        assert facts["marks"] == [[*mark] for mark in MARKS]
        assert (facts["cleaner"], facts["fetch_status"]) == ("cleaner-1", 200)
        assert facts["fetch_signals"] == [["x-robots-tag", "noai"]]
        assert facts["body_sha256"] == hashlib.sha256(facts["snapshot_url"].encode()).hexdigest()
        assert facts["text_sha256"] == hashlib.sha256(text.encode()).hexdigest()
    many = said[-2]
    shown = rows[many["id"]]
    paragraphs = shown["text"].split("\n\n")
    spans = [
        shown["text"][start:end] for start, end, _ in many["attributes"]["archiver__paragraph__h2"]
    ]
    assert spans == [
        text for text, code in zip(paragraphs, shown["structure"], strict=True) if code == "h2"
    ]


@pytest.mark.parametrize(
    ("form", "how", "said"),
    [
        ("jsonl", How(dialect="mysql"), "--dialect is for --format sql"),
        ("csv", How(like="hf"), "--like is for --format jsonl, jsonl.zst, parquet"),
        ("jsonl", How(raw=True), "--raw is for --format csv"),
        ("tei", How(extra=["tags"]), "leave out --with"),
        ("tei", How(markdown=True), "no --markdown"),
        ("jsonl", How(extra=["nonsense"]), "no further column 'nonsense'"),
        ("jsonl", How(like="nonsense"), "no --like 'nonsense'"),
        ("jsonl", How(markdown=True, provenance=True), "leave out --markdown"),
    ],
)
def test_what_does_not_go_together_is_said(
    empty: Engine, tmp_path: Path, form: str, how: How, said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        export(empty, form, tmp_path / "c.x", how=how)
    assert not list(tmp_path.glob("c.*"))


def test_what_is_no_stream_says_so(empty: Engine, tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as out:
        with pytest.raises(BadInput, match="sqlite needs a file"):
            stream(empty, "sqlite", out)
        with pytest.raises(BadInput, match="second file"):
            stream(empty, "jsonl", out, how=How(provenance=True))


# Whole or not there


def test_two_exports_to_one_name_do_not_mix(tmp_path: Path) -> None:
    """The second is told so; the first one's file is its own."""
    path = tmp_path / "c.jsonl"
    with whole(path) as part:
        part.write_bytes(b"first")
        with pytest.raises(TryLater, match="another process"), whole(path):
            pass
    assert path.read_bytes() == b"first"
    with whole_folder(tmp_path / "f") as folder:
        (folder / "a").write_bytes(b"first")
        with pytest.raises(TryLater, match="another process"), whole_folder(tmp_path / "f"):
            pass
    assert [one.name for one in (tmp_path / "f").iterdir()] == ["a"]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["c.jsonl", "f"]


def test_what_a_part_is_linked_to_is_not_written(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_bytes(b"mine")
    (tmp_path / "a.part").symlink_to(mine)
    (tmp_path / "b.part").hardlink_to(mine)
    for name in "ab":
        with whole(tmp_path / name) as part:
            part.write_bytes(b"new")
    assert mine.read_bytes() == b"mine"


OUTPUTS = {
    "jsonl.zst": "out.jsonl.zst",  # any that is a stream
    "sqlite": "out.sqlite",
    "parquet": "out",  # a folder
}


def fill_with_long(engine: Engine, _: Path) -> None:
    """Documents that take a while to be written."""
    row = hostile.row(1, "title", "बारिश हुई। " * 2000)
    for number in range(1, 60):
        put(engine, number, hostile_document(row | {"text": f"{row['text']}{number}"}))


of_long = archive_with(fill_with_long, "sqlite")


@pytest.mark.parametrize("form", OUTPUTS)
def test_a_killed_export_leaves_nothing_that_looks_whole(
    of_long: Engine, tmp_path: Path, form: str
) -> None:
    """Wherever it is killed; the next one takes away what was left, and is like any other."""
    of_long.dispose()
    output = tmp_path / OUTPUTS[form]
    words = ("export", "--format", form, "--output", output.name)
    told(archiver(*words, folder=tmp_path), 0)
    whole_one = _content(output)
    left = sorted(path.name for path in tmp_path.iterdir())
    for at in (0.0, 0.01, 0.03):
        _gone(output)
        with Path(os.devnull).open("r+b") as none:
            process = Forked(words, tmp_path, [none.fileno()] * 3, environment={})
        part = output.with_name(output.name + ".part")
        while not process.ended() and not part.exists():
            time.sleep(0.002)
        time.sleep(at)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not output.exists() or _content(output) == whole_one
        # Nothing is there that was not, but temporary names, and the archive's own.
        there = {path.name for path in tmp_path.iterdir() if ".db" not in path.name}
        assert there <= {*left, *_parts(tmp_path)}
        _gone(output)
        told(archiver(*words, folder=tmp_path), 0)
        assert _content(output) == whole_one
        assert not _parts(tmp_path)


def _parts(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*.part")}


def _gone(output: Path) -> None:
    if output.is_dir():
        shutil.rmtree(output)
    output.unlink(missing_ok=True)


def _content(output: Path) -> dict[str, bytes]:
    files = [output] if output.is_file() else [one for one in output.rglob("*") if one.is_file()]
    return {str(one.relative_to(output.parent)): one.read_bytes() for one in files}


# At the command line


def test_the_command_says_what_it_changed(tmp_path: Path, sqlite_template: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "archive.db")
    opened = archive.connect(f"sqlite:///{tmp_path}/archive.db")
    put(opened, 1, hostile_document(hostile.row(1, "=1+1", "a\x01b")))
    opened.dispose()
    said = told(archiver("export", "--format", "csv", "-o", "c.csv", folder=tmp_path), 0)
    assert "2 fields with an apostrophe in front" in said
    assert "1 documents" in said
    said = told(archiver("export", "--format", "tei", "-o", "c.xml", folder=tmp_path), 0)
    assert "1 characters that the format cannot hold, written as U+FFFD" in said
    assert "--output" in told(started("export", "--format", "sqlite", folder=tmp_path), 2)
    done = started("export", "--format", "parquet", folder=tmp_path)
    told(done, 0)
    assert (done.stdout[:4], done.stdout[-4:]) == (b"PAR1", b"PAR1")
