"""The bytes of bodies: how they are encoded in `body_store`, read back, and packed anew.

A caller's transaction comes in, bytes that match their digest go out; Damaged where they do not.

A body may be packed with an earlier one as zstd dictionary, and that one with another: then the
whole chain, oldest first, is the dictionary. The first page of a site's base has none, and is
packed with brotli. Chains are bounded by `MAX_CHAIN`, so a body is read
with at most that many others. What is a dictionary must outlive its users.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import zstandard
from sqlalchemy import Connection, Integer, and_, func, literal, select, update

from archiver.archive import tables as t
from archiver.archive.packing import (
    BASE,
    ENCODING,
    FIRST,
    PACKED,
    digest,
    press,
    squeeze,
    unpress,
    unsqueeze,
)
from archiver.errors import Damaged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import CTE, RowMapping

# Measured on the development pages (27 of 6 sites, level 9): .36 of gzip with one page of the site
# as dictionary, .34 with up to four; eight help only hosts of many layouts.
BASE_PAGES = 4
MAX_CHAIN = 8  # a site's base, and as many earlier versions of one page
MAX_DICTIONARY = 8 * 1024 * 1024  # bytes of a whole chain; a reader holds them
# Bytes of one page of a base, so that one long list is not all of it. No less than it was: what is
# packed with brotli is read up to here.
MAX_BASE = 2 * 1024 * 1024
ERA = 1000  # bodies of a site on one base; after that a new one, since sites change their layout
_HELD = 32 * 1024 * 1024  # bytes of dictionaries that a process keeps at hand
FRAME = (t.body_store.c.encoding, t.body_store.c.dictionary, t.body_store.c.data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A body as it came, with what decides how it is packed; `url` and `snapshot` name it."""

    digest: str
    length: int
    data: bytes
    snapshot: int
    target: int
    kind: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A body of a dictionary's chain; `size` is the bytes of the chain up to it, with it."""

    digest: str
    depth: int  # bodies of the chain up to it, with it
    size: int


class _Held:
    """Dictionaries at hand, the last used; by digest, so it does not matter of which archive."""

    def __init__(self) -> None:
        self.found: OrderedDict[str, bytes] = OrderedDict()
        self.lock = Lock()

    def get(self, name: str) -> bytes | None:
        with self.lock:
            if name in self.found:
                self.found.move_to_end(name)
            return self.found.get(name)

    def put(self, name: str, data: bytes) -> None:
        with self.lock:
            self.found[name] = data
            while sum(map(len, self.found.values())) > _HELD and len(self.found) > 1:
                self.found.popitem(last=False)


_held = _Held()


def forget() -> None:
    """Let go of the dictionaries at hand, so that what is read next is read from the archive."""
    with _held.lock:
        _held.found.clear()


def decoded(c: Connection, row: RowMapping, what: str) -> bytes:
    """The bytes of a row with body (its digest), length and `FRAME`; `what` names it.

    Raises Damaged where they are gone, do not read or are not those of the digest.
    """
    known = _dictionary(c, row["dictionary"], what) if row["dictionary"] else b""
    return _own(row, what, known)


def _own(row: RowMapping, what: str, known: bytes) -> bytes:
    """The bytes of a row's frame by its dictionary, held against length and digest."""
    if row["data"] is None:
        message = f"{what}: the bytes are not in the archive; restore them from a copy"
        raise Damaged(message)
    data = b""
    if row["encoding"] == FIRST:
        data = unpress(row["data"], MAX_BASE, what)
    elif row["encoding"] not in {ENCODING, BASE, PACKED}:
        message = f"{what}: no encoding {row['encoding']!r} is known; use a later version"
        raise Damaged(f"{message} of archiver, or restore it from a copy")
    elif _stated(row["data"]) == row["length"]:  # else a damaged one may ask for any memory
        data = unsqueeze(row["data"], what, known)
    if len(data) != row["length"] or digest(data) != row["body"]:
        message = f"{what}: the stored bytes do not match the digest; restore them from a copy"
        raise Damaged(message)
    return data


def _stated(frame: bytes) -> int:
    """The length that a zstd frame says it has unpacked; -1 where it is none."""
    try:
        return zstandard.frame_content_size(frame)
    except zstandard.ZstdError:
        return -1


def _stored(c: Connection, name: str) -> RowMapping | None:
    query = (
        select(t.body.c.digest.label("body"), t.body.c.length, *FRAME)
        .outerjoin(t.body_store, t.body_store.c.digest == t.body.c.digest)
        .where(t.body.c.digest == name)
    )
    return c.execute(query).mappings().first()


def load(c: Connection, name: str, what: str = "") -> bytes:
    """The bytes of the body with this digest. Raises Damaged, which names it, or `what`."""
    what = what or f"body {name}"
    row = _stored(c, name)
    if row is None:
        raise Damaged(f"{what}: there is no such body in the archive")
    return decoded(c, row, what)


def _dictionary(c: Connection, name: str, what: str) -> bytes:
    """The contents of a body and of all before it in its chain, oldest first."""
    whole = _held.get(name)
    if whole is not None:
        return whole
    rows: list[RowMapping] = []
    whole, wanted = b"", name
    while wanted:
        held = _held.get(wanted)
        if held is not None:
            whole = held
            break
        row = _stored(c, wanted)
        if row is None or len(rows) == MAX_CHAIN:
            message = f"{what}: its dictionary {wanted} is not in the archive, or leads in a circle"
            raise Damaged(f"{message}; restore it from a copy")
        rows.append(row)
        wanted = row["dictionary"]
    for row in reversed(rows):
        whole += _own(row, f"body {row['body']}, dictionary of {what}", whole)
    _held.put(name, whole)
    return whole


def _chain(name: str) -> CTE:
    """A body and its dictionaries, by steps from it; ends even where damage made a circle."""
    store = t.body_store
    start = select(store.c.digest, store.c.dictionary, literal(1, Integer).label("step"))
    chain = start.where(store.c.digest == name).cte("chain", recursive=True)
    onward = select(store.c.digest, store.c.dictionary, chain.c.step + 1).where(
        store.c.digest == chain.c.dictionary, chain.c.step <= MAX_CHAIN
    )
    return chain.union_all(onward)


def link(c: Connection, name: str) -> Link:
    """How deep a body lies in its chain, and how many bytes that is."""
    chain = _chain(name)
    query = select(func.count(), func.sum(t.body.c.length)).join_from(
        chain, t.body, t.body.c.digest == chain.c.digest
    )
    depth, size = c.execute(query).one()
    return Link(digest=name, depth=depth, size=int(size or 0))


# Packing anew


def waiting(c: Connection, hosts: Sequence[str] = ()) -> Iterator[tuple[str, int]]:
    """Site and snapshot of every body as it came, ordered by both; a body by its first one."""
    first = func.min(t.snapshot.c.id)
    query = (
        select(func.min(t.target.c.site).label("site"), first.label("snapshot"))
        .join_from(t.body_store, t.snapshot, t.snapshot.c.body == t.body_store.c.digest)
        .join(t.target, t.target.c.id == t.snapshot.c.target)
        .where(t.body_store.c.encoding == ENCODING)
        .group_by(t.body_store.c.digest)
        .order_by("site", "snapshot")
    )
    if hosts:
        query = query.where(t.target.c.site.in_(hosts))
    for row in c.execute(query, execution_options={"yield_per": 10_000}):
        yield row.site, row.snapshot


def take(c: Connection, snapshot: int) -> Waiting | None:
    """Read the body of a snapshot, undecoded, unless it has been packed meanwhile."""
    query = (
        select(
            t.body.c.digest,
            t.body.c.length,
            t.body_store.c.data,
            t.snapshot.c.id.label("snapshot"),
            t.snapshot.c.target,
            t.target.c.kind,
            t.target.c.url,
        )
        .join_from(t.snapshot, t.target, t.target.c.id == t.snapshot.c.target)
        .join(t.body, t.body.c.digest == t.snapshot.c.body)
        .join(t.body_store, t.body_store.c.digest == t.body.c.digest)
        .where(t.snapshot.c.id == snapshot, t.body_store.c.encoding == ENCODING)
    )
    row = c.execute(query).mappings().first()
    return None if row is None else Waiting(**row)


def base(c: Connection, site: str) -> tuple[Link | None, int]:
    """The newest page of a site's base in force, if it has one, and how many bodies use it."""
    query = (
        select(t.body_store.c.digest)
        .join(t.snapshot, t.snapshot.c.body == t.body_store.c.digest)
        .join(t.target, t.target.c.id == t.snapshot.c.target)
        .where(t.body_store.c.encoding.in_((BASE, FIRST)), t.target.c.site == site)
        .order_by(t.snapshot.c.id.desc())
        .limit(1)
    )
    name = c.execute(query).scalar()
    if name is None:
        return None, 0
    used = select(func.count()).where(t.body_store.c.dictionary == name)
    return link(c, name), int(c.execute(used).scalar_one())


def previous(c: Connection, one: Waiting) -> Link | None:
    """The nearest earlier version of the same page that has room for a user behind it."""
    query = (
        select(t.body_store.c.digest)
        .join(t.snapshot, t.snapshot.c.body == t.body_store.c.digest)
        .where(
            t.snapshot.c.target == one.target,
            t.snapshot.c.id < one.snapshot,
            t.body_store.c.encoding != ENCODING,
        )
        .order_by(t.snapshot.c.id.desc())
        .limit(MAX_CHAIN)
    )
    links = (link(c, name) for name in c.execute(query).scalars())
    return next((found for found in links if has_room(found)), None)


def has_room(found: Link) -> bool:
    """Whether another body may have this chain as dictionary."""
    return found.depth < MAX_CHAIN and found.size <= MAX_DICTIONARY


def repack(c: Connection, one: Waiting, encoding: str, level: int, dictionary: str | None) -> bytes:
    """The frame of a body under another encoding. Raises Damaged where the stored one is not it.

    An empty body has no use for a dictionary, and its frame stays as it was.
    """
    what = f"body {one.digest} of snapshot {one.snapshot}, {one.url}"
    data = load(c, one.digest, what)
    if encoding == FIRST:
        return press(data)
    if not data:
        return squeeze(data)
    return squeeze(data, level, _dictionary(c, dictionary, what) if dictionary else b"")


def _stays(c: Connection, name: str) -> bool:
    """Whether a body is there, and will be until this transaction ends."""
    query = select(t.body_store.c.digest).where(t.body_store.c.digest == name)
    return c.execute(query.with_for_update(read=True, key_share=True)).first() is not None


def put(c: Connection, one: Waiting, encoding: str, dictionary: str | None, frame: bytes) -> bool:
    """Put a new encoding in place of the one that came; whether that was still there.

    Nor is it put where its dictionary was erased meanwhile. Reads it back as any reader will.
    Raises Damaged, and the caller's transaction must not commit, where it does not give the bytes
    of the digest.
    """
    if dictionary is not None and not _stays(c, dictionary):
        return False
    here = and_(t.body_store.c.digest == one.digest, t.body_store.c.encoding == ENCODING)
    values = {"encoding": encoding, "dictionary": dictionary, "data": frame}
    if not c.execute(update(t.body_store).where(here).values(values)).rowcount:
        return False
    load(c, one.digest, f"body {one.digest} as packed anew, {one.url}")
    return True
