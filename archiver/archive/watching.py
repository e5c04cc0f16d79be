"""What sites bring a day, counted. A transaction comes in, plain values go out.

The counts stand in `daily`, under a site, a day (UTC), a language and a name:

    new                documents of pages that had none, by the day on which they were fetched
    empty              of these: without a text
    untitled undated   without a title; without a date, or with one that was only guessed
    repeated           whose text another page had before
    kept removed       characters
    length:N           whose kept characters are 2 ** (N / 4) or more, and less than the next
    share:N            of whose characters N tenths were removed
    rule:ID            in which the rule took something
    layout:PLACE       whose text stands mostly in elements of this place
    cleaner:ID         that it cleaned
    page:FAULT         requests of pages, and how they went (`fault`)
    source:FAULT       of feeds, sitemaps and sections
    found:TARGET       new pages that this source named first

Sums do not depend on order, and `clear` has them counted anew. Only what was collected counts:
imports bring history, and a re-clean makes documents of what was there.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, and_, bindparam, delete, exists, func, select, text

from archiver.archive import tables as t
from archiver.archive.packing import unpack_marks, unpack_page
from archiver.archive.store import insert_into
from archiver.errors import Damaged
from archiver.text.paths import place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy import RowMapping

    from archiver.model import Mark, Page

Key = tuple[str, str, str, str]  # site, day, language, name
COUNTED = ("target", "fetch", "document")
JUDGED = "judged"
SUMS = ("new", "empty", "untitled", "undated", "kept", "removed")
# How a request goes that brings nothing, as `fault` has it.
FAULTS = ("blocked", "robots", "network", "server", "missing", "refused")
COLLECTING = ("scrape", "schedule")
CHUNK = 1000  # rows of one step
_WEAK = ("", "htmldate")  # dates that nobody stated
_BLOCKED = frozenset({401, 402, 403, 407, 429, 451})
_MISSING = frozenset({404, 410})
_SERVER = 500


def fault(outcome: str, status: int | None, reason: str, robots: str) -> str:
    """How a request went, in one word.

    >>> fault("ok", 200, "", "allowed"), fault("error", 503, "HTTP 503", "allowed")
    ('ok', 'server')
    >>> fault("refused", None, "robots.txt disallows it", "disallowed by User-agent: *")
    'robots'
    """
    if outcome in {"ok", "truncated", "not_modified"}:
        return "ok"
    if status in _BLOCKED:
        return "blocked"
    if status in _MISSING:
        return "missing"
    if status is not None and status >= _SERVER:
        return "server"
    if "disallow" in robots or "robots.txt" in reason:
        return "robots"
    return "refused" if outcome == "refused" or status is not None else "network"


def bucket(chars: int) -> int:
    """The bucket of a length: four of them an octave, 0 for none.

    >>> bucket(0), bucket(1), bucket(1000), bucket(1200)
    (0, 1, 40, 41)
    """
    return 1 + int(4 * math.log2(chars)) if chars > 0 else 0


@dataclass(frozen=True, slots=True)
class Step:
    """Counts of some rows, and the marks that they begin at and lead to."""

    before: Mapping[str, int]
    after: Mapping[str, int]
    counts: Mapping[Key, int]


def marks(c: Connection) -> dict[str, int]:
    """What is counted: the last id of each table, and the last day judged, as an ordinal."""
    rows = c.execute(select(t.daily_mark))
    return {row[0]: row[1] for row in rows}


def ends(c: Connection) -> tuple[dict[str, int], int]:
    """The last id of each table, and what `settled` takes."""
    newest = {name: c.scalar(select(func.max(t.metadata.tables[name].c.id))) for name in COUNTED}
    ahead = 0
    if c.dialect.name == "postgresql":
        ahead = int(c.scalar(text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")) or 0)
    return {name: value or 0 for name, value in newest.items()}, ahead


def settled(c: Connection, ahead: int) -> bool:
    """Whether no row up to the ends that were read can still appear.

    PostgreSQL gives ids when rows are inserted, and shows rows when their transactions end: of
    those that were open then, the last has ended once the oldest open one is younger.
    """
    if c.dialect.name != "postgresql":
        return True
    oldest = int(c.scalar(text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")) or 0)
    return oldest >= ahead


def step(c: Connection, until: Mapping[str, int]) -> Step | None:
    """Count the next rows that are not counted, of one table; None where all are."""
    before = marks(c)
    for name in COUNTED:
        after = before.get(name, 0)
        if after >= until[name]:
            continue
        last = min(after + CHUNK, until[name])
        counts: Counter[Key] = Counter()
        _COUNTERS[name](c, after, last, counts)
        return Step(before, {name: last}, counts)
    return None


def put(c: Connection, one: Step) -> bool:
    """Add a step's counts, unless another process has taken that step."""
    _alone(c)
    if marks(c) != one.before:
        return False
    counts = insert_into(c.dialect.name, t.daily)
    added = counts.on_conflict_do_update(
        index_elements=["site", "day", "language", "name"],
        set_={"value": t.daily.c.value + counts.excluded.value},
    )
    names = ("site", "day", "language", "name")
    rows = [
        {**dict(zip(names, key, strict=True)), "value": value}
        for key, value in sorted(one.counts.items())
    ]
    if rows:
        c.execute(added, rows)
    _mark(c, one.after)
    return True


def _mark(c: Connection, values: Mapping[str, int]) -> None:
    mark = insert_into(c.dialect.name, t.daily_mark)
    done = mark.on_conflict_do_update(index_elements=["name"], set_={"value": mark.excluded.value})
    c.execute(done, [{"name": name, "value": value} for name, value in values.items()])


def _alone(c: Connection) -> None:
    """Have others who count or judge wait for this transaction, as every writer does on SQLite."""
    if c.dialect.name == "postgresql":
        c.execute(text("SELECT pg_advisory_xact_lock(7247016)"))


def judged(c: Connection, day: int, before: int | None) -> bool:
    """Note the last day that was judged, as an ordinal; False where it was not `before` any more.

    What is written in the same transaction is written once, however many judge.
    """
    _alone(c)
    if marks(c).get(JUDGED) != before:
        return False
    _mark(c, {JUDGED: day})
    return True


def clear(c: Connection) -> None:
    """Forget all counts; the next steps count from the beginning. What was judged stays judged."""
    c.execute(delete(t.daily))
    c.execute(delete(t.daily_mark).where(t.daily_mark.c.name != JUDGED))


def _targets(c: Connection, after: int, last: int, counts: Counter[Key]) -> None:
    query = select(t.target.c.site, t.target.c.found_in, t.target.c.found_at).where(
        t.target.c.id > after,
        t.target.c.id <= last,
        t.target.c.kind == "page",
        t.target.c.found_in.is_not(None),
    )
    for site, source, at in c.execute(query):
        counts[site, f"{at:%Y-%m-%d}", "", f"found:{source}"] += 1


def _fetches(c: Connection, after: int, last: int, counts: Counter[Key]) -> None:
    names = ("outcome", "status", "reason", "robots", "at")
    query = (
        select(t.target.c.site, t.target.c.kind, *(t.fetch.c[name] for name in names))
        .join_from(t.fetch, t.target, t.target.c.id == t.fetch.c.target)
        .join(t.run, t.run.c.id == t.fetch.c.run)
        .where(t.fetch.c.id > after, t.fetch.c.id <= last, t.run.c.verb.in_(COLLECTING))
    )
    for site, kind, outcome, status, reason, robots, at in c.execute(query):
        what = "page" if kind == "page" else "source"
        name = f"{what}:{fault(outcome, status, reason, robots)}"
        counts[site, f"{at:%Y-%m-%d}", "", name] += 1


def _documents(c: Connection, after: int, last: int, counts: Counter[Key]) -> None:
    other, earlier, same = t.document.alias(), t.snapshot.alias(), t.document.alias()
    collected = exists().where(
        t.fetch.c.snapshot == t.snapshot.c.id,
        t.run.c.id == t.fetch.c.run,
        t.run.c.verb.in_(COLLECTING),
    )
    first = and_(
        ~exists().where(other.c.snapshot == t.document.c.snapshot, other.c.id < t.document.c.id),
        ~exists().where(earlier.c.target == t.snapshot.c.target, earlier.c.id < t.snapshot.c.id),
    )
    repeated = exists().where(same.c.text == t.document.c.text, same.c.id < t.document.c.id)
    data = select(t.page.c.data).where(t.page.c.snapshot == t.document.c.snapshot)
    page = data.order_by(t.page.c.extractor).limit(1).scalar_subquery()
    names = (
        *("id", "cleaner", "language", "title", "published", "published_source"),
        *("kept_chars", "removed_chars", "marks"),
    )
    query = (
        select(
            *(t.document.c[name] for name in names),
            t.target.c.site,
            t.snapshot.c.fetched_at,
            repeated.label("repeated"),
            page.label("page"),
        )
        .join_from(t.document, t.snapshot, t.snapshot.c.id == t.document.c.snapshot)
        .join(t.target, t.target.c.id == t.snapshot.c.target)
        .where(t.document.c.id > after, t.document.c.id <= last, first, collected)
    )
    for row in c.execute(query).mappings():
        key = row["site"], f"{row['fetched_at']:%Y-%m-%d}", row["language"]
        for name, value in _of_document(row):
            counts[(*key, name)] += value


def _of_document(row: RowMapping) -> Iterable[tuple[str, int]]:
    kept, removed = row["kept_chars"], row["removed_chars"]
    yield "new", 1
    yield f"cleaner:{row['cleaner']}", 1
    if not kept:
        yield "empty", 1
    elif row["repeated"]:
        yield "repeated", 1
    if not row["title"]:
        yield "untitled", 1
    if not row["published"] or row["published_source"] in _WEAK:
        yield "undated", 1
    yield "kept", kept
    yield "removed", removed
    yield f"length:{bucket(kept)}", 1
    yield f"share:{10 * removed // ((kept + removed) or 1)}", 1
    yield from _of_blocks(row)


def _of_blocks(row: RowMapping) -> Iterable[tuple[str, int]]:
    """Its rules and its layout; none of what is damaged, which `archiver verify` tells of."""
    what = f"document {row['id']}"
    try:
        found = unpack_marks(row["marks"], what)
        page = None if row["page"] is None else unpack_page(row["page"], f"page of {what}")
    except Damaged:
        return
    for rule in {mark.rule for mark in found}:
        yield f"rule:{rule}", 1
    layout = _layout(page, found) if page is not None else ""
    if layout:
        yield f"layout:{layout}", 1


def _layout(page: Page, found: Iterable[Mark]) -> str:
    """The place of the elements in which most of the kept text stands; empty where none is."""
    chars = [len(block.text) for block in page.blocks]
    for mark in found:
        if mark.block < len(chars):
            chars[mark.block] -= mark.end - mark.start
    by_place: Counter[str] = Counter()
    for block, left in zip(page.blocks, chars, strict=True):
        if left > 0:
            by_place[place(block.path.rpartition("/")[0])] += left
    return min(by_place, key=lambda one: (-by_place[one], one), default="")


_COUNTERS = {"target": _targets, "fetch": _fetches, "document": _documents}


def counts(c: Connection, since: str, until: str) -> Iterable[tuple[str, str, str, str, int]]:
    """Rows of `daily` from a day to a day, both in it."""
    return c.execute(_between(since, until).order_by(t.daily.c.site, t.daily.c.day))


def sums(c: Connection, since: str, until: str) -> Iterator[tuple[str, str, str, str, int]]:
    """Those of `counts` that are of SUMS and requests.

    Site by site, each one a stretch of the table: by the index of days every row that is wanted
    would be looked up, which takes three times as long.
    """
    names = (*SUMS, *(f"{what}:{how}" for what in ("page", "source") for how in ("ok", *FAULTS)))
    query = _between(since, until).where(t.daily.c.name.in_(names)).order_by(t.daily.c.day)
    own = query.where(t.daily.c.site == bindparam("of"))
    for site in c.scalars(select(t.site.c.host).order_by(t.site.c.host)).all():
        yield from c.execute(own, {"of": site})


def _between(since: str, until: str) -> Select[Any]:
    return select(t.daily).where(t.daily.c.day >= since, t.daily.c.day <= until)


def first_day(c: Connection) -> str | None:
    """The first day that there are counts of."""
    found: str | None = c.scalar(select(func.min(t.daily.c.day)))
    return found
