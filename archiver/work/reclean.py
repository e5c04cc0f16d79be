"""Re-cleaning: what would the rules of today make of the stored pages, and make it so.

What is stale is a query (no document under the cleaner in force), so this stops and resumes
anywhere. Workers read, clean and pack (`chunks`); this process alone counts and writes. A dry run
takes the very same way and only leaves out the writing.
"""

from __future__ import annotations

import heapq
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from sqlalchemy import Connection, Engine

from archiver.archive import batches, queries, staleness, store
from archiver.archive import engine as archive
from archiver.archive.packing import digest, to_json
from archiver.archive.staleness import Chosen
from archiver.errors import BadInput, Guarded, TryLater
from archiver.work import adding, chunks
from archiver.work.chunks import Done, Kind
from archiver.work.cleaning import Cleaner
from archiver.work.guards import Guards
from archiver.work.making import Made, keep, keep_failure, make, make_one, note_unplaced
from archiver.work.pool import Workers
from archiver.work.report import Report, SiteChange
from archiver.work.runs import recorded
from archiver.work.telling import Tell, silent

__all__ = ["CHUNK", "Chosen", "Made", "Report", "catch_up", "keep", "make", "make_one", "reclean"]

CHUNK = 200  # rows a transaction; measured: past that, larger ones gain nothing
# Pages of one job: laying out takes ten times as long as cleaning, and a job has a deadline.
_JOB: dict[Kind, int] = {"cached": CHUNK, "stored": 25, "made": CHUNK}
_LISTED = 5000  # ids that one query lists
# Before a run writes anything, guards see so many pages of each site, the same ones every time;
# and so many in all, or so many bytes: what comes of them is held until they have passed. What
# waits for its transaction is held as well.
_SEEN_OF_SITE = 100
_SEEN = 2000
_HELD = 64 * 1024**2

Entry = tuple[Kind, int, str]  # what there is of a snapshot, its id, its site


def _weight(done: Done) -> int:
    """About the bytes that what came of a snapshot takes while it waits."""
    layout = 0 if done.layout is None else len(done.layout.data)
    new = 0 if done.new is None else sys.getsizeof(done.new.text) + len(done.new.values["marks"])
    said = () if done.effect is None else (*done.effect.removed, *done.effect.restored)
    return 2000 + layout + new + sum(200 + sys.getsizeof(piece) for _, piece, _ in said)


def _place(snapshot: int) -> str:
    """A snapshot's place in the order that samples are drawn in: any, but always the same."""
    return digest(str(snapshot).encode())


@dataclass(slots=True)
class _Plan:
    """What there is to do: pages by site, and those to look at first."""

    totals: Counter[str] = field(default_factory=Counter)
    sample: list[Entry] = field(default_factory=list)


class _Reclean:
    """One run over an archive; the parts share what does not change on the way."""

    def __init__(
        self,
        workers: Workers,
        run: int | None,
        chosen: Chosen,
        guards: Guards | None,
        clock: Callable[[], datetime],
        tell: Tell,
    ) -> None:
        self.workers = workers
        self.engine = workers.engine
        self.cleaner = workers.cleaner
        self.run = run  # None for a dry run
        self.chosen = chosen
        self.guards = guards
        self.clock = clock
        self.tell = tell
        self.report = Report(dry=run is None)
        # Of targets that this run moves to another snapshot: where they stood before it.
        self.stood: dict[int, staleness.Rank | None] = {}
        self.seen: set[int] = set()  # done as a sample: not done again
        self.named: set[str] = set()  # cleaners whose recipes are stored
        self.held: list[Done] = []
        self.asked: Mapping[str, object] = {}  # as the run's row has it, and
        self.under = ""  # the rules and the limits, where guards look
        self.done = self.written = 0  # pages
        self.work = 0  # pages that there are to do
        self.begun = time.monotonic()

    # What there is to do

    def entries(self) -> Iterator[Entry]:
        """Every snapshot that there is something to do for; groups first, ids ascending.

        Pages that stage A lays out below are clean when they are stored.
        """
        extractor, of_sites = self.cleaner.extractor, self.cleaner.extractors
        with archive.read(self.engine) as c:
            groups = staleness.groups(c, extractor, self.chosen, of_sites=of_sites)
        queried: tuple[tuple[Kind, Callable[..., list[int]]], ...] = (
            ("cached", staleness.stale),
            ("made", staleness.misdirected),
        )
        for kind, query in queried:
            left = [(group, 0) for group in reversed(groups)]
            while left:
                entries: list[Entry] = []
                with archive.read(self.engine) as c:  # one for many groups that have nothing
                    while left and len(entries) < _LISTED:
                        group, after = left.pop()
                        name = self.cleaner.name(group.site, group.language, group.systems)
                        under = self.cleaner.extractor_of(group.site)
                        ids = query(c, under, group, name, self.chosen, after=after, limit=_LISTED)
                        entries += [(kind, snapshot, group.site) for snapshot in ids]
                        if len(ids) == _LISTED:
                            left.append((group, ids[-1]))
                yield from entries
        after = 0
        while True:
            with archive.read(self.engine) as c:
                found = staleness.unextracted(
                    c, extractor, self.chosen, after=after, limit=_LISTED, of_sites=of_sites
                )
            yield from (("stored", snapshot, site) for snapshot, site in found)
            if len(found) < _LISTED:
                break
            after = found[-1][0]

    def plan(self, sample: int | None) -> _Plan:
        """Count what is to be done, and draw a sample of so many; or, without, of every site."""
        plan = _Plan()
        drawn: list[tuple[str, Entry]] = []
        by_site: dict[str, list[tuple[str, Entry]]] = {}
        guarded = self.run is not None and self.guards is not None
        for entry in self.entries():
            plan.totals[entry[2]] += 1
            if sample is not None:
                drawn.append((_place(entry[1]), entry))
                if len(drawn) > 2 * sample + _LISTED:
                    drawn = heapq.nsmallest(sample, drawn)
            elif guarded:
                mine = by_site.setdefault(entry[2], [])
                mine.append((_place(entry[1]), entry))
                if len(mine) > 2 * _SEEN_OF_SITE:
                    by_site[entry[2]] = heapq.nsmallest(_SEEN_OF_SITE, mine)
        if sample is None:
            most = min(_SEEN_OF_SITE, max(1, _SEEN // max(1, len(by_site))))
            drawn = [one for mine in by_site.values() for one in heapq.nsmallest(most, mine)]
            sample = _SEEN
        # In the order drawn, so that the first ones are a sample as well.
        chosen = [entry for _, entry in heapq.nsmallest(sample, drawn)]
        plan.sample = sorted(chosen, key=lambda entry: entry[0])
        return plan

    # Doing it

    def _jobs(self, entries: Iterable[Entry]) -> Iterator[tuple[Kind, list[int]]]:
        for kind, same in groupby(entries, key=lambda entry: entry[0]):
            ids: list[int] = []
            for _, snapshot, _ in same:
                if snapshot not in self.seen:
                    ids.append(snapshot)
                if len(ids) == _JOB[kind]:
                    yield kind, ids
                    ids = []
            if ids:
                yield kind, ids

    def _through(self, entries: Iterable[Entry]) -> Iterator[list[Done]]:
        """What comes of each job, in the order of the jobs whichever ends first."""
        jobs = self._jobs(entries)
        under_way: deque[tuple[Kind, list[int], Future[list[Done]]]] = deque()
        while True:
            while len(under_way) <= 2 * self.workers.jobs and (job := next(jobs, None)):
                kind, ids = job
                under_way.append((kind, ids, self.workers.submit(chunks.work, ids, kind)))
            if not under_way:
                return
            kind, ids, future = under_way.popleft()
            try:
                yield future.result()
            except TryLater:
                yield [self._alone(kind, snapshot) for snapshot in ids]

    def _alone(self, kind: Kind, snapshot: int) -> Done:
        """One snapshot of a job that failed: what one page does to its process costs it alone."""
        try:
            (done,) = self.workers.submit(chunks.work, [snapshot], kind).result()
        except TryLater as fault:
            return Done(snapshot=snapshot, failure=fault)
        return done

    def _fail(self, what: str, fault: object) -> None:
        self.report.failed += 1
        self.tell(f"{what}: {fault}")

    def _count(self, done: Done) -> None:
        """Add what came of one snapshot to the report."""
        self.done += 1
        for message in done.told:
            self.tell(message)
        standing = done.standing
        if done.failure is not None or standing is None:
            self._fail(f"snapshot {done.snapshot}", done.failure)
            return
        self.report.sampled[standing.site] += 1
        if not self._becomes_current(standing):
            return
        if done.unreadable:
            self._fail(f"snapshot {done.snapshot}", done.unreadable)
            return
        change = self.report.sites.setdefault(standing.site, SiteChange())
        change.documents += 1
        change.new += done.before is None
        change.before += done.before or 0
        if done.effect is not None:
            change.take(done.snapshot, standing.url, done.effect)

    def _becomes_current(self, standing: staleness.Standing) -> bool:
        """Whether a document stands, as things were when the run began, whatever came since."""
        current = self.stood.get(standing.target, standing.current)
        if current is not None and standing.rank < current:
            return False
        if self.run is not None and standing.rank != standing.current:
            self.stood.setdefault(standing.target, standing.current)
        return True

    def _stop(self, tripped: str) -> None:
        said = f"{self.written} pages are written" if self.written else "Nothing was written"
        raise Guarded(
            f"{tripped}. {said}; look at `archiver reclean --dry-run`, then change the rule, "
            "or run it with --force"
        )

    def look(self, plan: _Plan) -> None:
        """Do the sample, and hold what comes of it; it is written if no guard objects."""
        if not plan.sample or self.guards is None or self.run is None:
            return
        with archive.read(self.engine) as c:
            stopped = queries.stopped(c, "reclean", self.asked, self.under)
        if stopped:
            raise Guarded(f"Nothing was written: a guard has stopped this run before. {stopped}")
        weight = 0
        for done in self._through(plan.sample):
            for one in done:
                self._count(one)
            self.held += done
            self._tell_progress()
            weight += sum(map(_weight, done))
            if weight > _HELD:  # the others are done with the rest
                break
        if tripped := self.guards.tripped(self.report, self.report.totals):
            self._stop(tripped)
        self.seen = {one.snapshot for one in self.held}
        while self.held:
            self._keep(self.held[:CHUNK])
            del self.held[:CHUNK]

    def rest(self, entries: Iterable[Entry]) -> None:
        """Do what is left; a guard stops between two transactions."""
        waiting: list[Done] = []
        weight = 0
        for done in self._through(entries):
            for one in done:
                self._count(one)
            waiting += done
            guards = None if self.run is None else self.guards
            if guards is not None and (tripped := guards.tripped(self.report)):
                self._stop(tripped)
            weight += sum(map(_weight, done))
            if len(waiting) >= CHUNK or weight > _HELD:
                self._keep(waiting)
                waiting, weight = [], 0
            self._tell_progress()
        self._keep(waiting)

    def _tell_progress(self) -> None:
        done, total = self.done, self.work
        seconds = time.monotonic() - self.begun
        left = max(0.0, (total - done) * seconds / max(1, done))
        minutes, rest = divmod(round(left), 60)
        rate = done / max(seconds, 1e-3)
        self.tell(
            f"{done} of {total} pages, {rate:.0f} a second, {minutes}:{rest:02} left", passing=True
        )

    # Storing it

    def _keep(self, done: Sequence[Done]) -> None:
        """One transaction."""
        if self.run is None or not done:
            return
        now = self.clock()
        named = {one.name: one.key for one in done if one.key and (one.new or one.same)}
        with archive.write(self.engine) as c:
            for name in sorted(named.keys() - self.named):
                if key := named[name]:
                    store.put_cleaner(c, name, self.cleaner.recipe(*key), now)
            layouts = [one.layout for one in done if one.layout is not None]
            batches.put_layouts(c, layouts, self.cleaner.extractor_of)
            known: dict[str, adding.SiteFacts | None] = {}
            for one in done:
                if one.layout is not None and one.page is not None and one.standing is not None:
                    at = one.standing
                    target = queries.Named(id=at.target, url=at.url, site=at.site)
                    adding.other_names(c, target, one.page, now, known)
            new = [one.new for one in done if one.new is not None]
            same = [one.same for one in done if one.same is not None]
            batches.put_documents(c, new, same, self.run, now)
            self._keep_again(c, done)
            self._keep_failures(c, done, self.run, now)
        self.named |= named.keys()
        self.written += len(done)

    def _keep_again(self, c: Connection, done: Sequence[Done]) -> None:
        again = [one for one in done if one.again and one.standing is not None]
        for name in sorted({one.name for one in again}):
            mine = {one.snapshot: one.standing for one in again if one.name == name}
            there = batches.documents(c, list(mine), name)
            points = [
                batches.Point(standing.target, snapshot, there[snapshot])
                for snapshot, standing in mine.items()
                if standing is not None and snapshot in there
            ]
            batches.point(c, points)

    def _keep_failures(self, c: Connection, done: Sequence[Done], run: int, now: datetime) -> None:
        for one in done:
            site = one.key[0] if one.key else ""
            if one.failure is not None:
                made = Made(snapshot=one.snapshot, site=site, page=one.page, failure=one.failure)
                keep_failure(c, self.cleaner, made, one.failure, run, now)
            elif one.new is not None:
                flags = one.new.values["flags"]
                note_unplaced(c, one.snapshot, one.name, flags, run, now)


def reclean(
    engine: Engine,
    cleaner: Cleaner,
    *,
    hosts: Sequence[str] = (),
    chosen: Chosen | None = None,
    guards: Guards | None = None,
    sample: int | None = None,
    dry_run: bool = False,
    jobs: int = 0,
    clock: Callable[[], datetime],
    tell: Tell = silent,
) -> Report:
    """Clean stored pages again where the cleaner has changed; a dry run writes nothing at all.

    With `jobs` processes, or with 0 in this one; order and number change nothing. `chosen` keeps
    to some snapshots, `hosts` is short for its sites. `sample`, for dry runs, looks at so many
    pages alone. A page that fails is a row in `failure` and is not tried again under the same
    cleaner, unless its bytes were damaged. Raises Guarded where `guards` object, BadInput for a
    site or cleaner that is not in the archive.
    """
    chosen = chosen or Chosen(hosts=tuple(hosts))
    _check(engine, chosen)
    with Workers(engine, cleaner, jobs) as workers:
        if dry_run:
            return _all(_Reclean(workers, None, chosen, guards, clock, tell), sample)
        asked = {
            "sites": list(chosen.hosts),
            "since": chosen.since.isoformat() if chosen.since else None,
            "languages": list(chosen.languages),
            "only_failed": chosen.only_failed,
            "cleaner": chosen.cleaner,
        }
        said = {name: value for name, value in asked.items() if value or name == "sites"}
        under = "" if guards is None else _under(cleaner, guards)
        with recorded(engine, "reclean", {**said, "under": under} if under else said, clock) as (
            run,
            counts,
        ):
            work = _Reclean(workers, run, chosen, guards, clock, tell)
            work.asked, work.under = said, under
            try:
                return _all(work, None)
            finally:
                counts.update(work.report.counts())
                counts["written"] = work.written


def _under(cleaner: Cleaner, guards: Guards) -> str:
    """A name for all that decides whether a guard trips, but the pages."""
    acting = [(pack.name, pack.sites, pack.languages) for pack in cleaner.packs]
    all_rules = [rule for pack in cleaner.packs for rule in pack.rules]
    recipe = cleaner.recipe_with(all_rules, "")
    return digest(to_json([recipe, acting, cleaner.extractors, guards]).encode())


def _check(engine: Engine, chosen: Chosen) -> None:
    adding.check_sites(engine, chosen.hosts)
    if chosen.cleaner is None:
        return
    with archive.read(engine) as c:
        if queries.recipe(c, chosen.cleaner) is None:
            raise BadInput(
                f"no cleaner is called {chosen.cleaner!r}; `archiver cleaner list` names them"
            )


def _all(work: _Reclean, sample: int | None) -> Report:
    plan = work.plan(sample)
    report = work.report
    report.totals = plan.totals
    report.is_sample = sample is not None and sample < plan.totals.total()
    work.work = len(plan.sample) if report.is_sample else plan.totals.total()
    if sample is None:
        work.look(plan)
        if plan.totals.total() > len(work.seen):
            work.rest(work.entries())
    else:
        work.rest(plan.sample)
    report.seconds = time.monotonic() - work.begun
    if report.dry and work.guards is not None:
        report.tripped = work.guards.tripped(report, report.totals)
    return report


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
    after = 0
    while True:
        with archive.read(engine) as c:
            ids = queries.uncleaned(c, after=after, limit=CHUNK)
            made = [make(c, cleaner, snapshot) for snapshot in ids]
        if not ids:
            return
        after = ids[-1]
        with archive.write(engine) as c:
            for one in made:
                keep(c, cleaner, one, run, clock())
        for one in made:
            counts["failed" if one.failure else "documents"] += 1
            if one.failure:
                tell(f"snapshot {one.snapshot}: {one.failure}")
