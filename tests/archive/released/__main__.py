"""Keep the archive of today's schema, before a migration follows it.

    python -m tests.archive.released

Run with the program of the newest schema: takes the newest file that is kept, upgrades it, puts
some of the samples in and brings the indexes in step, and writes ``SCHEMA.sql.zst``. Says which
tables have no row: write some before the file is committed.
"""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import zstandard

from archiver.archive import queries
from archiver.archive import tables as t
from archiver.archive.alarms import put_alarm, told, untold
from archiver.archive.engine import connect, read, upgrade, write
from archiver.archive.tables import SCHEMA
from archiver.work import duplicates, search, watch
from archiver.work.cleaning import Cleaner
from archiver.work.ingest import ingest
from archiver.work.sample_sites import samples_folder
from archiver.work.telling import silent

from . import FOLDER, REVISIONS, lay_out

NOW = datetime(2025, 11, 21, 8, tzinfo=UTC)
_PAGES = 4


def main() -> None:
    """Write the file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive.db"
        lay_out(max(name for name in REVISIONS if name < SCHEMA), path)
        url = f"sqlite:///{path}"
        upgrade(url)
        engine = connect(url)
        pages = sorted(samples_folder().glob("*/*/page.html"))[:_PAGES]
        for number, page in enumerate(pages):
            story = f"https://schema-{SCHEMA}.example/story-{number}"
            ingest(engine, Cleaner(None), [page], url=story, fetched_at=NOW, clock=lambda: NOW)
        search.update(engine, silent)
        duplicates.update(engine, silent)
        watch.count(engine)
        with write(engine) as c:
            site, day = f"schema-{SCHEMA}.example", NOW.date().isoformat()
            counted = {"site": site, "day": day, "language": "", "name": "documents", "value": 4}
            c.execute(t.daily.insert().values(counted))
            put_alarm(c, site=site, cause="silence", day=day, at=NOW, detail={})
            told(c, untold(c, "webhook", NOW)[0]["id"], "webhook", NOW)
        with read(engine) as c:
            empty = [name for name, count in queries.counts(c).items() if not count]
        engine.dispose()
        with closing(sqlite3.connect(path)) as made:
            # The virtual table's own rows are null: its words stand in its shadow tables.
            lines = [
                line
                for line in made.iterdump()
                if not line.startswith('INSERT INTO "search_words" ')
            ]
        sql = ("\n".join(lines) + "\n").replace(f"{samples_folder()}/", "samples/")
        target = FOLDER / f"{SCHEMA}.sql.zst"
        target.write_bytes(zstandard.ZstdCompressor(level=19).compress(sql.encode()))
    print(f"{target}: written; without a row: {', '.join(empty) or 'none'}")  # noqa: T201 - a script


if __name__ == "__main__":
    main()
