"""Questions about captures: what was fetched when, for imports that meet it again and exports.

A caller's transaction comes in, frozen values go out. Never writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select

from archiver.archive import tables as t
from archiver.archive.packing import digest
from archiver.model import RECORD

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from archiver.model import Fetched


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCapture:
    """A fetch that brought a snapshot or found that it stands; `url` and on are the snapshot's."""

    id: int
    requested_url: str
    final_url: str
    outcome: str
    status: int | None
    headers: list[list[str]]
    redirects: list[list[Any]]
    at: datetime
    snapshot: int
    url: str
    fetched_at: datetime
    content_type: str
    body: str  # digest
    first: int | None  # the fetch that first brought its body, of all
    holder: int | None  # and of those asked for


_OF_FETCH = (
    *("id", "requested_url", "final_url", "outcome", "status"),
    *("headers", "redirects", "at", "snapshot"),
)


def captured(
    c: Connection, target: int, at: datetime, url: str | None = None, *, within: float = 0.0
) -> int | None:
    """Find the snapshot that a target sent at `at`, or up to `within` seconds later.

    The first of several. It may be one that stood, of those that `url` sent, if it is given.
    """
    seen = t.fetch.c.at.between(at, at + timedelta(seconds=within))
    query = (
        select(t.fetch.c.snapshot)
        .where(t.fetch.c.target == target, t.fetch.c.snapshot.is_not(None), seen)
        .order_by(t.fetch.c.at, t.fetch.c.id)
        .limit(1)
    )
    if url is not None:
        query = query.where(t.fetch.c.final_url == url)
    found: int | None = c.execute(query).scalar()
    return found


def is_stored(c: Connection, target: int, fetched: Fetched) -> bool:
    """Whether this very answer, as of its time, is on record; one without a body by that alone."""
    query = select(t.fetch.c.id).where(
        t.fetch.c.target == target,
        t.fetch.c.at == fetched.started_at,
        t.fetch.c.final_url == fetched.final_url,
        t.fetch.c.outcome == fetched.outcome,
    )
    if fetched.body:
        of = t.snapshot.c.id == t.fetch.c.snapshot
        query = query.join(t.snapshot, of).where(t.snapshot.c.body == digest(fetched.body))
    return c.execute(query.limit(1)).first() is not None


def failed_before(c: Connection, stage: str, reasons: Sequence[str]) -> set[str]:
    """Which of these failures are on record."""
    query = select(t.failure.c.reason).where(
        t.failure.c.stage == stage, t.failure.c.reason.in_(reasons)
    )
    return set(c.execute(query).scalars())


def captures(
    c: Connection,
    after: int = 0,
    limit: int = 1000,
    hosts: Sequence[str] = (),
    since: datetime | None = None,
) -> list[StoredCapture]:
    """Read what was fetched and is stored, by ascending number, from the one after `after`.

    Of these sites and since then, if given; not what was imported without a URL, nor records.
    """
    sites = [t.target.c.site.in_(hosts)] if hosts else []
    later = [] if since is None else [t.fetch.c.at >= since]
    other = t.fetch.alias("other")
    whole = (other.c.snapshot == t.snapshot.c.id, other.c.outcome.in_(("ok", "truncated")))
    first = select(func.min(other.c.id)).where(*whole)
    taken = first if since is None else first.where(other.c.at >= since)
    query = (
        select(
            *(t.fetch.c[name] for name in _OF_FETCH),
            t.snapshot.c.url,
            t.snapshot.c.fetched_at,
            t.snapshot.c.content_type,
            t.snapshot.c.body,
            first.scalar_subquery().label("first"),
            taken.scalar_subquery().label("holder"),
        )
        .join_from(t.fetch, t.snapshot, t.fetch.c.snapshot == t.snapshot.c.id)
        .join(t.target, t.target.c.id == t.fetch.c.target)
        .where(t.fetch.c.id > after, t.fetch.c.final_url.not_like("file:%"))
        .where(t.snapshot.c.content_type != RECORD)
        .where(*later, *sites)
        .order_by(t.fetch.c.id)
        .limit(limit)
    )
    return [StoredCapture(**row) for row in c.execute(query).mappings()]


def fetched_at(c: Connection, fetch: int) -> datetime:
    """Tell when a fetch was."""
    at: datetime = c.execute(select(t.fetch.c.at).where(t.fetch.c.id == fetch)).scalar_one()
    return at
