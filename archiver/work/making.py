"""One snapshot cleaned and kept: an id in, a document or a failure out, and their rows.

The way that a scrape, an import and a re-clean share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from archiver.archive import engine as archive
from archiver.archive import queries, store
from archiver.errors import Damaged, TryLater, Uncleanable
from archiver.model import Document, Page
from archiver.work import adding
from archiver.work.cleaning import Cleaner

_SAID = 300  # characters of an unforeseen error's own words; some quote the page


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One snapshot's new document, or its failure, before it is written."""

    snapshot: int
    site: str = ""
    page: Page | None = None
    fresh: bool = False  # stage A ran, so the layout is to be kept
    document: Document | None = None
    failure: Uncleanable | Damaged | TryLater | None = None


def _failure(fault: Exception, stage: str) -> Uncleanable | TryLater:
    """What goes on record of a page; of an error that nobody foresaw, its type and words.

    What the machine lacked at the moment is no fault of the page.
    """
    if isinstance(fault, Uncleanable):
        return fault
    said = " ".join(str(fault).split())[:_SAID]
    reason = f"{type(fault).__name__}: {said}" if said else type(fault).__name__
    if isinstance(fault, (MemoryError, OSError)):
        return TryLater(reason)
    return Uncleanable(stage, reason, "report it, with the page")


def clean(cleaner: Cleaner, snapshot: int, site: str, page: Page, *, fresh: bool) -> Made:
    """Stage B of one page."""
    try:
        document = cleaner.document(page, site)
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is one page's
        failure = _failure(fault, "clean")
        return Made(snapshot=snapshot, site=site, page=page, fresh=fresh, failure=failure)
    return Made(snapshot=snapshot, site=site, page=page, fresh=fresh, document=document)


def make(c: Connection, cleaner: Cleaner, snapshot_id: int) -> Made:
    """Both stages for one stored snapshot. Raises only what is no fault of the page."""
    try:
        site, snapshot = queries.load_snapshot(c, snapshot_id)
    except Damaged as fault:
        return Made(snapshot=snapshot_id, failure=fault)
    try:
        page = cleaner.page(snapshot, site)
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is one page's
        return Made(snapshot=snapshot_id, site=site, failure=_failure(fault, "extract"))
    return clean(cleaner, snapshot_id, site, page, fresh=True)


def make_one(engine: Engine, cleaner: Cleaner, snapshot_id: int) -> Made:
    """The same as a job of its own, for `pool.Workers`."""
    with archive.read(engine) as c:
        return make(c, cleaner, snapshot_id)


def keep(c: Connection, cleaner: Cleaner, made: Made, run: int, now: datetime) -> None:
    """Write all that comes of one snapshot, in the caller's transaction.

    A page that was laid out tells its other names here, so that a run which was killed before
    this and is caught up ends like one that was not.
    """
    page = made.page
    if page is not None and made.fresh:
        store.store_page(c, made.snapshot, made.site, cleaner.extractor_of(made.site), page)
        adding.other_names(c, queries.target_of(c, made.snapshot), page, now)
    if made.failure is not None:
        keep_failure(c, cleaner, made, made.failure, run, now)
    if made.document is None or page is None:
        return
    recipe = cleaner.recipe(made.site, page.language, page.systems)
    store.put_cleaner(c, made.document.cleaner, recipe, now)
    store.store_document(c, made.snapshot, made.document, run, now)
    note_unplaced(c, made.snapshot, made.document.cleaner, made.document.flags, run, now)


def note_unplaced(
    c: Connection, snapshot: int, cleaner: str, flags: Sequence[str], run: int, now: datetime
) -> None:
    """Put on record what a marker chose and no block has, where the flags of a document tell it."""
    unplaced = [flag for flag in flags if flag.startswith("unplaced:")]
    if unplaced:
        store.store_failure(
            c,
            snapshot=snapshot,
            cleaner=cleaner,
            stage="extract",
            reason=f"{unplaced[0].partition(':')[2]} characters of a marker's choice stand "
            "nowhere on the page",
            advice="the document is kept; compare it with the page",
            run=run,
            now=now,
        )


def keep_failure(
    c: Connection,
    cleaner: Cleaner,
    made: Made,
    failure: Uncleanable | Damaged | TryLater,
    run: int,
    now: datetime,
) -> None:
    """Put a failure on record under the name of what failed, which does not try it again.

    Damaged bytes are nobody's fault but the disk's: under no name, so that they are tried again
    when they have been restored.
    """
    under: str | None = cleaner.extractor_of(made.site)
    if isinstance(failure, Uncleanable):
        if made.page is not None:
            under = cleaner.name(made.site, made.page.language, made.page.systems)
        stage, reason, advice = failure.stage, failure.reason, failure.advice
    elif isinstance(failure, TryLater):
        under, stage = None, "extract" if made.page is None else "clean"
        reason, advice = str(failure), "a passing fault: run `archiver reclean`"
    else:
        under, stage = None, "archive"
        reason, advice = str(failure), "restore it from a copy, then `archiver reclean`"
    store.store_failure(
        c,
        snapshot=made.snapshot,
        cleaner=under,
        stage=stage,
        reason=reason,
        advice=advice,
        run=run,
        now=now,
    )
