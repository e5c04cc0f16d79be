"""Opening the database: an engine, one transaction at a time, the schema and its upgrade.

Comes in: a database URL. Goes out: an engine, connections, plain errors. Only `upgrade` (and
alembic itself) makes or changes a schema or a file; nothing here reads or writes a row of ours.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import orjson
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

import archiver
from archiver.archive.packing import to_json
from archiver.archive.tables import SCHEMA
from archiver.errors import ArchiverError, BadInput, Damaged, TryLater, WrongArchive

if TYPE_CHECKING:
    from collections.abc import Iterator

BUSY_MS = 30_000  # longer than any transaction of eight processes that write at once
PAGE_SIZE = 8192  # bytes; rows here are blobs of kilobytes, 4096 would chain overflow pages
OURS = {"target", "snapshot", "document"}  # tables that tell an archive from another alembic user


def connect(url: str) -> Engine:
    """Make an engine for an archive that exists; opens nothing yet and never creates a file.

    Raises BadInput for a URL that does not read, another kind of database or a missing driver.
    """
    place = _place(url)
    try:
        engine = create_engine(
            place,
            json_serializer=to_json,
            json_deserializer=orjson.loads,
            hide_parameters=True,  # a fault's message must not quote pages
            pool_pre_ping=True,  # a server that was restarted costs no transaction
        )
    except ImportError as fault:
        message = "the PostgreSQL driver is missing; run: pip install 'archiver[postgresql]'"
        raise BadInput(message) from fault
    if engine.dialect.name == "sqlite":
        path = _path(engine)
        event.listen(engine, "do_connect", lambda *_: _open_sqlite(path))
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def beside(url: str, name: str) -> Path:
    """Tell where `name` lies beside an archive: in the file's folder, else in the current one."""
    place = _place(url)
    sqlite = place.drivername.startswith("sqlite")
    return (Path(str(place.database)).parent if sqlite else Path()) / name


def _path(engine: Engine) -> Path:
    return Path(str(engine.url.database)).absolute()


def _place(url: str) -> URL:
    try:
        place = make_url(url)
    except (ArgumentError, ValueError):  # the latter for a port that is no number
        message = "the database URL does not read; use sqlite:///archive.db or postgresql://..."
        raise BadInput(message) from None
    if place.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return place.set(drivername="postgresql+psycopg")
    if place.drivername not in ("sqlite", "sqlite+pysqlite"):
        message = (
            f"database {place.drivername!r} is not supported; "
            "use sqlite:///archive.db or postgresql://user@host/name"
        )
        raise BadInput(message)
    if place.database in (None, "", ":memory:") or place.query:
        message = (
            f"{place.render_as_string()}: an SQLite archive is a file, without options; "
            "use sqlite:///archive.db"
        )
        raise BadInput(message)
    return place


def _open_sqlite(path: Path) -> sqlite3.Connection:
    """Open the file, for reading alone where nothing else is allowed; never create it."""
    if not path.is_file():
        raise WrongArchive(_missing(str(path)))
    connection = _sqlite(path, "mode=rw")
    try:
        _prepare(connection)
    except UnicodeDecodeError as fault:  # SQLite's own message quotes bytes of a damaged schema
        connection.close()
        raise Damaged(f"{path}: its schema does not read; restore it from a copy") from fault
    except sqlite3.Error as fault:
        connection.close()
        if not _is_only_readable(path, fault):
            raise
        return _sqlite(path, "immutable=1")
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA schema_version").fetchone()  # the first read: faults come here
    try:
        connection.execute("PRAGMA journal_mode=WAL")  # a copy by VACUUM INTO has lost it
    except sqlite3.OperationalError as fault:
        if not fault.sqlite_errorname.startswith("SQLITE_READONLY"):  # it can be read without
            raise
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _is_only_readable(path: Path, fault: sqlite3.Error) -> bool:
    """Tell whether a file that did not open is whole and still.

    In WAL mode even a reader writes beside the file. Where the folder forbids it, and no writer
    has left a log, the file alone is the database, and SQLite reads it when told that it is
    immutable. Where anything may still write, that would be a lie.
    """
    refused = fault.sqlite_errorname.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY"))
    log = path.with_name(path.name + "-wal")
    left = log.exists() and log.stat().st_size > 0
    effective = os.access in os.supports_effective_ids
    writable = os.access(path.parent, os.W_OK, effective_ids=effective)
    return refused and not left and not writable


def _sqlite(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?{mode}",
        uri=True,
        isolation_level=None,  # transactions begin in _begin_sqlite, not inside the driver
        check_same_thread=False,  # the pool hands a connection to one thread at a time
    )
    connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    return connection


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads and then writes can be refused at once, whatever busy_timeout says;
    # one that takes the lock first waits for it.
    write = connection.get_execution_options().get("archiver_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


@contextmanager
def write(engine: Engine) -> Iterator[Connection]:
    """One transaction that may write: committed at the end, rolled back by any exception.

    Raises TryLater, WrongArchive or Damaged for faults of the database that a user can act on.
    """
    with plain_errors(engine), engine.connect() as connection:
        connection.execution_options(archiver_write=True)
        with connection.begin():
            yield connection


@contextmanager
def read(engine: Engine) -> Iterator[Connection]:
    """One transaction that sees one state of the archive, however long it takes.

    Raises as `write` does; PostgreSQL refuses a statement that writes.
    """
    with plain_errors(engine), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        with connection.begin():
            yield connection


@contextmanager
def plain_errors(engine: Engine) -> Iterator[None]:
    """Raise TryLater, WrongArchive or Damaged for a driver's fault that a user can act on."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as fault:
        said = fault.orig if isinstance(fault, DBAPIError) else fault
        plain = _plain(said, _name(engine))
        if plain is None:
            raise
        raise plain from fault


def _name(engine: Engine) -> str:
    if engine.dialect.name == "sqlite":
        return str(engine.url.database)
    return engine.url.render_as_string(hide_password=True)


def _missing(name: str) -> str:
    return f"{name}: there is no archive; run: archiver init"


# Result codes of SQLite (sqlite.org/rescode.html) by their beginning, extended ones included.
_SQLITE: dict[str, tuple[type[ArchiverError], str]] = {
    "SQLITE_BUSY": (TryLater, "another program holds it; run again when that has ended"),
    "SQLITE_LOCKED": (TryLater, "another program holds it; run again when that has ended"),
    "SQLITE_READONLY": (TryLater, "make the file and its folder writable and run again"),
    "SQLITE_FULL": (TryLater, "free space on the disk and run again"),
    "SQLITE_IOERR": (TryLater, "check the disk, its space and permissions, and run again"),
    "SQLITE_CANTOPEN": (TryLater, "check the folder and its permissions, and run again"),
    "SQLITE_PERM": (TryLater, "check the folder and its permissions, and run again"),
    "SQLITE_NOMEM": (TryLater, "free memory and run again"),
    "SQLITE_NOTADB": (WrongArchive, "name another file or a new one"),
    "SQLITE_CORRUPT": (Damaged, "restore it from a copy"),
}
# SQLSTATEs (PostgreSQL manual, appendix A), the classes among them by their two letters.
_POSTGRESQL: dict[str, tuple[type[ArchiverError], str]] = {
    "25006": (TryLater, "the database is read-only; run again when it is not"),
    "28": (WrongArchive, "check the user and password in the database URL"),
    "3D": (WrongArchive, "check the name in the database URL"),
    "42501": (WrongArchive, "grant the user access to the archive"),
    "53100": (TryLater, "free space on the server's disk and run again"),
    "08": (TryLater, "run again"),  # connection
    "40": (TryLater, "run again"),  # serialization, deadlock
    "53": (TryLater, "run again"),  # resources
    "55": (TryLater, "run again"),  # locks
    "57": (TryLater, "run again"),  # shutdown, cancel
    "58": (TryLater, "check the server and run again"),  # its own I/O
    "XX": (Damaged, "check the server's log; restore from a copy"),
}


def _plain(fault: BaseException | None, name: str) -> ArchiverError | None:
    """Say a driver's fault in one line; None for one that is a mistake of the program."""
    said = (str(fault).splitlines() or [type(fault).__name__])[0]
    if isinstance(fault, sqlite3.Error):
        return _sorted(_SQLITE, getattr(fault, "sqlite_errorname", ""), f"{name}: {said}")
    state = getattr(fault, "sqlstate", None)
    if state is None and type(fault).__name__ == "OperationalError":
        # libpq gives no SQLSTATE where no connection came about, or where it was lost.
        wrong = "does not exist" in said or "authentication failed" in said
        state = "3D000" if wrong else "08000"
    return _sorted(_POSTGRESQL, state or "", f"{name}: {said}")


def _sorted(
    kinds: dict[str, tuple[type[ArchiverError], str]], code: str, said: str
) -> ArchiverError | None:
    for start, (kind, advice) in kinds.items():
        if code.startswith(start):
            return kind(f"{said}; {advice}")
    return None


def check(engine: Engine) -> None:
    """Pass an archive of this program's schema.

    Raises WrongArchive, with what to do, where the archive is missing, foreign, older or newer.
    """
    with read(engine) as connection:
        found = _revision(connection, _name(engine))
    if found is None:
        raise WrongArchive(_missing(_name(engine)))
    if found < SCHEMA:
        message = (
            f"{_name(engine)}: the schema is {found}, this program needs {SCHEMA}; "
            "run: archiver init, which upgrades it and keeps all data"
        )
        raise WrongArchive(message)


def _revision(connection: Connection, name: str) -> str | None:
    """Tell the schema's revision, None for an empty database; refuse a foreign or newer one."""
    names = set(inspect(connection).get_table_names())
    found: str | None = None
    if "alembic_version" in names:
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    foreign = not names >= OURS if found is not None else bool(names - {"alembic_version"})
    if foreign:
        message = f"{name}: holds other tables and no archive; name another database"
        raise WrongArchive(message)
    if found is not None and found > SCHEMA:
        message = (
            f"{name}: the schema is {found}, newer than this program's {SCHEMA}; "
            "upgrade archiver: pip install --upgrade archiver"
        )
        raise WrongArchive(message)
    return found


def create(url: str) -> Engine:
    """`connect`, after making an empty SQLite file where there is none.

    Raises TryLater where the file cannot be made.
    """
    engine = connect(url)
    if engine.dialect.name == "sqlite":
        path = _path(engine)
        # An empty file is what a process leaves that was killed between making it and this.
        if not path.exists() or not path.stat().st_size:
            try:
                with closing(_sqlite(path, "mode=rwc")) as connection:
                    connection.execute(f"PRAGMA page_size={PAGE_SIZE}")  # before the first page
                    # So that `archiver compact` can give space back piece by piece.
                    connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
                    connection.execute("PRAGMA journal_mode=WAL")
            except sqlite3.Error as fault:
                raise _plain(fault, str(path)) or fault from fault
    return engine


def upgrade(url: str) -> tuple[str | None, str]:
    """Bring the database to this program's schema, in one transaction; (revision before, after).

    Makes the SQLite file. Copies an older SQLite archive to ``FILE.before-REVISION`` first. Raises
    WrongArchive for a foreign or newer database, TryLater for a full disk or a server out of reach.
    """
    engine = create(url)
    try:
        with write(engine) as connection:
            if engine.dialect.name == "postgresql":  # as BEGIN IMMEDIATE does on SQLite
                connection.execute(text("SELECT pg_advisory_xact_lock(7247014)"))
            before = _revision(connection, _name(engine))
            if before is not None and before != SCHEMA:
                _copy_before(engine)
            _migrate(connection)
    finally:
        engine.dispose()
    return before, SCHEMA


def _copy_before(engine: Engine) -> None:
    """Copy a SQLite archive beside itself; on PostgreSQL copies are the administrator's."""
    if engine.dialect.name != "sqlite":
        return
    path = _path(engine)
    part, whole = (path.with_name(f"{path.name}{end}") for end in (".part", f".before-{SCHEMA}"))
    try:
        part.unlink(missing_ok=True)
        with closing(_sqlite(path, "mode=ro")) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
        _sync(part)
        part.replace(whole)
        _sync(path.parent)  # the copy's name must survive a power cut that the upgrade survives
    except (sqlite3.Error, OSError) as fault:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        if isinstance(fault, OSError):
            message = f"{whole}: the copy cannot be made: {fault.strerror or fault}; run again"
            raise TryLater(message) from fault
        raise _plain(fault, str(part)) or fault from fault


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _migrate(connection: Connection) -> None:
    # Imported here: alembic takes longer to import than most commands to run.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(alembic_ini())
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def alembic_ini() -> Path:
    """Find ``alembic.ini``: inside the package in a wheel, beside it in a checkout."""
    package = Path(archiver.__file__).parent
    inside = package / "alembic.ini"
    return inside if inside.exists() else package.parent / "alembic.ini"
