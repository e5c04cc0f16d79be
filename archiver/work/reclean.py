"""Re-cleaning: what would the rules of today make of the stored pages, and make it so.

What is stale is a query (no document under the cleaner in force), so this stops and resumes
anywhere. A dry run takes the very same way and only leaves out the writing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Engine

from archiver.archive import engine as archive
from archiver.archive import queries, store
from archiver.errors import Uncleanable
from archiver.model import Document, Page
from archiver.work.cleaning import Cleaner
from archiver.work.telling import Tell, silent

CHUNK = 200  # rows a transaction; measured: past that, larger ones gain nothing


@dataclass(slots=True)
class SiteChange:
    """What a re-clean does to one site; characters and lines are of kept text."""

    documents: int = 0
    changed: int = 0
    new: int = 0  # documents of pages that had none
    emptied: int = 0
    removed_chars: int = 0
    restored_chars: int = 0
    removed: Counter[tuple[str, str]] = field(default_factory=Counter)  # (rule, line)
    restored: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Report:
    """What a re-clean did, or would do, by site; `failed` pages have a row that says why."""

    sites: dict[str, SiteChange] = field(default_factory=dict)
    failed: int = 0

    def counts(self) -> dict[str, int]:
        """The totals, as the run's end keeps them."""
        changes = self.sites.values()
        return {
            "documents": sum(change.documents for change in changes),
            "changed": sum(change.changed for change in changes),
            "new": sum(change.new for change in changes),
            "emptied": sum(change.emptied for change in changes),
            "removed_chars": sum(change.removed_chars for change in changes),
            "restored_chars": sum(change.restored_chars for change in changes),
            "failed": self.failed,
        }


@dataclass(frozen=True, slots=True)
class _Made:
    """One snapshot's new document, or its failure, before it is written."""

    snapshot: int
    site: str
    page: Page | None  # where stage A ran as well
    document: Document | None
    failure: Uncleanable | None


def _count(report: Report, made: _Made, before: Document | None, page: Page) -> None:
    """Add one document to the report: its lines against those of the one before."""
    document = made.document
    if document is None:
        return
    change = report.sites.setdefault(made.site, SiteChange())
    change.documents += 1
    if before is None:
        change.new += 1
        return
    if document.text == before.text:
        return
    change.changed += 1
    change.emptied += bool(before.text) and not document.text
    old, new = Counter(before.text.split("\n\n")), Counter(document.text.split("\n\n"))
    rules: dict[str, str] = {}
    for mark in document.marks:
        rules.setdefault(page.blocks[mark.block].text, mark.rule)
    for line, times in (old - new).items():
        change.removed[rules.get(line, ""), line] += times
        change.removed_chars += len(line) * times
    for line, times in (new - old).items():
        change.restored[line] += times
        change.restored_chars += len(line) * times


def make(c: Connection, cleaner: Cleaner, snapshot_id: int) -> _Made:
    """Both stages for one stored snapshot. Raises only what is no fault of the page."""
    site, snapshot = queries.load_snapshot(c, snapshot_id)
    page: Page | None = None
    try:
        page = cleaner.page(snapshot)
        return _Made(snapshot_id, site, page, cleaner.document(page, site), None)
    except Uncleanable as fault:
        return _Made(snapshot_id, site, page, None, fault)


def keep(
    c: Connection, cleaner: Cleaner, made: _Made, page: Page | None, run: int, now: datetime
) -> None:
    """Write what was made of one snapshot, in the caller's transaction."""
    if made.page is not None:
        store.store_page(c, made.snapshot, made.site, cleaner.extractor, made.page)
    laid_out = made.page or page
    if made.document is not None and laid_out is not None:
        recipe = cleaner.recipe(made.site, laid_out.language, laid_out.systems)
        store.put_cleaner(c, made.document.cleaner, recipe, now)
        store.store_document(c, made.snapshot, made.document, run, now)
        unplaced = [flag for flag in made.document.flags if flag.startswith("unplaced:")]
        if unplaced:
            store.store_failure(
                c,
                snapshot=made.snapshot,
                cleaner=made.document.cleaner,
                stage="extract",
                reason=f"{unplaced[0].partition(':')[2]} characters of a marker's choice stand "
                "nowhere on the page",
                advice="the document is kept; compare it with the page",
                run=run,
                now=now,
            )
    elif made.failure is not None:
        store.store_failure(
            c,
            snapshot=made.snapshot,
            cleaner=cleaner.extractor,
            stage=made.failure.stage,
            reason=made.failure.reason,
            advice=made.failure.advice,
            run=run,
            now=now,
        )


def _pages(fetch: Callable[[int], list[int]]) -> Iterator[list[int]]:
    """Lists of ids, `CHUNK` at a time; each begins after the last of the one before."""
    after = 0
    while ids := fetch(after):
        yield ids
        after = ids[-1]


class _Reclean:
    """One run over an archive; the parts share what does not change on the way."""

    def __init__(
        self, engine: Engine, cleaner: Cleaner, run: int | None, clock: Callable[[], datetime]
    ) -> None:
        self.engine = engine
        self.cleaner = cleaner
        self.run = run  # None for a dry run
        self.clock = clock
        self.report = Report()

    def _keep(self, made: Sequence[tuple[_Made, Page | None]]) -> None:
        if self.run is None:
            return
        with archive.write(self.engine) as c:
            for one, page in made:
                keep(c, self.cleaner, one, page, self.run, self.clock())

    def unextracted(self, hosts: Sequence[str], tell: Tell) -> None:
        """Snapshots that this extractor has not seen: both stages."""

        def ids(after: int) -> list[int]:
            with archive.read(self.engine) as c:
                return queries.unextracted(
                    c, self.cleaner.extractor, hosts, after=after, limit=CHUNK
                )

        for chunk in _pages(ids):
            made = []
            with archive.read(self.engine) as c:
                for snapshot in chunk:
                    one = make(c, self.cleaner, snapshot)
                    made.append((one, None))
                    self.report.failed += one.failure is not None
                    before = queries.document_of(c, snapshot=snapshot)
                    if one.page is not None:
                        _count(self.report, one, before.document if before else None, one.page)
            self._keep(made)
            tell(f"up to snapshot {chunk[-1]}: laid out and cleaned", passing=True)

    def group(self, group: queries.Group, tell: Tell) -> None:
        """Pages of one recipe, from the cache: stage B only."""
        name = self.cleaner.name(group.site, group.language, group.systems)
        extractor = self.cleaner.extractor

        def stale(after: int) -> list[int]:
            with archive.read(self.engine) as c:
                return queries.stale(c, extractor, group, name, after=after, limit=CHUNK)

        def misdirected(after: int) -> list[int]:
            with archive.read(self.engine) as c:
                return queries.misdirected(c, extractor, group, name, after=after, limit=CHUNK)

        for chunk in _pages(stale):
            made = []
            with archive.read(self.engine) as c:
                for snapshot in chunk:
                    page = queries.load_page(c, snapshot, extractor)
                    if page is None:  # the cache was dropped meanwhile; the next run sees it
                        continue
                    document = self.cleaner.document(page, group.site)
                    one = _Made(snapshot, group.site, None, document, None)
                    before = queries.document_of(c, snapshot=snapshot)
                    _count(self.report, one, before.document if before else None, page)
                    made.append((one, page))
            self._keep(made)
            tell(f"{group.site} ({group.language}): up to snapshot {chunk[-1]}", passing=True)
        for chunk in _pages(misdirected):
            with archive.read(self.engine) as c:
                for snapshot in chunk:
                    self._back(c, snapshot, name, group.site)
            if self.run is not None:
                with archive.write(self.engine) as c:
                    for snapshot in chunk:
                        store.point_document(c, snapshot, name)

    def _back(self, c: Connection, snapshot: int, name: str, site: str) -> None:
        """Count a page whose document under these rules was made before."""
        again = queries.document_of(c, snapshot=snapshot, cleaner=name)
        before = queries.document_of(c, snapshot=snapshot)
        page = queries.load_page(c, snapshot, self.cleaner.extractor)
        if again is not None and page is not None:
            made = _Made(snapshot, site, None, again.document, None)
            _count(self.report, made, before.document if before else None, page)


def reclean(
    engine: Engine,
    cleaner: Cleaner,
    *,
    hosts: Sequence[str] = (),
    dry_run: bool = False,
    clock: Callable[[], datetime],
    tell: Tell = silent,
) -> Report:
    """Clean stored pages again where the cleaner has changed; a dry run writes nothing at all.

    A page that fails is a row in `failure` and is not tried again under the same cleaner.
    """
    run: int | None = None
    if not dry_run:
        with archive.write(engine) as c:
            run = store.start_run(c, "reclean", {"sites": list(hosts)}, clock())
    work = _Reclean(engine, cleaner, run, clock)
    # Groups first: pages that stage A lays out below are clean when they are stored.
    with archive.read(engine) as c:
        groups = queries.groups(c, cleaner.extractor, hosts)
    for group in groups:
        work.group(group, tell)
    work.unextracted(hosts, tell)
    if run is not None:
        with archive.write(engine) as c:
            counts = work.report.counts()
            store.end_run(c, run, 1 if work.report.failed else 0, counts, clock())
    return work.report


def catch_up(engine: Engine, cleaner: Cleaner, run: int, clock: Callable[[], datetime]) -> int:
    """Clean the snapshots that no cleaner has ever seen, as a run that was killed leaves them.

    Returns how many there were.
    """
    work = _Reclean(engine, cleaner, run, clock)
    done = 0

    def ids(after: int) -> list[int]:
        with archive.read(engine) as c:
            return queries.uncleaned(c, after=after, limit=CHUNK)

    for chunk in _pages(ids):
        with archive.read(engine) as c:
            made: list[tuple[_Made, Page | None]] = [
                (make(c, cleaner, snapshot), None) for snapshot in chunk
            ]
        work._keep(made)  # noqa: SLF001 - the same file
        done += len(made)
    return done
