"""A research database: one SQLite file with one table `corpus`, indexed, and nothing else."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from archiver.errors import TryLater
from archiver.export.whole import whole

_SCHEMA = """
CREATE TABLE corpus (
    id INTEGER PRIMARY KEY,      -- the document's number in the archive
    url TEXT NOT NULL,
    site TEXT NOT NULL,
    title TEXT,
    authors TEXT NOT NULL,       -- a JSON list
    published TEXT,              -- ISO 8601, with a zone only where one was stated
    modified TEXT,               -- the same
    tags TEXT NOT NULL,          -- a JSON list
    image TEXT,                  -- its URL
    licence TEXT,                -- a URL or a name
    section TEXT,
    language TEXT NOT NULL,      -- BCP 47
    script TEXT NOT NULL,        -- ISO 15924
    text TEXT NOT NULL,          -- paragraphs joined by a blank line, NFC; or Markdown
    structure TEXT NOT NULL,     -- a code a paragraph: "h2 p li li"
    fetched_at TEXT NOT NULL     -- ISO 8601, UTC
)
"""
_INDEXES = (
    "CREATE INDEX corpus_site ON corpus (site, published)",
    "CREATE INDEX corpus_language ON corpus (language, published)",
)
COLUMNS = (
    "id url site title authors published modified tags image licence section language script text "
    "structure fetched_at"
).split()


def _values(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        plain = dict(row)
        for name in ("authors", "tags"):
            plain[name] = json.dumps(list(row[name]), ensure_ascii=False)
        plain["structure"] = " ".join(row["structure"])
        plain["fetched_at"] = row["fetched_at"].isoformat()
        yield tuple(plain[name] for name in COLUMNS)


@contextmanager
def _written(path: Path) -> Iterator[None]:
    """Say a fault of the file that is written, and not of the archive that is read."""
    try:
        yield
    except sqlite3.Error as fault:
        raise TryLater(f"{path}: cannot be written: {fault}; free space and run again") from fault


def write(rows: Iterable[Mapping[str, Any]], path: Path) -> int:
    """Write a file; how many documents it holds. Raises what `whole` does."""
    with whole(path) as part, _written(path), closing(sqlite3.connect(part)) as database:
        database.execute("PRAGMA journal_mode = MEMORY")  # the file is new: nothing to undo
        database.execute(_SCHEMA)
        places = ", ".join("?" * len(COLUMNS))
        with database:
            database.executemany(f"INSERT INTO corpus VALUES ({places})", _values(rows))  # noqa: S608
            for index in _INDEXES:
                database.execute(index)
        count: int = database.execute("SELECT count(*) FROM corpus").fetchone()[0]
        return count
