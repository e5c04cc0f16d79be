"""The keys by which wordings that are alike find each other: the table `wording_band`.

A caller's transaction, keys and places come in; places go out. A place is a wording's rank and
head, what wordings are sorted by.

Keys are numbers by chance, so that each of a wording's rows belongs into another part of the tree:
in a large archive every row would be read and written with a page of its own, eight kilobytes for
twenty bytes. So rows come in at the end of the tree, under their key and `FRESH`, where there are
so few that many share a page. With every `TURN` wordings the rows of one of `SLICES` slices of the
bands move to where they stay, those of `SLICES` turns at once. Who asks for a key gets the rows of
both places; where a row lies tells nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from sqlalchemy import Connection, bindparam, delete, literal, select, tuple_, update
from sqlalchemy import text as sql

from archiver.archive import tables as t
from archiver.text import minhash

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy import Select

Place = tuple[int, int]

FIRST = 16  # a key is asked for so many

FRESH = 1 << 46  # more than any key, and with it still six bytes in SQLite
# At 100,000 documents what is fresh and the slice that it moves into then have about as many pages,
# 1,500 to 2,000 of 8 kB, and together the fewest; measured in docs/duplicates.md.
SLICES = 16
TURN = 500
_WIDTH = minhash.BANDS // SLICES << minhash.BAND_BITS

_AT_ONCE = 5000  # keys in one question


# Up to so many of each key that is there, the earliest first: two lookups of an index a key,
# whatever its bucket holds.
_SQLITE = sql(
    "SELECT k.value, (SELECT json_group_array(json_array(rank, head)) FROM"
    " (SELECT rank, head FROM wording_band AS b WHERE b.key = k.value"
    " ORDER BY b.rank, b.head LIMIT :first))"
    " FROM json_each(:keys) AS k"
    " WHERE EXISTS (SELECT 1 FROM wording_band AS b WHERE b.key = k.value)"
)
_POSTGRESQL = sql(
    "SELECT k.key, ARRAY(SELECT ARRAY[b.rank, b.head] FROM wording_band AS b"
    " WHERE b.key = k.key ORDER BY b.rank, b.head LIMIT :first)"
    " FROM unnest(CAST(:keys AS bigint[])) AS k (key)"
    " WHERE EXISTS (SELECT 1 FROM wording_band AS b WHERE b.key = k.key)"
)


def firsts(c: Connection, keys: Iterable[int]) -> dict[int, list[Place]]:
    """The first places of each key that a wording has, at most `FIRST`, in order."""
    wanted = sorted(set(keys))
    wanted += [key + FRESH for key in wanted]
    found: dict[int, list[Place]] = {}
    sqlite = c.dialect.name == "sqlite"
    for start in range(0, len(wanted), _AT_ONCE):
        chunk = wanted[start : start + _AT_ONCE]
        asked = orjson.dumps(chunk).decode() if sqlite else chunk
        for key, places in c.execute(
            _SQLITE if sqlite else _POSTGRESQL, {"keys": asked, "first": FIRST}
        ):
            more = [(rank, head) for rank, head in (orjson.loads(places) if sqlite else places)]
            stays = key - FRESH if key >= FRESH else key
            found[stays] = sorted(found.get(stays, []) + more)[:FIRST]
    return found


def behind(place: Place, keys: Collection[int]) -> Select[tuple[int]]:
    """The heads of those behind a place that have one of the keys, as a query."""
    own = t.wording_band.c
    both = [*keys, *(key + FRESH for key in keys)]
    later = tuple_(own.rank, own.head) > tuple_(*map(literal, place))
    return select(own.head).where(own.key.in_(both), later)


def enter(c: Connection, signed: Sequence[tuple[Place, bytes]]) -> None:
    """Put in the keys of signatures, in the order of the tree, so that neighbours are together."""
    if not signed:
        return
    keys = minhash.all_keys(signature for _, signature in signed).ravel()
    order = keys.argsort(kind="stable")
    places = [signed[at][0] for at in (order // minhash.BANDS).tolist()]
    fresh = (keys[order] + FRESH).tolist()
    if c.dialect.name == "sqlite":
        rows = [(key, *place) for key, place in zip(fresh, places, strict=True)]
        into = "INSERT INTO wording_band (key, rank, head) VALUES (?, ?, ?)"
        c.exec_driver_sql(into, rows)  # a third of the time of an insert with names
        return
    ranks, heads = zip(*places, strict=True)
    c.execute(
        sql(
            "INSERT INTO wording_band (key, rank, head) SELECT * FROM unnest("
            "CAST(:keys AS bigint[]), CAST(:ranks AS bigint[]), CAST(:heads AS bigint[]))"
        ),
        {"keys": fresh, "ranks": list(ranks), "heads": list(heads)},
    )


def leave(c: Connection, signed: Sequence[tuple[Place, bytes]]) -> None:
    """Take out the keys of signatures, wherever they lie."""
    gone = sorted(
        (key + part, *place)
        for place, signature in signed
        for key in minhash.keys(signature)
        for part in (0, FRESH)
    )
    own = t.wording_band.c
    names = ("key", "rank", "head")
    same = [own[name] == bindparam(f"b_{name}") for name in names]
    rows = [{f"b_{name}": value for name, value in zip(names, row, strict=True)} for row in gone]
    if rows:
        c.execute(delete(t.wording_band).where(*same), rows)


def move(c: Connection, first: int, last: int) -> None:
    """Move the slices whose turn came with the wordings of these numbers to where they stay."""
    turns = range((first - 1) // TURN, last // TURN)
    own = t.wording_band.c.key
    for start in sorted({FRESH + turn % SLICES * _WIDTH for turn in turns}):
        due = own.between(start, start + _WIDTH - 1)
        c.execute(update(t.wording_band).where(due).values(key=own - FRESH))
