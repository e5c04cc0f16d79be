"""Which wordings are nearly the same: candidates by their keys, told apart by their words.

A caller's transaction comes in; rows change. The wordings are those of `archive/duplicates.py`.

A wording's **candidates** are the earlier ones among the first `FIRST` of each key that it has,
by rank, at most `COMPARED`, those whose signatures share most with its own. It joins the cluster
of the candidate that it is most like, by `minhash.likeness`, words in common in the same order: if
that is `NEAR` or more, and if it is still `RELATED` to the first of that cluster, its **centre**.
Else it is the centre of a cluster of its own. So a chain of stories that each take up half of the
last one ends where no more than chance joins them to the first, and which clusters there are
depends on the texts and their ranks alone.

What a key costs is bounded: of a thousand weather reports with a key in common each is compared
with the first `FIRST`, not with all. Two that are like each other and like none of those, in any of
their 96 keys, stay apart: that is what is lost.

A change marks those whom it may concern, later ones with a key in common, as not settled, in the
table; `settle` goes through them by rank, some hundred a transaction. Killed anywhere, it goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Connection, bindparam, delete, func, literal, select, tuple_, update
from sqlalchemy import text as sql

from archiver.archive import tables as t
from archiver.archive.packing import digest
from archiver.archive.search import alone
from archiver.text import minhash, search

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement

# Half of the words. Two stories of a language share a tenth, at most two tenths; a copy with three
# tenths exchanged and a paragraph dropped has six (docs/duplicates.md).
NEAR = 0.5
# Texts that have half of their words in common by chance exchanges share a seventh of the pairs,
# which 288 numbers tell to .02; two stories share a hundredth.
ALIKE = 0.1
RELATED = 0.3  # more than any two stories share by chance
FIRST = 16
COMPARED = 5

_AT_ONCE = 1000  # values in one IN


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A wording; no signature: it has too few words to be nearly the same as another."""

    id: int
    digest: str
    rank: int
    head: int
    signature: bytes | None
    centre: int | None
    settled: bool

    @property
    def place(self) -> tuple[int, int]:
        """What wordings are sorted by."""
        return self.rank, self.head

    def bands(self) -> Sequence[int]:
        """The keys that it is found by."""
        return minhash.keys(self.signature) if self.signature else ()


_NODE = [
    t.wording.c[name] for name in ("id", "digest", "rank", "head", "signature", "centre", "settled")
]


def load(c: Connection, column: ColumnElement[Any], values: Collection[Any]) -> list[Node]:
    """The wordings that have one of these ids, heads or digests."""
    wanted = sorted(values)
    found: list[Node] = []
    for start in range(0, len(wanted), _AT_ONCE):
        query = select(*_NODE).where(column.in_(wanted[start : start + _AT_ONCE]))
        found += [Node(**row) for row in c.execute(query).mappings()]
    return found


# Up to so many of each key, the earliest first, of keys that more than `few` have: two lookups of
# an index a key, whatever its bucket holds.
_SQLITE = sql(
    "SELECT k.value, (SELECT json_group_array(head) FROM (SELECT head FROM wording_band AS b"
    " WHERE b.key = k.value ORDER BY b.rank, b.head LIMIT :first)) FROM json_each(:keys) AS k"
    " WHERE EXISTS (SELECT 1 FROM wording_band AS b WHERE b.key = k.value LIMIT 1 OFFSET :few)"
)
_POSTGRESQL = sql(
    "SELECT k.key, ARRAY(SELECT b.head FROM wording_band AS b"
    " WHERE b.key = k.key ORDER BY b.rank, b.head LIMIT :first)"
    " FROM unnest(CAST(:keys AS bigint[])) AS k (key)"
    " WHERE EXISTS (SELECT 1 FROM wording_band AS b WHERE b.key = k.key LIMIT 1 OFFSET :few)"
)


def _firsts(c: Connection, keys: Iterable[int], few: int) -> dict[int, list[int]]:
    """The heads of the first wordings of each key, by rank, where more than `few` have it."""
    wanted = sorted(set(keys))
    found: dict[int, list[int]] = {}
    sqlite = c.dialect.name == "sqlite"
    for start in range(0, len(wanted), 5 * _AT_ONCE):
        chunk = wanted[start : start + 5 * _AT_ONCE]
        asked = orjson.dumps(chunk).decode() if sqlite else chunk
        rows = c.execute(
            _SQLITE if sqlite else _POSTGRESQL, {"keys": asked, "first": FIRST, "few": few}
        )
        for key, heads in rows:
            found[key] = orjson.loads(heads) if sqlite else heads
    return found


def shift(c: Connection, out: Sequence[Node], into: Sequence[Node]) -> None:
    """Take wordings from their places, and put others or the same into theirs, unsettled.

    The rows of those that only go out are deleted; of those that only come in they are there.
    """
    if not out and not into:
        return
    keys = {key for node in (*out, *into) for key in node.bands()}
    before = _firsts(c, keys, few=0)
    _leave(c, out, {node.id for node in into})
    _enter(c, into, {node.id for node in out})
    after = _firsts(c, keys, few=1)
    # Whom a wording concerns changes where it is one of the first anew, or no longer.
    changed = {
        key: set(before.get(key, ())) ^ set(after.get(key, ()))
        for key in before.keys() | after.keys()
    }
    others = set().union(*changed.values()) - {node.head for node in (*out, *into)}
    concerned = [
        (node, [key for key in node.bands() if node.head in changed.get(key, ())])
        for node in load(c, t.wording.c.head, others)
    ]
    concerned += [
        (node, [key for key in node.bands() if node.head in before.get(key, ())]) for node in out
    ]
    for node, shared in concerned:
        _ask_again(c, node, shared)


def _leave(c: Connection, nodes: Sequence[Node], coming_back: Collection[int]) -> None:
    if bands := _rows(nodes):
        names = ("key", "rank", "head")
        same = [t.wording_band.c[name] == bindparam(f"b_{name}") for name in names]
        gone = [{f"b_{name}": band[name] for name in names} for band in bands]
        c.execute(delete(t.wording_band).where(*same), gone)
    _unsettle(c, t.wording.c.centre, [node.id for node in nodes])
    leaving = [{"b_id": node.id} for node in nodes if node.id not in coming_back]
    if leaving:
        members = update(t.wording).where(t.wording.c.centre == bindparam("b_id"))
        c.execute(members.values(centre=None, similarity=None), leaving)
        c.execute(delete(t.wording).where(t.wording.c.id == bindparam("b_id")), leaving)


def _enter(c: Connection, nodes: Sequence[Node], from_elsewhere: Collection[int]) -> None:
    moved = [
        {"b_id": node.id, "rank": node.rank, "head": node.head}
        for node in nodes
        if node.id in from_elsewhere
    ]
    if moved:
        own = update(t.wording).where(t.wording.c.id == bindparam("b_id"))
        c.execute(own.values(centre=None, similarity=None, settled=False), moved)
    if bands := _rows(nodes):
        c.execute(t.wording_band.insert(), bands)


def _rows(nodes: Iterable[Node]) -> list[dict[str, int]]:
    """The bands' rows by key, so that neighbours are written together."""
    rows = sorted((key, *node.place) for node in nodes for key in node.bands())
    return [{"key": key, "rank": rank, "head": head} for key, rank, head in rows]


def _ask_again(c: Connection, node: Node, keys: Sequence[int]) -> list[tuple[int, int]]:
    """Unsettle the later wordings that a change of this one may concern; their places."""
    band, wording = t.wording_band.c, t.wording.c
    behind = tuple_(band.rank, band.head) > tuple_(literal(node.rank), literal(node.head))
    query = (
        select(wording.id)
        .join(t.wording_band, band.head == wording.head)
        .where(band.key.in_(keys), behind, wording.settled)
    )
    later = load(c, wording.id, set(c.execute(query).scalars())) if keys else []
    shares = _shares(node, later)
    asked = [one for one, share in zip(later, shares, strict=True) if share >= ALIKE]
    _unsettle(c, wording.id, [one.id for one in asked])
    return [one.place for one in asked]


def _shares(node: Node, others: Sequence[Node]) -> list[float]:
    """What the signatures of wordings that have one share with it."""
    known = minhash.numbers(one.signature or b"" for one in others)
    return minhash.shared(node.signature or b"", known).tolist() if others else []


def _unsettle(c: Connection, column: ColumnElement[int], ids: Sequence[int]) -> None:
    for start in range(0, len(ids), _AT_ONCE):
        these = column.in_(ids[start : start + _AT_ONCE])
        c.execute(update(t.wording).where(these).values(settled=False))


# Deciding


def unsettled(c: Connection) -> int:
    """How many wordings are to be decided on, as far as is known."""
    query = select(func.count()).select_from(t.wording).where(~t.wording.c.settled)
    return int(c.execute(query).scalar_one())


def settle(c: Connection, limit: int) -> int:
    """Decide on up to so many wordings, the earliest first; how many. None: all are settled."""
    alone(c)
    query = select(*_NODE).where(~t.wording.c.settled)
    query = query.order_by(t.wording.c.rank, t.wording.c.head).limit(limit)
    batch = [Node(**row) for row in c.execute(query).mappings()]
    if not batch:
        return 0
    firsts = _firsts(c, (key for node in batch for key in node.bands()), few=1)
    heads = {head for first in firsts.values() for head in first}
    decided = {node.head: node for node in load(c, t.wording.c.head, heads) if node.settled}
    centres = {
        node.id: node
        for node in load(c, t.wording.c.id, {one.centre for one in decided.values()} - {None})
    }
    settled = set(decided)
    words = _Words(c)
    rows: list[dict[str, Any]] = []
    # All before the batch are settled, and it is gone through by rank.
    for node in batch:
        candidates = _candidates(node, firsts, decided)
        centre, similarity = _decide(node, candidates, centres, words)
        rows.append(
            {"b_id": node.id, "centre": centre.id, "similarity": similarity, "settled": True}
        )
        decided[node.head] = replace(node, centre=centre.id)
        centres[centre.id] = centre
        if centre.id != node.centre and node.signature:
            held = [key for key in node.bands() if _concerns(node, firsts.get(key, []), settled)]
            asked = _ask_again(c, node, held)
            if any(place < batch[-1].place for place in asked):
                break  # what is asked again comes before the rest
    c.execute(update(t.wording).where(t.wording.c.id == bindparam("b_id")), rows)
    return len(rows)


def _concerns(node: Node, first: Sequence[int], settled: Collection[int]) -> bool:
    """Whether a wording is one of the first of a key, and settled ones may stand behind it."""
    if node.head not in first:
        return False
    return len(first) == FIRST or any(head in settled for head in first[first.index(node.head) :])


def _candidates(
    node: Node, firsts: Mapping[int, Sequence[int]], decided: Mapping[int, Node]
) -> list[Node]:
    """Those that are held against a wording."""
    heads = {head for key in node.bands() for head in firsts.get(key, ())} & decided.keys()
    earlier = [decided[head] for head in heads if decided[head].place < node.place]
    ranked = sorted(
        (-share, one.place, one.head)
        for one, share in zip(earlier, _shares(node, earlier), strict=True)
        if share >= ALIKE
    )
    return [decided[head] for _, _, head in ranked[:COMPARED]]


def _decide(
    node: Node, candidates: Sequence[Node], centres: Mapping[int, Node], words: _Words
) -> tuple[Node, float]:
    """The centre of a wording's cluster, and how like that it is."""
    own = words.of(node) if candidates else []
    held = sorted(
        (-minhash.likeness(own, words.of(one)), one.place, one.centre or one.id)
        for one in candidates
    )
    for value, _, name in held:
        if -value < NEAR:
            break
        similarity = minhash.likeness(own, words.of(centres[name]))
        if similarity >= RELATED:
            return centres[name], similarity
    return node, 1.0


class _Words:
    """The words of wordings, each read once."""

    def __init__(self, c: Connection) -> None:
        self._c = c
        self._known: dict[int, list[str]] = {}

    def of(self, node: Node) -> list[str]:
        """Those of its head's document; none of a text that is not what was stored."""
        if node.id not in self._known:
            query = (
                select(t.text.c.digest, t.text.c.text)
                .join(t.document, t.document.c.text == t.text.c.digest)
                .join(t.duplicate_document, t.duplicate_document.c.document == t.document.c.id)
                .where(t.duplicate_document.c.target == node.head)
            )
            name, text = self._c.execute(query).one()
            sound = digest(text.encode()) == name
            self._known[node.id] = search.forms(text)[: minhash.MOST] if sound else []
        return self._known[node.id]
