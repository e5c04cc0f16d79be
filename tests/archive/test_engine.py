"""An archive opens, or says in one line why not; writers wait for each other."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from archiver.archive import engine as engines
from archiver.archive import queries, store
from archiver.archive import tables as t
from archiver.archive.engine import check, connect, read, upgrade, write
from archiver.errors import ArchiverError, BadInput, Damaged, TryLater, WrongArchive
from archiver.model import Found
from tests.conftest import Templates
from tests.corpus import corpus
from tests.nobody import as_nobody

from .guards import everything
from .values import NOW, SITE, URL, add_site, add_snapshot, document, fill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine


@pytest.fixture
def path(templates: Templates, tmp_path: Path) -> Iterator[Path]:
    """Make an archive with one document; its file."""
    with templates.copied("sqlite", tmp_path, one_document):
        yield tmp_path / "archive.db"


def one_document(engine: Engine, _: Path) -> None:
    with write(engine) as c:
        fill(c)


@pytest.fixture
def engine(path: Path) -> Iterator[Engine]:
    """Open it."""
    made = connect(f"sqlite:///{path}")
    yield made
    made.dispose()


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """Connect, and leave no connection open."""
    engine = connect(url)
    yield engine
    engine.dispose()


def impatient(engine: Engine) -> None:
    """Let locked databases be told at once, not after half a minute."""
    event.listen(engine, "connect", lambda c, _: c.execute("PRAGMA busy_timeout=50"))


def one_line(fault: pytest.ExceptionInfo[ArchiverError], *parts: str) -> None:
    said = str(fault.value)
    assert "\n" not in said
    assert all(part in said for part in parts), said


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("archive.db", "does not read"),
        ("postgresql://localhost:port/x", "does not read"),
        ("mysql://localhost/x", "'mysql' is not supported"),
        ("postgresql+nosuch://localhost/x", "not supported"),
        ("sqlite://", "is a file"),
        ("sqlite:///:memory:", "is a file"),
        ("sqlite:///archive.db?timeout=5", "without options"),
    ],
)
def test_a_url_that_cannot_serve_is_told(url: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as fault:
        connect(url)
    one_line(fault, "sqlite:///archive.db")


def test_a_missing_driver_is_told() -> None:
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from archiver.archive.engine import connect; connect('postgresql://localhost/x')"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "BadInput" in ran.stderr
    assert "pip install 'archiver[postgresql]'" in ran.stderr


def test_a_fault_never_tells_the_password() -> None:
    for url in ("mysql://u:secret@localhost/x", "postgresql://u:secret@127.0.0.1:1/x"):
        with pytest.raises(ArchiverError) as fault:
            check(connect(url))
        assert "secret" not in str(fault.value)


def test_a_missing_file_is_told_and_not_made(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path}/none.db")
    for use in (check, lambda engine: read(engine).__enter__()):
        with pytest.raises(WrongArchive) as fault:
            use(engine)
        one_line(fault, "none.db", "archiver init")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(TryLater) as fault:
        upgrade(f"sqlite:///{tmp_path}/none/archive.db")
    one_line(fault, "none/archive.db", "check the folder")


def test_an_empty_database_is_told_to_be_no_archive(database_url: str) -> None:
    engines.create(database_url).dispose()
    with opened(database_url) as engine, pytest.raises(WrongArchive) as fault:
        check(engine)
    one_line(fault, "there is no archive", "archiver init")


def test_an_empty_file_becomes_an_archive(tmp_path: Path) -> None:
    (tmp_path / "archive.db").touch()
    assert upgrade(f"sqlite:///{tmp_path}/archive.db") == (None, t.SCHEMA)


def test_a_foreign_database_is_refused_and_left_alone(database_url: str) -> None:
    engine = engines.create(database_url)
    for statement in ("CREATE TABLE theirs (a TEXT)", "INSERT INTO theirs VALUES ('b')"):
        with write(engine) as c:
            c.execute(text(statement))
    for use in (lambda: check(engine), lambda: upgrade(database_url)):
        with pytest.raises(WrongArchive) as fault:
            use()
        one_line(fault, "other tables")
    with read(engine) as c:
        assert c.execute(text("SELECT a FROM theirs")).scalars().all() == ["b"]
    engine.dispose()


def test_another_program_s_alembic_database_is_foreign(database_url: str) -> None:
    engine = engines.create(database_url)
    with write(engine) as c:
        c.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        c.execute(text("INSERT INTO alembic_version VALUES ('ae1027a6acf')"))
    with pytest.raises(WrongArchive, match="other tables"):
        upgrade(database_url)
    engine.dispose()


def test_an_older_or_newer_archive_is_told_what_to_do(archive: Engine, archive_url: str) -> None:
    check(archive)
    for revision, advice in (("0001", "archiver init"), ("0999", "upgrade archiver")):
        with write(archive) as c:
            c.execute(text("UPDATE alembic_version SET version_num = :to"), {"to": revision})
        with pytest.raises(WrongArchive) as fault:
            check(archive)
        one_line(fault, revision, t.SCHEMA, advice)
    with pytest.raises(WrongArchive, match="newer"):
        upgrade(archive_url)


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_bytes(b"these are my notes, " * 500)
    for use in (lambda url: check(connect(url)), upgrade):
        with pytest.raises(WrongArchive) as fault:
            use(f"sqlite:///{file}")
        one_line(fault, "notes.txt", "file is not a database")
    assert file.read_bytes() == b"these are my notes, " * 500


def test_a_damaged_file_is_told(path: Path, engine: Engine) -> None:
    data = bytearray(path.read_bytes())
    data[8192:] = b"\xff" * (len(data) - 8192)
    path.write_bytes(data)
    with pytest.raises(Damaged, match="restore"), read(engine) as c:
        everything(c)


def test_an_acknowledged_write_is_on_the_disk(engine: Engine) -> None:
    with read(engine) as c:
        found = {
            name: c.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "page_size")
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "foreign_keys": 1,
        "busy_timeout": 30_000,
        "page_size": 8192,
    }


def test_a_writer_that_waited_too_long_is_told(path: Path, engine: Engine) -> None:
    impatient(engine)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TryLater) as fault, write(engine):
            pass
        one_line(fault, "archive.db", "locked", "run again")
        with read(engine) as c:  # readers do not wait for a writer
            assert queries.find_target(c, URL) == 1
        other.execute("ROLLBACK")
    with write(engine) as c:
        add_site(c, URL)


def test_a_write_takes_the_lock_before_it_reads(path: Path, engine: Engine) -> None:
    locked = pytest.raises(sqlite3.OperationalError, match="locked")
    with write(engine), closing(sqlite3.connect(path, timeout=0)) as other, locked:
        other.execute("BEGIN IMMEDIATE")


def test_an_exception_undoes_the_whole_transaction(archive: Engine) -> None:
    def half() -> None:
        with write(archive) as c:
            fill(c)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    with read(archive) as c:
        assert set(queries.counts(c).values()) == {0}


def test_a_reader_sees_one_state(archive: Engine) -> None:
    with read(archive) as c:
        assert queries.counts(c)["target"] == 0
        with write(archive) as other:
            fill(other)
        assert queries.counts(c)["target"] == 0
    with read(archive) as c:
        assert queries.counts(c)["target"] == 2


def test_a_mistake_of_the_program_is_not_dressed_up(archive: Engine) -> None:
    def unknown_site() -> None:
        with write(archive) as c:
            store.add_targets(c, "none.example", [Found(url=URL)], None, NOW)

    with pytest.raises(IntegrityError):
        unknown_site()


@pytest.fixture
def read_only(path: Path) -> Iterator[Path]:
    """Copy the archive into a folder that nobody may write, but anyone may read."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        target = folder / path.name
        target.write_bytes(path.read_bytes())
        target.chmod(0o444)
        folder.chmod(0o555)
        yield target
        folder.chmod(0o755)


def test_a_read_only_archive_can_be_read(read_only: Path) -> None:
    engine = connect(f"sqlite:///{read_only}")
    with as_nobody():
        check(engine)
        with read(engine) as c:
            assert len(corpus(c)) == 1
    engine.dispose()
    assert [path.name for path in read_only.parent.iterdir()] == [read_only.name]


def test_a_read_only_archive_refuses_a_write_in_one_line(read_only: Path) -> None:
    engine = connect(f"sqlite:///{read_only}")
    with as_nobody(), pytest.raises(TryLater) as fault, write(engine) as c:
        fill(c)
    one_line(fault, "readonly database", "writable")
    engine.dispose()


def test_a_read_only_file_in_a_writable_folder_can_be_read(path: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        copy = folder / "archive.db"
        copy.write_bytes(path.read_bytes())
        copy.chmod(0o444)
        engine = connect(f"sqlite:///{copy}")
        with as_nobody():
            with read(engine) as c:
                assert len(corpus(c)) == 1
            with pytest.raises(TryLater, match="readonly"), write(engine) as c:
                fill(c)
            engine.dispose()


def test_a_read_only_copy_made_by_vacuum_can_be_read(path: Path, read_only: Path) -> None:
    copy = path.with_name("copy.db")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM INTO ?", [str(copy)])
    read_only.write_bytes(copy.read_bytes())
    with opened(f"sqlite:///{read_only}") as engine, as_nobody(), read(engine) as c:
        assert len(corpus(c)) == 1


def test_a_log_that_a_read_only_folder_hides_is_not_passed_over(path: Path, engine: Engine) -> None:
    with write(engine) as c:
        add_site(c, URL + "/new")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for end in ("", "-wal"):
            copy = folder / f"archive.db{end}"
            copy.write_bytes(path.with_name(path.name + end).read_bytes())
            copy.chmod(0o444)
        folder.chmod(0o555)
        other = connect(f"sqlite:///{folder}/archive.db")
        with as_nobody(), pytest.raises(TryLater) as fault, read(other):
            pass
        one_line(fault, "unable to open database file", "permissions")
        folder.chmod(0o755)


def test_a_folder_that_cannot_be_written_makes_no_archive(read_only: Path) -> None:
    with as_nobody(), pytest.raises(TryLater) as fault:
        upgrade(f"sqlite:///{read_only.parent}/new.db")
    one_line(fault, "new.db", "permissions")


def test_a_full_disk_is_told_and_nothing_is_lost(path: Path, engine: Engine) -> None:
    with read(engine) as c:
        before = everything(c)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 100_000, hard))
    try:
        with pytest.raises(TryLater) as fault, write(engine) as c:
            add_snapshot(c, 1, os.urandom(1_000_000))
        one_line(fault, "archive.db", "disk")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    with write(engine) as c:
        assert everything(c) == before
        add_snapshot(c, 1, os.urandom(1_000_000))


def test_a_full_database_is_told(engine: Engine) -> None:
    event.listen(engine, "connect", lambda c, _: c.execute("PRAGMA max_page_count=1"))
    with pytest.raises(TryLater) as fault, write(engine) as c:
        add_snapshot(c, 1, os.urandom(1_000_000))
    one_line(fault, "full", "free space")


def test_writers_at_once_wait_for_each_other(archive_url: str) -> None:
    def work(number: int) -> None:
        engine = connect(archive_url)
        for turn in range(10):
            with write(engine) as c:
                own = f"{URL}/{number}/{turn}"
                _, target = add_site(c, f"{URL}/{turn}", own)
                snapshot = add_snapshot(c, target, own.encode())
                store.put_cleaner(c, "cleaner-1", {}, NOW)
                store.store_document(c, snapshot, document(f"{turn}"), None, NOW)
        engine.dispose()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    engine = connect(archive_url)
    with read(engine) as c:
        found = queries.counts(c)
        assert (found["target"], found["snapshot"], found["text"]) == (50, 40, 10)
        assert len(corpus(c)) == 40
        rows = c.execute(t.rule_count.select()).all()
        assert {row.documents for row in rows} == {40}
    engine.dispose()


def test_a_server_out_of_reach_is_told() -> None:
    with pytest.raises(TryLater) as fault:
        check(connect("postgresql://user@127.0.0.1:1/name"))
    one_line(fault, "127.0.0.1", "run again")


def test_a_database_that_the_server_does_not_have_is_told(postgres_server: str) -> None:
    with pytest.raises(WrongArchive) as fault:
        check(connect(postgres_server.replace("/postgres?", "/none?")))
    one_line(fault, "does not exist", "database URL")


def test_a_lost_connection_is_told_and_the_next_one_works(postgres_url: str) -> None:
    upgrade(postgres_url)
    engine = connect(postgres_url)
    kill = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )

    def cut_short() -> None:
        with write(engine) as c:
            fill(c)
            with write(engine) as other:
                other.execute(kill)
            fill(c)

    with pytest.raises(TryLater) as fault:
        cut_short()
    one_line(fault, "run again")
    with write(engine) as c:
        assert set(queries.counts(c).values()) == {0}
        fill(c)
    with opened(postgres_url) as another, write(another) as other:
        other.execute(kill)
    with read(engine) as c:  # the pool's own connections are gone; that costs nothing
        assert len(corpus(c)) == 1
    engine.dispose()


def test_a_read_on_postgresql_cannot_write(postgres_url: str) -> None:
    upgrade(postgres_url)
    engine = connect(postgres_url)
    with pytest.raises(TryLater, match="read-only"), read(engine) as c:
        store.put_site(c, SITE, {}, NOW)
    with write(engine) as c:
        store.put_site(c, SITE, {}, NOW)
    engine.dispose()


def test_a_user_without_rights_is_told(postgres_url: str) -> None:
    upgrade(postgres_url)
    admin = connect(postgres_url)
    with write(admin) as c:
        c.execute(text("DROP ROLE IF EXISTS guest"))
        c.execute(text("CREATE ROLE guest"))

    def look() -> None:
        with read(admin) as c:
            c.execute(text("SET LOCAL ROLE guest"))
            queries.counts(c)

    with pytest.raises(WrongArchive, match="grant"):
        look()
    with write(admin) as c:
        c.execute(text("DROP ROLE guest"))
    admin.dispose()


def test_a_statement_that_is_wrong_stays_the_driver_s_error(archive: Engine) -> None:
    with pytest.raises(DBAPIError), read(archive) as c:
        c.execute(text("SELECT none FROM nowhere"))
