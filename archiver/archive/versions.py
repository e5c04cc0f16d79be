"""All versions of a page and all cleaners: what is kept of each, and the pruning of old ones.

A caller's transaction comes in, frozen values go out. Writes only in `prune`, which is, beside an
erasure, the one thing that deletes what an archive holds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, and_, bindparam, case, delete, exists, func, or_, select, update
from sqlalchemy import text as sql
from sqlalchemy import tuple_ as row_of

from archiver.archive import tables as t
from archiver.archive.packing import unpack_marks
from archiver.errors import Damaged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement

Kind = tuple[str, str, tuple[str, ...]]  # what selects a recipe: site, language, systems
PRUNED = "pruned"  # the reason of an `erasure` whose digest is a cleaner's id


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRow:
    """A target: the page itself, or with `alias_of` another name of one."""

    id: int
    url: str
    site: str
    kind: str
    state: str
    found_at: datetime
    alias_of: int | None
    document: int | None  # the current one
    snapshot: int | None  # that one's


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRow:
    """Bytes that a page sent. What was imported as a file was never fetched: no status, 0 seen."""

    id: int
    url: str  # final
    first_seen: datetime
    last_seen: datetime  # sent again, or by a 304 still standing
    seen: int  # fetches that brought it or found that it stands
    status: int | None  # of the first of them
    whole: bool
    content_type: str
    digest: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow:
    """What one cleaner made of a snapshot. `blocks` counts those that it kept something of."""

    id: int
    snapshot: int
    cleaner: str
    at: datetime
    language: str
    text: str  # digest
    kept_chars: int
    removed_chars: int
    blocks: int
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRow:
    """What could not be done with a page or one of its snapshots, and why."""

    snapshot: int | None
    cleaner: str | None
    stage: str
    reason: str
    advice: str
    attempt: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRow:
    """A request for a page that brought nothing to keep."""

    outcome: str
    reason: str
    status: int | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanerRow:
    """A recipe, when it was first used, and what there is of it."""

    id: str
    at: datetime
    recipe: dict[str, Any]
    documents: int
    current: int
    pinned: int  # documents that a release holds, once however many do


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What one `prune` removed, by cleaner; `damaged` documents had marks that did not read."""

    documents: Counter[str]
    texts: int
    damaged: int


# The history of a page


def page_row(c: Connection, target: int) -> PageRow:
    """Read one target."""
    columns = (t.target.c[name] for name in PageRow.__slots__)
    return PageRow(**c.execute(select(*columns).where(t.target.c.id == target)).mappings().one())


def aliases(c: Connection, target: int) -> list[PageRow]:
    """List the other names of a page, by id."""
    columns = (t.target.c[name] for name in PageRow.__slots__)
    query = select(*columns).where(t.target.c.alias_of == target).order_by(t.target.c.id)
    return [PageRow(**row) for row in c.execute(query).mappings()]


def page_with(c: Connection, digest: str) -> int | None:
    """Find the newest page that has a body or a text of this digest."""
    of_body = select(func.max(t.snapshot.c.target)).where(t.snapshot.c.body == digest)
    found: int | None = c.execute(of_body).scalar()
    if found is None:
        of_text = (
            select(func.max(t.snapshot.c.target))
            .join(t.document, t.document.c.snapshot == t.snapshot.c.id)
            .where(t.document.c.text == digest)
        )
        found = c.execute(of_text).scalar()
    return found


def snapshots(c: Connection, target: int) -> list[SnapshotRow]:
    """List what a page has sent, the oldest first (by id: clocks may jump)."""
    seen = (
        select(
            t.fetch.c.snapshot,
            func.count().label("seen"),
            func.min(t.fetch.c.id).label("first"),
            func.max(t.fetch.c.id).label("last"),  # not the latest: clocks may jump
            func.max(case((t.fetch.c.outcome == "truncated", 1), else_=0)).label("cut"),
            func.max(case((t.fetch.c.outcome == "ok", 1), else_=0)).label("ok"),
        )
        .where(t.fetch.c.target == target, t.fetch.c.snapshot.is_not(None))
        .group_by(t.fetch.c.snapshot)
        .subquery()
    )
    first, last = t.fetch.alias("first"), t.fetch.alias("last")
    query = (
        select(
            t.snapshot.c.id,
            t.snapshot.c.url,
            t.snapshot.c.fetched_at.label("first_seen"),
            func.coalesce(last.c.at, t.snapshot.c.fetched_at).label("last_seen"),
            func.coalesce(seen.c.seen, 0).label("seen"),
            first.c.status,
            or_(seen.c.cut.is_(None), seen.c.cut == 0, seen.c.ok == 1).label("whole"),
            t.snapshot.c.content_type,
            t.snapshot.c.body.label("digest"),
            t.body.c.length.label("bytes"),
        )
        .join_from(t.snapshot, t.body, t.body.c.digest == t.snapshot.c.body)
        .outerjoin(seen, seen.c.snapshot == t.snapshot.c.id)
        .outerjoin(first, first.c.id == seen.c.first)
        .outerjoin(last, last.c.id == seen.c.last)
        .where(t.snapshot.c.target == target)
        .order_by(t.snapshot.c.id)
    )
    return [
        SnapshotRow(**{**row, "whole": bool(row["whole"])}) for row in c.execute(query).mappings()
    ]


def documents(c: Connection, target: int) -> list[DocumentRow]:
    """List what was made of a page's snapshots, in the order in which it was."""
    words = t.text.c.text
    # Paragraphs are joined by a blank line, and none holds one.
    joints = (func.length(words) - func.length(func.replace(words, "\n\n", ""))) / 2
    query = (
        select(
            *(t.document.c[name] for name in ("id", "snapshot", "cleaner", "at", "language")),
            *(t.document.c[name] for name in ("text", "kept_chars", "removed_chars")),
            case((words == "", 0), else_=joints + 1).label("blocks"),
            (t.document.c.id == func.coalesce(t.target.c.document, 0)).label("current"),
        )
        .join_from(t.document, t.snapshot, t.snapshot.c.id == t.document.c.snapshot)
        .join(t.target, t.target.c.id == t.snapshot.c.target)
        .join(t.text, t.text.c.digest == t.document.c.text)
        .where(t.snapshot.c.target == target)
        .order_by(t.document.c.id)
    )
    rows = c.execute(query).mappings()
    return [
        DocumentRow(**{**row, "blocks": int(row["blocks"]), "current": bool(row["current"])})
        for row in rows
    ]


def failures(c: Connection, target: int) -> list[FailureRow]:
    """List what could not be done with a page and its snapshots, in its order."""
    own = select(t.snapshot.c.id).where(t.snapshot.c.target == target)
    query = (
        select(*(t.failure.c[name] for name in FailureRow.__slots__))
        .where(or_(t.failure.c.target == target, t.failure.c.snapshot.in_(own)))
        .order_by(t.failure.c.id)
    )
    return [FailureRow(**row) for row in c.execute(query).mappings()]


def vain_fetches(c: Connection, target: int) -> list[FetchRow]:
    """List the requests for a page that brought nothing to keep, in their order."""
    query = (
        select(*(t.fetch.c[name] for name in FetchRow.__slots__))
        .where(t.fetch.c.target == target, t.fetch.c.snapshot.is_(None))
        .order_by(t.fetch.c.id)
    )
    return [FetchRow(**row) for row in c.execute(query).mappings()]


# Cleaners


def cleaners(c: Connection) -> list[CleanerRow]:
    """List all recipes with counts of their documents, in the order of the first one of each.

    By its id: clocks may jump. Those that have none (any longer) come first.
    """

    def counted(query: Any) -> dict[str, int]:  # noqa: ANN401 - a select of two columns
        return {row[0]: row[1] for row in c.execute(query)}

    by = t.document.c.cleaner
    every = counted(select(by, func.count()).group_by(by))
    first = counted(select(by, func.min(t.document.c.id)).group_by(by))
    current = counted(
        select(by, func.count())
        .join_from(t.target, t.document, t.document.c.id == t.target.c.document)
        .group_by(by)
    )
    held = select(t.release_item.c.document).distinct().subquery()
    pinned = counted(
        select(by, func.count())
        .join_from(held, t.document, t.document.c.id == held.c.document)
        .group_by(by)
    )
    rows = c.execute(select(t.cleaner).order_by(t.cleaner.c.at, t.cleaner.c.id)).mappings()
    return [
        CleanerRow(
            id=row["id"],
            at=row["at"],
            recipe=row["recipe"],
            documents=every.get(row["id"], 0),
            current=current.get(row["id"], 0),
            pinned=pinned.get(row["id"], 0),
        )
        for row in sorted(rows, key=lambda row: first.get(row["id"], 0))
    ]


def released(c: Connection) -> dict[str, list[str]]:
    """Tell which releases are of a cleaner, or hold documents of it, by cleaner."""
    named = select(t.release.c.cleaner, t.release.c.name).where(t.release.c.cleaner.is_not(None))
    holding = (
        select(t.document.c.cleaner, t.release_item.c.release)
        .join_from(t.release_item, t.document, t.document.c.id == t.release_item.c.document)
        .distinct()
    )
    found: dict[str, set[str]] = defaultdict(set)
    for query in (named, holding):
        for cleaner, release in c.execute(query):
            found[cleaner].add(release)
    return {cleaner: sorted(names) for cleaner, names in found.items()}


def kinds_of_pages(c: Connection) -> list[Kind]:
    """List what recipes are selected by, as far as pages were laid out: site, language, systems."""
    query = select(t.page.c.site, t.page.c.language, t.page.c.systems).distinct()
    return sorted(
        (site, language, tuple(names.split())) for site, language, names in c.execute(query)
    )


def kinds_cleaned(c: Connection, names: Sequence[str]) -> dict[str, list[Kind]]:
    """List the kinds of the pages that these cleaners have documents of, by cleaner."""
    query = (
        select(t.document.c.cleaner, t.page.c.site, t.page.c.language, t.page.c.systems)
        .join_from(t.document, t.page, t.page.c.snapshot == t.document.c.snapshot)
        .where(t.document.c.cleaner.in_(names))
        .distinct()
    )
    found: dict[str, list[Kind]] = defaultdict(list)
    for name, site, language, systems in c.execute(query):
        found[name].append((site, language, tuple(systems.split())))
    return {name: sorted(kinds) for name, kinds in found.items()}


def has_unlaid(c: Connection, cleaner: str) -> bool:
    """Whether this cleaner has a document of a snapshot whose layout is not in the cache."""
    query = exists().where(
        t.document.c.cleaner == cleaner,
        ~exists().where(t.page.c.snapshot == t.document.c.snapshot),
    )
    return bool(c.execute(select(query)).scalar_one())


def pruned_at(c: Connection, cleaner: str) -> datetime | None:
    """Tell when documents of a cleaner were last removed by `prune`."""
    at: datetime | None = c.execute(
        select(func.max(t.erasure.c.at)).where(
            t.erasure.c.digest == cleaner, t.erasure.c.reason == PRUNED
        )
    ).scalar()
    return at


# Pruning


@dataclass(frozen=True, slots=True)
class Old:
    """What may go: all that some cleaners made, and what others made of pages of some kinds."""

    names: tuple[str, ...]
    kinds: Mapping[str, Sequence[Kind]] = field(default_factory=dict)


def _goes(old: Old) -> ColumnElement[bool]:
    """Whether a document goes when these are pruned.

    Nobody's current document, and not the newest one of its snapshot unless another one of it is
    current: a page that today's rules fail on, or have not come to yet, would lose its only text,
    and a re-clean that is under way may be comparing with it. Which stays does not depend on the
    order in which the others go.
    """
    shown = t.target.alias("shown")  # what is asked may join the target as well
    other = t.document.alias("other")
    chosen = select(shown.c.id).where(shown.c.document == other.c.id).correlate(other).exists()
    remains = _any_of(
        other.c.id,
        other.c.snapshot == t.document.c.snapshot,
        or_(other.c.id > t.document.c.id, chosen),
    )
    current = _any_of(shown.c.id, shown.c.document == t.document.c.id)
    pinned = _any_of(t.release_item.c.document, t.release_item.c.document == t.document.c.id)
    of = t.document.c.cleaner
    made = [of.in_(old.names), *(_of_kinds(of == name, old.kinds[name]) for name in old.kinds)]
    return and_(or_(*made), ~current, ~pinned, remains)


def _of_kinds(made: ColumnElement[bool], kinds: Sequence[Kind]) -> ColumnElement[bool]:
    """Whether a document's page is of these kinds, and no layout of it is of another one."""
    page = t.page.c
    here = row_of(page.site, page.language, page.systems).in_(
        [(site, language, " ".join(systems)) for site, language, systems in kinds]
    )
    laid = page.snapshot == t.document.c.snapshot
    return and_(made, _any_of(page.snapshot, laid, here), ~_any_of(page.snapshot, laid, ~here))


def _any_of(column: ColumnElement[Any], *where: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(column).where(*where).correlate(t.document).exists()


def prunable(c: Connection, old: Old, *, after: int, limit: int) -> list[tuple[int, str, int]]:
    """List documents that go when these are pruned: (id, cleaner, characters)."""
    query = (
        select(t.document.c.id, t.document.c.cleaner, t.document.c.kept_chars)
        .where(t.document.c.id > after, _goes(old))
        .order_by(t.document.c.id)
        .limit(limit)
    )
    return [(row[0], row[1], row[2]) for row in c.execute(query)]


def count_prunable(c: Connection, old: Old) -> dict[str, tuple[int, int]]:
    """Count the documents that go, and their characters, by cleaner."""
    query = (
        select(t.document.c.cleaner, func.count(), func.sum(t.document.c.kept_chars))
        .where(_goes(old))
        .group_by(t.document.c.cleaner)
    )
    return {cleaner: (count, int(chars)) for cleaner, count, chars in c.execute(query)}


def count_orphans(c: Connection, old: Old) -> int:
    """Count the texts that go with them: those that no document which stays has."""
    going = select(t.document.c.text).where(_goes(old)).distinct()
    staying = select(t.document.c.text).where(~_goes(old))
    return int(
        c.execute(select(func.count()).select_from(going.except_(staying).subquery())).scalar_one()
    )


def prune(c: Connection, ids: Sequence[int], old: Old, now: datetime) -> Pruned:
    """Remove those of some hundred documents that go; with their marks, texts and rule counts.

    What became current, was pinned or is gone since `ids` were read stays or is left out. A row in
    `erasure` for each cleaner says how many went.
    """
    # What its folds take to be read is longer than most of what else is asked here takes.
    from archiver.archive import duplicates, search  # noqa: PLC0415

    if c.dialect.name == "postgresql":
        search.alone(c)
        # Who stores a document puts its text first, which may be there already: none such may be
        # under way while texts without a document are told from others. SQLite has one writer.
        c.execute(sql("LOCK TABLE text IN SHARE ROW EXCLUSIVE MODE"))
        c.execute(select(t.document.c.id).where(t.document.c.id.in_(ids)).with_for_update())
    columns = (t.document.c[name] for name in ("id", "cleaner", "text", "marks"))
    rows = c.execute(
        select(*columns, t.target.c.site)
        .join_from(t.document, t.snapshot, t.snapshot.c.id == t.document.c.snapshot)
        .join(t.target, t.target.c.id == t.snapshot.c.target)
        .where(t.document.c.id.in_(ids), _goes(old))
        .order_by(t.document.c.id)
    ).all()
    gone: Counter[str] = Counter(row.cleaner for row in rows)
    if not rows:
        return Pruned(documents=gone, texts=0, damaged=0)
    damaged = uncount(c, rows)
    search.forget(c, [row.id for row in rows])
    duplicates.forget(c, [row.id for row in rows])
    c.execute(delete(t.document).where(t.document.c.id.in_([row.id for row in rows])))
    for name in gone:
        if not c.execute(select(exists().where(t.document.c.cleaner == name))).scalar_one():
            c.execute(delete(t.rule_count).where(t.rule_count.c.cleaner == name))
    digests = {row.text for row in rows}
    used = c.execute(select(t.document.c.text).where(t.document.c.text.in_(digests)).distinct())
    orphans = sorted(digests - set(used.scalars()))
    if orphans:
        c.execute(delete(t.text).where(t.text.c.digest.in_(orphans)))
    c.execute(
        t.erasure.insert(),
        [
            {"digest": name, "at": now, "reason": PRUNED, "what": f"{count} documents of a cleaner"}
            for name, count in sorted(gone.items())
        ],
    )
    return Pruned(documents=gone, texts=len(orphans), damaged=damaged)


def uncount(c: Connection, rows: Sequence[Any]) -> int:
    """Take documents out of what their cleaners' rules did; how many had marks that do not read."""
    less: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    damaged = 0
    for row in rows:
        try:
            marks = unpack_marks(row.marks, f"document {row.id}")
        except Damaged:
            damaged += 1
            continue
        for rule, _ in {(mark.rule, mark.block) for mark in marks}:
            less[row.cleaner, row.site, rule]["lines"] += 1
        for rule in {mark.rule for mark in marks}:
            less[row.cleaner, row.site, rule]["documents"] += 1
        for mark in marks:
            less[row.cleaner, row.site, mark.rule]["chars"] += mark.end - mark.start
    count = t.rule_count.c
    same = and_(
        count.cleaner == bindparam("of"),
        count.site == bindparam("at"),
        count.rule == bindparam("by"),
    )
    rows_less = [
        {"of": name, "at": site, "by": rule, **{f"less_{key}": n for key, n in counted.items()}}
        for (name, site, rule), counted in sorted(less.items())
    ]
    if rows_less:
        values = {
            key: count[key] - bindparam(f"less_{key}") for key in ("documents", "lines", "chars")
        }
        c.execute(update(t.rule_count).where(same).values(values), rows_less)
        c.execute(delete(t.rule_count).where(same, count.documents <= 0), rows_less)
    return damaged
