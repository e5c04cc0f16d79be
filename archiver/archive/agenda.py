"""What is due when, for people: each source, and the pages of each site as a number.

A caller's transaction comes in, frozen values go out. Never writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, case, func, select

from archiver.archive import tables as t
from archiver.archive.frontier import SOURCES

if TYPE_CHECKING:
    from datetime import datetime

    from archiver.model import TargetKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source that is followed, how it went last, and how its origin rests."""

    url: str
    site: str
    kind: TargetKind
    due_at: datetime | None
    fetched_at: datetime | None
    fetches: int
    failures: int
    next_at: datetime | None
    resting: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """A site's pages that will be fetched: how many, how many of them now, and the first when."""

    site: str
    count: int
    due: int
    due_at: datetime


def sources(c: Connection) -> list[Source]:
    """List what is followed, the longest due first."""
    query = (
        select(
            *(t.target.c[name] for name in Source.__slots__ if name in t.target.c),
            t.host.c.next_at,
            t.host.c.resting,
        )
        .join_from(t.target, t.host, t.host.c.origin == t.target.c.origin, isouter=True)
        .where(t.target.c.state == "active", t.target.c.kind.in_(SOURCES))
        .where(t.target.c.origin.is_not(None))
        .order_by(t.target.c.due_at.nulls_last(), t.target.c.id)
    )
    return [Source(**row) for row in c.execute(query).mappings()]


def pages(c: Connection, now: datetime) -> list[Pages]:
    """Count the pages of each site that will be fetched again, or for the first time."""
    due = func.sum(case((t.target.c.due_at <= now, 1), else_=0))
    query = (
        select(
            t.target.c.site,
            func.count().label("count"),
            due.label("due"),
            func.min(t.target.c.due_at).label("due_at"),
        )
        .where(t.target.c.state == "active", t.target.c.kind == "page")
        .where(t.target.c.due_at.is_not(None), t.target.c.origin.is_not(None))
        .group_by(t.target.c.site)
        .order_by(t.target.c.site)
    )
    return [Pages(**row) for row in c.execute(query).mappings()]
