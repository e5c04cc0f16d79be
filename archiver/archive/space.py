"""The file of an SQLite archive: how large it is, and how it gives freed space back.

An engine comes in, bytes go out. PostgreSQL looks after its own files: there is no size here, and
nothing to do.
"""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from archiver.archive.engine import plain_errors, write
from archiver.errors import BadInput, TryLater

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPICursor

STEP = 2000  # pages that one transaction moves: 16 MB, some tenths of a second
_MIB = 1024 * 1024


def file_of(engine: Engine) -> Path | None:
    """The archive's file; None on PostgreSQL."""
    if engine.dialect.name != "sqlite":
        return None
    return Path(str(engine.url.database)).absolute()


def size(engine: Engine) -> int:
    """Bytes of the file and its log; 0 on PostgreSQL."""
    path = file_of(engine)
    if path is None:
        return 0
    files = (path, path.with_name(path.name + "-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


def _number(c: Connection, name: str) -> int:
    return int(c.exec_driver_sql(f"PRAGMA {name}").scalar_one())


def shrink(engine: Engine) -> int:
    """Give free pages back to the disk, some at a time, while others work; how many are left.

    What is left is in an archive that was made without `auto_vacuum`: only `vacuum` frees it.
    """
    if engine.dialect.name != "sqlite":
        return 0
    left, before = 0, -1
    with plain_errors(engine), closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        while left != before:
            before = _free(cursor)
            # As a script: sqlite3 leaves off a statement without columns after its first step, and
            # each step moves one page. It is a transaction of its own.
            cursor.executescript(f"PRAGMA incremental_vacuum({STEP})")
            left = _free(cursor)
    _outside(engine, "PRAGMA wal_checkpoint(TRUNCATE)")
    return left


def _free(cursor: DBAPICursor) -> int:
    return int(cursor.execute("PRAGMA freelist_count").fetchone()[0])


def _outside(engine: Engine, *statements: str) -> None:
    """Run statements that must not stand in a transaction."""
    with plain_errors(engine), closing(engine.raw_connection()) as connection:
        for statement in statements:
            connection.cursor().execute(statement).fetchall()


def log_is_empty(engine: Engine) -> bool:
    """Whether the write-ahead log holds nothing; it may where another process reads what was."""
    path = file_of(engine)
    if path is None:
        return True
    _outside(engine, "PRAGMA wal_checkpoint(TRUNCATE)")
    log = path.with_name(path.name + "-wal")
    return not (log.exists() and log.stat().st_size)


def vacuum(engine: Engine) -> None:
    """Write the whole file anew, without gaps; nothing else can write meanwhile.

    SQLite makes a copy beside the file and then another in its log, so twice the size of what is
    stored must be free. Raises TryLater where it is not, BadInput on PostgreSQL.
    """
    path = file_of(engine)
    if path is None:
        raise BadInput("--vacuum is for SQLite; on PostgreSQL run: VACUUM FULL body_store")
    with write(engine) as c:
        pages = _number(c, "page_count") - _number(c, "freelist_count")
        needed = 2 * pages * _number(c, "page_size")
    free = shutil.disk_usage(path.parent).free
    if free < needed:
        raise TryLater(
            f"{path}: writing it anew needs {needed // _MIB + 1} MiB free on its disk, "
            f"{free // _MIB} MiB are; free space and run again"
        )
    # The copy goes where SQLITE_TMPDIR says (sqlite.org/tempfiles.html), else to a disk that may
    # be another and smaller.
    kept = os.environ.get("SQLITE_TMPDIR")
    os.environ["SQLITE_TMPDIR"] = str(path.parent)
    try:
        _outside(
            engine,
            "PRAGMA auto_vacuum=INCREMENTAL",
            "VACUUM",
            "PRAGMA wal_checkpoint(TRUNCATE)",
        )
    finally:
        if kept is None:
            del os.environ["SQLITE_TMPDIR"]
        else:
            os.environ["SQLITE_TMPDIR"] = kept
