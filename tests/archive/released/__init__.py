"""Small archives as each released program left them, one a schema, and how to lay them out again.

``REVISION.sql.zst`` is the SQL of an SQLite archive (its ``iterdump``) that the last program of
that schema made of some of the samples, with a row in every table; 0001 was never released alone,
and is 0002 taken down. A new migration adds the file of the schema that it follows:
`python -m tests.archive.released` writes it, with the program as it is before. Since 0006
there is a virtual table: its own rows, which `iterdump` reads out as nulls since it has no content,
are left out, and what it keeps in tables of its own is there.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import zstandard
from alembic import command
from alembic.config import Config
from sqlalchemy import JSON, ColumnClause, MetaData, Table, column, inspect, select
from sqlalchemy import table as sql_table

from archiver.archive import bodies
from archiver.archive.engine import PAGE_SIZE, alembic_ini, connect, create, read, write
from archiver.archive.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Engine

FOLDER = Path(__file__).parent
REVISIONS = sorted(path.name.partition(".")[0] for path in FOLDER.glob("*.sql.zst"))
# Written after their rows: each of these pairs of tables refers to the other.
_LATE = {"target": ("document", "snapshot")}


def lay_out(revision: str, path: Path) -> None:
    """Make the SQLite file of a released archive, in WAL mode as it was."""
    packed = (FOLDER / f"{revision}.sql.zst").read_bytes()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA page_size={PAGE_SIZE}")
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(zstandard.ZstdDecompressor().decompress(packed).decode())


def lay_out_postgresql(revision: str, url: str, made: Path) -> None:
    """Make the same archive in an empty PostgreSQL database, from the rows of the SQLite file."""
    engine = create(url)
    with write(engine) as c, closing(sqlite3.connect(made)) as source:
        config = Config(alembic_ini())
        config.attributes["connection"] = c
        command.upgrade(config, revision)
        late: list[tuple[Table, Mapping[str, Any]]] = []
        for table in _tables(c):
            names = ", ".join(f'"{name}"' for name in table.columns.keys())  # noqa: SIM118
            query = f'SELECT {names} FROM "{table.name}" ORDER BY rowid'  # noqa: S608
            for row in source.execute(query):
                values = dict(_typed(table, row))
                own = {name: values.pop(name) for name in _LATE.get(table.name, ())}
                c.execute(table.insert().values(values))
                late.append((table, {"id": values.get("id"), **own}))
        for table, known in late:
            if len(known) > 1:
                c.execute(table.update().where(table.c.id == known["id"]).values(known))
    engine.dispose()


def _tables(c: Connection) -> list[Table]:
    """The tables that are there, with the columns that they have, in an order for inserting."""
    there = set(inspect(c).get_table_names())
    known = MetaData()
    return [
        Table(table.name, known, autoload_with=c, resolve_fks=False)
        for table in metadata.sorted_tables
        if table.name in there
    ]


def _typed(table: Table, row: Sequence[object]) -> list[tuple[str, object]]:
    """The values of an SQLite row as PostgreSQL takes them."""
    return [
        (column.name, _value(column.type.python_type, isinstance(column.type, JSON), value))
        for column, value in zip(table.columns, row, strict=True)
    ]


def _value(kind: type, json: bool, value: object) -> object:
    if isinstance(value, str) and json:
        return orjson.loads(value)
    if isinstance(value, str) and kind is datetime:
        return datetime.fromisoformat(value)
    return value


def rows(engine: Engine, columns: Mapping[str, Sequence[str]] | None = None) -> dict[str, Any]:
    """All rows of all tables, of these columns or of all, and every body's own bytes.

    How a body is stored is left out: a downgrade may pack it anew.
    """
    bodies.forget()
    found: dict[str, Any] = {}
    with read(engine) as c:
        for table, names in (columns or _columns(c)).items():
            if table == "body_store":
                continue
            own: list[ColumnClause[Any]] = [column(name) for name in names]
            asked = c.execute(select(*own).select_from(sql_table(table)))
            found[table] = sorted((tuple(row) for row in asked), key=repr)
        digests = c.execute(select(metadata.tables["body"].c.digest)).scalars().all()
        found["bytes"] = {name: bodies.load(c, name) for name in digests}
    return found


def columns_of(engine: Engine) -> dict[str, list[str]]:
    """The columns that each table has now."""
    with read(engine) as c:
        return _columns(c)


def _columns(c: Connection) -> dict[str, list[str]]:
    known = inspect(c)
    there = sorted(set(known.get_table_names()) & set(metadata.tables))
    return {name: [one["name"] for one in known.get_columns(name)] for name in there}


def opened(path: Path) -> Engine:
    """An engine on a file."""
    return connect(f"sqlite:///{path}")
