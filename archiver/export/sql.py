"""SQL dumps: one file that makes the table `corpus` and fills it, in one transaction.

- ``postgresql``: statements that any client sends.
- ``copy``: for psql, rows as COPY's text format, as pg_dump writes them; several times as fast.
- ``mysql``: MySQL and MariaDB, utf8mb4; its client needs no options.
- ``sqlite``: the shell's `.read`, or `executescript`.

A file that was cut off has no COMMIT, so that nothing of it stays. Lists are JSON. PostgreSQL
holds no U+0000 (U+FFFD there); MySQL and SQLite do.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO

from archiver.export.columns import Column, flat
from archiver.export.mending import NO_NUL, mended, unicode_only

# Bytes of a statement with several rows: enough that a server parses few, and far below what the
# servers take by default (max_allowed_packet: 16 MB, MySQL manual).
_STATEMENT = 256 * 1024
# The shell of SQLite drops a CR before a LF, and no literal holds U+0000.
_NOT_IN_SQLITE = re.compile("[\x00-\x08\x0b-\x1f]")
# MySQL manual, 11.1.1, table of escapes; COPY: PostgreSQL manual, COPY, text format.
_MYSQL = str.maketrans(
    {"\\": "\\\\", "'": "\\'", "\0": "\\0", "\n": "\\n", "\r": "\\r", "\x1a": "\\Z"}
)
_COPY = str.maketrans(
    {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f", "\v": "\\v"}
)
_COPIED = re.compile("[\\\\\n\r\t\b\f\v]")  # most values hold none: translating takes much longer


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _in_sqlite(text: str) -> str:
    if _NOT_IN_SQLITE.search(text):
        return f"CAST(X'{text.encode().hex()}' AS TEXT)"
    return _quoted(text)


def _in_mysql(text: str) -> str:
    return "'" + text.translate(_MYSQL) + "'"


def _in_copy(text: str) -> str:
    return text.translate(_COPY) if _COPIED.search(text) else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one database has it; `types` by the kind of column, `text` writes a value."""

    load: str  # what a reader of the file is told to type
    begin: str
    end: str
    types: Mapping[str, str]
    table: str  # what stands behind the columns
    indexes: Sequence[str]
    text: Callable[[str], str]
    holds_nul: bool = True
    copies: bool = False


_INDEXES = (
    "CREATE INDEX corpus_site ON corpus (site, published);\n",
    "CREATE INDEX corpus_language ON corpus (language, published);\n",
)
_TEXTS = dict.fromkeys(("text", "list", "codes"), "TEXT")
_POSTGRESQL = Dialect(
    load="psql --set ON_ERROR_STOP=1 --file FILE",
    begin="SET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\nBEGIN;\n",
    end="COMMIT;\n",
    types={**_TEXTS, "integer": "BIGINT", "time": "TIMESTAMPTZ"},
    table="",
    indexes=_INDEXES,
    text=_quoted,
    holds_nul=False,
)
DIALECTS = {
    "postgresql": _POSTGRESQL,
    "copy": Dialect(
        load=_POSTGRESQL.load,
        begin=_POSTGRESQL.begin,
        end=_POSTGRESQL.end,
        types=_POSTGRESQL.types,
        table="",
        indexes=_INDEXES,
        text=_in_copy,
        holds_nul=False,
        copies=True,
    ),
    "mysql": Dialect(
        load="mysql DATABASE < FILE",
        begin="SET NAMES utf8mb4;\nSET SESSION sql_mode = 'STRICT_ALL_TABLES';\n"
        "SET SESSION time_zone = '+00:00';\n",
        end="COMMIT;\n",
        types={
            **dict.fromkeys(_TEXTS, "LONGTEXT"),
            "integer": "BIGINT",
            "time": "DATETIME(6)",
        },
        # Compared by code points: a collation would call different words the same.
        table=" ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",
        indexes=(
            "CREATE INDEX corpus_site ON corpus (site(100), published(10));\n",
            "CREATE INDEX corpus_language ON corpus (language(35), published(10));\n",
        ),
        text=_in_mysql,
    ),
    "sqlite": Dialect(
        load="sqlite3 NEW.db < FILE",
        begin="BEGIN;\n",
        end="COMMIT;\n",
        types={**_TEXTS, "integer": "INTEGER", "time": "TEXT"},
        table="",
        indexes=_INDEXES,
        text=_in_sqlite,
    ),
}


def _table(columns: Sequence[Column], dialect: Dialect) -> str:
    lines = []
    for column in columns:
        end = " PRIMARY KEY" if column.name == "id" else " NOT NULL" if column.required else ""
        lines.append(f"    {column.name} {dialect.types[column.kind]}{end}")
    return "CREATE TABLE corpus (\n" + ",\n".join(lines) + f"\n){dialect.table};\n"


def _time(value: datetime, name: str) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}" if name == "mysql" else value.isoformat()


def _values(
    row: Mapping[str, Any],
    columns: Sequence[Column],
    name: str,
    changes: Counter[str],
) -> Iterator[str | None]:
    """A row's values as the dialect writes them, numbers bare; None for null."""
    dialect = DIALECTS[name]
    for column in columns:
        value = row[column.name]
        told = _time(value, name) if column.kind == "time" else flat(column, value)
        if isinstance(told, str):
            text = (
                unicode_only(told, changes) if dialect.holds_nul else mended(told, NO_NUL, changes)
            )
            yield dialect.text(text)
        else:
            yield None if told is None else str(told)


def write(
    rows: Iterable[Mapping[str, Any]],
    out: BinaryIO,
    columns: Sequence[Column],
    changes: Counter[str],
    *,
    dialect: str = "postgresql",
) -> int:
    """Write to a stream for a name of `DIALECTS`; how many rows."""
    of = DIALECTS[dialect]
    out.write(f"-- The table corpus. To load it: {of.load}\n{of.begin}".encode())
    # MySQL commits what came before a table or an index, so rows alone are one transaction there.
    atomic = dialect != "mysql"
    out.write(_table(columns, of).encode())
    out.write(b"" if atomic else b"BEGIN;\n")
    values = (list(_values(row, columns, dialect, changes)) for row in rows)
    listed = ", ".join(column.name for column in columns)
    count = (_copy if of.copies else _insert)(values, out, listed)
    if atomic:
        out.write(("".join(of.indexes) + of.end).encode())
    else:
        out.write((of.end + "".join(of.indexes)).encode())
    return count


def _copy(rows: Iterable[list[str | None]], out: BinaryIO, listed: str) -> int:
    out.write(f"COPY corpus ({listed}) FROM stdin;\n".encode())
    count = 0
    for row in rows:
        fields = ("\\N" if value is None else value for value in row)
        out.write(("\t".join(fields) + "\n").encode())
        count += 1
    out.write(b"\\.\n")
    return count


def _insert(rows: Iterable[list[str | None]], out: BinaryIO, listed: str) -> int:
    head = f"INSERT INTO corpus ({listed}) VALUES\n".encode()
    count = size = 0
    for row in rows:
        fields = ("NULL" if value is None else value for value in row)
        said = f"({', '.join(fields)})".encode()
        if size and size + len(said) > _STATEMENT:
            out.write(b";\n")
            size = 0
        out.write((b",\n" if size else head) + said)
        size += len(said)
        count += 1
    out.write(b";\n" if size else b"")
    return count
