"""Which documents are meant: a selection in, their numbers out, and counts of what was left out.

A caller's transaction comes in. Of each page one document is looked at: the current one, or the
one that `as_of` and `cleaner` mean; the first condition that it does not meet is why it is left
out. Equal selections of an archive that is as it was give equal numbers, in ascending order.
Never writes.
"""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import (
    Connection,
    Text,
    and_,
    bindparam,
    case,
    cast,
    collate,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError

from archiver.archive import tables as t
from archiver.archive.condition import condition
from archiver.archive.store import ALIAS
from archiver.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Select, Subquery

    from archiver.text.query import Query

Duplicates = Literal["all", "representative", "none"]
Wire = Literal["all", "only", "none"]
_AT_ONCE = 500  # documents whose signals are read together
_FETCHED = 5000  # rows that the driver hands over together


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is asked for; what is empty, None or ``all`` lets everything through.

    Times are half-open, from `..._since` up to but without `..._until`; lengths are inclusive, in
    code points of the text.
    """

    sites: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()  # "hi" is also "hi-Latn"
    scripts: tuple[str, ...] = ()
    published_since: datetime | None = None
    published_until: datetime | None = None
    fetched_since: datetime | None = None
    fetched_until: datetime | None = None
    min_chars: int | None = None
    max_chars: int | None = None
    duplicates: Duplicates = "all"
    wire: Wire = "all"  # whether a news agency sent the story
    query: str = ""  # words, as `archiver search` has them
    where: str = ""  # a condition over `COLUMNS`
    signals: tuple[str, ...] = ()  # bounds of a text's quality, as "digits <= 0.3"
    as_of: datetime | None = None
    cleaner: str = ""
    purpose: Literal["", "training"] = ""


ALL = Selection()


@dataclass(slots=True)
class Chosen:
    """Numbers of documents, ascending; and how many others were left out, by the first reason."""

    documents: array[int] = field(default_factory=lambda: array("q"))
    left_out: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What was stated of a document's use: by its page's answers, and by its origin's files."""

    document: int
    url: str
    signals: list[tuple[str, str]]
    robots_txt: bytes
    tdmrep: bytes
    ai_txt: bytes


def as_json(selection: Selection) -> dict[str, Any]:
    """What is asked for, as plain values; what lets everything through is left out.

    >>> as_json(Selection(sites=("news.example",), min_chars=200))
    {'sites': ['news.example'], 'min_chars': 200}
    """
    told: dict[str, Any] = {}
    for one in fields(Selection):
        value = getattr(selection, one.name)
        if value != one.default:
            plain = list(value) if isinstance(value, tuple) else value
            told[one.name] = plain.isoformat() if isinstance(plain, datetime) else plain
    return told


# What a condition may name, with how a column reads on both databases: as text, or as a number.
_SHOWN: dict[str, ColumnElement[Any]] = {
    "id": t.document.c.id,
    "url": t.target.c.url,
    "site": t.target.c.site,
    **{
        name: t.document.c[name]
        for name in (
            *("title", "authors", "published", "modified", "tags", "image", "licence", "section"),
            *("kicker", "description", "dateline", "agencies", "language", "script", "structure"),
        )
    },
    "text": t.text.c.text,
    "chars": t.document.c.kept_chars,
    "removed_chars": t.document.c.removed_chars,
    "flags": t.document.c.flags,
    "cleaner": t.document.c.cleaner,
    "fetched_at": t.snapshot.c.fetched_at,
}
COLUMNS = tuple(_SHOWN)
_NUMBERS = frozenset({"id", "chars", "removed_chars"})


def _shown(c: Connection, name: str) -> ColumnElement[Any]:
    column = _SHOWN[name]
    if c.dialect.name == "sqlite" or name in _NUMBERS:
        return column
    if name == "fetched_at":  # as SQLite has it
        utc = func.timezone("UTC", column)
        column = func.to_char(utc, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')
    return collate(cast(column, Text), "C")  # the order of code points, as SQLite compares


def choose(c: Connection, selection: Selection, query: Query | None = None) -> Chosen:
    """The documents that are meant, and the others counted.

    `query` is that of the selection, read; the index it asks must be in step, and so must that of
    duplicates. Signals, and what a publisher reserved (see `stated`), are not looked at here.
    Raises BadInput for a condition that does not read, which names the column or quotes the
    database.
    """
    doc = _documents(c, selection)
    failed = _conditions(c, selection, query, doc)
    reason: ColumnElement[str | None] = case(*failed, else_=None) if failed else literal(None)
    asked = select(doc.c.id, doc.c.published_, reason.label("reason")).order_by(doc.c.id)
    found = Chosen()
    bounds = (selection.published_since, selection.published_until)
    try:
        for number, published, why in c.execute(asked, execution_options={"yield_per": _FETCHED}):
            why = why or (_undated(published, *bounds) if any(bounds) else "")  # noqa: PLW2901
            if why:
                found.left_out[why] += 1
            else:
                found.documents.append(number)
    except DBAPIError as fault:
        if selection.where and _is_syntax(fault):
            said = (str(fault.orig).splitlines() or [""])[0]
            raise BadInput(f"--where: {said}; there are {', '.join(COLUMNS)}") from fault
        raise
    return found


def _is_syntax(fault: DBAPIError) -> bool:
    """Whether a driver's fault is the condition's: what does not read or cannot be reckoned."""
    if getattr(fault.orig, "sqlite_errorname", "") in {"SQLITE_ERROR", "SQLITE_TOOBIG"}:
        return True
    return str(getattr(fault.orig, "sqlstate", None) or "")[:2] in {"22", "42", "54"}


def _undated(published: str | None, since: datetime | None, until: datetime | None) -> str:
    """Why a date of publication is not within bounds; without a time midnight, without a zone UTC.

    >>> day = datetime(2026, 1, 1, tzinfo=UTC)
    >>> _undated("2026-01-01T05:00:00+05:30", day, None), _undated("2026-01-01", day, None)
    ('published', '')
    """
    if not published:
        return "no date of publication"
    try:
        at = datetime.fromisoformat(published)
    except ValueError:
        return "no date of publication"
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return "" if (since is None or at >= since) and (until is None or at < until) else "published"


def _documents(c: Connection, selection: Selection) -> Subquery:
    """The one document of each page that is looked at, with all that conditions need."""
    base = _current() if selection.as_of is None and not selection.cleaner else _then(selection)
    named = base.subquery("base")
    return (
        select(
            *(_shown(c, name).label(name) for name in COLUMNS),
            t.document.c.published.label("published_"),
            t.snapshot.c.fetched_at.label("fetched_"),
            t.target.c.id.label("target_"),
            case((t.document.c.agencies.is_not(None), cast(t.document.c.agencies, Text))).label(
                "agencies_"
            ),
            t.document.c.agency.label("agency_"),
        )
        .select_from(named)
        .join(t.document, t.document.c.id == named.c.document)
        .join(t.snapshot, t.snapshot.c.id == t.document.c.snapshot)
        .join(t.target, t.target.c.id == t.snapshot.c.target)
        .join(t.text, t.text.c.digest == t.document.c.text)
        .subquery("doc")
    )


def _current() -> Select[Any]:
    return select(t.target.c.document.label("document")).where(
        t.target.c.document.is_not(None), t.target.c.state != ALIAS
    )


def _then(selection: Selection) -> Select[Any]:
    """What was current at a moment, or is of one cleaner, by the order of `archive/standing.py`.

    Of the snapshots that came whole the one seen last, then by number; of its documents the newest.
    """
    seen = select(
        t.fetch.c.snapshot,
        func.max(t.fetch.c.id).label("last"),
        func.max(case((t.fetch.c.outcome == "truncated", 1), else_=0)).label("cut"),
        func.max(case((t.fetch.c.outcome == "ok", 1), else_=0)).label("ok"),
    ).where(t.fetch.c.snapshot.is_not(None))
    made: list[ColumnElement[bool]] = [t.target.c.state != ALIAS]
    if selection.as_of is not None:
        seen = seen.where(t.fetch.c.at <= selection.as_of)
        made.append(t.document.c.at <= selection.as_of)
    if selection.cleaner:
        made.append(t.document.c.cleaner == selection.cleaner)
    known = seen.group_by(t.fetch.c.snapshot).subquery("seen")
    whole = case((and_(known.c.cut == 1, known.c.ok == 0), 0), else_=1)
    order = (
        whole.desc(),
        func.coalesce(known.c.last, 0).desc(),
        t.snapshot.c.id.desc(),
        t.document.c.id.desc(),
    )
    place = func.row_number().over(partition_by=t.snapshot.c.target, order_by=order)
    ranked = (
        select(t.document.c.id.label("document"), place.label("place"))
        .join(t.snapshot, t.snapshot.c.id == t.document.c.snapshot)
        .join(t.target, t.target.c.id == t.snapshot.c.target)
        .outerjoin(known, known.c.snapshot == t.snapshot.c.id)
        .where(*made)
        .subquery("ranked")
    )
    return select(ranked.c.document).where(ranked.c.place == 1)


def _conditions(
    c: Connection, selection: Selection, query: Query | None, doc: Subquery
) -> list[tuple[Any, Any]]:
    """What a document must not be, with the reason, in the order in which they are asked."""
    failed: list[tuple[str, Any]] = list(_limits(selection, doc))
    if selection.wire != "all":
        sent = or_(
            doc.c.agencies_.not_in(("[]", "null")),
            and_(doc.c.agencies_.is_(None), func.coalesce(doc.c.agency_, "") != ""),
        )
        named = case((sent, 1), else_=0)
        reason = "wire copy" if selection.wire == "none" else "no wire copy"
        failed.append((reason, named == int(selection.wire == "none")))
    if query is not None:
        from archiver.archive import search  # noqa: PLC0415 - few selections ask it

        failed.append(("query", doc.c.target_.not_in(search.matching(c, query))))
    if selection.where:
        said, texts = condition(selection.where, COLUMNS)
        # Of the texts' type, or PostgreSQL could not tell what a text alone is.
        bound = [bindparam(name, value, Text()) for name, value in texts.items()]
        failed.append(("condition", sql(f"NOT coalesce(({said}), FALSE)").bindparams(*bound)))
    if selection.duplicates != "all":
        failed.append(("duplicate", exists().where(t.duplicate.c.document == doc.c.id)))
    if selection.duplicates == "none":
        failed.append(("duplicate", exists().where(t.duplicate.c.representative == doc.c.id)))
    return [(unmet, literal(reason)) for reason, unmet in failed]


def _limits(selection: Selection, doc: Subquery) -> Iterator[tuple[str, ColumnElement[bool]]]:
    """The conditions on one column."""
    if selection.sites:
        yield "site", doc.c.site.not_in(selection.sites)
    if selection.languages:
        tag = doc.c.language
        mine = [tag.startswith(f"{one}-", autoescape=True) for one in selection.languages]
        yield "language", not_(or_(tag.in_(selection.languages), *mine))
    if selection.scripts:
        yield "script", doc.c.script.not_in(selection.scripts)
    bounds = (
        ("fetched", doc.c.fetched_.__lt__, selection.fetched_since),
        ("fetched", doc.c.fetched_.__ge__, selection.fetched_until),
        ("length", doc.c.chars.__lt__, selection.min_chars),
        ("length", doc.c.chars.__gt__, selection.max_chars),
    )
    for reason, unmet, bound in bounds:
        if bound is not None:
            yield reason, unmet(bound)


def stated(c: Connection, documents: Sequence[int]) -> Iterator[Stated]:
    """What is on record of the use of each document, by ascending number.

    Of its page's answers those that brought its snapshot or found that it stands, and the newest
    one of all; of its origin the files as they were last read.
    """
    for start in range(0, len(documents), _AT_ONCE):
        yield from _stated(c, documents[start : start + _AT_ONCE])


def _stated(c: Connection, documents: Sequence[int]) -> Iterator[Stated]:
    of = (
        select(t.document.c.id, t.document.c.snapshot, t.snapshot.c.target, t.target.c.url)
        .add_columns(t.host.c.robots_status, t.host.c.robots_body, t.host.c.tdmrep, t.host.c.ai_txt)
        .join_from(t.document, t.snapshot, t.snapshot.c.id == t.document.c.snapshot)
        .join(t.target, t.target.c.id == t.snapshot.c.target)
        .outerjoin(t.host, t.host.c.origin == t.target.c.origin)
        .where(t.document.c.id.in_(documents))
        .order_by(t.document.c.id)
    )
    rows = c.execute(of).all()
    seen = _signals(c, t.fetch.c.snapshot, [row.snapshot for row in rows])
    newest = (
        select(func.max(t.fetch.c.id))
        .where(t.fetch.c.target.in_({row.target for row in rows}), t.fetch.c.outcome != "error")
        .group_by(t.fetch.c.target)
    )
    last = _signals(c, t.fetch.c.id, list(c.execute(newest).scalars()), by=t.fetch.c.target)
    for row in rows:
        there = row.robots_status is not None and 200 <= row.robots_status < 300  # noqa: PLR2004
        yield Stated(
            document=row.id,
            url=row.url,
            signals=[*seen.get(row.snapshot, ()), *last.get(row.target, ())],
            robots_txt=(row.robots_body or b"") if there else b"",
            tdmrep=row.tdmrep or b"",
            ai_txt=row.ai_txt or b"",
        )


def _signals(
    c: Connection,
    column: ColumnElement[Any],
    values: Sequence[int],
    by: ColumnElement[Any] | None = None,
) -> Mapping[int, list[tuple[str, str]]]:
    key = column if by is None else by
    query = select(key, t.fetch.c.signals).where(
        column.in_(values), cast(t.fetch.c.signals, Text) != "[]"
    )
    found: dict[int, dict[tuple[str, str], None]] = {}
    for number, signals in c.execute(query.order_by(t.fetch.c.id)):
        known = found.setdefault(number, {})
        known.update((tuple(signal), None) for signal in signals)
    return {number: list(known) for number, known in found.items()}
