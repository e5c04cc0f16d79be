"""The search index: the words of every target's current document, and what is found by them.

A caller's transaction comes in; counts, ids and rows go out. Queries come parsed and folded
(`archiver.text.query`), so nothing that a user types reaches either database as syntax.

The index follows the documents lazily: what is not in step is a question (`stale`), asked before
a search, and answered some documents at a time (`put`). So collecting and cleaning pay nothing, a
run killed anywhere leaves nothing to mend, and what a re-clean left as it was is not indexed again.

SQLite: a contentless FTS5 table, row ids are targets. Words are taken out by saying again what was
put in, which is the document's that `search_document` names: it must be there as long as its words
are, and the foreign key sees to it. PostgreSQL: a tsvector with a GIN index.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Connection,
    Float,
    and_,
    cast,
    column,
    delete,
    func,
    literal_column,
    or_,
    select,
    table,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects import postgresql

from archiver.archive import tables as t
from archiver.archive.packing import digest
from archiver.archive.store import ALIAS, insert_into
from archiver.text import search

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, FromClause, RowMapping, Select

    from archiver.text.query import Query, Term

# A word of the title counts as so many of the text.
TITLE_WEIGHT = 4.0

# PostgreSQL's bounds (manual, 12.11): of a tsvector's size, of positions, of positions of one word.
# A word behind the last position is found, but in no phrase; behind the last byte it is not found.
_MAX_BYTES = 900_000  # of 1 MB
_MAX_POSITION = 16_383
_MAX_POSITIONS = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A page whose current document answers a query; `score` is higher where it does better."""

    target: int
    document: int
    url: str
    site: str
    title: str | None
    language: str
    published: str | None
    fetched_at: datetime
    text: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which pages are looked at; empty and None let all through."""

    sites: Sequence[str] = ()
    languages: Sequence[str] = ()  # "hi" is also "hi-Latn"
    since: datetime | None = None  # published then or later; fetched, where no date is stated


# In step with the documents


def other_form(c: Connection) -> bool:
    """Whether words stand in the index that another version of the search form made."""
    other = select(t.search_document.c.target).where(t.search_document.c.form != search.FORM)
    return c.execute(other.limit(1)).first() is not None


def stale(c: Connection) -> list[int]:
    """Targets whose current document is not the one in the index, or which have none any more."""
    current, indexed = t.target.c.document, t.search_document.c.document
    joined = t.target.outerjoin(t.search_document, t.search_document.c.target == t.target.c.id)
    changed = (
        select(t.target.c.id)
        .select_from(joined)
        .where(current.is_not(None), or_(indexed.is_(None), indexed != current))
    )
    gone = (
        select(t.search_document.c.target)
        .join(t.target, t.target.c.id == t.search_document.c.target)
        .where(current.is_(None))
    )
    return sorted([*c.execute(changed).scalars(), *c.execute(gone).scalars()])


def put(c: Connection, targets: Sequence[int]) -> int:
    """Bring some hundred targets' words in step; how many texts were left out as damaged.

    The title of a document whose text is not what was stored is indexed all the same.
    """
    alone(c)
    after = _current(c, targets)
    before = _removable(c, _indexed(c, targets))
    # A new cleaner's document most often says what the last one's said.
    moved = {one for one in after if one in before and before[one].same(after[one])}
    _take(c, [before[one] for one in sorted(before) if one not in moved])
    _give(c, [after[one] for one in sorted(after) if one not in moved])
    gone = before.keys() - after.keys()
    c.execute(delete(t.search_document).where(t.search_document.c.target.in_(gone)))
    rows = [
        {"target": one, "document": after[one].document, "form": search.FORM}
        for one in sorted(after)
    ]
    if rows:
        put_ = insert_into(c.dialect.name, t.search_document)
        names = ("document", "form")
        set_ = {name: put_.excluded[name] for name in names}
        c.execute(put_.on_conflict_do_update(index_elements=["target"], set_=set_), rows)
    return sum(after[one].damaged for one in after if one not in moved)


def forget(c: Connection, documents: Sequence[int]) -> None:
    """Take the words of documents that are about to go out of the index; the rest is `stale`."""
    indexed = t.search_document.c
    alone(c)
    named = c.execute(select(indexed.target).where(indexed.document.in_(documents))).scalars()
    targets = sorted(named)
    if targets:
        _take(c, list(_removable(c, _indexed(c, targets)).values()))
        c.execute(delete(t.search_document).where(indexed.target.in_(targets)))


def purge(c: Connection) -> None:
    """Leave no trace of words that were taken out, as an erasure needs; takes as long as making.

    FTS5 notes beside a word that it is out, and drops it when it writes that part anew. PostgreSQL
    does so at its next vacuum.
    """
    if c.dialect.name == "sqlite":
        c.exec_driver_sql("INSERT INTO search_words(search_words) VALUES ('optimize')")


def clear(c: Connection) -> None:
    """Empty the index."""
    alone(c)
    if c.dialect.name == "sqlite":
        c.exec_driver_sql("INSERT INTO search_words(search_words) VALUES ('delete-all')")
    else:
        c.exec_driver_sql("DELETE FROM search_words")
    c.execute(delete(t.search_document))


def alone(c: Connection) -> None:
    """Let no two processes change the index at once; SQLite has one writer anyway.

    Who locks rows of `document` and then changes the index asks for this before, or two deadlock.
    """
    if c.dialect.name == "postgresql":
        c.exec_driver_sql("SELECT pg_advisory_xact_lock(7247015)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A document as the index has it or shall have it."""

    target: int
    document: int
    title: str
    text: str
    name: str  # the text's digest
    damaged: bool

    def same(self, other: _Entry) -> bool:
        return (self.title, self.name) == (other.title, other.name)


def _indexed(c: Connection, targets: Sequence[int]) -> dict[int, _Entry]:
    of = t.search_document.c
    return _entries(c, t.search_document, of.target, of.document, targets)


def _current(c: Connection, targets: Sequence[int]) -> dict[int, _Entry]:
    return _entries(c, t.target, t.target.c.id, t.target.c.document, targets)


def _entries(
    c: Connection,
    source: FromClause,
    of: ColumnElement[int],
    document: ColumnElement[int],
    targets: Sequence[int],
) -> dict[int, _Entry]:
    query = (
        select(of, document, t.document.c.title, t.text.c.digest, t.text.c.text)
        .select_from(source)
        .join(t.document, t.document.c.id == document)
        .join(t.text, t.text.c.digest == t.document.c.text)
        .where(of.in_(targets))
    )
    found = {}
    for target, number, title, name, words in c.execute(query):
        damaged = digest(words.encode()) != name
        found[target] = _Entry(
            target=target,
            document=number,
            title=title or "",
            text="" if damaged else words,
            name=name,
            damaged=damaged,
        )
    return found


def _removable(c: Connection, entries: dict[int, _Entry]) -> dict[int, _Entry]:
    """What can be taken out: all, or nothing of an index that had to be emptied.

    FTS5 is told what it was given. Where that does not read any more, only emptying is left.
    """
    if c.dialect.name == "sqlite" and any(one.damaged for one in entries.values()):
        clear(c)
        return {}
    return entries


def _take(c: Connection, entries: Sequence[_Entry]) -> None:
    if not entries:
        return
    if c.dialect.name == "sqlite":
        out = sql(
            "INSERT INTO search_words(search_words, rowid, title, text)"
            " VALUES ('delete', :target, :title, :text)"
        )
        c.execute(out, [_fts5_row(one) for one in entries])
    else:
        out = sql("DELETE FROM search_words WHERE target = :target")
        c.execute(out, [{"target": one.target} for one in entries])


def _give(c: Connection, entries: Sequence[_Entry]) -> None:
    if not entries:
        return
    if c.dialect.name == "sqlite":
        into = sql("INSERT INTO search_words(rowid, title, text) VALUES (:target, :title, :text)")
        c.execute(into, [_fts5_row(one) for one in entries])
    else:
        into = sql(
            "INSERT INTO search_words(target, words) VALUES (:target, CAST(:words AS tsvector))"
        )
        c.execute(into, [{"target": one.target, "words": _tsvector(one)} for one in entries])


def _fts5_row(entry: _Entry) -> dict[str, object]:
    title, text = " ".join(search.forms(entry.title)), " ".join(search.forms(entry.text))
    return {"target": entry.target, "title": title, "text": text}


def _tsvector(entry: _Entry) -> str:
    """The words as PostgreSQL reads a tsvector, those of the title with weight A.

    A position is left free between both, so that no phrase begins in one and ends in the other.
    """
    title = search.forms(entry.title)
    places: dict[str, list[str]] = {}
    size = 0
    for at, word in enumerate([*title, "", *search.forms(entry.text)], 1):
        size += 2 if word in places else len(word.encode()) + 8
        if size > _MAX_BYTES:
            break
        if word and len(places.setdefault(word, [])) < _MAX_POSITIONS:
            places[word].append(f"{min(at, _MAX_POSITION)}{'A' if at <= len(title) else ''}")
    return " ".join(f"'{word}':{','.join(at)}" for word, at in places.items())


# Asking


def find(c: Connection, query: Query, filters: Filters, limit: int) -> list[Found]:
    """The pages that answer a query best, the best first; of equal ones the older target.

    Those whose current document is not in the index yet are not among them.
    """
    source, matches, score = _matched(c, query)
    asked = _let_through(select(t.target.c.id, score.label("score")), source, matches, filters)
    best = c.execute(asked.order_by(score.desc(), t.target.c.id).limit(limit))
    scores = {target: float(value) for target, value in best}
    told = (t.document.c[name] for name in ("title", "language", "published"))
    rows = (
        select(t.target.c.id, t.target.c.document, t.target.c.url, t.target.c.site, *told)
        .add_columns(t.snapshot.c.fetched_at, t.text.c.text)
        .join_from(t.target, t.document, t.document.c.id == t.target.c.document)
        .join(t.snapshot, t.snapshot.c.id == t.document.c.snapshot)
        .join(t.text, t.text.c.digest == t.document.c.text)
        .where(t.target.c.id.in_(scores))
    )
    found = {
        row["id"]: Found(target=row["id"], score=scores[row["id"]], **_but_id(row))
        for row in c.execute(rows).mappings()
    }
    return [found[target] for target in scores]


def _but_id(row: RowMapping) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "id"}


def count(c: Connection, query: Query, filters: Filters) -> int:
    """How many pages answer a query."""
    source, matches, _ = _matched(c, query)
    asked = _let_through(select(func.count()), source, matches, filters)
    return int(c.execute(asked).scalar_one())


def matching(c: Connection, query: Query) -> Select[Any]:
    """A question for the targets that answer a query, of those in the index."""
    source, matches, _ = _matched(c, query)
    return select(source).select_from(source.table).where(matches)


def _matched(
    c: Connection, query: Query
) -> tuple[ColumnElement[int], ColumnElement[bool], ColumnElement[float]]:
    """The index's column of targets, the condition of a match, and the score of one."""
    if c.dialect.name == "sqlite":
        matches = literal_column("search_words").op("MATCH", is_comparison=True)(_fts5(query))
        # The best rank of FTS5 is the lowest number (sqlite.org/fts5.html, 5.1.1).
        rank = func.bm25(literal_column("search_words"), TITLE_WEIGHT, 1.0, type_=Float)
        return _FTS5.c.rowid, matches, -rank
    asked = cast(_tsquery(query), postgresql.TSQUERY)
    # Of a text's words (D), of the letters that are not given here (C, B), of a title's (A).
    weights = cast([1 / TITLE_WEIGHT, 0.0, 0.0, 1.0], postgresql.ARRAY(postgresql.REAL))
    by_length = 1  # divides by 1 + the logarithm of a text's length
    score = func.ts_rank(weights, _GIN.c.words, asked, by_length, type_=Float)
    return _GIN.c.target, _GIN.c.words.op("@@", is_comparison=True)(asked), score


_FTS5 = table("search_words", column("rowid", t.ID))
_GIN = table("search_words", column("target", t.ID), column("words", postgresql.TSVECTOR))


def _let_through(
    asked: Select[Any],
    source: ColumnElement[int],
    matches: ColumnElement[bool],
    filters: Filters,
) -> Select[Any]:
    in_step = t.search_document.c.document == t.target.c.document
    asked = (
        asked.select_from(source.table)
        .join(t.target, t.target.c.id == source)
        .join(t.search_document, and_(t.search_document.c.target == source, in_step))
        .join(t.document, t.document.c.id == t.target.c.document)
        .join(t.snapshot, t.snapshot.c.id == t.document.c.snapshot)
        .where(matches, t.target.c.state != ALIAS)
    )
    return asked.where(*conditions(filters))


def conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """What pages with their document and its snapshot have to fulfil to be looked at."""
    found: list[ColumnElement[bool]] = []
    if filters.sites:
        found.append(t.target.c.site.in_(filters.sites))
    if filters.languages:
        tag = t.document.c.language
        mine = [tag.startswith(f"{one}-", autoescape=True) for one in filters.languages]
        found.append(or_(tag.in_(filters.languages), *mine))
    if filters.since is not None:
        # As the page states it, in whatever zone; ISO dates sort as text.
        stated = func.substr(t.document.c.published, 1, 10) >= f"{filters.since:%Y-%m-%d}"
        fetched = and_(t.document.c.published.is_(None), t.snapshot.c.fetched_at >= filters.since)
        found.append(or_(stated, fetched))
    return found


def _fts5(query: Query) -> str:
    """A query as FTS5 reads it (sqlite.org/fts5.html, 3). Words hold no sign but letters."""

    def said(term: Term) -> str:
        return f'"{" ".join(term.words)}"' + (" *" if term.prefix else "")

    wanted = " AND ".join(map(said, query.wanted))
    unwanted = " OR ".join(map(said, query.unwanted))
    return f"({wanted}) NOT ({unwanted})" if unwanted else wanted


def _tsquery(query: Query) -> str:
    """A query as PostgreSQL reads a tsquery (manual, 8.11.2)."""

    def said(term: Term) -> str:
        quoted = [f"'{word}'" for word in term.words]
        return "(" + " <-> ".join(quoted) + (":*" if term.prefix else "") + ")"

    parts = [*map(said, query.wanted), *(f"!{said(term)}" for term in query.unwanted)]
    return " & ".join(parts)
