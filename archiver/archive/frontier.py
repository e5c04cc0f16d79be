"""The frontier: which origins have something due, what comes next there, when they may be asked.

The queue is the table `target`, read one head an origin at a time: however much is due, nothing of
it waits in memory, no origin stands in another's way, and what one process has done another sees.
A caller's transaction comes in first; nothing commits here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    tuple_,
    update,
)

from archiver.archive import tables as t
from archiver.archive.queries import Due
from archiver.archive.store import insert_into
from archiver.model import Found, TargetKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.dialects import postgresql, sqlite


# What names pages: asked for before the pages, or the news would wait behind an archive's backlog.
SOURCES: tuple[TargetKind, ...] = ("feed", "section", "sitemap")
PAGES: tuple[TargetKind, ...] = ("page",)
_CHUNK = 500  # URLs of one question
Place = tuple["datetime", int]  # when a target is due, and its id: where a reader has come to


def _active(hosts: Sequence[str]) -> list[ColumnElement[bool]]:
    on = [t.target.c.site.in_(hosts)] if hosts else []
    return [t.target.c.state == "active", *on]


def origins(c: Connection, now: datetime, hosts: Sequence[str] = ()) -> list[str]:
    """List the origins with something due, of these sites or of all.

    Of all it steps from origin to origin in the index, however many targets each one has.
    """
    due = and_(t.target.c.kind.in_((*SOURCES, *PAGES)), t.target.c.due_at <= now)
    if hosts:
        named = select(t.target.c.origin).where(
            *_active(hosts), due, t.target.c.origin.is_not(None)
        )
        return list(c.execute(named.distinct().order_by(t.target.c.origin)).scalars())
    walk = _walk()
    found = select(walk.c.origin).where(
        walk.c.origin.is_not(None),
        exists().where(*_active(()), t.target.c.origin == walk.c.origin, due),
    )
    return list(c.execute(found).scalars())


def waiting(c: Connection, now: datetime) -> int:
    """Count what is due, of all sites.

    By steps as `origins`, and at each of them what is due alone: most of what there is is not.
    """
    walk = _walk()
    due = select(func.count()).where(
        *_active(()),
        t.target.c.origin == walk.c.origin,
        t.target.c.kind.in_((*SOURCES, *PAGES)),
        t.target.c.due_at <= now,
    )
    found = select(func.sum(due.correlate(walk).scalar_subquery()))
    return int(c.scalar(found.where(walk.c.origin.is_not(None))) or 0)


def _walk() -> CTE:
    """Every origin that has an active target, by steps in the index."""
    first = select(func.min(t.target.c.origin).label("origin")).where(*_active(()))
    walk = first.cte("walk", recursive=True)
    after = select(func.min(t.target.c.origin)).where(
        *_active(()), t.target.c.origin > walk.c.origin
    )
    return walk.union_all(
        select(after.correlate(walk).scalar_subquery()).where(walk.c.origin.is_not(None))
    )


def mend(
    c: Connection, now: datetime, usual: Mapping[TargetKind, float], most: float, rest: float
) -> None:
    """Bring near what no schedule has so far ahead: a clock that was wrong wrote that.

    In seconds from now: `usual` is by kind when a target is due again at the latest that answered
    well, `most` one that did not; no origin rests for longer than `rest`. Without this, what was
    asked for while the clock stood in a later year would be asked for again in that year.
    """
    far = {
        kind: (now + timedelta(seconds=seconds), now + timedelta(seconds=max(seconds, most)))
        for kind, seconds in usual.items()
    }
    if _is_any_late(c, far):
        origins = select(_walk().c.origin)
        for kind, bounds in far.items():
            here = (*_active(()), t.target.c.origin.in_(origins), t.target.c.kind == kind)
            for bound, which in zip(bounds, ([t.target.c.failures == 0], []), strict=True):
                late = update(t.target).where(*here, t.target.c.due_at > bound, *which)
                c.execute(late.values(due_at=bound))
    resting = t.host.c.next_at > now + timedelta(seconds=rest)
    c.execute(update(t.host).where(resting).values(next_at=now))


def _is_any_late(c: Connection, far: Mapping[TargetKind, tuple[datetime, datetime]]) -> bool:
    """Whether anything is due later than that: by kind, what answered well, and what did not.

    One step in the index for each kind at each origin, where the updates would take several: no
    clock was wrong, at nearly every start.
    """
    walk = _walk()
    found = (
        exists().where(
            *_active(()),
            t.target.c.origin == walk.c.origin,
            t.target.c.kind == kind,
            t.target.c.due_at > well,
            or_(t.target.c.failures == 0, t.target.c.due_at > badly),
        )
        for kind, (well, badly) in far.items()
    )
    late = select(walk.c.origin).where(walk.c.origin.is_not(None), or_(*found))
    return c.execute(late.limit(1)).first() is not None


# Statements that every visit needs are built once: that takes longer than to run them.


@cache
def _heads(kinds: Sequence[TargetKind], hosts: Sequence[str], *, after: bool) -> Select[Any]:
    query = select(*(t.target.c[name] for name in Due.__slots__)).where(
        *_active(hosts),
        t.target.c.origin == bindparam("at"),
        t.target.c.kind.in_(kinds),
        t.target.c.due_at <= bindparam("now", type_=t.TIME),
    )
    if after:
        place = tuple_(bindparam("after_due", type_=t.TIME), bindparam("after_id"))
        query = query.where(tuple_(t.target.c.due_at, t.target.c.id) > place)
    return query.order_by(t.target.c.due_at, t.target.c.id).limit(bindparam("most"))


def heads(
    c: Connection,
    origin: str,
    now: datetime,
    kinds: Sequence[TargetKind],
    hosts: Sequence[str] = (),
    *,
    after: Place | None = None,
    limit: int = 1,
) -> list[Due]:
    """List what is due at an origin, the longest due first; `after` is the last one passed over."""
    known: dict[str, object] = {"at": origin, "now": now, "most": limit}
    if after is not None:
        known |= {"after_due": after[0], "after_id": after[1]}
    query = _heads(tuple(kinds), tuple(hosts), after=after is not None)
    return [Due(**row) for row in c.execute(query, known).mappings()]


def make_all_due(
    c: Connection, now: datetime, hosts: Sequence[str] = (), limit: int | None = None
) -> int:
    """Make active targets due now, at most `limit` of them, the longest due first; how many."""
    later = or_(t.target.c.due_at.is_(None), t.target.c.due_at > now)
    which = [*_active(hosts), t.target.c.origin.is_not(None), later]
    if limit is not None:
        chosen = select(t.target.c.id).where(*which)
        chosen = chosen.order_by(t.target.c.due_at.nulls_last(), t.target.c.id).limit(limit)
        which = [t.target.c.id.in_(chosen)]
    return c.execute(update(t.target).where(*which).values(due_at=now)).rowcount


def postpone(c: Connection, site: str, kind: TargetKind, now: datetime, due_at: datetime) -> int:
    """Make what is due of a site and kind due later; how many targets that are."""
    due = update(t.target).where(
        *_active([site]), t.target.c.kind == kind, t.target.c.due_at <= now
    )
    return c.execute(due.values(due_at=due_at)).rowcount


def believe(c: Connection, stated: Mapping[str, datetime], now: datetime, seconds: float) -> None:
    """Go by the moments that are stated of the targets' last changes, by URL.

    Those that were fetched after theirs are due so many seconds after they were fetched: what is
    stated is believed no longer. The others are due now, unless they failed when asked last, or
    the moment is still to come.
    """
    known = select(t.target.c.id, t.target.c.url, t.target.c.fetched_at, t.target.c.due_at)
    known = known.where(*_active(()), t.target.c.failures == 0)
    names = list(stated)
    for start in range(0, len(names), _CHUNK):
        some = t.target.c.url.in_(names[start : start + _CHUNK])
        rows = c.execute(known.where(some, t.target.c.fetched_at.is_not(None))).all()
        for row in rows:
            if row.due_at is None or stated[row.url] > now:
                continue
            if row.fetched_at > stated[row.url]:
                due_at = max(row.due_at, row.fetched_at + timedelta(seconds=seconds))
            else:
                due_at = min(row.due_at, now)
            if due_at != row.due_at:
                c.execute(update(t.target).where(t.target.c.id == row.id).values(due_at=due_at))


def next_at(c: Connection, now: datetime, hosts: Sequence[str]) -> datetime | None:
    """Tell when the next of these sites' targets may be asked; None for never.

    That is when it is due, and its origin has rested. What is due is so since before `now`.
    """
    rests = t.host.c.next_at
    first = (
        select(t.target.c.origin, func.min(t.target.c.due_at).label("due_at"))
        .where(*_active(hosts), t.target.c.due_at.is_not(None), t.target.c.origin.is_not(None))
        .where(t.target.c.kind.in_((*SOURCES, *PAGES)))
        .group_by(t.target.c.origin)
        .subquery()
    )
    soonest = select(first.c.due_at, rests).join_from(
        first, t.host, t.host.c.origin == first.c.origin, isouter=True
    )
    found = [max(row.due_at, row.next_at or row.due_at) for row in c.execute(soonest)]
    return min((max(one, now) for one in found), default=None)


def sources(c: Connection, site: str) -> list[Found]:
    """List what a user named of a site to be followed."""
    query = select(t.target.c.url, t.target.c.kind).where(
        *_active([site]), t.target.c.kind.in_(SOURCES), t.target.c.found_in.is_(None)
    )
    return [Found(**row) for row in c.execute(query.order_by(t.target.c.id)).mappings()]


def drop(c: Connection, site: str, urls: Sequence[str]) -> None:
    """Follow these sources (canonical URLs) of a site no longer; what they named stays."""
    dropped = update(t.target).where(
        t.target.c.site == site, t.target.c.url.in_(urls), t.target.c.kind.in_(SOURCES)
    )
    c.execute(dropped.values(state="gone", due_at=None))


def has_source(c: Connection, origin: str) -> bool:
    """Whether a feed, a section page or a sitemap of an origin is followed."""
    query = select(t.target.c.id).where(
        *_active(()), t.target.c.origin == origin, t.target.c.kind.in_(SOURCES)
    )
    return c.execute(query.limit(1)).first() is not None


@dataclass(frozen=True, slots=True)
class Followed:
    """A target that was had when it was asked last."""

    url: str
    kind: TargetKind
    site: str


def followed(c: Connection, origin: str, now: datetime, pages: int) -> list[Followed]:
    """List what an origin gave when it was asked last and is asked again: sources, some pages.

    Of the pages that are due next, and of those that have been due longest, so many are looked at:
    a backlog that was never fetched may be a million rows.
    """
    here = (*_active(()), t.target.c.origin == origin)
    named = tuple(t.target.c[name] for name in ("url", "kind", "site", "failures", "fetched_at"))
    due = t.target.c.due_at
    found: list[Followed] = []
    page = t.target.c.kind == "page"
    for which in (t.target.c.kind.in_(SOURCES), and_(page, due > now), and_(page, due <= now)):
        had = select(*named).where(*here, which).order_by(due).limit(pages).subquery()
        query = select(had.c.url, had.c.kind, had.c.site)
        good = query.where(had.c.failures == 0, had.c.fetched_at.is_not(None))
        found += [Followed(*row) for row in c.execute(good)]
    return found


def depth(c: Connection, target: int, most: int) -> int:
    """Count how many targets stand between this one and what a user named, up to `most`."""
    steps, at = 0, target
    while steps < most:
        found = c.execute(select(t.target.c.found_in).where(t.target.c.id == at)).scalar()
        if found is None:
            return steps
        steps, at = steps + 1, found
    return steps


_NEXT_AT = select(t.host.c.next_at).where(t.host.c.origin == bindparam("at")).with_for_update()


def claim(
    c: Connection, origin: str, now: datetime, until: datetime, ours: datetime | None
) -> datetime | None:
    """Keep everybody from asking an origin before `until`; None, or when it may be asked instead.

    `ours` is what the caller wrote there last, which does not hold the caller itself back. Written
    before a request goes out, it is what a killed process leaves of it, and what another process
    that works on the same archive sees.
    """
    next_at: datetime | None = c.execute(_NEXT_AT, {"at": origin}).scalar()
    if next_at is not None and next_at > now and next_at != ours:
        return next_at
    keep(c, origin, next_at=until)
    return None


@cache
def _keep(dialect: str, names: tuple[str, ...]) -> postgresql.Insert | sqlite.Insert:
    put = insert_into(dialect, t.host)
    changed = {name: put.excluded[name] for name in names}
    return put.on_conflict_do_update(index_elements=["origin"], set_=changed)


def keep(c: Connection, origin: str, **known: object) -> None:
    """Keep some facts of an origin (columns of `host`), and leave the others as they are."""
    c.execute(_keep(c.dialect.name, tuple(known)), {"origin": origin, "failures": 0, **known})
