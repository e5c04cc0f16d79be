"""Every schema that a program was released with goes up, down and up again, with all its data."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from alembic import command
from sqlalchemy import text

from archiver.archive.engine import check, connect, read, upgrade, write
from archiver.archive.tables import SCHEMA
from archiver.errors import TryLater, WrongArchive
from archiver.work.cleaning import Cleaner
from archiver.work.verify import verify

from .released import REVISIONS, columns_of, lay_out, lay_out_postgresql, rows
from .test_migrations import config

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

CLEANER = Cleaner(None)


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = connect(url)
    try:
        yield engine
    finally:
        engine.dispose()


def test_every_schema_before_today_s_is_kept() -> None:
    assert {f"{number:04}" for number in range(1, int(SCHEMA))} <= set(REVISIONS)


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_released_archive_keeps_every_row_up_down_and_up(revision: str, tmp_path: Path) -> None:
    lay_out(revision, tmp_path / "archive.db")
    go_up_down_and_up(revision, f"sqlite:///{tmp_path}/archive.db")


def test_so_does_the_oldest_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    lay_out(REVISIONS[0], tmp_path / "archive.db")
    lay_out_postgresql(REVISIONS[0], postgres_url, tmp_path / "archive.db")
    go_up_down_and_up(REVISIONS[0], postgres_url)


def go_up_down_and_up(revision: str, url: str) -> None:
    with opened(url) as engine:
        own, before = columns_of(engine), rows(engine)
        assert all(before.values())
        for way in ("up", "down", "up again"):
            if way == "down":
                with write(engine) as c:
                    command.downgrade(config(c), revision)
            else:
                assert upgrade(url) == (revision, SCHEMA)
                check(engine)
            after = rows(engine, own)
            assert [name for name in before if after[name] != before[name]] == [], way
        assert verify(engine, CLEANER).faults == []


def kill_upgrade(path: Path, delay: float) -> None:
    """Begin an upgrade in a process of its own and kill it so many seconds after its start."""
    code = (
        "import alembic.command, sys; from archiver.archive.engine import upgrade;"
        "print('ready', flush=True); upgrade(sys.argv[1])"
    )
    words = [sys.executable, "-c", code, f"sqlite:///{path}"]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(delay)
        child.kill()


@pytest.mark.parametrize("delay", [0.05, 0.15])
def test_a_killed_upgrade_of_a_released_archive_loses_nothing(tmp_path: Path, delay: float) -> None:
    path = tmp_path / "archive.db"
    lay_out(REVISIONS[0], path)
    with opened(f"sqlite:///{path}") as engine:
        own, before = columns_of(engine), rows(engine)
    kill_upgrade(path, delay)
    with opened(f"sqlite:///{path}") as engine:
        with read(engine) as c:
            at = c.scalar(text("SELECT version_num FROM alembic_version"))
        assert at in {REVISIONS[0], SCHEMA}
        assert rows(engine, own) == before
        assert upgrade(f"sqlite:///{path}")[1] == SCHEMA
        assert rows(engine, own) == before
        assert verify(engine, CLEANER).faults == []
    with opened(f"sqlite:///{path}.before-{SCHEMA}") as copy:
        assert rows(copy) == before


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    lay_out(REVISIONS[-1], path)
    with opened(f"sqlite:///{path}") as engine:
        with write(engine) as c:
            c.execute(text("UPDATE alembic_version SET version_num = '0999'"))
        before = rows(engine)
        for use in (check, lambda _: upgrade(f"sqlite:///{path}")):
            with pytest.raises(WrongArchive, match="newer than this program's"):
                use(engine)
        assert rows(engine) == before
    assert not list(tmp_path.glob("*.before-*"))


def test_without_its_copy_no_upgrade_begins(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    lay_out(REVISIONS[0], path)
    (tmp_path / f"archive.db.before-{SCHEMA}").mkdir()  # the name is taken, by no file
    with pytest.raises(TryLater, match="the copy cannot be made"):
        upgrade(f"sqlite:///{path}")
    with opened(f"sqlite:///{path}") as engine, read(engine) as c:
        assert c.scalar(text("SELECT version_num FROM alembic_version")) == REVISIONS[0]
