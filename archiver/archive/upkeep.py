"""Questions about the archive as an installation: durability, schema, runs that never ended.

A caller's transaction comes in, plain values go out. Never writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, inspect, select, text

from archiver.archive import tables as t
from archiver.archive.engine import BUSY_MS

if TYPE_CHECKING:
    from datetime import datetime

# By PRAGMA synchronous (sqlite.org/pragma.html).
_SYNCHRONOUS = ("OFF", "NORMAL", "FULL", "EXTRA")


def durability(c: Connection) -> list[tuple[str, str, str]]:
    """Names, values and right values (``a or b``) of what a commit's durability depends on."""
    if c.dialect.name == "sqlite":
        mode = str(c.exec_driver_sql("PRAGMA journal_mode").scalar_one())
        level = int(c.exec_driver_sql("PRAGMA synchronous").scalar_one())
        wait = str(c.exec_driver_sql("PRAGMA busy_timeout").scalar_one())
        return [
            ("journal_mode", mode, "wal"),
            ("synchronous", _SYNCHRONOUS[level], "FULL or EXTRA"),
            ("busy_timeout", wait, str(BUSY_MS)),
        ]
    rights = {"fsync": "on", "synchronous_commit": "on or remote_apply or remote_write or local"}
    rights["full_page_writes"] = "on"
    return [
        (name, str(c.execute(text(f"SHOW {name}")).scalar_one()), right)
        for name, right in rights.items()
    ]


def revision(c: Connection) -> str | None:
    """The schema's revision, None where there is none."""
    if "alembic_version" not in inspect(c).get_table_names():
        return None
    found: str | None = c.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def encodings(c: Connection) -> dict[str, int]:
    """How many bodies there are in each encoding."""
    name = t.body_store.c.encoding
    return {row[0]: row[1] for row in c.execute(select(name, func.count()).group_by(name))}


def newest(c: Connection) -> datetime | None:
    """The latest time that a run stated."""
    found: datetime | None = c.execute(select(func.max(t.run.c.at))).scalar()
    return found


def collects(c: Connection) -> bool:
    """Whether a feed, a sitemap or a section is asked for new pages; imports have none."""
    source = select(t.target.c.id).where(t.target.c.kind != "page").limit(1)
    return c.execute(source).first() is not None


def unfinished(c: Connection) -> dict[str, int]:
    """Runs without an end by their verb: killed ones, and those that are still going."""
    query = (
        select(t.run.c.verb, func.count())
        .outerjoin(t.run_end, t.run_end.c.run == t.run.c.id)
        .where(t.run_end.c.run.is_(None))
        .group_by(t.run.c.verb)
    )
    return {row[0]: row[1] for row in c.execute(query)}
