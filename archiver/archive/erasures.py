"""Erasing pages: what hangs on them is found, then taken out of every table, and a tombstone stays.

A caller's transaction comes in, frozen values and counts go out. A page goes with all its versions
and other names: snapshots, bodies, layouts, documents, marks, texts, words in the index, what is
known of its duplicates, what its requests said. What stays is that it was there and was asked for:
its target and its fetches without a word of their own, and rows in `erasure` with the digests of
its names, bodies and texts, by which it is known when it comes again (`tombstones.py`).

A text or a body that a page which stays has too, stays with it. The file itself is another
matter: SQLite keeps what was deleted until it is written anew, see `space.py`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Connection,
    Integer,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy import text as sql

from archiver.archive import alarms, bodies, duplicates, search, versions
from archiver.archive import tables as t
from archiver.archive.packing import ENCODING, seal, squeeze
from archiver.archive.tombstones import ERASED, named

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, FromClause, Select

# A text of so many code points that two pages have is a copy. Shorter ones are the words of error
# pages and consent walls, which pages share that have nothing to do with each other.
COPY = 200
_AT_ONCE = 10_000  # numbers in one statement: PostgreSQL has 65,535 parameters, SQLite 32,766
_ROOT = 3  # slashes of a URL without a path: https://news.example/


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A text, or with `what` body the bytes, that a page which stays has too."""

    what: str
    digest: str
    url: str  # of one that stays


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What pages come to that are to be erased."""

    snapshots: int
    documents: int
    texts: int
    shared: list[Shared]
    releases: list[str]  # that pin a document of them


def page(c: Connection, target: int) -> int:
    """The page that a target is a name of."""
    query = select(func.coalesce(t.target.c.alias_of, t.target.c.id))
    return int(c.execute(query.where(t.target.c.id == target)).scalar_one())


def page_of(c: Connection, document: int) -> int | None:
    """The page that a document is of."""
    query = (
        select(t.snapshot.c.target)
        .join(t.document, t.document.c.snapshot == t.snapshot.c.id)
        .where(t.document.c.id == document)
    )
    found = c.execute(query).scalar()
    return None if found is None else page(c, found)


def pages_of(c: Connection, site: str) -> list[int]:
    """The pages of a site; its feeds, sitemaps and sections are not pages."""
    own = and_(t.target.c.site == site, t.target.c.kind == "page", t.target.c.alias_of.is_(None))
    query = select(t.target.c.id).where(own, t.target.c.state != ERASED)
    return list(c.execute(query.order_by(t.target.c.id)).scalars())


def pages_with(c: Connection, digest: str) -> list[int]:
    """The pages that have a body or a text of this digest."""
    sent = select(t.snapshot.c.target).where(t.snapshot.c.body == digest)
    said = (
        select(t.snapshot.c.target)
        .join(t.document, t.document.c.snapshot == t.snapshot.c.id)
        .where(t.document.c.text == digest)
    )
    found = {page(c, one) for one in c.execute(sent.union(said)).scalars()}
    return sorted(found)


def erased_at(c: Connection, *, digest: str = "", document: int | None = None) -> datetime | None:
    """When a name, a body, a text or a document was erased, if it was."""
    which = t.erasure.c.document == document if digest == "" else t.erasure.c.digest == digest
    query = select(func.max(t.erasure.c.at)).where(which, t.erasure.c.reason != versions.PRUNED)
    found: datetime | None = c.execute(query).scalar()
    return found


# What hangs on pages


def _names(c: Connection, pages: Sequence[int]) -> list[int]:
    """These pages and their other names, by number."""
    own = or_(t.target.c.id.in_(pages), t.target.c.alias_of.in_(pages))
    return list(c.execute(select(t.target.c.id).where(own).order_by(t.target.c.id)).scalars())


def _snapshots(targets: Sequence[int]) -> Select[Any]:
    return select(t.snapshot.c.id).where(t.snapshot.c.target.in_(targets))


def _texts(targets: Sequence[int]) -> Select[Any]:
    return select(t.document.c.text).where(t.document.c.snapshot.in_(_snapshots(targets)))


def _bodies(targets: Sequence[int]) -> Select[Any]:
    return select(t.snapshot.c.body).where(t.snapshot.c.target.in_(targets))


def copies(c: Connection, pages: Sequence[int]) -> list[int]:
    """The other pages that have a text of these, or sent the same bytes; see `COPY`."""
    targets = _names(c, pages)
    said = (
        select(t.snapshot.c.target)
        .join(t.document, t.document.c.snapshot == t.snapshot.c.id)
        .where(t.document.c.text.in_(_texts(targets)), t.document.c.kept_chars >= COPY)
    )
    sent = (
        select(t.snapshot.c.target)
        .join(t.body, t.body.c.digest == t.snapshot.c.body)
        .join(t.target, t.target.c.id == t.snapshot.c.target)
        .where(t.snapshot.c.body.in_(_bodies(targets)), t.body.c.length >= COPY)
        .where(t.target.c.kind == "page")
    )
    found = {page(c, one) for one in c.execute(said.union(sent)).scalars()}
    return sorted(found - set(pages))


def hold(c: Connection, pages: Sequence[int], going: Collection[int]) -> Hold:
    """Count what pages come to, and name what stays because a page that is not `going` has it."""
    targets = _names(c, pages)
    snapshots = _snapshots(targets)
    made = t.document.c.snapshot.in_(snapshots)
    pinned = (
        select(t.release_item.c.release)
        .join(t.document, t.document.c.id == t.release_item.c.document)
        .where(made)
        .distinct()
    )

    def count(query: Select[Any]) -> int:
        return int(c.execute(select(func.count()).select_from(query.subquery())).scalar_one())

    return Hold(
        snapshots=count(snapshots),
        documents=count(select(t.document.c.id).where(made)),
        texts=count(_texts(targets).distinct()),
        shared=_shared(c, targets, going),
        releases=sorted(c.execute(pinned).scalars()),
    )


def _shared(c: Connection, targets: Sequence[int], going: Collection[int]) -> list[Shared]:
    columns = (t.target.c.id, t.target.c.alias_of, t.target.c.url)
    said = (
        select(t.document.c.text, *columns)
        .join(t.snapshot, t.snapshot.c.id == t.document.c.snapshot)
        .join(t.target, t.target.c.id == t.snapshot.c.target)
        .where(t.document.c.text.in_(_texts(targets)), t.target.c.id.not_in(targets))
    )
    sent = (
        select(t.snapshot.c.body, *columns)
        .join(t.target, t.target.c.id == t.snapshot.c.target)
        .where(t.snapshot.c.body.in_(_bodies(targets)), t.target.c.id.not_in(targets))
    )
    found: dict[tuple[str, str], str] = {}
    for what, query in (("text", said), ("body", sent)):
        for name, number, alias_of, url in c.execute(query.order_by(t.target.c.id)):
            if (alias_of or number) not in going:
                found.setdefault((what, name), url)
    return [Shared(what=what, digest=name, url=url) for (what, name), url in found.items()]


def _is_root(url: str) -> bool:
    return url.endswith("/") and url.count("/") == _ROOT


def urls(c: Connection, pages: Sequence[int]) -> list[str]:
    """The names of pages, canonical and other ones.

    Not where else their requests were led, for that may be anybody's: a home page, a consent wall;
    and for the same reason no other name that is a site's root.
    """
    own = t.target.c.id.in_(_names(c, pages))
    rows = c.execute(select(t.target.c.url, t.target.c.alias_of).where(own)).all()
    rooted = {row.url for row in rows if row.alias_of and _is_root(row.url)}
    return sorted({row.url for row in rows} - rooted)


def texts(c: Connection, pages: Sequence[int]) -> Iterator[str]:
    """The headlines and texts that pages had, each once."""
    made = t.document.c.snapshot.in_(_snapshots(_names(c, pages)))
    titles = select(t.document.c.title).where(made, t.document.c.title.is_not(None))
    said = select(t.text.c.text).where(t.text.c.digest.in_(select(t.document.c.text).where(made)))
    yield from c.execute(titles.distinct()).scalars()
    yield from c.execute(said).scalars()


def sites(c: Connection, pages: Sequence[int]) -> list[str]:
    """The sites that pages are of, however many pages."""
    found: set[str] = set()
    for start in range(0, len(pages), _AT_ONCE):
        some = t.target.c.id.in_(pages[start : start + _AT_ONCE])
        found.update(c.execute(select(t.target.c.site).where(some).distinct()).scalars())
    return sorted(found)


def told_by(c: Connection, hosts: Sequence[str]) -> list[int]:
    """The snapshots of sites' feeds, sitemaps and sections, which may tell of pages."""
    query = (
        select(t.snapshot.c.id)
        .join(t.target, t.target.c.id == t.snapshot.c.target)
        .where(t.target.c.site.in_(hosts), t.target.c.kind != "page")
        .order_by(t.snapshot.c.id)
    )
    return list(c.execute(query).scalars())


# Bodies that lean on others


def leaning(c: Connection, bodies_: Sequence[str]) -> list[str]:
    """The bodies that cannot be read without one of these, those first that nobody needs."""
    store = t.body_store
    own = (
        select(store.c.digest, literal(1, Integer).label("step"))
        .where(store.c.dictionary.in_(bodies_))
        .cte("leaning", recursive=True)
    )
    more = select(store.c.digest, own.c.step + 1).join(own, store.c.dictionary == own.c.digest)
    every = own.union_all(more.where(own.c.step <= bodies.MAX_CHAIN))
    step = func.max(every.c.step)
    query = select(every.c.digest).group_by(every.c.digest).order_by(step.desc(), every.c.digest)
    return list(c.execute(query).scalars())


def stand_alone(c: Connection, names: Sequence[str]) -> None:
    """Pack bodies as they would come today, without a dictionary; those first that nobody needs.

    `archiver compact` packs them with others again. Raises Damaged.
    """
    for name in names:
        data = bodies.load(c, name)
        values = {"encoding": ENCODING, "dictionary": None, "data": squeeze(data)}
        own = t.body_store.c.digest == name
        c.execute(update(t.body_store).where(own).values(values))
    bodies.forget()


def bodies_of(c: Connection, pages: Sequence[int], told: Sequence[int] = ()) -> list[str]:
    """The bodies that go with pages and with further snapshots: those that nothing else has."""
    return sorted(c.execute(_alone(_names(c, pages), told)).scalars())


def _going(
    targets: Sequence[int], told: Sequence[int], snapshot: FromClause = t.snapshot
) -> ColumnElement[bool]:
    own = snapshot.c.target.in_(targets)
    return or_(own, snapshot.c.id.in_(told)) if told else own


def _alone(targets: Sequence[int], told: Sequence[int]) -> Select[Any]:
    """The bodies of snapshots that go and of none that stays.

    Each is looked up by its digest: a site is erased in many parts, none of which may read it all.
    """
    other = t.snapshot.alias()
    stays = exists().where(other.c.body == t.snapshot.c.body, ~_going(targets, told, other))
    return select(t.snapshot.c.body).where(_going(targets, told), ~stays).distinct()


# Taking out


def lock(c: Connection) -> None:
    """Let nobody store a text or pack a body meanwhile; SQLite has one writer anyway."""
    search.alone(c)
    if c.dialect.name == "postgresql":
        c.execute(sql("LOCK TABLE text, body_store IN SHARE ROW EXCLUSIVE MODE"))


def erase(
    c: Connection, pages: Sequence[int], told: Sequence[int], reason: str, now: datetime
) -> Counter[str]:
    """Take out some pages and the snapshots that told of them; what went, by kind.

    No body that stays may lean on one that goes: see `leaning`.
    """
    targets = _names(c, pages)
    going = _going(targets, told)
    lonely = sorted(c.execute(_alone(targets, told)).scalars())
    documents = c.execute(
        select(
            *(t.document.c[name] for name in ("id", "cleaner", "text", "marks")), t.target.c.site
        )
        .join_from(t.document, t.snapshot, t.snapshot.c.id == t.document.c.snapshot)
        .join(t.target, t.target.c.id == t.snapshot.c.target)
        .where(t.snapshot.c.target.in_(targets))
        .order_by(t.document.c.id)
    ).all()
    names = urls(c, pages)
    alarms.forget(c, set(names))
    stones = [
        *(_stone(named(url), "page") for url in names),
        *(_stone(row.text, "document", row.id) for row in documents),
        *(_stone(name, "body") for name in lonely),
    ]
    _forget_target(c, targets)
    numbers = [row.id for row in documents]
    search.forget(c, numbers)
    duplicates.forget(c, numbers)
    versions.uncount(c, documents)
    snapshots = select(t.snapshot.c.id).where(going)
    c.execute(
        delete(t.failure).where(
            or_(t.failure.c.target.in_(targets), t.failure.c.snapshot.in_(snapshots))
        )
    )
    _forget_fetches(c, targets, snapshots)
    c.execute(delete(t.page).where(t.page.c.snapshot.in_(snapshots)))
    c.execute(delete(t.document).where(t.document.c.id.in_(numbers)))
    gone = _drop_texts(c, {row.text for row in documents})
    c.execute(update(t.target).where(t.target.c.snapshot.in_(snapshots)).values(snapshot=None))
    snapshot_count = c.execute(delete(t.snapshot).where(going)).rowcount
    for table in (t.body_store, t.body):
        c.execute(delete(table).where(table.c.digest.in_(lonely)))
    if stones:
        c.execute(insert(t.erasure), [{**stone, "at": now, "reason": reason} for stone in stones])
    return Counter(
        pages=len(pages),
        snapshots=snapshot_count,
        documents=len(documents),
        texts=gone,
        bodies=len(lonely),
    )


def _stone(digest: str, what: str, document: int | None = None) -> dict[str, Any]:
    return {"digest": digest, "what": what, "document": document}


def retire(c: Connection, hosts: Sequence[str]) -> None:
    """Ask sites' feeds, sitemaps and sections for nothing any more."""
    sources = and_(t.target.c.site.in_(hosts), t.target.c.kind != "page")
    values = {"state": "gone", "due_at": None, "etag": None, "last_modified": None}
    c.execute(update(t.target).where(sources).values(values))


def _forget_target(c: Connection, targets: Sequence[int]) -> None:
    """Leave of targets that they were: no name, no date, never due."""
    values = {
        "url": literal(f"{ERASED}:").concat(t.target.c.id),
        "origin": None,
        "stated_date": "",
        "stated_title": "",
        "due_at": None,
        "etag": None,
        "last_modified": None,
        "state": ERASED,
        "alias_of": None,
        "document": None,
        "snapshot": None,
    }
    c.execute(update(t.target).where(t.target.c.id.in_(targets)).values(values))


_FORGOTTEN: dict[str, Any] = {
    "requested_url": "",
    "final_url": "",
    "reason": "",
    "headers": [],
    "redirects": [],
    "signals": [],
    "snapshot": None,
}


def _forget_fetches(c: Connection, targets: Sequence[int], snapshots: Select[Any]) -> None:
    """Leave of requests for pages that they were made; of those for feeds what they did not bring.

    Their seals are made anew, for a row that has changed without one is a damaged row.
    """
    of = or_(t.fetch.c.target.in_(targets), t.fetch.c.snapshot.in_(snapshots))
    own = set(targets)
    for row in c.execute(select(t.fetch).where(of)).mappings().all():
        forgotten = _FORGOTTEN if row["target"] in own else {"snapshot": None}
        values = {
            str(name): value for name, value in row.items() if name not in {"id", "seal"}
        } | forgotten
        made = None if row["seal"] is None else seal(values)
        one = update(t.fetch).where(t.fetch.c.id == row["id"])
        c.execute(one.values({**forgotten, "seal": made}))


def _drop_texts(c: Connection, digests: Iterable[str]) -> int:
    """Drop the texts that no document has any more."""
    used = exists().where(t.document.c.text == t.text.c.digest)
    names = sorted(digests)
    return c.execute(delete(t.text).where(t.text.c.digest.in_(names), ~used)).rowcount
