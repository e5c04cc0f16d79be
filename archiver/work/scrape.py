"""Scraping: fetch what is due, store the bytes, clean them. One thread stores, the others fetch.

What is due is a query and every step commits before the next, so a run that is killed loses
nothing that it has stored and the next one goes on.
"""

from __future__ import annotations

import heapq
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from archiver.archive import engine as archive
from archiver.archive import queries, store
from archiver.errors import BadInput
from archiver.fetch import feeds, sitemaps, urls
from archiver.model import Fetched, Found
from archiver.settings import Settings
from archiver.work import reclean
from archiver.work.adding import SiteFacts, check_sites, own_urls
from archiver.work.cleaning import Cleaner
from archiver.work.polite import MAX_WAIT, Robots, Visitor
from archiver.work.runs import recorded
from archiver.work.telling import Tell, silent

# A site's sitemaps may name each other without end; so many are asked for in one run.
MAX_SITEMAPS = 200
# An error is tried again after the interval doubled for each failure in a row, at most this.
MAX_BACKOFF = 7 * 86400.0
# A page that is not found so often in a row is gone; 410 says so at once.
GONE_AFTER = 3
# What policy forbids may be allowed later (robots.txt changes): asked again so much later.
REFUSED_AGAIN = 7 * 86400.0
# An origin that must rest for longer, in seconds, is left to the next run: its targets stay due.
MAX_REST = 120.0
BATCH = 1000  # targets taken from the query at a time


# Outcomes that tell what the server has now, the whole of it.
_WHOLE = frozenset({"ok", "not_modified"})


def next_due(due: queries.Due, fetched: Fetched, settings: Settings) -> tuple[float | None, str]:
    """Seconds until a target is due again (None: never) and its state, after `fetched`.

    What came cut is asked for again like an error, and uses up none of a page's revisits.
    """
    if fetched.outcome in _WHOLE:
        if due.kind == "feed":
            return settings.feed_interval, "active"
        if due.kind == "sitemap":
            return settings.sitemap_interval, "active"
        revisits = settings.page_revisits
        return (revisits[due.fetches] if due.fetches < len(revisits) else None), "active"
    if fetched.outcome == "refused":
        return REFUSED_AGAIN, "active"
    if fetched.status == 410 or (fetched.status == 404 and due.failures + 1 >= GONE_AFTER):  # noqa: PLR2004
        return None, "gone"
    wait_for = settings.feed_interval * 2.0 ** min(due.failures, 16)
    return min(max(wait_for, fetched.retry_after or 0.0), MAX_BACKOFF), "active"


class _Scrape:
    """One run. Only the thread that made it touches the archive."""

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        cleaner: Cleaner,
        clock: Callable[[], datetime],
        tell: Tell,
        run: int,
        counts: Counter[str],
    ) -> None:
        self.engine = engine
        self.settings = settings
        self.cleaner = cleaner
        self.clock = clock
        self.tell = tell
        self.run = run
        self.counts = counts
        self.queues: dict[str, deque[queries.Due]] = defaultdict(deque)
        self.ready: list[tuple[float, str]] = []  # (monotonic time, origin), a heap
        self.taken: set[int] = set()
        self.resting: set[str] = set()  # origins that are left to the next run
        self.sitemaps: Counter[str] = Counter()
        with archive.read(engine) as c:
            self.sites = {site.host: SiteFacts.of(site) for site in queries.sites(c)}
        private = [endpoint for facts in self.sites.values() for endpoint in facts.private]
        self.visitor = Visitor(settings, private)

    def _enqueue(
        self, dues: Iterable[queries.Due], busy: Iterable[str] = (), most: int | None = None
    ) -> None:
        """Put targets into their origins' queues, each once a run, and `most` of them.

        Those of an origin that must rest are passed over, so that others get their turn.
        """
        waiting = {origin for _, origin in self.ready} | set(busy)
        put = 0
        for due in dues:
            if put == most:
                return
            if due.id in self.taken:
                continue
            if due.kind == "sitemap":
                self.sitemaps[due.site] += 1
                if self.sitemaps[due.site] > MAX_SITEMAPS:
                    continue
            self.taken.add(due.id)
            origin = urls.origin(due.url)
            if origin in self.resting:
                continue
            facts = self.sites.get(due.site)
            if origin not in self.queues:
                self._know(origin)
            if facts is not None and facts.pause is not None:
                self.visitor.set_pause(origin, facts.pause)
            self.queues[origin].append(due)
            if origin not in waiting:
                waiting.add(origin)
                self._rest(origin)
            put += origin not in self.resting

    def _rest(self, origin: str) -> None:
        """Let an origin with something in its queue rest as long as it must; too long, not now."""
        left = self.visitor.pace.left(origin, self.visitor.pause(origin))
        if left <= MAX_REST:
            heapq.heappush(self.ready, (time.monotonic() + left, origin))
        else:
            self.tell(f"{origin} wants to be left alone for {left:.0f} s: left to a later run")
            self.queues[origin].clear()
            self.resting.add(origin)

    def _know(self, origin: str) -> None:
        """Take what the archive remembers of an origin: robots.txt, and when it may be asked."""
        with archive.read(self.engine) as c:
            host = store.host(c, origin)
        if host is None:
            return
        if host.robots_at is not None:
            self.visitor.robots[origin] = Robots(
                host.robots_status, host.robots_body or b"", host.robots_at
            )
        if host.next_at is not None:
            left = (host.next_at - self.clock()).total_seconds()
            self.visitor.pace.not_before(origin, min(max(0.0, left), MAX_WAIT))

    def _visit(self, due: queries.Due) -> Fetched:
        """Fetch one target; in a thread of its own. No page's fault ends the run."""
        at = self.clock()
        try:
            return self.visitor.visit(
                due.url, at, etag=due.etag or "", last_modified=due.last_modified or ""
            )
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is one page's
            return Fetched(
                requested_url=due.url,
                final_url=due.url,
                outcome="error",
                reason=f"{type(fault).__name__}: {fault}; report it, with the URL",
                started_at=at,
            )

    def _remember(self, c: Connection, origin: str, fetched: Fetched) -> None:
        """Keep what the next run must know of an origin."""
        robots = self.visitor.robots.get(origin)
        pause = max(self.visitor.pause(origin), min(fetched.retry_after or 0.0, MAX_WAIT))
        store.put_host(
            c,
            store.Host(
                origin=origin,
                robots_status=robots.status if robots else None,
                robots_body=robots.body if robots else None,
                robots_at=robots.at if robots else None,
                next_at=self.clock() + timedelta(seconds=pause),
                failures=0 if fetched.outcome != "error" else 1,
            ),
        )

    def _names(self, due: queries.Due, fetched: Fetched) -> list[Found]:
        """What a feed or sitemap names of the site's own; raises BadInput for what is neither."""
        parse = feeds.parse if due.kind == "feed" else sitemaps.parse
        facts = self.sites.get(due.site) or SiteFacts(due.site, None, frozenset(), ())
        return own_urls(parse(fetched.body, fetched.final_url), facts)

    def _store(self, due: queries.Due, fetched: Fetched) -> int | None:
        """Store one answer in one transaction; the new snapshot of a page, if there is one."""
        self.counts[fetched.outcome] += 1
        self.counts["requests"] += fetched.requests
        self.counts["bytes"] += fetched.wire_bytes
        names: list[Found] = []
        whole = fetched.outcome in _WHOLE
        fault = "" if whole else fetched.reason
        stage, advice = "fetch", "it is asked again later"
        if due.kind != "page" and fetched.outcome in {"ok", "truncated"}:
            try:
                names = self._names(due, fetched)
            except BadInput as broken:
                fault, stage, advice = str(broken), "discover", "check the address of the source"
            except Exception as broken:  # noqa: BLE001 - whatever it is, it is one source's
                fault = f"{type(broken).__name__}: {broken}"
                stage, advice = "discover", "report it, with the source"
        seconds, state = next_due(due, fetched, self.settings)
        # What did not come whole or does not read must be sent again: asked for with its own
        # ETag, the server would only say that it has not changed. A 304 need not repeat them.
        etag, last_modified = due.etag, due.last_modified
        if whole and not fault:
            sent = {name.lower(): value for name, value in fetched.headers}
            standing = fetched.outcome == "not_modified"
            etag = sent.get("etag", etag if standing else None)
            last_modified = sent.get("last-modified", last_modified if standing else None)
        now = self.clock()
        with archive.write(self.engine) as c:
            stored = store.store_fetch(c, self.run, due.id, fetched, now)
            store.schedule(
                c,
                due.id,
                due_at=None if seconds is None else now + timedelta(seconds=seconds),
                etag=etag,
                last_modified=last_modified,
                failures=0 if whole else due.failures + 1,
                state=state,
                fetched_at=now if whole else None,
            )
            self.counts["found"] += store.add_targets(c, due.site, names, due.id, now)
            self._remember(c, urls.origin(due.url), fetched)
            if fault:
                store.store_failure(
                    c,
                    target=due.id,
                    stage=stage,
                    reason=fault,
                    advice=advice,
                    run=self.run,
                    now=now,
                )
        if fault:
            self.counts["failed"] += 1
            self.tell(f"{due.url}: {fault}")
        if due.kind == "page" and stored.new:
            self.counts["snapshots"] += 1
            return stored.snapshot
        return None

    def _clean(self, due: queries.Due, snapshot: int) -> None:
        """Clean a new snapshot."""
        with archive.read(self.engine) as c:
            made = reclean.make(c, self.cleaner, snapshot)
        with archive.write(self.engine) as c:
            reclean.keep(c, self.cleaner, made, self.run, self.clock())
        if made.failure is not None:
            self.counts["failed"] += 1
            self.tell(f"{due.url}: {made.failure}")
        else:
            self.counts["documents"] += 1

    def _take(self, hosts: Sequence[str], limit: int | None, *, again: bool) -> None:
        """Put what is due into the queues: all of it, or as much as the limit leaves."""
        most = None if limit is None else limit - self.counts["visits"]
        with (
            archive.read(self.engine) as c,
            closing(queries.due(c, self.clock(), hosts, again=again)) as dues,
        ):
            self._enqueue(dues, most=most)

    def fetch_all(self, hosts: Sequence[str], limit: int | None, *, again: bool) -> None:
        """Fetch until nothing is due, or `limit` targets are done."""
        self._take(hosts, limit, again=again)
        with ThreadPoolExecutor(self.settings.hosts, thread_name_prefix="fetch") as pool:
            while self.ready:
                self._drain(pool, limit)
                if self._spent(limit):
                    return
                self._take(hosts, limit, again=again)  # what sitemaps named past a batch

    def _drain(self, pool: ThreadPoolExecutor, limit: int | None) -> None:
        """Fetch what the queues hold. Interrupted, what is under way is still stored."""
        flying: dict[Future[Fetched], tuple[str, queries.Due]] = {}
        try:
            while True:
                self._start(pool, flying, limit)
                if not flying and (not self.ready or self._spent(limit)):
                    return
                self._land(flying, limit)
        except KeyboardInterrupt:
            for future in wait(flying).done:
                self._store(flying[future][1], future.result())
            raise

    def _spent(self, limit: int | None) -> bool:
        return limit is not None and self.counts["visits"] >= limit

    def _start(
        self,
        pool: ThreadPoolExecutor,
        flying: dict[Future[Fetched], tuple[str, queries.Due]],
        limit: int | None,
    ) -> None:
        """Send out every origin that has rested, as far as there are threads."""
        while self.ready and len(flying) < self.settings.hosts and not self._spent(limit):
            if self.ready[0][0] > time.monotonic():
                return
            _, origin = heapq.heappop(self.ready)
            due = self.queues[origin].popleft()
            flying[pool.submit(self._visit, due)] = (origin, due)
            self.counts["visits"] += 1

    def _land(
        self, flying: dict[Future[Fetched], tuple[str, queries.Due]], limit: int | None
    ) -> None:
        """Wait for an answer, or until the next origin may be asked; store what has come."""
        pause = None
        if self.ready and len(flying) < self.settings.hosts and not self._spent(limit):
            pause = max(0.0, self.ready[0][0] - time.monotonic())
        if not flying:
            time.sleep(pause or 0.0)
            return
        for future in wait(flying, timeout=pause, return_when=FIRST_COMPLETED).done:
            origin, due = flying[future]
            fetched = future.result()
            del flying[future]
            self._arrived(due, fetched, [where for where, _ in flying.values()])
            if self.queues[origin] and origin not in {where for _, where in self.ready}:
                self._rest(origin)

    def _arrived(self, due: queries.Due, fetched: Fetched, busy: list[str]) -> None:
        snapshot = self._store(due, fetched)
        if snapshot is not None:
            self._clean(due, snapshot)
        if due.kind != "page":  # it may have named new targets, which are due at once
            with archive.read(self.engine) as c:
                new = list(queries.due(c, self.clock(), [due.site], limit=BATCH))
            self._enqueue(new, busy)
        self.tell(
            f"{self.counts['ok']} fetched, {self.counts['not_modified']} unchanged, "
            f"{self.counts['failed']} failed",
            passing=True,
        )


def scrape(
    engine: Engine,
    settings: Settings,
    cleaner: Cleaner,
    *,
    hosts: Sequence[str] = (),
    again: bool = False,
    limit: int | None = None,
    clock: Callable[[], datetime],
    tell: Tell = silent,
) -> dict[str, int]:
    """Fetch what is due and clean it. `again` takes every active target as due.

    Returns counts by outcome, and of requests, bytes, snapshots, documents and failures.
    Interrupted, it stores what is under way, notes the run's end and raises KeyboardInterrupt.
    Raises BadInput for a site that is not in the archive.
    """
    check_sites(engine, hosts)
    asked = {"sites": list(hosts), "again": again, "limit": limit}
    with recorded(engine, "scrape", asked, clock) as (run, counts):
        work = _Scrape(engine, settings, cleaner, clock, tell, run, counts)
        reclean.catch_up(engine, cleaner, run, counts, clock, tell)
        work.fetch_all(hosts, limit, again=again)
    return dict(counts)
