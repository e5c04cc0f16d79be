"""The index of duplicates: what each page's current document says, and which say nearly the same.

A caller's transaction comes in; counts and rows go out. Kept in step as the search index is, lazily
and in pieces: `stale` says which pages it lacks, `prepare` reads them, `put` takes them in, and
`archive/clusters.py` then decides what is near what. `forget` takes documents out with all that
was made of them; no other document goes through it.

A text in its search form is a wording: the pages that have the same one are exact duplicates. Its
rank is that of the first of them, its head: by the date of publication where one is stated, else
behind all that have one; then by when the document's bytes were first seen; then by the page's
number. Everything that is decided is decided by ranks and texts, so it does not depend on the order
in which documents came.

The view `duplicate` has a row for each document that has an earlier duplicate, with the first of
its cluster, the representative: an export of representatives leaves out what stands there. It says
what was in step at the last `archiver duplicates`, by documents' ids: a document that is newer than
that stands nowhere in it, and one that is not current any more joins nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, and_, case, delete, or_, select, update

from archiver.archive import bands
from archiver.archive import tables as t
from archiver.archive.clusters import Node, load, shift
from archiver.archive.packing import digest
from archiver.archive.search import alone
from archiver.archive.store import ALIAS, insert_into
from archiver.text import minhash, search

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement

# A rank is minutes since 1900, 27 bits, before seconds since 1970, 35 bits: a database sorts it.
_MINUTES_FROM = datetime(1900, 1, 1, tzinfo=UTC)
_UNDATED = (1 << 27) - 1
_SECONDS_BITS = 35

# An alias's pages are its target's.
_CURRENT = case((t.target.c.state != ALIAS, t.target.c.document))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the index shall have of a page; no document: nothing of it. No digest: no words."""

    target: int
    document: int | None
    digest: str | None
    signature: bytes | None
    rank: int
    damaged: bool = False


def rank(published: str | None, seen: datetime) -> int:
    """The place in time of a document, 62 bits: by its date, of whatever zone, then by first sight.

    A date without a time counts from midnight, one without a zone as UTC.

    >>> seen = datetime(2026, 1, 1, tzinfo=UTC)
    >>> rank("2025-05-01T05:30:00+05:30", seen) == rank("2025-05-01", seen) < rank(None, seen)
    True
    """
    at = None
    if published:
        try:
            at = datetime.fromisoformat(published)
        except ValueError:
            at = None
    minutes = _UNDATED
    if at is not None:
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        minutes = int((at - _MINUTES_FROM).total_seconds() // 60)
        minutes = min(max(minutes, 0), _UNDATED - 1)
    seconds = min(max(int(seen.timestamp()), 0), (1 << _SECONDS_BITS) - 1)
    return minutes << _SECONDS_BITS | seconds


def other_form(c: Connection) -> bool:
    """Whether something in the index was made by another version of what makes it."""
    other = select(t.duplicate_document.c.target).where(t.duplicate_document.c.form != minhash.FORM)
    return c.execute(other.limit(1)).first() is not None


def stale(c: Connection) -> list[int]:
    """Pages whose current document is not the one in the index, or which have none any more."""
    own = t.duplicate_document.c
    joined = t.target.outerjoin(t.duplicate_document, own.target == t.target.c.id)
    differs = or_(
        and_(_CURRENT.is_not(None), or_(own.document.is_(None), own.document != _CURRENT)),
        and_(_CURRENT.is_(None), own.document.is_not(None)),
    )
    query = select(t.target.c.id).select_from(joined).where(differs)
    return list(c.execute(query.order_by(t.target.c.id)).scalars())


def prepare(c: Connection, targets: Sequence[int]) -> list[Entry]:
    """What the index shall have of some hundred pages: all of the work that needs no lock."""
    own, was = t.duplicate_document, t.document.alias()
    query = (
        select(
            t.target.c.id,
            t.document.c.id.label("document"),
            t.document.c.published,
            t.snapshot.c.fetched_at,
            t.document.c.text,
            # A new cleaner's document most often says what the last one's said.
            case((was.c.text == t.document.c.text, own.c.wording)).label("wording"),
        )
        .select_from(t.target)
        .join(t.document, t.document.c.id == _CURRENT)
        .join(t.snapshot, t.snapshot.c.id == t.document.c.snapshot)
        .outerjoin(own, and_(own.c.target == t.target.c.id, own.c.form == minhash.FORM))
        .outerjoin(was, was.c.id == own.c.document)
        .where(t.target.c.id.in_(targets))
    )
    rows = {row.id: row for row in c.execute(query)}
    known = load(c, t.wording.c.id, {row.wording for row in rows.values()} - {None})
    by_id = {node.id: node for node in known}
    names = {row.text for row in rows.values() if row.wording is None}
    texts = dict(
        c.execute(select(t.text.c.digest, t.text.c.text).where(t.text.c.digest.in_(names))).all()
    )
    entries = []
    read: tuple[str | None, bytes | None, bool]
    for target in targets:
        row = rows.get(target)
        if row is None:
            entries.append(Entry(target=target, document=None, digest=None, signature=None, rank=0))
            continue
        if row.wording is not None:
            node = by_id[row.wording]
            read = (node.digest, node.signature, False)
        else:
            read = _read(row.text, texts[row.text])
        entries.append(
            Entry(
                target=target,
                document=row.document,
                digest=read[0],
                signature=read[1],
                rank=rank(row.published, row.fetched_at),
                damaged=read[2],
            )
        )
    return entries


def _read(name: str, text: str) -> tuple[str | None, bytes | None, bool]:
    """A text's digest in its search form and its signature; nothing of one that is damaged."""
    if digest(text.encode()) != name:
        return None, None, True
    words = search.forms(text)
    return (
        (minhash.digest(words), minhash.signature(words), False) if words else (None, None, False)
    )


def put(c: Connection, entries: Sequence[Entry]) -> int:
    """Take in what was prepared; how many texts were left out as damaged.

    What has changed since it was prepared is left as it is: it is still `stale`.
    """
    alone(c)
    asked = [one.target for one in entries]
    now = dict(c.execute(select(t.target.c.id, _CURRENT).where(t.target.c.id.in_(asked))).all())
    entries = [one for one in entries if now.get(one.target) == one.document]
    before = _rows(c, t.duplicate_document.c.target.in_([one.target for one in entries]))
    stays = {
        one.target: one
        for one in entries
        if one.document is not None and before.get(one.target) == (one.digest, one.rank)
    }
    _take_out(c, [one.target for one in entries if one.target not in stays])
    for one in stays.values():
        same = t.duplicate_document.c.target == one.target
        c.execute(update(t.duplicate_document).where(same).values(document=one.document))
    _take_in(c, [one for one in entries if one.document is not None and one.target not in stays])
    return sum(one.damaged for one in entries)


def forget(c: Connection, documents: Sequence[int]) -> None:
    """Take documents that are about to go out of the index, with all that was made of them."""
    alone(c)
    _take_out(c, sorted(_rows(c, t.duplicate_document.c.document.in_(documents))))


def clear(c: Connection) -> None:
    """Empty the index."""
    alone(c)
    for table in (t.duplicate_document, t.wording_band, t.wording):
        c.execute(delete(table))


def _rows(c: Connection, which: ColumnElement[bool]) -> dict[int, tuple[str | None, int]]:
    own = t.duplicate_document
    query = (
        select(own.c.target, t.wording.c.digest, own.c.rank)
        .outerjoin(t.wording, t.wording.c.id == own.c.wording)
        .where(which)
    )
    return {target: (name, place) for target, name, place in c.execute(query)}


def _take_out(c: Connection, targets: Sequence[int]) -> None:
    own = t.duplicate_document.c
    these = own.target.in_(targets)
    wordings = set(c.execute(select(own.wording).where(these).distinct()).scalars()) - {None}
    c.execute(delete(t.duplicate_document).where(these))
    _follow(c, load(c, t.wording.c.id, wordings))


def _take_in(c: Connection, entries: Sequence[Entry]) -> None:
    named = {one.digest: one for one in entries if one.digest is not None}
    known = {node.digest: node for node in load(c, t.wording.c.digest, named)}
    firsts: dict[str, Entry] = {}
    for one in entries:
        if one.digest is not None and one.digest not in known:
            first = firsts.setdefault(one.digest, one)
            if (one.rank, one.target) < (first.rank, first.target):
                firsts[one.digest] = one
    if firsts:
        rows = [
            {
                "digest": name,
                "rank": one.rank,
                "head": one.target,
                "signature": one.signature,
                "settled": False,
            }
            for name, one in sorted(firsts.items())
        ]
        c.execute(t.wording.insert(), rows)
    new = load(c, t.wording.c.digest, firsts)
    ids = {node.digest: node.id for node in (*known.values(), *new)}
    rows = [
        {
            "target": one.target,
            "document": one.document,
            "form": minhash.FORM,
            "wording": ids.get(one.digest) if one.digest is not None else None,
            "rank": one.rank,
        }
        for one in entries
    ]
    if rows:
        c.execute(insert_into(c.dialect.name, t.duplicate_document), rows)
    shift(c, [], new)
    if new:
        bands.move(c, min(node.id for node in new), max(node.id for node in new))
    _follow(c, known.values())


def _follow(c: Connection, nodes: Iterable[Node]) -> None:
    """Give wordings the head that they have now, and drop those without one."""
    own = t.duplicate_document.c
    out: list[Node] = []
    into: list[Node] = []
    for node in nodes:
        pages = select(own.rank, own.target).where(own.wording == node.id)
        first = c.execute(pages.order_by(own.rank, own.target).limit(1)).first()
        if first is None or tuple(first) != node.place:
            out.append(node)
        if first is not None and tuple(first) != node.place:
            into.append(replace(node, rank=first.rank, head=first.target, centre=None))
    shift(c, out, into)
