"""Silent damage is found and named, wherever it is; a whole archive is called whole."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, Table, func, select, text, update
from sqlalchemy.schema import DropConstraint

from archiver.archive import bodies, queries
from archiver.archive import engine as archive
from archiver.archive import tables as t
from archiver.archive.packing import page_texts, squeeze
from archiver.errors import ArchiverError, Damaged
from archiver.model import Mark
from archiver.work.cleaning import Cleaner
from archiver.work.compact import compact
from archiver.work.ingest import ingest
from archiver.work.verify import Report, partition_fault, verify
from tests.command_line import archiver, told
from tests.conftest import Templates, archive_with

STORY = "A sentence about bridge number %d, repaired in May, and about the men who did it."
PAGES = 6
CLEANER = Cleaner(None)


def clock() -> datetime:
    return datetime.now(UTC)


def html(number: int) -> bytes:
    story = "".join(f"<p>{STORY % (number * 100 + n)}</p>" for n in range(6))
    return (
        f"<html><head><title>Story {number}</title></head><body><nav>Home Sport</nav><article>"
        f"<h1>Story {number}</h1>{story}<p>Also read: another</p></article></body></html>"
    ).encode()


def fill(engine: Engine, folder: Path) -> None:
    for number in range(PAGES):
        folder.mkdir(exist_ok=True)
        (folder / f"{number}.html").write_bytes(html(number))
        side = f'url = "https://news.example/{number}"\nfetched_at = 2025-11-20T08:00:00Z\n'
        (folder / f"{number}.toml").write_text(side, "utf-8")
    ingest(engine, CLEANER, [folder], clock=clock)


filled = archive_with(fill, "sqlite")


def fill_and_pack(engine: Engine, folder: Path) -> None:
    fill(engine, folder)
    compact(engine, clock=clock)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(
    request: pytest.FixtureRequest, templates: Templates, tmp_path: Path
) -> Iterator[Engine]:
    """An archive of some pages, packed with dictionaries."""
    with templates.opened(request.param, tmp_path, fill_and_pack) as opened:
        bodies.forget()
        yield opened
    bodies.forget()


def drawn(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - bits to flip, not secrets


def look(engine: Engine, sample: int | None = None) -> Report:
    bodies.forget()
    return verify(engine, CLEANER, sample=sample, chance=drawn(1))


def change(engine: Engine, table: Table, number: int, **values: object) -> None:
    """Change a row as no program of ours would; rows are numbered by their key."""
    (key,) = table.primary_key.columns
    with archive.write(engine) as c:
        names = c.execute(select(key).order_by(key)).scalars().all()
        c.execute(update(table).where(key == names[number]).values(**values))


def flip(engine: Engine, table: Table, column: str, chance: random.Random) -> str:
    """Flip one bit of one value; what was changed."""
    with archive.write(engine) as c:
        keys = list(table.primary_key.columns)
        rows = c.execute(select(*keys, table.c[column]).order_by(*keys)).all()
        row = chance.choice(rows)
        raw = row[-1]
        data = bytearray(raw if isinstance(raw, bytes) else raw.encode())
        while True:
            at, bit = chance.randrange(len(data)), 1 << chance.randrange(7)
            data[at] ^= bit
            try:  # what the database takes as text at all
                bad = bytes(data) if isinstance(raw, bytes) else data.decode()
                if "\0" not in str(bad):
                    break
            except UnicodeDecodeError:
                pass
            data[at] ^= bit
        own = [key == value for key, value in zip(keys, row, strict=False)]
        c.execute(update(table).where(*own).values({column: bad}))
        return f"{table.name} {row[0]}"


def test_a_whole_archive_is_whole(engine: Engine) -> None:
    report = look(engine)
    assert report.faults == []
    assert report.share == 1
    kinds = ("snapshots", "bodies", "pages", "documents", "texts", "fetches")
    assert {report.checked[name] for name in kinds} == {PAGES}
    assert report.checked["bytes"] == sum(len(html(n)) for n in range(PAGES))
    assert report.checked["documents_without_a_page"] == 0


def test_looking_changes_nothing(engine: Engine) -> None:
    def rows() -> dict[str, int]:
        with archive.read(engine) as c:
            return queries.counts(c)

    before = rows()
    look(engine)
    look(engine, sample=2)
    assert rows() == before


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.large) for seed in (1, 2))]
)
@pytest.mark.parametrize(
    ("table", "column"),
    [
        (t.body_store, "data"),
        (t.text, "text"),
        (t.document, "marks"),
        (t.page, "data"),
        (t.document, "title"),
        (t.snapshot, "url"),
        (t.fetch, "robots"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_a_flipped_bit_is_found_and_the_page_named(
    engine: Engine, table: Table, column: str, seed: int
) -> None:
    changed = flip(engine, table, column, drawn(seed))
    faults = look(engine).faults
    assert faults, changed
    assert all(fault.url.startswith("https://news.example/") for fault in faults)
    assert all(fault.fault and fault.remedy and "\n" not in fault.fault for fault in faults)


@pytest.mark.parametrize("flips", [5, pytest.param(15, marks=pytest.mark.large)])
def test_flips_in_the_file_are_found_or_hit_what_nothing_reads(
    templates: Templates, tmp_path: Path, flips: int
) -> None:
    """Those that pass are in free space of SQLite's pages, which holds no byte of anything."""
    path = tmp_path / "archive.db"
    with templates.copied("sqlite", tmp_path, fill_and_pack):
        pass  # the file stays
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        before = list(connection.iterdump())
    whole = path.read_bytes()
    chance = drawn(5)
    bad = tmp_path / "bad.db"
    found = 0
    while found < flips:
        damaged = bytearray(whole)
        at = chance.randrange(len(whole))
        if whole[at - 8 : at + 8].count(0) == 16:
            continue  # free space, most likely
        damaged[at] ^= 1 << chance.randrange(8)
        bad.write_bytes(damaged)
        for end in ("-wal", "-shm"):
            bad.with_name(bad.name + end).unlink(missing_ok=True)
        hurt = archive.connect(f"sqlite:///{bad}")
        try:
            archive.check(hurt)
            if look(hurt).faults:
                found += 1
                continue
        except ArchiverError:
            found += 1
            continue
        finally:
            hurt.dispose()
        with closing(sqlite3.connect(bad)) as connection:
            after = _outside(list(connection.iterdump()))
        assert set(after) ^ set(_outside(before)) == set(), at


# What no digest covers: the collector's own memory, counts, and what runs said of themselves.
UNSEALED = ("target", "host", "run", "run_end", "rule_count", "failure", "site", "body_store")


def _outside(dump: list[str]) -> list[str]:
    """Rows of the other tables; how a schema spells a type changes nothing that is read."""
    barred = tuple(f'INSERT INTO "{name}"' for name in UNSEALED)
    return [line for line in dump if line.startswith("INSERT") and not line.startswith(barred)]


def test_marks_that_are_another_document_s_are_found(engine: Engine) -> None:
    with archive.read(engine) as c:
        page = queries.load_page(c, 1, CLEANER.extractor)
        stored = queries.document_of(c, snapshot=1)
    assert page is not None
    assert stored is not None
    texts = [block.text for block in page.blocks]
    marks, kept = stored.document.marks, stored.document.text
    assert partition_fault(texts, marks, kept) == ""
    for wrong in (
        marks[1:],
        marks[:-1],
        (*marks, Mark(len(texts), 0, 1, "r", "k")),
        (*marks, marks[-1]),
        (marks[0]._replace(end=marks[0].end + 1), *marks[1:]),
        tuple(reversed(marks)),
    ):
        assert partition_fault(texts, wrong, kept)
    assert partition_fault(texts, marks, kept + "x")


def test_without_the_cache_the_page_is_laid_out_again(engine: Engine) -> None:
    with archive.write(engine) as c:
        c.execute(t.page.delete())
    report = look(engine)
    assert (report.faults, report.checked["documents_without_a_page"]) == ([], 0)
    other = Cleaner(None)
    other.extractor = "another"
    report = verify(engine, other)
    assert (report.faults, report.checked["documents_without_a_page"]) == ([], PAGES)


def test_a_page_of_another_shape_counts_as_none(engine: Engine) -> None:
    frame = squeeze(b'{"shape": "new"}')
    with archive.write(engine) as c:
        c.execute(update(t.page).where(t.page.c.snapshot == 1).values(data=frame))
    assert look(engine).faults == []
    assert page_texts(frame, "this") is None


def test_bytes_that_are_gone_are_found(engine: Engine) -> None:
    with archive.write(engine) as c:
        first = c.execute(select(t.snapshot.c.body).where(t.snapshot.c.id == 1)).scalar_one()
        c.execute(t.body_store.delete().where(t.body_store.c.digest == first))
    faults = look(engine).faults
    assert any("not in the archive" in one.fault and one.url[-2:] == "/0" for one in faults)
    assert any("its dictionary" in one.fault for one in faults)


def test_a_body_that_no_snapshot_has_is_read_too(engine: Engine) -> None:
    with archive.write(engine) as c:
        c.execute(t.body.insert().values(digest="0" * 64, length=1))
        c.execute(
            t.body_store.insert().values(digest="0" * 64, encoding="zstd", data=squeeze(b"x"))
        )
    (fault,) = look(engine).faults
    assert fault.what == "body " + "0" * 64


def test_a_recipe_that_is_another_is_found(engine: Engine) -> None:
    change(engine, t.cleaner, 0, recipe={"revision": 0})
    faults = look(engine).faults
    assert any(fault.what.startswith("cleaner ") for fault in faults)


def test_a_configuration_that_is_another_is_found(engine: Engine) -> None:
    with archive.write(engine) as c:
        c.execute(update(t.site_config).values(config={"pause": 0}))
    assert [fault.what for fault in look(engine).faults] == ["site_config of news.example"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"snapshot": 2}, "another page"),
        ({"document": 2}, "another snapshot"),
        ({"document": None}, "not both"),
        ({"alias_of": 2}, "another name of nothing"),
        ({"state": "alias"}, "another name of nothing"),
    ],
)
def test_targets_that_point_wrongly_are_found(
    engine: Engine, values: dict[str, object], said: str
) -> None:
    change(engine, t.target, 0, **values)
    faults = look(engine).faults
    assert any(said in fault.fault and fault.url == "https://news.example/0" for fault in faults)


def test_rows_without_what_they_refer_to_are_found(engine: Engine) -> None:
    """Where foreign keys were off, or the file was mended by hand."""
    if engine.dialect.name == "postgresql":
        with archive.write(engine) as c:
            for key in t.snapshot.foreign_key_constraints:
                name = f"snapshot_{key.column_keys[0]}_fkey"
                key.name = name
                c.execute(DropConstraint(key))
                key.name = None
            c.execute(update(t.snapshot).where(t.snapshot.c.id == 1).values(target=999))
    else:
        with closing(sqlite3.connect(str(engine.url.database))) as connection:
            connection.execute("UPDATE snapshot SET target = 999 WHERE id = 1")
            connection.commit()
    faults = look(engine).faults
    assert any(
        one.what == "snapshot 1" and "999 is no row of target" in one.fault for one in faults
    )


def test_a_sample_is_spread_evenly_and_tells_its_share(engine: Engine) -> None:
    report = look(engine, sample=2)
    assert (report.checked["snapshots"], report.share) == (2, 2 / PAGES)
    seen = {n: verify(engine, CLEANER, sample=2, chance=drawn(n)) for n in range(6)}
    assert all(one.checked["documents"] == 2 and not one.faults for one in seen.values())
    flip(engine, t.body_store, "data", drawn(0))
    assert any(verify(engine, CLEANER, sample=1, chance=drawn(n)).faults for n in range(30))
    assert look(engine, sample=1000).share == 1


def test_rows_of_an_earlier_schema_have_no_seal_and_are_whole(engine: Engine) -> None:
    for table in (t.snapshot, t.fetch, t.document):
        with archive.write(engine) as c:
            c.execute(update(table).values(seal=None))
    assert look(engine).faults == []


def test_reading_what_is_damaged_is_an_error_that_names_it(engine: Engine) -> None:
    for table, column in ((t.body_store, "data"), (t.text, "text"), (t.document, "marks")):
        flip(engine, table, column, drawn(1))
    found = []
    with archive.read(engine) as c:
        for number in c.execute(select(t.snapshot.c.id)).scalars().all():
            for ask in (queries.load_snapshot, lambda c, n: queries.document_of(c, snapshot=n)):
                try:
                    ask(c, number)
                except Damaged as fault:
                    found.append(str(fault))
    assert len(found) >= 3
    assert all("https://news.example/" in one for one in found)


def test_the_command_says_what_is_broken_and_ends_with_1(filled: Engine, tmp_path: Path) -> None:
    assert b"nothing is broken" in archiver("verify", folder=tmp_path).stdout
    told(archiver("compact", folder=tmp_path), 0)
    flip(filled, t.text, "text", drawn(1))
    filled.dispose()
    done = archiver("verify", folder=tmp_path)
    told(done, 1)
    lines = done.stdout.decode().splitlines()
    assert lines[0].startswith("broken: text ")
    assert "https://news.example/" in lines[0]
    done = archiver("verify", "--json", "--sample", "99", folder=tmp_path)
    told(done, 1)
    report = json.loads(done.stdout)
    assert (report["share"], report["checked"]["snapshots"]) == (1, PAGES)
    assert {"what", "url", "fault", "remedy"} == set(report["faults"][0])


def test_a_column_that_is_gone_is_found(engine: Engine) -> None:
    with archive.write(engine) as c:
        c.exec_driver_sql("ALTER TABLE host RENAME COLUMN resting TO rest")
    assert [one.fault for one in look(engine).faults] == ["has no column resting"]


def test_a_hurt_index_of_sqlite_is_found(filled: Engine, tmp_path: Path) -> None:
    """What the table has and its index has not, no row of the table tells."""
    path = tmp_path / "archive.db"
    with archive.write(filled) as c:
        root = c.execute(text("SELECT rootpage FROM sqlite_schema WHERE name = 'fetch_target'"))
        number = root.scalar_one()
        size = c.exec_driver_sql("PRAGMA page_size").scalar_one()
        assert c.execute(select(func.count()).select_from(t.fetch)).scalar_one() == PAGES
    filled.dispose()
    with path.open("r+b") as file:
        file.seek(number * size - 2)
        byte = file.read(1)
        file.seek(number * size - 2)
        file.write(bytes([byte[0] ^ 1]))
    engine = archive.connect(f"sqlite:///{path}")
    assert any(fault.what == "file" for fault in look(engine).faults)
    engine.dispose()
