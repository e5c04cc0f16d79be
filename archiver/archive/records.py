"""Writes of many imported rows at once: what `store` does a fetch at a time.

A caller's transaction comes in first; nothing commits here. Rows come in as plain values, numbers
of targets and snapshots go out. All of it may be run again after a crash: what is there already is
told by `known`, and left as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from archiver.archive import store
from archiver.archive import tables as t
from archiver.archive.packing import ENCODING, digest, seal, squeeze
from archiver.archive.tombstones import erased
from archiver.model import RECORD, Found

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from archiver.model import Fetched


class Place(NamedTuple):
    """Where a row belongs: the site of a URL, and when that was fetched."""

    site: str
    at: datetime


class Known(NamedTuple):
    """What is to be stored, as it is known again: target, time and the digest of its body."""

    target: int
    at: datetime
    body: str


def targets(c: Connection, places: Mapping[str, Place], now: datetime) -> dict[str, int]:
    """The targets of canonical URLs, made where there are none; an alias leads to what it names.

    New ones are never due: an imported page is fetched only when somebody asks for it. Those whose
    page was erased are left out.
    """
    there = select(t.target.c.url, t.target.c.id, t.target.c.alias_of).where(
        t.target.c.url.in_(list(places)), t.target.c.state != store.CANONICAL
    )
    found = {url: alias_of or number for url, number, alias_of in c.execute(there)}
    missing = sorted(places.keys() - found.keys())
    barred = erased(c, missing) if missing else set()
    new = [url for url in missing if url not in barred]
    if not new:
        return found
    by_site: dict[str, list[Found]] = {}
    for url in new:
        by_site.setdefault(places[url].site, []).append(Found(url=url))
    sites = select(t.site.c.host).where(t.site.c.host.in_(list(by_site)))
    for host in sorted(by_site.keys() - set(c.execute(sites).scalars())):
        store.put_site(c, host, {}, now)
    for host, founds in sorted(by_site.items()):
        store.add_targets(c, host, founds, None, now)
    numbers = select(t.target.c.url, t.target.c.id).where(t.target.c.url.in_(new))
    made: dict[str, int] = {row[0]: row[1] for row in c.execute(numbers)}
    asked = update(t.target).where(t.target.c.id == bindparam("number"))
    values = asked.values(due_at=None, fetched_at=bindparam("seen", type_=t.TIME), fetches=1)
    c.execute(values, [{"number": made[url], "seen": places[url].at} for url in sorted(made)])
    return found | made


def known(c: Connection, wanted: Sequence[Known]) -> set[Known]:
    """Tell which bodies a target has, or has the page itself that was there at that time.

    A record of that time is no page: it was made from one.
    """
    columns = ("target", "fetched_at", "body", "content_type")
    query = select(*(t.snapshot.c[name] for name in columns)).where(
        t.snapshot.c.target.in_({one.target for one in wanted})
    )
    bodies: set[tuple[int, str]] = set()
    pages: set[tuple[int, datetime]] = set()
    for target, at, body, content_type in c.execute(query):
        bodies.add((target, body))
        if content_type != RECORD:
            pages.add((target, at))
    return {
        one for one in wanted if (one.target, one.body) in bodies or (one.target, one.at) in pages
    }


def put(c: Connection, run: int, rows: Sequence[tuple[int, Fetched]]) -> list[int | None]:
    """Store answers of targets with their bodies; the snapshots, None where a body was erased.

    None of them may be there: see `known`. They count as stored when they were fetched.
    """
    names = [digest(fetched.body) for _, fetched in rows]
    barred = erased(c, names) if rows else set()
    kept = {
        name: fetched.body
        for name, (_, fetched) in sorted(zip(names, rows, strict=True), key=lambda one: one[0])
        if name not in barred
    }
    if not kept:
        return [None] * len(rows)
    put_body = store.insert_into(c.dialect.name, t.body).on_conflict_do_nothing()
    c.execute(put_body, [{"digest": name, "length": len(kept[name])} for name in kept])
    stored = select(t.body_store.c.digest).where(t.body_store.c.digest.in_(list(kept)))
    there = set(c.execute(stored).scalars())
    packed = [
        {"digest": name, "encoding": ENCODING, "dictionary": None, "data": squeeze(body)}
        for name, body in kept.items()
        if name not in there
    ]
    if packed:
        c.execute(store.insert_into(c.dialect.name, t.body_store).on_conflict_do_nothing(), packed)
    snapshots = [
        store.snapshot_values(target, name, fetched)
        for name, (target, fetched) in zip(names, rows, strict=True)
        if name in kept
    ]
    put_snapshot = store.insert_into(c.dialect.name, t.snapshot).on_conflict_do_nothing()
    c.execute(put_snapshot, [{**one, "seal": seal(one)} for one in snapshots])
    own = select(t.snapshot.c.target, t.snapshot.c.body, t.snapshot.c.id).where(
        t.snapshot.c.target.in_({target for target, _ in rows}), t.snapshot.c.body.in_(list(kept))
    )
    numbers = {(target, name): number for target, name, number in c.execute(own)}
    found = [numbers.get((target, name)) for name, (target, _) in zip(names, rows, strict=True)]
    fetches = [
        store.fetch_values(run, target, fetched, fetched.started_at, snapshot)
        for snapshot, (target, fetched) in zip(found, rows, strict=True)
        if snapshot is not None
    ]
    c.execute(t.fetch.insert(), [{**one, "seal": seal(one)} for one in fetches])
    return found
