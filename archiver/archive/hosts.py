"""What politeness must remember of an origin, kept and told. A caller's transaction comes in."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from archiver.archive import tables as t
from archiver.archive.store import insert_into

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Politeness that outlives a run: what an origin's robots.txt said, when to ask it next."""

    origin: str  # scheme://host:port
    robots_status: int | None = None
    robots_body: bytes | None = None
    robots_at: datetime | None = None
    robots_until: datetime | None = None
    next_at: datetime | None = None
    failures: int = 0
    refusals: int | None = None
    resting: str | None = None
    files_at: datetime | None = None
    tdmrep: bytes | None = None
    ai_txt: bytes | None = None


def put(c: Connection, host: Host) -> None:
    """Keep what is known of an origin, in place of what was."""
    values = asdict(host)
    new = insert_into(c.dialect.name, t.host).values(values)
    c.execute(new.on_conflict_do_update(index_elements=["origin"], set_=values))


def get(c: Connection, origin: str) -> Host | None:
    """Tell what is known of an origin, if anything."""
    row = c.execute(select(t.host).where(t.host.c.origin == origin)).mappings().first()
    return None if row is None else Host(**row)
