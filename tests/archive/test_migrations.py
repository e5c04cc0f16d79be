"""The schema goes up, down and up again, and no row is lost on the way."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from argparse import Namespace
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import inspect, text

from archiver.archive import queries
from archiver.archive.engine import alembic_ini, check, connect, read, upgrade, write
from archiver.archive.tables import SCHEMA, metadata
from tests.corpus import corpus

from .guards import everything
from .values import METADATA, URL, document, fill

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Engine


def config(connection: Connection | None = None, url: str = "") -> Config:
    made = Config(alembic_ini(), cmd_opts=Namespace(x=[f"url={url}"] if url else None))
    if connection is not None:
        made.attributes["connection"] = connection
    return made


def downgrade(engine: Engine, revision: str) -> None:
    with write(engine) as c:
        command.downgrade(config(c), revision)


def test_the_program_asks_for_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(config()).get_current_head() == SCHEMA


def told_of(name: str | None, kind: str, _: object) -> bool:
    """All but the words of the search index, of another kind on each database."""
    return kind != "table" or not str(name).startswith("search_words")


def test_models_and_migrations_agree(archive: Engine) -> None:
    with read(archive) as c:
        opts = {"compare_server_default": True, "include_name": told_of}
        context = MigrationContext.configure(c, opts=opts)
        assert compare_metadata(context, metadata) == []


def test_an_upgrade_says_from_where_to_where(database_url: str) -> None:
    assert upgrade(database_url) == (None, SCHEMA)
    assert upgrade(database_url) == (SCHEMA, SCHEMA)
    engine = connect(database_url)
    downgrade(engine, "0001")
    engine.dispose()
    assert upgrade(database_url) == ("0001", SCHEMA)


def test_every_row_is_there_after_down_and_up(archive: Engine, archive_url: str) -> None:
    with write(archive) as c:
        fill(c)
        before = everything(c)
        rows = corpus(c)
    downgrade(archive, "0001")
    with read(archive) as c:
        assert everything(c) == before
        assert "corpus" not in inspect(c).get_view_names()
    assert upgrade(archive_url) == ("0001", SCHEMA)
    with read(archive) as c:
        assert everything(c) == before
        assert corpus(c) == rows


def test_metadata_of_a_later_schema_outlives_a_downgrade(archive: Engine, archive_url: str) -> None:
    """The view loses the columns, the table keeps them with what they hold."""
    with write(archive) as c:
        fill(c)
        (row,) = corpus(c)
    downgrade(archive, "0002")
    with read(archive) as c:
        assert "tags" not in {column["name"] for column in inspect(c).get_columns("corpus")}
    assert upgrade(archive_url) == ("0002", SCHEMA)
    with read(archive) as c:
        assert corpus(c) == [row]
        assert (row.tags, row.licence) == (list(METADATA.tags), METADATA.licence)
        assert (row.modified, row.image) == (METADATA.modified, METADATA.image)
        assert row.structure == " ".join(document().structure)


def test_documents_of_an_earlier_schema_have_none_of_the_later_metadata(
    archive: Engine, archive_url: str
) -> None:
    with write(archive) as c:
        target, _, _ = fill(c)
    downgrade(archive, "0002")
    with write(archive) as c:
        for name in ("modified", "modified_source", "tags", "image", "licence", "structure"):
            c.execute(text(f"ALTER TABLE document DROP COLUMN {name}"))
    upgrade(archive_url)
    with read(archive) as c:
        stored = queries.document_of(c, target=target)
        (row,) = corpus(c)
    assert stored is not None
    told = stored.document.metadata
    assert told == replace(
        METADATA, modified=None, modified_source="", tags=(), image=None, licence=None
    )
    assert (row.modified, row.tags, row.image, row.licence) == (None, None, None, None)
    assert (stored.document.structure, row.structure) == ((), None)


def test_down_to_nothing_with_data_and_up_again(archive: Engine, archive_url: str) -> None:
    with write(archive) as c:
        fill(c)
    downgrade(archive, "base")
    with read(archive) as c:
        assert inspect(c).get_table_names() == ["alembic_version"]
    assert upgrade(archive_url) == (None, SCHEMA)
    with write(archive) as c:
        assert set(queries.counts(c).values()) == {0}
        fill(c)


def test_a_copy_of_an_older_sqlite_archive_is_made_first(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/archive.db"
    upgrade(url)
    engine = connect(url)
    with write(engine) as c:
        fill(c)
        before = everything(c)
    downgrade(engine, "0001")
    upgrade(url)
    engine.dispose()
    copy = connect(f"sqlite:///{tmp_path}/archive.db.before-{SCHEMA}")
    with read(copy) as c:
        assert everything(c) == before
        assert c.scalar(text("SELECT version_num FROM alembic_version")) == "0001"
    copy.dispose()
    assert not list(tmp_path.glob("*.part"))


def test_no_copy_is_made_of_a_new_or_current_archive(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/archive.db"
    upgrade(url)
    upgrade(url)
    assert [path.name for path in tmp_path.iterdir()] == ["archive.db"]


def test_alembic_itself_takes_the_url_from_its_option(database_url: str) -> None:
    command.upgrade(config(url=database_url), "head")
    engine = connect(database_url)
    check(engine)
    engine.dispose()
    command.downgrade(config(url=database_url), "base")
    command.upgrade(config(url=database_url), "head")


def test_alembic_itself_takes_the_url_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVER_DATABASE", f"sqlite:///{tmp_path}/here.db")
    command.upgrade(config(), "head")
    assert (tmp_path / "here.db").exists()


def test_alembic_itself_falls_back_on_the_default_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ARCHIVER_DATABASE", raising=False)
    monkeypatch.chdir(tmp_path)
    command.upgrade(config(), "head")
    assert (tmp_path / "archive.db").exists()


def test_sql_scripts_are_refused() -> None:
    with pytest.raises(CommandError, match="not supported"):
        command.upgrade(config(), "head", sql=True)


@pytest.mark.parametrize("delay", [0.02, 0.05, 0.15])
def test_a_killed_upgrade_is_made_good_by_the_next(tmp_path: Path, delay: float) -> None:
    url = f"sqlite:///{tmp_path}/archive.db"
    code = (
        "import alembic.command, sys; from archiver.archive.engine import upgrade;"
        "print('ready', flush=True); upgrade(sys.argv[1])"
    )
    child = subprocess.Popen([sys.executable, "-c", code, url], stdout=subprocess.PIPE)
    with child:
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(delay)
        child.kill()
    assert upgrade(url)[1] == SCHEMA
    with closing(sqlite3.connect(tmp_path / "archive.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA page_size").fetchone() == (8192,)
    engine = connect(url)
    with write(engine) as c:
        fill(c)
        assert queries.find_target(c, URL) == 1
    engine.dispose()
