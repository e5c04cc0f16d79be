"""A research database: one SQLite file with the table `corpus`, indexed and searchable.

`corpus_fts` is its full-text index (FTS5): ``SELECT title FROM corpus JOIN corpus_fts ON
corpus_fts.rowid = corpus.id WHERE corpus_fts MATCH 'किताब'``. Beside the file stands the metadata
that Datasette shows (https://docs.datasette.io/en/stable/metadata.html).
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from archiver.errors import TryLater
from archiver.export.columns import Column, flat
from archiver.export.mending import unicode_only
from archiver.export.whole import place_of, whole

_TYPES = {"integer": "INTEGER"}
_INDEXES = (
    "CREATE INDEX corpus_site ON corpus (site, published)",
    "CREATE INDEX corpus_language ON corpus (language, published)",
    "CREATE INDEX corpus_url ON corpus (url)",
)
# By default FTS5 parts words at vowel signs and drops what it takes for accents: किताब would find
# कुतुब. Marks are letters here, and so are both joiners.
_SEARCH = """
CREATE VIRTUAL TABLE corpus_fts USING fts5(
    title, text, content="corpus", content_rowid="id",
    tokenize="unicode61 remove_diacritics 0 categories 'L* N* Co M*' tokenchars '\u200c\u200d'"
)
"""
# Bytes of words that FTS5 holds in memory before it writes them; with the 1 MB of its default
# most of the time goes into merging what was written.
_HELD = 64 * 1024 * 1024
_CACHE = 64 * 1024  # KiB of pages
_LISTS = {"list": " (a JSON list)", "codes": " (separated by blanks)"}


def beside(path: Path) -> Path:
    """Where the metadata of a database goes.

    >>> beside(Path("out/corpus.sqlite")).name
    'corpus.metadata.json'
    """
    place = place_of(path)
    return place.with_name(f"{place.stem}.metadata.json")


def _about(path: Path, columns: Sequence[Column]) -> str:
    described = {column.name: column.meaning + _LISTS.get(column.kind, "") for column in columns}
    table = {
        "description": "News pages as clean text, one row a page",
        "columns": described,
        "label_column": "title",
        "sort_desc": "id",
        "facets": ["site", "language", "section"],
        "fts_table": "corpus_fts",
        "fts_pk": "id",
    }
    databases = {place_of(path).stem: {"tables": {"corpus": table}}}
    return json.dumps({"title": "News corpus", "databases": databases}, indent=2) + "\n"


def _schema(columns: Sequence[Column]) -> str:
    lines = []
    for at, column in enumerate(columns):
        end = " PRIMARY KEY" if column.name == "id" else " NOT NULL" if column.required else ""
        comma = "," if at < len(columns) - 1 else ""
        said = column.meaning + _LISTS.get(column.kind, "")
        lines.append(f"    {column.name} {_TYPES.get(column.kind, 'TEXT')}{end}{comma} -- {said}")
    return "CREATE TABLE corpus (\n" + "\n".join(lines) + "\n)"


def _values(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[Column], changes: Counter[str]
) -> Iterator[list[int | str | None]]:
    for row in rows:
        told = [flat(column, row[column.name]) for column in columns]
        yield [unicode_only(one, changes) if isinstance(one, str) else one for one in told]


@contextmanager
def _written(path: Path) -> Iterator[None]:
    """Say a fault of the file that is written, and not of the archive that is read."""
    try:
        yield
    except sqlite3.Error as fault:
        raise TryLater(f"{path}: cannot be written: {fault}; free space and run again") from fault


def write(
    rows: Iterable[Mapping[str, Any]],
    path: Path,
    columns: Sequence[Column],
    changes: Counter[str],
) -> int:
    """Write a database and its metadata; how many rows it holds. Raises what `whole` does."""
    with whole(beside(path)) as about, whole(path) as part:
        about.write_text(_about(path, columns), "utf-8")
        with _written(path), closing(sqlite3.connect(part, isolation_level=None)) as database:
            # The file is new, and gone if this fails: nothing to undo, and `whole` flushes it.
            for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE}"):
                database.execute(f"PRAGMA {pragma}")
            return _fill(database, _values(rows, columns, changes), columns)


def _fill(
    database: sqlite3.Connection,
    values: Iterable[Sequence[int | str | None]],
    columns: Sequence[Column],
) -> int:
    places = ", ".join("?" * len(columns))
    for statement in ("BEGIN", _schema(columns)):
        database.execute(statement)
    database.executemany(f"INSERT INTO corpus VALUES ({places})", values)  # noqa: S608
    for index in _INDEXES:
        database.execute(index)
    database.execute(_SEARCH)
    database.execute("INSERT INTO corpus_fts(corpus_fts, rank) VALUES ('hashsize', ?)", (_HELD,))
    database.execute("INSERT INTO corpus_fts(corpus_fts) VALUES ('rebuild')")
    database.execute("COMMIT")
    count: int = database.execute("SELECT count(*) FROM corpus").fetchone()[0]
    return count
