"""Flip bits of a closed archive, one at a time, and look whether `verify` finds each of them.

A database comes in, rows of what was flipped and found go out. For `benchmarks.promises`.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import Connection

from archiver.archive import bodies, queries
from archiver.archive import engine as archive
from archiver.errors import ArchiverError, Damaged
from archiver.work.cleaning import Cleaner
from archiver.work.compact import compact
from archiver.work.ingest import ingest
from archiver.work.verify import Report, verify
from benchmarks import storage
from benchmarks.gold import SHARED

# The page of a row, and the tables and columns that are flipped.
_OF_TEXT = (
    "JOIN document d ON d.text = x.digest JOIN snapshot s ON s.id = d.snapshot "
    "JOIN target t ON t.id = s.target"
)
_OF_SNAPSHOT = "JOIN snapshot s ON s.id = x.snapshot JOIN target t ON t.id = s.target"
_ROWS = ("url", "fetched_at", "content_type", "body")
_FETCHED = ("requested_url", "outcome", "headers", "robots", "at")
_MADE = ("title", "language", "published", "authors", "structure", "kept_chars", "cleaner")
KINDS: dict[str, list[tuple[str, str, str]]] = {
    "bodies": [
        (
            "body_store",
            "data",
            "JOIN snapshot s ON s.body = x.digest JOIN target t ON t.id = s.target",
        )
    ],
    "texts": [("text", "text", _OF_TEXT)],
    "marks": [("document", "marks", _OF_SNAPSHOT)],
    "page caches": [("page", "data", _OF_SNAPSHOT)],
    "rows of snapshot, fetch, document": [
        *(("snapshot", name, "JOIN target t ON t.id = x.target") for name in _ROWS),
        *(("fetch", name, "JOIN target t ON t.id = x.target") for name in _FETCHED),
        *(("document", name, _OF_SNAPSHOT) for name in _MADE),
    ],
}
READ = {"bodies", "texts", "marks"}  # what is read to the page itself, and must say so

SAME = "reads as before"
PROMISED = 50  # megabytes a second

Trial = tuple[str, int, int, list[str], str]


def trials(database: Path, flips: int) -> Iterator[Trial]:
    """Every kind, so many flips each; then anywhere in the file; then how fast it was."""
    chance = random.Random(7)  # noqa: S311 - bits to flip, not secrets
    with closing(sqlite3.connect(database)) as c:
        c.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for kind, places in KINDS.items():
        tried: list[str] = []
        idle = 0
        while len(tried) < flips:
            fault = _value(database, kind, chance.choice(places), chance)
            if fault == SAME:
                idle += 1
            else:
                tried.append(fault)
        wrong = [fault for fault in tried if fault]
        said = "found, page named" + (", reading names it" if kind in READ else "")
        yield f"flips in {kind}: {said}", flips - len(wrong), flips, wrong, _idle(idle)
    yield _anywhere(database, flips, chance)
    yield _speed(database.parent)


def _idle(count: int) -> str:
    return f"{count} more hit bits of a zstd frame that say nothing" if count else ""


def _look(database: Path, sample: int | None = None) -> Report:
    engine = archive.connect(f"sqlite:///{database}")
    try:
        archive.check(engine)
        bodies.forget()
        return verify(engine, _CLEANER, sample=sample, chance=random.Random(1))  # noqa: S311
    finally:
        engine.dispose()


_CLEANER = Cleaner(None)


def _flipped(value: object, chance: random.Random) -> object:
    """The value with one bit flipped, of the same type and readable as such."""
    while True:
        if isinstance(value, int):
            return value ^ 1 << chance.randrange(16)
        data = bytearray(value if isinstance(value, bytes) else str(value).encode())
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        if isinstance(value, bytes):
            return bytes(data)
        with suppress(UnicodeDecodeError):
            return data.decode()


def _value(database: Path, kind: str, place: tuple[str, str, str], chance: random.Random) -> str:
    """Flip one bit of one value, look, and undo it; what was wrong."""
    table, column, joined = place
    rows = (
        f"SELECT x.rowid, x.{column}, t.url, s_id FROM (SELECT rowid, * FROM {table}) x {joined} "  # noqa: S608
        f"WHERE x.{column} IS NOT NULL AND length(x.{column}) > 0"
    ).replace("s_id", "s.id" if " s " in joined else "0")
    with closing(sqlite3.connect(database, isolation_level=None)) as c:
        row, value, _, snapshot = chance.choice(c.execute(rows).fetchall())
        urls = {one[2] for one in c.execute(rows).fetchall() if one[0] == row}
        change = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"  # noqa: S608
        try:
            c.execute(change, [_flipped(value, chance), row])
            faults = _look(database).faults
            read = _read(database, snapshot) if kind in READ else ""
        finally:
            c.execute(change, [value, row])
    if not faults and kind == "bodies" and not read:
        return SAME  # the bytes that are read match their digest
    name = f"{table}.{column} of row {row}"
    if not {one.url for one in faults} & urls:
        return f"{name}: found {len(faults)}, page not named"
    named = kind not in READ or any(url in read for url in urls)
    return "" if named else f"{name}: reading said {read or 'nothing'}"


def _read(database: Path, snapshot: int) -> str:
    """What reading a snapshot and its document says of them."""
    asked: tuple[Callable[[Connection], object], ...] = (
        lambda c: queries.load_snapshot(c, snapshot),
        lambda c: queries.document_of(c, snapshot=snapshot),
    )
    said = []
    engine = archive.connect(f"sqlite:///{database}")
    bodies.forget()
    for ask in asked:
        try:
            with archive.read(engine) as c:
                ask(c)
        except Damaged as fault:
            said.append(str(fault))
    engine.dispose()
    return "; ".join(said)


def _anywhere(database: Path, flips: int, chance: random.Random) -> Trial:
    """Flips at random places of the file; those that change no row of any table do not count."""
    whole = database.read_bytes()
    with closing(sqlite3.connect(database)) as c:
        before = set(c.iterdump())
    bad = database.with_name("bad.db")
    found, free, missed = 0, 0, Counter[str]()
    while found + missed.total() < flips:
        at = chance.randrange(len(whole))
        damaged = bytearray(whole)
        damaged[at] ^= 1 << chance.randrange(8)
        bad.write_bytes(damaged)
        for end in ("-wal", "-shm"):
            bad.with_name(bad.name + end).unlink(missing_ok=True)
        try:
            if _look(bad).faults:
                found += 1
                continue
        except ArchiverError:
            found += 1
            continue
        with closing(sqlite3.connect(bad)) as c:
            differing = set(c.iterdump()) ^ before
        if not differing:
            free += 1
        missed.update({" ".join(line.split()[:3])[:60] for line in differing})
    wrong = [f"{count} unseen in {where}" for where, count in missed.items()]
    note = f"{free} more hit space that holds nothing"
    return "flips anywhere in the file: found", found, found + missed.total(), wrong, note


def _speed(folder: Path) -> Trial:
    """Bytes of bodies that are verified in a second of processor time, on pages of real length."""
    pages = [page for group in storage.sites(SHARED).values() for page in group]
    what = "verify: megabytes of bodies a second"
    if not pages:
        return what, 0, 0, [], "skipped: the development data is not there"
    database = folder / "real.db"
    archive.upgrade(f"sqlite:///{database}")
    engine = archive.connect(f"sqlite:///{database}")
    for number, page in enumerate(pages):
        path = folder / f"{number}.html"
        path.write_bytes(page)
        ingest(engine, _CLEANER, [path], url=f"https://real.example/{number}", clock=storage.clock)
    engine.dispose()
    rates = []
    for packed in (False, True):
        if packed:
            engine = archive.connect(f"sqlite:///{database}")
            compact(engine, clock=storage.clock)
            engine.dispose()
        begun = time.process_time()
        report = _look(database)
        rates.append(report.checked["bytes"] / (time.process_time() - begun) / 1e6)
    begun = time.process_time()
    some = _look(database, sample=10)
    note = (
        f"{rates[0]:.0f} MB/s as they came, {rates[1]:.0f} packed, of processor time ("
        f"{report.checked['snapshots']} pages, {report.checked['bytes'] / 1e6:.0f} MB); --sample 10"
        f" looks at {some.share:.0%} in {time.process_time() - begun:.2f} s"
    )
    slow = [f"{rate:.0f} MB/s, {PROMISED} are promised" for rate in rates if rate < PROMISED]
    return what, len(rates) - len(slow), len(rates), slow, note
