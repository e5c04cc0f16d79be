"""Releases: named sets of documents, pinned with digests of their texts and of their rows.

A caller's transaction comes in, frozen values go out. A release never changes: `store` writes it
at once, and nothing updates it. What it pins stays until an erasure takes it, and then the release
says so. Everything an export of it writes is of columns that never change.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, and_, bindparam, case, func, insert, or_, select

from archiver.archive import corpus, search
from archiver.archive import tables as t
from archiver.archive.packing import digest, seal
from archiver.errors import BadInput, Damaged, TryLater

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Select

_BYTES = 32  # of a SHA-256
_AT_ONCE = 1000  # rows that are inserted together
# Of a row's seal: the columns of the view in the first schema that has releases. Columns that come
# later are no part of it, or no release could be checked by a later program.
SEALED = (
    *("id", "url", "site", "title", "authors", "published", "modified", "tags", "image"),
    *("licence", "section", "language", "script", "text", "structure", "fetched_at"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A release as it was made; `query` is the selection, `counts` what it came to."""

    name: str
    at: datetime
    query: dict[str, Any]
    cleaner: str | None
    counts: dict[str, Any]
    digest: str
    before: str | None


@dataclass(slots=True)
class Pins:
    """Documents to pin, ascending, each with the digests of its text and of its row: 72 bytes."""

    documents: array[int] = field(default_factory=lambda: array("q"))
    texts: bytearray = field(default_factory=bytearray)
    seals: bytearray = field(default_factory=bytearray)

    def rows(self, name: str) -> Iterator[dict[str, Any]]:
        """The rows of `release_item`."""
        for place, number in enumerate(self.documents):
            own = slice(place * _BYTES, (place + 1) * _BYTES)
            yield {
                "release": name,
                "document": number,
                "text": self.texts[own].hex(),
                "seal": self.seals[own].hex(),
            }

    def digest(self) -> str:
        """The release's digest; see `whole`."""
        return whole(row["seal"] for row in self.rows(""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """A document of a release that is not there any more; no time where no erasure is on record."""

    document: int
    text: str
    at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a document of a release comes from, and what was taken out of its page."""

    id: int
    url: str
    site: str
    language: str
    published: str | None
    fetched_at: datetime
    cleaner: str
    licence: str | None
    signals: list[list[str]]
    kept_chars: int
    removed_chars: int
    flags: list[str]
    text: str
    seal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A page that two releases do not have alike: ``added``, ``gone`` or ``changed``."""

    kind: str
    url: str
    site: str
    language: str


def whole(seals: Iterable[str]) -> str:
    """The digest of a release: SHA-256 of the seals of its rows, a line each, by number.

    >>> whole([])[:8]
    'e3b0c442'
    """
    hashed = sha256()
    for one in seals:
        hashed.update(f"{one}\n".encode())
    return hashed.hexdigest()


def sealed(row: Mapping[str, Any]) -> str:
    """The seal of a row as an export has it: SHA-256 of its canonical JSON.

    That is RFC 8785's: names sorted, no blanks, UTF-8 with only the escapes that JSON demands;
    columns that are null are left out, and times are UTC with microseconds and ``+00:00``.
    """
    return seal({name: row[name] for name in SEALED})


def pin(c: Connection, documents: Sequence[int], tell: Callable[[int], None]) -> Pins:
    """Read documents and hold each against its digest; `tell` hears how many are done.

    Raises Damaged for a text that is not what was stored.
    """
    pins = Pins()
    for page in corpus.rows(c, SEALED, documents):
        names = _texts(c, [row["id"] for row in page])
        for row in page:
            if digest(row["text"].encode()) != names[row["id"]]:
                message = f"text of document {row['id']}, {row['url']}: does not match its digest"
                raise Damaged(f"{message}; run: archiver verify")
            pins.documents.append(row["id"])
            pins.texts += bytes.fromhex(names[row["id"]])
            pins.seals += bytes.fromhex(sealed(row))
        tell(len(pins.documents))
    return pins


def _texts(c: Connection, documents: Sequence[int]) -> dict[int, str]:
    query = select(t.document.c.id, t.document.c.text).where(t.document.c.id.in_(documents))
    return {row[0]: row[1] for row in c.execute(query)}


def store(
    c: Connection,
    name: str,
    query: Mapping[str, Any],
    cleaner: str | None,
    counts: Mapping[str, Any],
    pins: Pins,
    now: datetime,
) -> Release:
    """Write a release, all of it in the caller's transaction.

    Raises BadInput where the name is taken, TryLater where a document went since it was read.
    """
    search.alone(c)  # as pruning and erasing ask for, so that none of these goes meanwhile
    if load(c, name) is not None:
        raise BadInput(f"there is a release {name} already; a release never changes: name another")
    made = Release(
        name=name,
        at=now,
        query=dict(query),
        cleaner=cleaner,
        counts=dict(counts),
        digest=pins.digest(),
        before=_newest(c),
    )
    c.execute(insert(t.release).values({one: getattr(made, one) for one in Release.__slots__}))
    batch: list[dict[str, Any]] = []
    for row in pins.rows(name):
        batch.append(row)
        if len(batch) == _AT_ONCE:
            c.execute(insert(t.release_item), batch)
            batch = []
    if batch:
        c.execute(insert(t.release_item), batch)
    there = select(func.count()).select_from(_still(name))
    if c.execute(there).scalar_one() != len(pins.documents):
        raise TryLater("a document went while the release was made; run it again")
    return made


def _still(name: str) -> Any:  # noqa: ANN401 - a subquery
    """The items of a release whose documents are there with the texts that were pinned."""
    same = and_(
        t.document.c.id == t.release_item.c.document, t.document.c.text == t.release_item.c.text
    )
    return (
        select(t.release_item.c.document)
        .join(t.document, same)
        .where(t.release_item.c.release == name)
        .subquery()
    )


def _newest(c: Connection) -> str | None:
    """The release that no other was made after; clocks may jump, so times do not say it."""
    later = t.release.alias("later")
    followed = select(later.c.name).where(later.c.before == t.release.c.name).exists()
    query = select(t.release.c.name).where(~followed).order_by(t.release.c.at.desc()).limit(1)
    found: str | None = c.execute(query).scalar()
    return found


def load(c: Connection, name: str) -> Release | None:
    """Read one release."""
    row = c.execute(select(t.release).where(t.release.c.name == name)).mappings().first()
    return None if row is None else Release(**row)


def every(c: Connection) -> list[Release]:
    """List all releases in the order in which they were made."""
    found = {row["name"]: Release(**row) for row in c.execute(select(t.release)).mappings()}
    after = {one.before: one for one in found.values()}
    ordered: list[Release] = []
    last: str | None = None
    while last in after and len(ordered) < len(found):
        ordered.append(after[last])
        last = after[last].name
    return ordered


def documents(c: Connection, name: str) -> array[int]:
    """The documents of a release that are there, ascending."""
    still = _still(name)
    query = select(still.c.document).order_by(still.c.document)
    return array("q", c.execute(query, execution_options={"yield_per": 10_000}).scalars())


def seals(c: Connection, name: str) -> Iterator[str]:
    """The seals of all rows of a release, by number; those of erased ones too."""
    own = t.release_item.c
    query = select(own.seal).where(own.release == name).order_by(own.document)
    yield from c.execute(query, execution_options={"yield_per": 10_000}).scalars()


def erased(c: Connection, name: str) -> list[Erased]:
    """The documents of a release that are gone, and what erasure says why, by number."""
    own = t.release_item.c
    other = t.erasure.alias("other")
    last = select(func.max(other.c.id)).where(other.c.document == own.document).scalar_subquery()
    query = (
        select(own.document, own.text, t.erasure.c.at, t.erasure.c.reason)
        .select_from(t.release_item)
        .outerjoin(t.document, and_(t.document.c.id == own.document, t.document.c.text == own.text))
        .outerjoin(t.erasure, t.erasure.c.id == last)
        .where(own.release == name, t.document.c.id.is_(None))
        .order_by(own.document)
    )
    return [
        Erased(document=number, text=text, at=at, reason=reason or "")
        for number, text, at, reason in c.execute(query)
    ]


def sources(c: Connection, name: str, documents: Sequence[int]) -> Iterator[list[Source]]:
    """Where these documents of a release come from, some at a time.

    Signals are those of the answer that first brought the snapshot: they do not change.
    """
    other = t.fetch.alias("other")
    first = select(func.min(other.c.id)).where(other.c.snapshot == t.snapshot.c.id)
    of_document = (
        *("id", "language", "published", "cleaner", "licence"),
        *("kept_chars", "removed_chars", "flags"),
    )
    query = (
        select(*(t.document.c[one] for one in of_document))
        .add_columns(t.target.c.url, t.target.c.site, t.snapshot.c.fetched_at, t.fetch.c.signals)
        .add_columns(t.release_item.c.text, t.release_item.c.seal)
        .join_from(t.release_item, t.document, t.document.c.id == t.release_item.c.document)
        .join(t.snapshot, t.snapshot.c.id == t.document.c.snapshot)
        .join(t.target, t.target.c.id == t.snapshot.c.target)
        .outerjoin(t.fetch, t.fetch.c.id == first.scalar_subquery())
        .where(
            t.release_item.c.release == name,
            t.release_item.c.document.in_(bindparam("documents", expanding=True)),
        )
        .order_by(t.document.c.id)
    )
    for start in range(0, len(documents), corpus.PAGE):
        asked = {"documents": list(documents[start : start + corpus.PAGE])}
        rows = c.execute(query, asked).mappings()
        yield [Source(**{**row, "signals": row["signals"] or []}) for row in rows]


def _pages(name: str) -> Any:  # noqa: ANN401 - a subquery
    """The pages of a release, with the text that each has in it."""
    return (
        select(t.snapshot.c.target, t.document.c.text, t.document.c.language, t.target.c.url)
        .add_columns(t.target.c.site)
        .join_from(t.release_item, t.document, t.document.c.id == t.release_item.c.document)
        .join(t.snapshot, t.snapshot.c.id == t.document.c.snapshot)
        .join(t.target, t.target.c.id == t.snapshot.c.target)
        .where(t.release_item.c.release == name)
        .subquery()
    )


def changes(c: Connection, before: str, after: str) -> Iterator[Change]:
    """The pages that two releases do not have alike, by site and URL; erased ones are in neither.

    A page has changed where its text has.
    """
    old, new = _pages(before), _pages(after)
    kind = case((old.c.target.is_(None), "added"), else_="changed")
    there: Select[Any] = (
        select(kind.label("kind"), new.c.url, new.c.site, new.c.language)
        .select_from(new.outerjoin(old, old.c.target == new.c.target))
        .where(or_(old.c.target.is_(None), old.c.text != new.c.text))
    )
    gone = (
        select(case((old.c.url.is_not(None), "gone")).label("kind"), old.c.url, old.c.site)
        .add_columns(old.c.language)
        .select_from(old.outerjoin(new, old.c.target == new.c.target))
        .where(new.c.target.is_(None))
    )
    found = there.union_all(gone).subquery()
    ordered = select(found).order_by(found.c.site, found.c.url)
    for row in c.execute(ordered, execution_options={"yield_per": 5000}).mappings():
        yield Change(**row)
