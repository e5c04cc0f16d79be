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

What comes in and is like nothing that it shares a key with is settled as it comes. Any other change
marks those whom it may concern, later ones with a key in common, as not settled, in the table;
`settle` goes through them by rank, some hundred a transaction. Killed anywhere, it goes on.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, delete, func, select, update

from archiver.archive import bands
from archiver.archive import tables as t
from archiver.archive.bands import FIRST, Place
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
COMPARED = 5

_AT_ONCE = 1000  # values in one IN
_HELD = 100  # wordings whose company is in memory: of each at most BANDS times FIRST


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
    def place(self) -> Place:
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


def shift(c: Connection, out: Sequence[Node], into: Sequence[Node]) -> None:
    """Take wordings from their places, and put others or the same into theirs, unsettled.

    The rows of those that only go out are deleted; of those that only come in they are there, and
    where nothing is like one of these it is settled at once.
    """
    if not out and not into:
        return
    before = bands.firsts(c, {key for node in (*out, *into) for key in node.bands()})
    _leave(c, out, {node.id for node in into})
    _enter(c, into, {node.id for node in out})
    after: dict[int, Sequence[Place]]
    if out:
        after = {**dict.fromkeys(before, ()), **bands.firsts(c, before)}
    else:
        after = _joined(before, into)
    # Whom a wording concerns changes where it is one of the first anew, or no longer.
    changed = {
        key: {head for _, head in set(first) ^ set(after[key])} for key, first in before.items()
    }
    others = set().union(*changed.values()) - {node.head for node in (*out, *into)}
    concerned = [
        (node, [key for key in node.bands() if node.head in changed.get(key, ())])
        for node in load(c, t.wording.c.head, others)
    ]
    concerned += [
        (node, [key for key in node.bands() if node.place in before.get(key, ())]) for node in out
    ]
    for node, shared in concerned:
        _ask_again(c, node, shared)
    if not out:
        _settle_apart(c, into, after)


def _joined(
    before: Mapping[int, Sequence[Place]], nodes: Sequence[Node]
) -> dict[int, Sequence[Place]]:
    """The first of each key when wordings have come in; without keys that only one of these has."""
    counts = Counter(key for node in nodes for key in node.bands())
    coming: dict[int, list[Place]] = {}
    for node in nodes:
        for key in node.bands():
            if counts[key] > 1 or key in before:
                coming.setdefault(key, []).append(node.place)
    joined = {key: sorted((*before.get(key, ()), *more))[:FIRST] for key, more in coming.items()}
    return {**before, **joined}


def _settle_apart(
    c: Connection, nodes: Sequence[Node], firsts: Mapping[int, Sequence[Place]]
) -> None:
    """Settle new wordings that are like nothing that they meet: most are, and need no more.

    One that may concern others, which stand behind the first of a key, is left as it is.
    """
    apart: list[int] = []
    for start in range(0, len(nodes), _HELD):
        held = [_company(node, firsts) for node in nodes[start : start + _HELD]]
        heads = set().union(*(company for company in held if company))
        known = {one.head: one for one in load(c, t.wording.c.head, heads)}
        for node, company in zip(nodes[start : start + _HELD], held, strict=True):
            if company is None:
                continue
            shares = _shares(node, [known[head] for head in company])
            if max(shares, default=0.0) < ALIKE:
                apart.append(node.id)
    own = t.wording.c
    settled = update(t.wording).values(centre=own.id, similarity=1.0, settled=True)
    for start in range(0, len(apart), _AT_ONCE):
        c.execute(settled.where(own.id.in_(apart[start : start + _AT_ONCE])))


def _company(node: Node, firsts: Mapping[int, Sequence[Place]]) -> set[int] | None:
    """The heads of the others that share a key with a wording; None: perhaps there are more."""
    company: set[int] = set()
    for key in node.bands():
        first = firsts.get(key, ())
        if len(first) == FIRST and node.place in first:
            return None
        company.update(head for _, head in first)
    return company - {node.head}


def _leave(c: Connection, nodes: Sequence[Node], coming_back: Collection[int]) -> None:
    bands.leave(c, _signed(nodes))
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
    bands.enter(c, _signed(nodes))


def _signed(nodes: Iterable[Node]) -> list[tuple[Place, bytes]]:
    return [(node.place, node.signature) for node in nodes if node.signature]


def _ask_again(c: Connection, node: Node, keys: Sequence[int]) -> list[Place]:
    """Unsettle the later wordings that a change of this one may concern; their places."""
    wording = t.wording.c
    later: list[Node] = []
    if keys:
        heads = set(c.execute(bands.behind(node.place, keys)).scalars())
        later = [one for one in load(c, wording.head, heads) if one.settled]
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
    firsts = bands.firsts(c, (key for node in batch for key in node.bands()))
    heads = {head for first in firsts.values() if len(first) > 1 for _, head in first}
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


def _concerns(node: Node, first: Sequence[Place], settled: Collection[int]) -> bool:
    """Whether a wording is one of the first of a key, and settled ones may stand behind it."""
    if node.place not in first:
        return False
    behind = first[first.index(node.place) :]
    return len(first) == FIRST or any(head in settled for _, head in behind)


def _candidates(
    node: Node, firsts: Mapping[int, Sequence[Place]], decided: Mapping[int, Node]
) -> list[Node]:
    """Those that are held against a wording."""
    shared = {head for key in node.bands() for _, head in firsts.get(key, ())}
    heads = shared & decided.keys()
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
