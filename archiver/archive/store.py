"""Every write, one function each. A caller's transaction comes in first; nothing commits here.

Values of `archiver.model` come in, ids go out. All of it may be run again after a crash: what is
there already is left as it is. Grow-only tables are only inserted into, never updated.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Connection,
    Table,
    and_,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

import archiver
from archiver.archive import tables as t
from archiver.archive.packing import (
    ENCODING,
    digest,
    pack_marks,
    pack_page,
    seal,
    sound,
    squeeze,
    to_json,
)
from archiver.archive.standing import point
from archiver.archive.tombstones import ERASED, erased, kept_out
from archiver.model import Metadata

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from archiver.model import Document, Fetched, Found, Page


ALIAS = "alias"  # another name of a target, as a redirect has it
CANONICAL = "canonical"  # the same, as a page's canonical link has it
_PORTS = {"http": 80, "https": 443}

# Columns of `document` by these names: a field without one fails loudly at the first insert.
METADATA = tuple(field.name for field in fields(Metadata))


@dataclass(frozen=True, slots=True)
class StoredFetch:
    """Ids of what `store_fetch` stored; `new` where the snapshot was not there before."""

    fetch: int
    snapshot: int | None
    new: bool


def insert_into(dialect: str, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Both dialects know ON CONFLICT; SQLAlchemy has it on the dialect's own insert only."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def _put(c: Connection, table: Table, **values: object) -> None:
    """Insert a row unless its key is there."""
    c.execute(insert_into(c.dialect.name, table).on_conflict_do_nothing(), values)


def _put_sealed(c: Connection, table: Table, **values: object) -> int | None:
    """`_put_id` of a row that must not change unseen."""
    return _put_id(c, table, **values, seal=seal(values))


def _put_id(c: Connection, table: Table, **values: object) -> int | None:
    """Insert a row unless its key is there; its id, None where it was."""
    put = insert_into(c.dialect.name, table).on_conflict_do_nothing().returning(table.c.id)
    return c.execute(put, values).scalar()


# Runs and what was asked


def start_run(c: Connection, verb: str, asked: Mapping[str, object], now: datetime) -> int:
    """Note that a run begins; its id."""
    values = {"verb": verb, "asked": asked, "at": now, "version": archiver.__version__}
    return int(c.execute(t.run.insert().values(values).returning(t.run.c.id)).scalar_one())


def end_run(
    c: Connection, run: int, exit_code: int, counts: Mapping[str, object], now: datetime
) -> None:
    """Note how a run ended; a run without an end was killed."""
    _put(c, t.run_end, run=run, at=now, exit_code=exit_code, counts=counts)


def put_site(c: Connection, host: str, config: Mapping[str, object], now: datetime) -> None:
    """Put a site's configuration in force, and keep the earlier ones."""
    name = digest(to_json(config).encode())
    _put(c, t.site_config, site=host, digest=name, at=now, config=config)
    put = insert_into(c.dialect.name, t.site).values(host=host, config=name, added_at=now)
    c.execute(put.on_conflict_do_update(index_elements=["host"], set_={"config": name}))


# Targets and hosts


def _origin(url: str) -> str | None:
    """Scheme, host and port of a canonical URL, the port always; None for what no network has."""
    scheme, _, rest = url.partition("://")
    netloc = rest.partition("/")[0]
    if scheme not in _PORTS:
        return None
    given = netloc.rpartition("]")[2].partition(":")[2]
    return f"{scheme}://{netloc}" if given else f"{scheme}://{netloc}:{_PORTS[scheme]}"


def add_targets(
    c: Connection, site: str, founds: Iterable[Found], found_in: int | None, now: datetime
) -> int:
    """Add the URLs (canonical) that are not there yet, due now; how many were new.

    `found_in` is the target, a feed or sitemap, that names them. What was only the name that a
    page gave itself is new as well: a page's word must not keep another from being collected.
    """
    founds = list(founds)
    barred = erased(c, [found.url for found in founds])
    rows = {
        found.url: {
            "url": found.url,
            "site": site,
            "origin": _origin(found.url),
            "kind": found.kind,
            "found_in": found_in,
            "found_at": now,
            "stated_date": found.date,
            "stated_title": found.title,
            "due_at": now,
            "failures": 0,
            "state": "active",
            "fetches": 0,
        }
        for found in reversed(founds)  # of one URL named twice, the first stands
        if found.url not in barred
    }
    if not rows:
        return 0
    put = insert_into(c.dialect.name, t.target)
    taken = {name: put.excluded[name] for name in next(iter(rows.values())) if name != "url"}
    revived = put.on_conflict_do_update(
        index_elements=["url"],
        set_={**taken, "alias_of": None},
        where=t.target.c.state == CANONICAL,
    )
    return len(c.execute(revived.returning(t.target.c.id), list(reversed(rows.values()))).all())


def make_due(c: Connection, urls: Sequence[str], now: datetime) -> int:
    """Make known targets (canonical URLs, or what they are aliases of) due now; how many were not.

    One that was gone is active again.
    """
    named = select(func.coalesce(t.target.c.alias_of, t.target.c.id)).where(
        t.target.c.url.in_(urls)
    )
    later = or_(t.target.c.due_at.is_(None), t.target.c.due_at > now)
    due = update(t.target).where(t.target.c.id.in_(named), later)
    return c.execute(due.values(due_at=now, failures=0, state="active")).rowcount


def add_alias(
    c: Connection, url: str, site: str, target_id: int, now: datetime, *, state: str = ALIAS
) -> None:
    """Note that `url` (canonical) is another name of a target; `state` is ALIAS or CANONICAL.

    A URL that is a target already stays one: nothing is merged blindly. One that was erased stays
    forgotten.
    """
    if erased(c, [url]):
        return
    named = select(func.coalesce(t.target.c.alias_of, t.target.c.id))
    _put(
        c,
        t.target,
        url=url,
        site=site,
        origin=_origin(url),
        kind="page",
        found_at=now,
        stated_date="",
        stated_title="",
        failures=0,
        state=state,
        alias_of=c.execute(named.where(t.target.c.id == target_id)).scalar_one(),
        fetches=0,
    )


def schedule(
    c: Connection,
    target_id: int,
    *,
    due_at: datetime | None,
    etag: str | None,
    last_modified: str | None,
    failures: int,
    state: str,
    fetched_at: datetime | None,
) -> None:
    """Say when a target is due again and what to ask it with; `due_at` None is never.

    `fetched_at` is when it answered, and counts as one more of its fetches; None keeps both.
    """
    values: dict[str, Any] = {
        "due_at": due_at,
        "etag": etag,
        "last_modified": last_modified,
        "failures": failures,
        "state": state,
    }
    if fetched_at is not None:
        values |= {"fetched_at": fetched_at, "fetches": t.target.c.fetches + 1}
    still = and_(t.target.c.id == target_id, t.target.c.state != ERASED)
    c.execute(update(t.target).where(still).values(values))


# What a server sent


def store_fetch(
    c: Connection,
    run: int,
    target_id: int | None,
    fetched: Fetched,
    now: datetime,
    *,
    keep_body: bool = True,
    standing: int | None = None,
) -> StoredFetch:
    """Store a request's story and, of an answer with a body, its bytes as a snapshot.

    A body that the target has sent before is its earlier snapshot; a 304 points at the one that
    still stands, which is `standing` where the caller knows it. One that came cut before and is now
    known to be whole may become current.
    Without a target, or with `keep_body` false, no body is kept. Nor is one that was erased, or
    that came from a URL which was: that it was asked for is all that is noted.
    """
    snapshot, new = None, False
    if target_id is not None:
        fetched = kept_out(c, target_id, fetched)
    if target_id is not None and fetched.outcome in ("ok", "truncated") and keep_body:
        snapshot, new = _store_snapshot(c, target_id, fetched)
    elif target_id is not None and fetched.outcome == "not_modified":
        snapshot = standing if standing is not None else _standing_snapshot(c, target_id)
    values = fetch_values(run, target_id, fetched, now, snapshot)
    put = t.fetch.insert().returning(t.fetch.c.id)
    made = int(c.execute(put, {**values, "seal": seal(values)}).scalar_one())
    if snapshot is not None and not new and fetched.outcome == "ok":
        newest = select(func.max(t.document.c.id)).where(t.document.c.snapshot == snapshot)
        document = c.execute(newest).scalar()
        if document is not None:
            point(c, snapshot, document, only_newer=True)
    return StoredFetch(made, snapshot, new)


def fetch_values(
    run: int, target_id: int | None, fetched: Fetched, now: datetime, snapshot: int | None
) -> dict[str, Any]:
    """A fetch's row by column, less its seal."""
    return {
        "run": run,
        "target": target_id,
        "requested_url": fetched.requested_url,
        "final_url": fetched.final_url,
        "outcome": fetched.outcome,
        "reason": fetched.reason,
        "status": fetched.status,
        "headers": fetched.headers,
        "redirects": fetched.redirects,
        "robots": fetched.robots,
        "signals": fetched.signals,
        "bytes": fetched.wire_bytes,
        "milliseconds": fetched.milliseconds,
        "requests": fetched.requests,
        "at": now,
        "snapshot": snapshot,
    }


def snapshot_values(target_id: int, body: str, fetched: Fetched) -> dict[str, Any]:
    """A snapshot's row by column, less its seal; `body` is the digest."""
    sent = {key.lower(): value for key, value in fetched.headers}
    return {
        "target": target_id,
        "body": body,
        "url": fetched.final_url,
        "fetched_at": fetched.started_at,
        "content_type": sent.get("content-type", ""),
    }


def _store_snapshot(c: Connection, target_id: int, fetched: Fetched) -> tuple[int, bool]:
    name = digest(fetched.body)
    here = select(t.snapshot.c.id).where(
        t.snapshot.c.target == target_id, t.snapshot.c.body == name
    )
    known = c.execute(here).scalar()
    if known is not None:
        return int(known), False
    _put(c, t.body, digest=name, length=len(fetched.body))
    if (
        c.execute(select(t.body_store.c.digest).where(t.body_store.c.digest == name)).first()
        is None
    ):
        _put(c, t.body_store, digest=name, encoding=ENCODING, data=squeeze(fetched.body))
    new = _put_sealed(c, t.snapshot, **snapshot_values(target_id, name, fetched))
    return (new, True) if new is not None else (int(c.execute(here).scalar_one()), False)


def _standing_snapshot(c: Connection, target_id: int) -> int | None:
    """Find what the target last sent: as its fetches have it, or its newest (an import has none).

    The newest snapshot alone would be wrong for a page that went from A to B and back to A. What
    came cut is never asked about.
    """
    seen = (
        select(t.fetch.c.snapshot)
        .where(
            t.fetch.c.target == target_id,
            t.fetch.c.snapshot.is_not(None),
            t.fetch.c.outcome != "truncated",
        )
        .order_by(t.fetch.c.id.desc())
        .limit(1)
    )
    newest = select(func.max(t.snapshot.c.id)).where(t.snapshot.c.target == target_id)
    found: int | None = c.execute(seen).scalar() or c.execute(newest).scalar()
    return found


# What was made of it


def store_page(c: Connection, snapshot_id: int, site: str, extractor: str, page: Page) -> None:
    """Cache a snapshot's layout under the extractor that made it, in place of one that was."""
    key = {"snapshot": snapshot_id, "extractor": extractor}
    values = {
        "site": site,
        "language": page.language,
        "systems": " ".join(page.systems),
        "data": pack_page(page),
    }
    put = insert_into(c.dialect.name, t.page).values(**key, **values)
    c.execute(put.on_conflict_do_update(index_elements=list(key), set_=values))


def put_cleaner(c: Connection, cleaner_id: str, recipe: object, now: datetime) -> None:
    """Keep a cleaner's recipe, any JSON value; needed before its first document."""
    _put(c, t.cleaner, id=cleaner_id, at=now, recipe=recipe)


def text_of(document: Document) -> tuple[str, str]:
    """A document's text as it is stored, behind its digest."""
    words = sound(document.text)
    return digest(words.encode()), words


def document_values(snapshot_id: int, document: Document) -> dict[str, Any]:
    """A document's row by column, less who stored it when."""
    name, words = text_of(document)
    return {
        "snapshot": snapshot_id,
        "cleaner": document.cleaner,
        **{field: getattr(document.metadata, field) for field in METADATA},
        "language": document.language,
        "script": document.script,
        "confidence": document.confidence,
        "languages": [tuple(share) for share in document.languages],
        "captions": [(caption.text, caption.credit) for caption in document.captions],
        "text": name,
        "structure": " ".join(document.structure),
        "marks": pack_marks(document.marks),
        "flags": document.flags,
        "kept_chars": len(words),
        "removed_chars": sum(mark.end - mark.start for mark in document.marks),
    }


def store_document(
    c: Connection, snapshot_id: int, document: Document, run: int | None, now: datetime
) -> int:
    """Store what a cleaner made of a snapshot and make it the target's current document; its id.

    A document of this snapshot and cleaner that is there is left as it is. A target whose current
    document is of a newer snapshot (ids order them, clocks may jump) keeps it, and so does one
    whose current document is of a whole body where this one came cut.
    """
    name, words = text_of(document)
    _put(c, t.text, digest=name, text=words)
    values = {**document_values(snapshot_id, document), "run": run, "at": now}
    new = _put_sealed(c, t.document, **values)
    if new is not None:
        _count_rules(c, snapshot_id, document)
    made = new if new is not None else _document_id(c, snapshot_id, document.cleaner)
    point(c, snapshot_id, made)
    return made


def _document_id(c: Connection, snapshot_id: int, cleaner: str) -> int:
    here = select(t.document.c.id).where(
        t.document.c.snapshot == snapshot_id, t.document.c.cleaner == cleaner
    )
    return int(c.execute(here).scalar_one())


def _count_rules(c: Connection, snapshot_id: int, document: Document) -> None:
    """Add one document's marks to what its cleaner's rules did on its site."""
    blocks: dict[str, set[int]] = defaultdict(set)
    chars: dict[str, int] = defaultdict(int)
    for mark in document.marks:
        blocks[mark.rule].add(mark.block)
        chars[mark.rule] += mark.end - mark.start
    if not blocks:
        return
    of = t.target.c.id == t.snapshot.c.target
    site = c.execute(
        select(t.target.c.site).join(t.snapshot, of).where(t.snapshot.c.id == snapshot_id)
    ).scalar_one()
    rows = [
        {
            "cleaner": document.cleaner,
            "site": site,
            "rule": rule,
            "documents": 1,
            "lines": len(blocks[rule]),
            "chars": chars[rule],
        }
        for rule in sorted(blocks)  # one order in every process, or two of them deadlock
    ]
    c.execute(add_counts(c.dialect.name), rows)


@cache  # of two statements, built for every document otherwise
def add_counts(dialect: str) -> postgresql.Insert | sqlite.Insert:
    """Make the statement that adds rows to `rule_count`."""
    put = insert_into(dialect, t.rule_count)
    added = {
        name: t.rule_count.c[name] + put.excluded[name] for name in ("documents", "lines", "chars")
    }
    return put.on_conflict_do_update(index_elements=["cleaner", "site", "rule"], set_=added)


def store_failure(
    c: Connection,
    *,
    snapshot: int | None = None,
    target: int | None = None,
    cleaner: str | None = None,
    stage: str,
    reason: str,
    advice: str,
    run: int | None,
    now: datetime,
) -> None:
    """Note what could not be done, why and what to do; attempts at one thing are numbered from 1.

    `cleaner` is the extractor's id where the stage is decode or extract.
    """
    key = {"snapshot": snapshot, "target": target, "cleaner": cleaner}
    same = [t.failure.c[name].is_not_distinct_from(value) for name, value in key.items()]
    last = c.execute(select(func.max(t.failure.c.attempt)).where(*same)).scalar()
    _put(
        c,
        t.failure,
        **key,
        attempt=(last or 0) + 1,
        stage=stage,
        reason=reason,
        advice=advice,
        run=run,
        at=now,
    )
