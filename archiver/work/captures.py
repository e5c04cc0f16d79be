"""Importing WARC files: records in; snapshots, documents and rows of what failed out.

What was imported before is known by its target, time and URL, so an import stops and resumes
anywhere. A fetch is on record as of when the capture was made, not of when it was imported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine

from archiver.archive import captures, queries, store
from archiver.archive import engine as archive
from archiver.archive.tombstones import erased
from archiver.errors import BadInput, Damaged
from archiver.fetch import records, urls, warc
from archiver.model import Fetched, Found
from archiver.settings import Settings
from archiver.work import reclean
from archiver.work.adding import SiteFacts, own_urls
from archiver.work.cleaning import Cleaner
from archiver.work.telling import Tell

# Records and bytes of bodies that one transaction stores.
BATCH = reclean.CHUNK
BATCH_BYTES = 32 * 1024 * 1024
# Redirects, and payloads that revisits may name, kept in mind: those of the last so many records.
REMEMBERED = 100_000
_HOPS = 10
_Value = TypeVar("_Value")
_SECOND = 1.0  # what a WARC-Refers-To-Date without a fraction leaves open


def target_for(
    c: Connection, url: str, host: str, fetched_at: datetime, now: datetime
) -> int | None:
    """The target of a canonical URL, made if there is none; an alias leads to what it names.

    A new one is never due: an imported page is fetched only when somebody asks for it. None where
    the page was erased.
    """
    if erased(c, [url]):
        return None
    new = queries.state_of(c, url) in {None, store.CANONICAL}
    if new:
        if queries.site(c, host) is None:
            store.put_site(c, host, {}, now)
        store.add_targets(c, host, [Found(url=url)], None, now)
    target = queries.find_target(c, url)
    assert target is not None  # noqa: S101 - it was stored a line above
    if new:
        store.schedule(
            c,
            target,
            due_at=None,
            etag=None,
            last_modified=None,
            failures=0,
            state="active",
            fetched_at=fetched_at,
        )
    return target


def _remember(memory: dict[str, _Value], key: str, value: _Value) -> None:
    """Keep a value in mind, and forget the oldest where there are too many."""
    memory.pop(key, None)
    memory[key] = value
    if len(memory) > REMEMBERED:
        del memory[next(iter(memory))]


class WarcImport:
    """The WARC files of one run; what a later record may refer to is kept in mind."""

    def __init__(
        self,
        engine: Engine,
        cleaner: Cleaner,
        settings: Settings,
        run: int,
        counts: Counter[str],
        clock: Callable[[], datetime],
        tell: Tell,
        *,
        site: str = "",
    ) -> None:
        """Take what all files share; with `site`, a host, only captures of that are taken."""
        self.engine = engine
        self.cleaner = cleaner
        self.settings = settings
        self.run = run
        self.counts = counts
        self.clock = clock
        self.tell = tell
        self.site = site
        self.name = ""
        self.led: dict[str, records.Redirect] = {}  # by the URL that it leads to
        self.seen: dict[
            str, int
        ] = {}  # snapshots by digest of their payload and id of their record

    def file(self, path: Path) -> None:
        """Import one file; a record that is broken is a failure, and the next goes on.

        Raises OSError where the file cannot be read.
        """
        self.name = path.name
        size = max(1, path.stat().st_size)
        batch: list[records.Capture | records.Revisit | records.Broken] = []
        held = 0
        for record in warc.read(path, self.settings.agent, self.settings.max_bytes):
            if isinstance(record, records.Skipped):
                self.counts[f"skipped_for_their_{record.why}"] += 1
            elif isinstance(record, records.Redirect):
                self.counts["redirects"] += 1
                _remember(self.led, record.to, record)
            elif isinstance(record, records.Broken):
                batch.append(record)
            elif self._is_wanted(record.fetched.final_url):
                fetched = self._with_redirects(record.fetched)
                batch.append(replace(record, fetched=fetched))
                held += len(fetched.body)
            else:
                self.counts["skipped_for_their_site"] += 1
            if len(batch) >= BATCH or held >= BATCH_BYTES:
                self._keep(batch)
                batch, held = [], 0
                self.tell(
                    f"{self.name}: {100 * record.offset // size} % read, "
                    f"{self.counts['snapshots']} pages",
                    passing=True,
                )
        self._keep(batch)

    def _is_wanted(self, url: str) -> bool:
        return not self.site or bool(
            own_urls([Found(url=url)], SiteFacts(self.site, None, frozenset(), ()))
        )

    def _with_redirects(self, fetched: Fetched) -> Fetched:
        """The answer with the redirects of the file that led to it, if there were any."""
        hops: list[records.Redirect] = []
        at = urls.canonical(fetched.final_url)
        while len(hops) < _HOPS and (hop := self.led.pop(at, None)) is not None:
            hops.insert(0, hop)
            at = hop.url
        if not hops or at == urls.canonical(fetched.final_url):
            return fetched
        trail = tuple((hop.status, hop.to) for hop in hops[:-1])
        return replace(
            fetched,
            requested_url=at,
            redirects=(*trail, (hops[-1].status, fetched.final_url)),
        )

    def _keep(self, batch: list[records.Capture | records.Revisit | records.Broken]) -> None:
        """Store and clean a batch."""
        if not batch:
            return
        counts: Counter[str] = Counter()
        new: list[int] = []
        with archive.write(self.engine) as c:
            for record in batch:
                if isinstance(record, records.Broken):
                    self._fail(c, record.offset, record.reason)
                    continue
                made = (
                    self._store(c, record)
                    if isinstance(record, records.Capture)
                    else self._store_revisit(c, record)
                )
                new += [] if made is None else [made]
        with archive.read(self.engine) as c:
            cleaned = [reclean.make(c, self.cleaner, snapshot) for snapshot in new]
        with archive.write(self.engine) as c:
            for one in cleaned:
                reclean.keep(c, self.cleaner, one, self.run, self.clock())
        counts["snapshots"] = len(new)
        for one in cleaned:
            counts["documents" if one.failure is None else "failed"] += 1
            if one.failure is not None:
                self.tell(f"{self.name}: snapshot {one.snapshot}: {one.failure}")
        self.counts.update(counts)

    def _fail(self, c: Connection, offset: int, fault: str) -> None:
        """Note what cannot be had, once however often the file is imported."""
        reason = f"{self.name}, byte {offset}: {fault}"
        self.counts["failed"] += 1
        self.tell(reason)
        if reason not in captures.failed_before(c, "import", [reason]):
            store.store_failure(
                c,
                stage="import",
                reason=reason,
                advice="get the file again, or another copy of it, and import that",
                run=self.run,
                now=self.clock(),
            )

    def _target(self, c: Connection, fetched: Fetched) -> int | None:
        """The target: as in scraping the URL that was asked for, if its redirects stay on the site.

        A page that is known under the URL which sent it stays that.
        """
        final, asked = urls.canonical(fetched.final_url), urls.canonical(fetched.requested_url)
        host = urls.site(final)
        known = queries.state_of(c, final) not in {None, store.CANONICAL}
        facts = SiteFacts(host, None, frozenset(), ())
        now = self.clock()
        if asked == final or known or not own_urls([Found(url=asked)], facts):
            return target_for(c, final, host, fetched.started_at, now)
        target = target_for(c, asked, urls.site(asked), fetched.started_at, now)
        if target is not None:
            store.add_alias(c, final, host, target, now)
        return target

    def _store(self, c: Connection, capture: records.Capture) -> int | None:
        """Store a capture that is not there yet; its snapshot where that is new."""
        fetched = capture.fetched
        target = self._target(c, fetched)
        if target is None:
            self.counts["erased"] += 1
            return None
        if captures.is_stored(c, target, fetched):
            self.counts["known"] += 1
            at = fetched.started_at
            self._see(capture, captures.captured(c, target, at, fetched.final_url))
            return None
        stored = store.store_fetch(c, self.run, target, fetched, fetched.started_at)
        if fetched.outcome == "refused":
            self.counts["refused"] += 1
        elif not stored.new:
            self.counts["unchanged"] += 1
        self._see(capture, stored.snapshot)
        return stored.snapshot if stored.new else None

    def _see(self, capture: records.Capture, snapshot: int | None) -> None:
        """Keep in mind what revisits may name."""
        for key in (capture.digest, capture.id):
            if key and snapshot is not None:
                _remember(self.seen, key, snapshot)

    def _store_revisit(self, c: Connection, revisit: records.Revisit) -> int | None:
        """Store that a page was unchanged, or was what another URL had sent."""
        fetched = revisit.fetched
        earlier = self._earlier(c, revisit)
        if earlier is not None:
            return self._store_again(c, revisit, earlier)
        if not fetched.headers:  # most often a picture or a style, whose first capture is skipped
            self.counts["skipped_for_their_original"] += 1
            return None
        named = f"{revisit.of_url or fetched.final_url} at {revisit.of_time or 'an earlier time'}"
        fault = f"the record repeats a capture that is not in the archive, {named}"
        self._fail(c, revisit.offset, f"{fault}; import the file that holds it first")
        return None

    def _store_again(self, c: Connection, revisit: records.Revisit, earlier: int) -> int | None:
        """Store that a snapshot stood, or came from another URL; its own where that is new."""
        fetched = revisit.fetched
        target = self._target(c, fetched)
        if target is None:
            self.counts["erased"] += 1
            return None
        stands = queries.target_of(c, earlier).id == target
        if not stands:
            try:
                _, snapshot = queries.load_snapshot(c, earlier)
            except Damaged as fault:
                self._fail(c, revisit.offset, str(fault))
                return None
            headers = fetched.headers or (("content-type", snapshot.content_type),)
            fetched = replace(fetched, outcome="ok", reason="", body=snapshot.body, headers=headers)
        if captures.is_stored(c, target, fetched):
            self.counts["known"] += 1
            return None
        at = fetched.started_at
        stored = store.store_fetch(c, self.run, target, fetched, at, standing=earlier)
        self.counts["unchanged"] += stands
        return stored.snapshot if stored.new else None

    def _earlier(self, c: Connection, revisit: records.Revisit) -> int | None:
        """The snapshot that a revisit repeats, if it can be told."""
        for key in (revisit.of_id, revisit.digest):
            if key in self.seen:
                return self.seen[key]
        try:
            url = urls.canonical(revisit.of_url or revisit.fetched.final_url)
        except BadInput:
            return None
        target = queries.find_target(c, url)
        if target is None or revisit.of_time is None:
            return None
        within = 0.0 if revisit.of_time.microsecond else _SECOND
        return captures.captured(c, target, revisit.of_time, within=within)
