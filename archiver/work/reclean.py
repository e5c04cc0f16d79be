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
from archiver.errors import ArchiverError, Damaged, TryLater, Uncleanable
from archiver.model import Document, Page
from archiver.work import adding
from archiver.work.cleaning import Cleaner
from archiver.work.runs import recorded
from archiver.work.telling import Tell, silent

CHUNK = 200  # rows a transaction; measured: past that, larger ones gain nothing
_SAID = 300  # characters of an unforeseen error's own words; some quote the page


@dataclass(slots=True)
class SiteChange:
    """What a re-clean does to the corpus of one site; characters and lines are of kept text.

    Only documents that become their page's current one count. Earlier versions of a page are
    cleaned as well and change nothing that `corpus` shows.
    """

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One snapshot's new document, or its failure, before it is written."""

    snapshot: int
    site: str = ""
    page: Page | None = None
    fresh: bool = False  # stage A ran, so the layout is to be kept
    document: Document | None = None
    failure: Uncleanable | Damaged | TryLater | None = None


def _lines(text: str) -> Counter[str]:
    return Counter(text.split("\n\n")) if text else Counter()


def _count(report: Report, made: Made, before: Document | None) -> None:
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
    old, new = _lines(before.text), _lines(document.text)
    rules: dict[str, str] = {}
    if made.page is not None:
        for mark in document.marks:
            rules.setdefault(made.page.blocks[mark.block].text, mark.rule)
    for line, times in (old - new).items():
        change.removed[rules.get(line, ""), line] += times
        change.removed_chars += len(line) * times
    for line, times in (new - old).items():
        change.restored[line] += times
        change.restored_chars += len(line) * times


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


def _clean(cleaner: Cleaner, snapshot: int, site: str, page: Page, *, fresh: bool) -> Made:
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
        page = cleaner.page(snapshot)
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is one page's
        return Made(snapshot=snapshot_id, site=site, failure=_failure(fault, "extract"))
    return _clean(cleaner, snapshot_id, site, page, fresh=True)


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
        store.store_page(c, made.snapshot, made.site, cleaner.extractor, page)
        adding.other_names(c, made.snapshot, page, now)
    if made.failure is not None:
        _keep_failure(c, cleaner, made, made.failure, run, now)
    if made.document is None or page is None:
        return
    recipe = cleaner.recipe(made.site, page.language, page.systems)
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


def _keep_failure(
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
    under: str | None = cleaner.extractor
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


def _pages(fetch: Callable[[int], list[int]]) -> Iterator[list[int]]:
    """Lists of ids, `CHUNK` at a time; each begins after the last of the one before."""
    after = 0
    while ids := fetch(after):
        yield ids
        after = ids[-1]


class _Reclean:
    """One run over an archive; the parts share what does not change on the way."""

    def __init__(
        self,
        engine: Engine,
        cleaner: Cleaner,
        run: int | None,
        clock: Callable[[], datetime],
        tell: Tell,
    ) -> None:
        self.engine = engine
        self.cleaner = cleaner
        self.run = run  # None for a dry run
        self.clock = clock
        self.tell = tell
        self.report = Report()
        # Targets that this run has moved to another snapshot: a dry run must know it as well.
        self.moved: dict[int, queries.Rank] = {}

    def _keep(self, made: Sequence[Made]) -> None:
        if self.run is None:
            return
        with archive.write(self.engine) as c:
            for one in made:
                keep(c, self.cleaner, one, self.run, self.clock())

    def _fail(self, what: str, fault: ArchiverError) -> None:
        self.report.failed += 1
        self.tell(f"{what}: {fault}")

    def _becomes_current(self, standing: queries.Standing) -> bool:
        known = (standing.current, self.moved.get(standing.target))
        current = max((rank for rank in known if rank is not None), default=None)
        if current is not None and standing.rank < current:
            return False
        if standing.rank != standing.current:
            self.moved[standing.target] = standing.rank
        return True

    def _note(self, c: Connection, made: Made, standing: queries.Standing) -> None:
        """Add what came of one snapshot to the report."""
        if made.failure is not None:
            self._fail(f"snapshot {made.snapshot}", made.failure)
        elif self._becomes_current(standing):
            try:
                before = queries.document_of(c, snapshot=made.snapshot)
            except Damaged as fault:
                self._fail(f"snapshot {made.snapshot}", fault)
                return
            _count(self.report, made, before.document if before else None)

    def _chunk(self, snapshots: list[int], each: Callable[[Connection, int], Made]) -> None:
        """Make, count and keep one transaction's worth."""
        made = []
        with archive.read(self.engine) as c:
            standings = queries.standings(c, snapshots)
            for snapshot in snapshots:
                made.append(each(c, snapshot))
                self._note(c, made[-1], standings[snapshot])
        self._keep(made)

    def unextracted(self, hosts: Sequence[str]) -> None:
        """Snapshots that this extractor has not seen: both stages."""

        def ids(after: int) -> list[int]:
            with archive.read(self.engine) as c:
                return queries.unextracted(
                    c, self.cleaner.extractor, hosts, after=after, limit=CHUNK
                )

        for chunk in _pages(ids):
            self._chunk(chunk, lambda c, snapshot: make(c, self.cleaner, snapshot))
            self.tell(f"up to snapshot {chunk[-1]}: laid out and cleaned", passing=True)

    def _layout(self, c: Connection, snapshot: int) -> Page | None:
        """The cached layout, where it reads; damage is told, and the bytes are laid out anew."""
        try:
            return queries.load_page(c, snapshot, self.cleaner.extractor)
        except Damaged as fault:
            self.tell(f"snapshot {snapshot}: {fault}; it is laid out again from the stored bytes")
            return None

    def group(self, group: queries.Group) -> None:
        """Pages of one recipe, from the cache: stage B only."""
        name = self.cleaner.name(group.site, group.language, group.systems)
        extractor = self.cleaner.extractor

        def stale(after: int) -> list[int]:
            with archive.read(self.engine) as c:
                return queries.stale(c, extractor, group, name, after=after, limit=CHUNK)

        def misdirected(after: int) -> list[int]:
            with archive.read(self.engine) as c:
                return queries.misdirected(c, extractor, group, name, after=after, limit=CHUNK)

        def clean(c: Connection, snapshot: int) -> Made:
            page = self._layout(c, snapshot)
            if page is None:
                return make(c, self.cleaner, snapshot)
            return _clean(self.cleaner, snapshot, group.site, page, fresh=False)

        for chunk in _pages(stale):
            self._chunk(chunk, clean)
            self.tell(f"{group.site} ({group.language}): up to snapshot {chunk[-1]}", passing=True)
        for chunk in _pages(misdirected):
            with archive.read(self.engine) as c:
                standings = queries.standings(c, chunk)
                for snapshot in chunk:
                    self._back(c, standings[snapshot], name, group.site)
            if self.run is not None:
                with archive.write(self.engine) as c:
                    for snapshot in chunk:
                        store.point_document(c, snapshot, name)

    def _back(self, c: Connection, standing: queries.Standing, name: str, site: str) -> None:
        """Count a page whose document under these rules was made before."""
        snapshot = standing.rank[1]
        try:
            again = queries.document_of(c, snapshot=snapshot, cleaner=name)
        except Damaged as fault:
            self._fail(f"snapshot {snapshot}", fault)
            return
        if again is not None:
            page = self._layout(c, snapshot)
            made = Made(snapshot=snapshot, site=site, page=page, document=again.document)
            self._note(c, made, standing)


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

    A page that fails is a row in `failure` and is not tried again under the same cleaner, unless
    its bytes were damaged. Raises BadInput for a site that is not in the archive.
    """
    adding.check_sites(engine, hosts)
    if dry_run:
        return _all(_Reclean(engine, cleaner, None, clock, tell), hosts)
    with recorded(engine, "reclean", {"sites": list(hosts)}, clock) as (run, counts):
        work = _Reclean(engine, cleaner, run, clock, tell)
        try:
            return _all(work, hosts)
        finally:
            counts.update(work.report.counts())


def _all(work: _Reclean, hosts: Sequence[str]) -> Report:
    # Groups first: pages that stage A lays out below are clean when they are stored.
    with archive.read(work.engine) as c:
        groups = queries.groups(c, work.cleaner.extractor, hosts)
    for group in groups:
        work.group(group)
    work.unextracted(hosts)
    return work.report


def catch_up(
    engine: Engine,
    cleaner: Cleaner,
    run: int,
    counts: Counter[str],
    clock: Callable[[], datetime],
    tell: Tell = silent,
) -> None:
    """Clean the snapshots that no cleaner has ever seen, as a run that was killed leaves them.

    Adds to `documents` and `failed` of `counts`.
    """

    def ids(after: int) -> list[int]:
        with archive.read(engine) as c:
            return queries.uncleaned(c, after=after, limit=CHUNK)

    for chunk in _pages(ids):
        with archive.read(engine) as c:
            made = [make(c, cleaner, snapshot) for snapshot in chunk]
        with archive.write(engine) as c:
            for one in made:
                keep(c, cleaner, one, run, clock())
        for one in made:
            counts["failed" if one.failure else "documents"] += 1
            if one.failure:
                tell(f"snapshot {one.snapshot}: {one.failure}")
