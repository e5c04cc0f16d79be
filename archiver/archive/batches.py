"""Writes of many documents at once, for re-cleaning: what `store` does a page at a time.

A caller's transaction comes in first; nothing commits here. Rows come in as plain values, made
elsewhere, so that the one process that writes does little else. All of it may be run again after a
crash: what is there already is left as it is.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, select, update

from archiver.archive import tables as t
from archiver.archive.packing import seal
from archiver.archive.standing import may_stand
from archiver.archive.store import add_counts, insert_into

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.dialects import postgresql, sqlite

    from archiver.archive.staleness import Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A packed layout, as `page` has it."""

    snapshot: int
    site: str
    language: str
    systems: tuple[str, ...]
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """A document that was made: its row by `store.document_values`, and its text."""

    site: str
    target: int
    values: Mapping[str, Any]
    text: str
    counts: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Same:
    """A document that a cleaner would make just like the one that is there, number `base`."""

    site: str
    target: int
    snapshot: int
    cleaner: str
    base: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class Point:
    """A document that is to be its target's current one."""

    target: int
    snapshot: int
    document: int


def put_layouts(
    c: Connection, layouts: Sequence[Layout], extractor_of: Callable[[str], str]
) -> None:
    """Cache layouts under the extractor that made those of the site, in place of what was there."""
    if not layouts:
        return
    put = insert_into(c.dialect.name, t.page)
    names = ("site", "language", "systems", "data")
    over = put.on_conflict_do_update(
        index_elements=["snapshot", "extractor"],
        set_={name: put.excluded[name] for name in names},
    )
    c.execute(
        over,
        [
            {
                "snapshot": one.snapshot,
                "extractor": extractor_of(one.site),
                "site": one.site,
                "language": one.language,
                "systems": " ".join(one.systems),
                "data": one.data,
            }
            for one in layouts
        ],
    )


def put_documents(
    c: Connection, new: Sequence[New], same: Sequence[Same], run: int, now: datetime
) -> None:
    """Store documents, count their rules, and make them their targets' current ones.

    As `store.store_document` does one by one. What is `same` has the columns, the text and the
    marks of its base.
    """
    stamp = {"run": run, "at": now}
    texts = {one.values["text"]: one.text for one in new}
    if texts:
        put = insert_into(c.dialect.name, t.text).on_conflict_do_nothing()
        # In one order in every process, or two of them deadlock.
        c.execute(put, [{"digest": name, "text": texts[name]} for name in sorted(texts)])
    all_: dict[_Key, New | Same] = {}
    all_ |= {(one.values["snapshot"], one.values["cleaner"]): one for one in new}
    all_ |= {(one.snapshot, one.cleaner): one for one in same}
    if not all_:
        return
    made = _put_new(c, new, stamp) | _put_same(c, same, stamp)
    _count(c, [(cleaner, all_[snapshot, cleaner]) for snapshot, cleaner in made])
    for snapshot, cleaner in all_.keys() - made.keys():  # another process was faster
        made[snapshot, cleaner] = documents(c, [snapshot], cleaner)[snapshot]
    point(c, [Point(all_[key].target, key[0], made[key]) for key in sorted(made)])


_Key = tuple[int, str]  # snapshot, cleaner


def _put_new(c: Connection, new: Sequence[New], stamp: Mapping[str, object]) -> dict[_Key, int]:
    """Insert rows that are not there yet; their ids."""
    if not new:
        return {}
    rows = [{**one.values, **stamp} for one in new]
    absent = insert_into(c.dialect.name, t.document).on_conflict_do_nothing()
    told = absent.returning(t.document.c.id, t.document.c.snapshot, t.document.c.cleaner)
    sealed = [{**row, "seal": seal(row)} for row in rows]
    return {
        (snapshot, cleaner): document for document, snapshot, cleaner in c.execute(told, sealed)
    }


def _put_same(c: Connection, same: Sequence[Same], stamp: Mapping[str, object]) -> dict[_Key, int]:
    """Copy rows, within the database, that are not there yet; their ids."""
    if not same:
        return {}
    based = _rows(c, [one.base for one in same])
    rows = []
    for one in same:
        own = {"cleaner": one.cleaner, **stamp}
        sealed = seal({**based[one.base], **own})
        rows.append({"base": one.base, "own_seal": sealed} | {f"own_{k}": own[k] for k in own})
    c.execute(_copy(c.dialect.name), rows)
    found: dict[_Key, int] = {}
    for cleaner in {one.cleaner for one in same}:
        query = select(t.document.c.snapshot, t.document.c.id).where(
            t.document.c.snapshot.in_([one.snapshot for one in same if one.cleaner == cleaner]),
            t.document.c.cleaner == cleaner,
            t.document.c.run == stamp["run"],  # not those of a process that was faster
        )
        found |= {(snapshot, cleaner): document for snapshot, document in c.execute(query)}
    return found


@cache
def _copy(dialect: str) -> postgresql.Insert | sqlite.Insert:
    """The statement that copies a document's row under another cleaner, run, time and seal."""
    own = {
        name: bindparam(f"own_{name}", type_=t.document.c[name].type)
        for name in ("cleaner", "run", "at", "seal")
    }
    names = [*_NAMES, "seal"]
    row = select(*(own.get(name, t.document.c[name]) for name in names))
    put = insert_into(dialect, t.document)
    copied = put.from_select(names, row.where(t.document.c.id == bindparam("base")))
    return copied.on_conflict_do_nothing()


def documents(c: Connection, snapshots: Sequence[int], cleaner: str) -> dict[int, int]:
    """Find the documents that a cleaner has made of some snapshots, by snapshot."""
    query = select(t.document.c.snapshot, t.document.c.id).where(
        t.document.c.snapshot.in_(snapshots), t.document.c.cleaner == cleaner
    )
    return {row[0]: row[1] for row in c.execute(query)}


_COLUMNS = [column for column in t.document.c if column.name not in {"id", "seal"}]
_NAMES = [str(column.name) for column in _COLUMNS]  # plain ones: orjson takes no others as keys


def _rows(c: Connection, documents: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The rows of documents, less their ids and seals."""
    if not documents:
        return {}
    query = select(t.document.c.id, *_COLUMNS).where(t.document.c.id.in_(documents))
    return {row[0]: dict(zip(_NAMES, row[1:], strict=True)) for row in c.execute(query)}


def _count(c: Connection, made: Sequence[tuple[str, New | Same]]) -> None:
    """Add documents to what each cleaner's rules did on each site."""
    sums: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for cleaner, one in made:
        for rule, (lines, chars) in one.counts.items():
            added = sums[cleaner, one.site, rule]
            added[0] += 1
            added[1] += lines
            added[2] += chars
    if not sums:
        return
    rows = [
        {
            "cleaner": cleaner,
            "site": site,
            "rule": rule,
            "documents": documents,
            "lines": lines,
            "chars": chars,
        }
        for (cleaner, site, rule), (documents, lines, chars) in sorted(sums.items())
    ]
    c.execute(add_counts(c.dialect.name), rows)


def point(c: Connection, points: Sequence[Point]) -> None:
    """Make documents their targets' current ones, but for those of snapshots that may not stand."""
    if not points:
        return
    rows = [{"at": one.target, "to": one.snapshot, "it": one.document} for one in points]
    mine = update(t.target).where(t.target.c.id == bindparam("at"))
    # Nearly all: another document of the snapshot that stands.
    again = mine.where(t.target.c.snapshot == bindparam("to", type_=t.ID))
    c.execute(again.values(document=bindparam("it")), rows)
    places = [one.target for one in points]
    query = select(t.target.c.id, t.target.c.snapshot).where(t.target.c.id.in_(places))
    standing = {row[0]: row[1] for row in c.execute(query)}
    rest = [row for row in rows if standing[row["at"]] != row["to"]]
    if rest:
        move = mine.where(may_stand(bindparam("to", type_=t.ID)))
        c.execute(move.values(document=bindparam("it"), snapshot=bindparam("to")), rest)
