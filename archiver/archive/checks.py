"""What is stored, held against its digests, seals and references, a few rows at a time.

A caller's transaction comes in, `Fault` values and rows go out. Never writes. A row that does not
read is a fault like any other: lists of keys are read from indexes, rows by their keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Connection, Table, and_, func, inspect, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from archiver.archive import bodies
from archiver.archive import tables as t
from archiver.archive.packing import digest, seal, to_json
from archiver.archive.store import ALIAS, CANONICAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import ForeignKeyConstraint, RowMapping, Select

_MOST = 100  # faults of one kind that are listed; so many mean a file that is lost as a whole
_SAID = 200  # characters of a driver's own words


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that is broken: what, of which page, and what can be done."""

    what: str  # table and key: "body 5feceb66...", "document 17"
    url: str  # of a page that it is of; empty where no page is known
    fault: str
    remedy: str


RESTORE = "restore it from a copy"
FETCH = "restore it from a copy, or fetch the page again if it is still there"
REMAKE = "can be made again from the body"
REINDEX = "restore the archive from a copy; if only indexes are hurt, SQLite's REINDEX mends them"


# The file itself


def structure(c: Connection) -> Iterator[Fault]:
    """What SQLite finds wrong with its file, indexes against tables with it. None on PostgreSQL."""
    if c.dialect.name != "sqlite":
        return
    try:
        said = c.exec_driver_sql(f"PRAGMA integrity_check({_MOST})").scalars().all()
    except DBAPIError as fault:
        said = [words(fault)]
    for line in said:
        if line != "ok":
            yield Fault(what="file", url="", fault=" ".join(line.split()), remedy=REINDEX)


def schema(c: Connection) -> Iterator[Fault]:
    """Tables and columns that are not there, though the schema's revision says so."""
    for table in t.metadata.sorted_tables:
        try:
            there = {column["name"] for column in inspect(c).get_columns(table.name)}
        except SQLAlchemyError as fault:
            yield Fault(what=f"table {table.name}", url="", fault=words(fault), remedy=REINDEX)
            continue
        for name in sorted(set(table.columns.keys()) - there):
            said = f"has no column {name}"
            yield Fault(what=f"table {table.name}", url="", fault=said, remedy=RESTORE)


def words(fault: Exception) -> str:
    """An error's own words, in one line."""
    said = fault.orig if isinstance(fault, DBAPIError) else fault
    return " ".join(f"does not read: {said}".split())[:_SAID]


# References


@cache
def _missing() -> list[tuple[Table, ForeignKeyConstraint, Select[Any]]]:
    """For every foreign key of every table, what asks for rows that refer to none."""
    found = []
    for table in t.metadata.sorted_tables:
        for key in sorted(table.foreign_key_constraints, key=lambda one: sorted(one.column_keys)):
            other = key.referred_table.alias()
            pairs = [(one.parent, other.c[one.column.name]) for one in key.elements]
            missing = (
                select(*table.primary_key.columns, *(own for own, _ in pairs))
                .select_from(table.outerjoin(other, and_(*(own == its for own, its in pairs))))
                .where(*(own.is_not(None) for own, _ in pairs), pairs[0][1].is_(None))
                .limit(_MOST)
            )
            found.append((table, key, missing))
    return found


def references(c: Connection) -> Iterator[Fault]:
    """Rows that refer to rows that are not there, by every foreign key of every table."""
    for table, key, missing in _missing():
        keys = len(table.primary_key.columns)
        for row in rows(c, missing):
            yield Fault(
                what=named(table, row[:keys]),
                url="",
                fault=f"its {', '.join(key.column_keys)} {_said(row[keys:])} is no row of "
                f"{key.referred_table.name}",
                remedy=RESTORE,
            )


def named(table: Table, key: Sequence[object]) -> str:
    """A row by its table and key."""
    return f"{table.name} {_said(key)}"


def _said(values: Sequence[object]) -> str:
    return ", ".join(map(str, values))


def rows(c: Connection, query: Select[Any]) -> list[Any]:
    """All rows of a query; none where the file does not read, which `structure` tells."""
    try:
        return list(c.execute(query).all())
    except (DBAPIError, ValueError):
        return []


def pointers(c: Connection) -> Iterator[Fault]:
    """Targets that point at what is not theirs, dictionaries and bytes that are gone."""
    tell = (t.target.c.id, t.target.c.url)
    own = t.snapshot.c.target == t.target.c.id
    faults = {
        "its current snapshot is of another page": select(*tell)
        .join(t.snapshot, t.snapshot.c.id == t.target.c.snapshot)
        .where(~own),
        "its current document is of another snapshot": select(*tell)
        .join(t.document, t.document.c.id == t.target.c.document)
        .where(t.document.c.snapshot.is_distinct_from(t.target.c.snapshot)),
        "it has a current document or a current snapshot, but not both": select(*tell).where(
            t.target.c.document.is_(None) != t.target.c.snapshot.is_(None)
        ),
        "it is another name of nothing, or a page that is called another's name": select(
            *tell
        ).where(t.target.c.state.in_((ALIAS, CANONICAL)) != t.target.c.alias_of.is_not(None)),
    }
    for fault, query in faults.items():
        for number, url in rows(c, query.limit(_MOST)):
            yield Fault(
                what=f"target {number}",
                url=url,
                fault=fault,
                remedy="archiver reclean points it anew",
            )
    other = t.target.alias()
    chained = select(*tell).join(other, other.c.id == t.target.c.alias_of)
    for number, url in rows(c, chained.where(other.c.alias_of.is_not(None)).limit(_MOST)):
        fault = "it is another name of a page that is itself another name"
        yield Fault(what=f"target {number}", url=url, fault=fault, remedy=RESTORE)
    yield from _stored(c)


def _stored(c: Connection) -> Iterator[Fault]:
    other = t.body_store.alias()
    lost = (
        select(t.body_store.c.digest, t.body_store.c.dictionary)
        .outerjoin(other, other.c.digest == t.body_store.c.dictionary)
        .where(t.body_store.c.dictionary.is_not(None), other.c.digest.is_(None))
    )
    for name, dictionary in rows(c, lost.limit(_MOST)):
        fault = f"its dictionary {dictionary} is not there"
        yield Fault(what=f"body {name}", url=url_of(c, name), fault=fault, remedy=FETCH)
    bare = select(t.body.c.digest).outerjoin(t.body_store, t.body_store.c.digest == t.body.c.digest)
    for (name,) in rows(c, bare.where(t.body_store.c.digest.is_(None)).limit(_MOST)):
        fault = "its bytes are not in the archive"
        yield Fault(what=f"body {name}", url=url_of(c, name), fault=fault, remedy=FETCH)


def configurations(c: Connection) -> Iterator[Fault]:
    """Configurations of sites that do not give their digest."""
    key = (t.site_config.c.site, t.site_config.c.digest)
    for site, name in rows(c, select(*key)):
        found = one(c, select(t.site_config.c.config).where(key[0] == site, key[1] == name))
        if isinstance(found, str) or digest(to_json(found["config"]).encode()) != name:
            fault = "does not match its digest"
            yield Fault(what=f"site_config of {site}", url="", fault=fault, remedy="archiver add")


# Rows


def one(c: Connection, query: Select[Any]) -> RowMapping | str:
    """The one row of a query; a string says why it does not read."""
    try:
        row = c.execute(query).mappings().first()
    except (DBAPIError, ValueError, TypeError) as fault:  # the latter from values of no such type
        return words(fault)
    return row if row is not None else "is not there"


def many(
    c: Connection, query: Select[Any], key: Column[Any], names: Sequence[Any]
) -> Iterator[tuple[Any, RowMapping | str]]:
    """Each row of a query by its `key`, its first column; one by one where all do not read."""
    try:
        read = c.execute(query.where(key.in_(names))).mappings().all()
        found = {next(iter(row.values())): row for row in read}
    except (DBAPIError, ValueError, TypeError):
        found = {}
    for name in names:
        yield name, found.get(name) or one(c, query.where(key == name))


def snapshots(c: Connection, *, after: int, limit: int, every: int = 1, rest: int = 0) -> list[int]:
    """List snapshots by id; with `every`, those whose id leaves `rest` when divided by it."""
    number = t.snapshot.c.id
    query = select(number).where(number > after, number % every == rest)
    return list(c.execute(query.order_by(number).limit(limit)).scalars())


def total(c: Connection) -> list[int]:
    """How many snapshots there are, a list of one."""
    return list(c.execute(select(func.count()).select_from(t.snapshot)).scalars())


def fetches(c: Connection, *, after: int, limit: int) -> list[int]:
    """List fetches by id."""
    query = select(t.fetch.c.id).where(t.fetch.c.id > after).order_by(t.fetch.c.id).limit(limit)
    return list(c.execute(query).scalars())


def texts(c: Connection, *, after: str, limit: int) -> list[str]:
    """List texts by digest."""
    name = t.text.c.digest
    return list(c.execute(select(name).where(name > after).order_by(name).limit(limit)).scalars())


def loose_bodies(c: Connection) -> list[str]:
    """Bodies that no snapshot has."""
    query = select(t.body.c.digest).outerjoin(t.snapshot, t.snapshot.c.body == t.body.c.digest)
    return list(c.execute(query.where(t.snapshot.c.id.is_(None))).scalars())


def ids_of(c: Connection, table: Table, snapshots: Sequence[int]) -> list[int]:
    """List the ids of the rows that these snapshots have in `fetch` or `document`."""
    query = select(table.c.id).where(table.c.snapshot.in_(snapshots)).order_by(table.c.id)
    return [row[0] for row in rows(c, query)]


def pages(c: Connection, snapshots: Sequence[int]) -> Iterator[tuple[int, str, bytes | str]]:
    """Snapshot, extractor and bytes of the pages of these snapshots; a string for what fails."""
    key = (t.page.c.snapshot, t.page.c.extractor)
    query = select(*key, t.page.c.data).where(key[0].in_(snapshots))
    try:
        yield from (tuple(row) for row in c.execute(query).all())
    except DBAPIError:
        for number, extractor in rows(c, select(*key).where(key[0].in_(snapshots))):
            found = one(c, query.where(key[0] == number, key[1] == extractor))
            yield number, extractor, found if isinstance(found, str) else found["data"]


# Rows with what they are held against. `SNAPSHOTS` and `BODIES` suit `bodies.decoded`.
_BODY = (t.body.c.length, *bodies.FRAME)
SNAPSHOTS = (
    select(t.snapshot, t.target.c.url.label("page"), *_BODY)
    .outerjoin(t.target, t.target.c.id == t.snapshot.c.target)
    .outerjoin(t.body, t.body.c.digest == t.snapshot.c.body)
    .outerjoin(t.body_store, t.body_store.c.digest == t.snapshot.c.body)
)
BODIES = select(t.body.c.digest.label("body"), *_BODY).outerjoin(
    t.body_store, t.body_store.c.digest == t.body.c.digest
)
DOCUMENTS = select(t.document, t.text.c.text.label("words")).outerjoin(
    t.text, t.text.c.digest == t.document.c.text
)
TEXTS = select(t.text)
FETCHES = select(t.fetch)
CLEANERS = select(t.cleaner.c.id, t.cleaner.c.recipe)


def cleaners(c: Connection) -> list[str]:
    """List all cleaners."""
    return [row[0] for row in rows(c, select(t.cleaner.c.id).order_by(t.cleaner.c.id))]


def unsealed(table: Table, row: RowMapping) -> str:
    """What is wrong with a row's seal; empty where it is whole or was never sealed."""
    if row["seal"] is None:
        return ""
    values = {
        str(column.name): row[column.name]  # a plain string, as orjson wants its keys
        for column in table.columns
        if column.name not in {"id", "seal"}
    }
    return "" if seal(values) == row["seal"] else "its columns do not match their seal"


def url_of_row(c: Connection, table: Table, number: int) -> str:
    """The URL of the page that a row of snapshot, fetch or document is of; the row may be hurt."""
    query = select(t.target.c.url).where(table.c.id == number)
    if table is t.document:
        query = query.join_from(table, t.snapshot, t.snapshot.c.id == table.c.snapshot)
        query = query.join(t.target, t.target.c.id == t.snapshot.c.target)
    else:
        query = query.join_from(table, t.target, t.target.c.id == table.c.target)
    found = one(c, query)
    return "" if isinstance(found, str) else str(found["url"])


def url_of_text(c: Connection, name: str) -> str:
    """The URL of a page that has this text, as far as that can still be read."""
    query = (
        select(t.target.c.url)
        .join(t.snapshot, t.snapshot.c.target == t.target.c.id)
        .join(t.document, t.document.c.snapshot == t.snapshot.c.id)
        .where(t.document.c.text == name)
        .limit(1)
    )
    found = one(c, query)
    return "" if isinstance(found, str) else str(found["url"])


def url_of(c: Connection, name: str) -> str:
    """The URL of a page that sent this body, as far as that can still be read."""
    query = (
        select(t.target.c.url)
        .join(t.snapshot, t.snapshot.c.target == t.target.c.id)
        .where(t.snapshot.c.body == name)
        .order_by(t.snapshot.c.id)
        .limit(1)
    )
    found = one(c, query)
    return "" if isinstance(found, str) else str(found["url"])
