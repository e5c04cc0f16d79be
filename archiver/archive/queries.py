"""Every question, one function each. A caller's transaction comes in, frozen values go out.

Lists that may be long are read in pages by key: `after` is the last key seen, 0 at the start,
and every one of them ascends, so that a job stops and resumes anywhere. Never writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, and_, bindparam, case, exists, func, select

from archiver.archive import bodies
from archiver.archive import tables as t
from archiver.archive.packing import digest, unpack_marks, unpack_page
from archiver.archive.store import METADATA
from archiver.errors import Damaged
from archiver.model import Caption, Document, Metadata, Page, Share, Snapshot

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, RowMapping

    from archiver.model import TargetKind


_DIGITS = 18  # of the largest number that every 64-bit integer column can be held against


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site with the configuration in force and that one's digest."""

    host: str
    config: dict[str, Any]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A target to fetch, with what to ask it politely."""

    id: int
    url: str
    site: str
    kind: TargetKind
    etag: str | None
    last_modified: str | None
    failures: int
    fetches: int
    due_at: datetime | None
    found_at: datetime
    stated_date: str
    fetched_at: datetime | None = None  # when it answered last


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDocument:
    """A document as it was stored, with what it was made of; `url` is its target's."""

    id: int
    snapshot: int
    site: str
    url: str
    fetched_at: datetime
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A target's id, its canonical URL and its site."""

    id: int
    url: str
    site: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One line of a listing: a target and, of its current document, the essentials."""

    id: int  # the target's
    url: str
    site: str
    title: str | None
    language: str
    published: str | None
    kept_chars: int
    removed_chars: int


def sites(c: Connection) -> list[Site]:
    """List all sites, by host."""
    return [Site(**row) for row in c.execute(_sites().order_by(t.site.c.host)).mappings()]


def site(c: Connection, host: str) -> Site | None:
    """Read one site, if there is one of this name."""
    row = c.execute(_sites().where(t.site.c.host == host)).mappings().first()
    return None if row is None else Site(**row)


def _sites() -> Select[Any]:
    at_work = and_(t.site_config.c.site == t.site.c.host, t.site_config.c.digest == t.site.c.config)
    return select(t.site.c.host, t.site_config.c.config, t.site_config.c.digest).join(
        t.site_config, at_work
    )


def due(
    c: Connection,
    now: datetime,
    hosts: Sequence[str] = (),
    kinds: Sequence[TargetKind] = (),
    *,
    again: bool = False,
    limit: int | None = None,
) -> Generator[Due, None, None]:
    """List active targets to fetch, the longest due first; read as they are asked for.

    Who stops before the end must close it, within the transaction.

    Of all hosts and kinds unless some are named; `again` takes those that are not due as well.
    What was imported without a URL has no address in the network and is never due.
    """
    query = select(*(t.target.c[name] for name in Due.__slots__)).where(
        t.target.c.state == "active",
        t.target.c.url.not_like("file:%"),
        *_on(t.target.c.site, hosts),
        *_on(t.target.c.kind, kinds),
    )
    if not again:
        query = query.where(t.target.c.due_at <= now)
    order = (t.target.c.due_at.nulls_last(), t.target.c.id)
    ordered = query.order_by(*order).limit(limit)
    with c.execute(ordered, execution_options={"yield_per": 1000}) as rows:
        for row in rows.mappings():
            yield Due(**row)


def _on(column: ColumnElement[Any], names: Sequence[str]) -> list[ColumnElement[bool]]:
    return [column.in_(names)] if names else []


def find_target(c: Connection, what: str) -> int | None:
    """Find a target by its canonical URL or its number; an alias leads to what it names."""
    numbered = what.isdecimal() and len(what) <= _DIGITS
    named = t.target.c.id == int(what) if numbered else t.target.c.url == what
    found: int | None = c.execute(
        select(func.coalesce(t.target.c.alias_of, t.target.c.id)).where(named)
    ).scalar()
    return found


def target_url(c: Connection, target: int) -> str:
    """Read a target's canonical URL."""
    return str(c.execute(select(t.target.c.url).where(t.target.c.id == target)).scalar_one())


def state_of(c: Connection, url: str) -> str | None:
    """Tell the state of a canonical URL's own row, None where it has none."""
    state: str | None = c.execute(select(t.target.c.state).where(t.target.c.url == url)).scalar()
    return state


# For re-cleaning

_LATE = 100  # runs of one verb that are looked back on


def stopped(c: Connection, verb: str, asked: Mapping[str, object], under: str) -> str:
    """Tell what a guard said that stopped the last run which was asked just so, and had written.

    `under` names the rules and the limits, as its row has them; without them it was forced. Empty
    where that run came to an end, where it had written nothing, or there is none.
    """
    query = (
        select(t.run.c.asked, t.run_end.c.counts)
        .join(t.run_end, t.run_end.c.run == t.run.c.id)
        .where(t.run.c.verb == verb)
        .order_by(t.run.c.id.desc())
        .limit(_LATE)
    )
    for was, counts in c.execute(query):
        at_once = "stopped" in counts and not counts.get("documents")  # for one before it
        if was in ({**asked, "under": under}, asked) and not at_once:
            return str(counts.get("stopped", "")) if counts.get("written") else ""
    return ""


def target_of(c: Connection, snapshot_id: int) -> Named:
    """Read the target that sent a snapshot."""
    query = (
        select(t.target.c.id, t.target.c.url, t.target.c.site)
        .join(t.snapshot, t.snapshot.c.target == t.target.c.id)
        .where(t.snapshot.c.id == snapshot_id)
    )
    return Named(**c.execute(query).mappings().one())


@cache  # building it takes longer than running it
def _snapshot() -> Select[Any]:
    return (
        select(t.target.c.site, t.snapshot, t.body.c.length, *bodies.FRAME)
        .join_from(t.snapshot, t.target, t.snapshot.c.target == t.target.c.id)
        .join(t.body, t.body.c.digest == t.snapshot.c.body)
        .outerjoin(t.body_store, t.body_store.c.digest == t.snapshot.c.body)
        .where(t.snapshot.c.id == bindparam("snapshot"))
    )


def load_snapshot(c: Connection, snapshot_id: int) -> tuple[str, Snapshot]:
    """Read a snapshot and the site it is of. Raises Damaged where the bytes are not its own."""
    row = c.execute(_snapshot(), {"snapshot": snapshot_id}).mappings().one()
    what = f"body {row['body']} of snapshot {row['id']}, {row['url']}"
    snapshot = Snapshot(
        url=row["url"],
        fetched_at=row["fetched_at"],
        body=bodies.decoded(c, row, what),
        content_type=row["content_type"],
    )
    return row["site"], snapshot


def load_page(c: Connection, snapshot_id: int, extractor: str) -> Page | None:
    """Read a snapshot's cached layout, if there is one that reads. Raises Damaged.

    One that another version of this program laid out otherwise counts as missing.
    """
    data = c.execute(
        select(t.page.c.data).where(
            t.page.c.snapshot == snapshot_id, t.page.c.extractor == extractor
        )
    ).scalar()
    return None if data is None else unpack_page(data, f"page of snapshot {snapshot_id}")


def recipe(c: Connection, cleaner: str) -> Any:  # noqa: ANN401 - any JSON value, as it was put
    """Read a cleaner's recipe; None where there is no such cleaner."""
    return c.execute(select(t.cleaner.c.recipe).where(t.cleaner.c.id == cleaner)).scalar()


def uncleaned(c: Connection, *, after: int, limit: int) -> list[int]:
    """List snapshots of pages that no cleaner has ever cleaned or failed on.

    What a run leaves that was killed between storing bytes and cleaning them.
    """
    query = (
        select(t.snapshot.c.id)
        .join(t.target, t.target.c.id == t.snapshot.c.target)
        .where(
            t.snapshot.c.id > after,
            t.target.c.kind == "page",
            ~exists().where(t.document.c.snapshot == t.snapshot.c.id),
            ~exists().where(t.failure.c.snapshot == t.snapshot.c.id),
        )
    )
    return _ids(c, query, t.snapshot.c.id, limit)


def _ids(c: Connection, query: Select[Any], key: ColumnElement[int], limit: int) -> list[int]:
    return list(c.execute(query.order_by(key).limit(limit)).scalars())


# For people and exports


def document_of(
    c: Connection,
    *,
    target: int | None = None,
    snapshot: int | None = None,
    cleaner: str | None = None,
) -> StoredDocument | None:
    """Read the document of a target or of a snapshot, under the cleaner named or the one in force.

    Of a target, without a cleaner its current one, with one that of the newest snapshot which this
    cleaner has cleaned. Raises Damaged where text or marks are not what was stored.
    """
    asked = {"target": target, "snapshot": snapshot, "cleaner": cleaner}
    given = {f"of_{name}": value for name, value in asked.items() if value is not None}
    row = c.execute(_document_of(frozenset(given)), given).mappings().first()
    return None if row is None else _stored(row)


@cache  # building it takes longer than running it
def _document_of(given: frozenset[str]) -> Select[Any]:
    query = (
        select(t.document, t.target.c.url, t.target.c.site, t.snapshot.c.fetched_at)
        .add_columns(t.text.c.text.label("words"))
        .join_from(t.document, t.snapshot, t.document.c.snapshot == t.snapshot.c.id)
        .join(t.target, t.snapshot.c.target == t.target.c.id)
        .join(t.text, t.document.c.text == t.text.c.digest)
    )
    if "of_target" in given:
        query = query.where(t.target.c.id == bindparam("of_target"))
    if "of_snapshot" in given:
        query = query.where(t.snapshot.c.id == bindparam("of_snapshot"))
    if "of_cleaner" in given:
        query = query.where(t.document.c.cleaner == bindparam("of_cleaner"))
    elif "of_snapshot" not in given:
        query = query.where(t.document.c.id == t.target.c.document)
    current = case((t.document.c.id == t.target.c.document, 0), else_=1)
    order = (t.snapshot.c.id.desc(), current, t.document.c.id.desc())
    return query.order_by(*order).limit(1)


def _lists(row: RowMapping) -> dict[str, tuple[str, ...]]:
    """Columns that hold lists; the two last are null where they were not asked for yet."""
    return {
        "authors": tuple(row["authors"]),
        "tags": tuple(row["tags"] or ()),
        "structure": tuple((row["structure"] or "").split()),
    }


def _stored(row: RowMapping) -> StoredDocument:
    what = f"document {row['id']}, {row['url']}"
    if digest(row["words"].encode()) != row["text"]:
        message = f"text {row['text']} of {what}: does not match its digest; restore it from a copy"
        raise Damaged(message)
    known = {
        **row,
        **_lists(row),
        "modified_source": row["modified_source"] or "",
        "agencies": tuple(row["agencies"] or filter(None, [row["agency"]])),
    }
    document = Document(
        cleaner=row["cleaner"],
        metadata=Metadata(**{name: known[name] for name in METADATA}),
        language=row["language"],
        script=row["script"],
        confidence=row["confidence"],
        languages=tuple(Share(*share) for share in row["languages"] or ()),
        text=row["words"],
        structure=known["structure"],
        captions=tuple(Caption(text=text, credit=credit) for text, credit in row["captions"]),
        marks=unpack_marks(row["marks"], what),
        flags=tuple(row["flags"]),
    )
    return StoredDocument(
        id=row["id"],
        snapshot=row["snapshot"],
        site=row["site"],
        url=row["url"],
        fetched_at=row["fetched_at"],
        document=document,
    )


def table(c: Connection) -> Iterator[Listed]:
    """List targets that have a document, by id; read as they are asked for, however many."""
    query = (
        select(
            t.target.c.id,
            t.target.c.url,
            t.target.c.site,
            *(
                t.document.c[name]
                for name in ("title", "language", "published", "kept_chars", "removed_chars")
            ),
        )
        .join(t.document, t.document.c.id == t.target.c.document)
        .order_by(t.target.c.id)
    )
    for row in c.execute(query, execution_options={"yield_per": 1000}).mappings():
        yield Listed(**row)


def pages(c: Connection) -> int:
    """How many targets have a document.

    All less those that have none, which are few: SQLite counts whole indexes five times as fast.
    """
    everything = c.scalar(select(func.count()).select_from(t.target)) or 0
    return everything - (c.scalar(select(func.count()).where(t.target.c.document.is_(None))) or 0)


def counts(c: Connection) -> dict[str, int]:
    """Count the rows of every table."""
    names = sorted(t.metadata.tables)
    each = (
        select(func.count()).select_from(t.metadata.tables[name]).scalar_subquery()
        for name in names
    )
    return dict(zip(names, c.execute(select(*each)).one(), strict=True))
