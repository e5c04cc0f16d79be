"""Whose turn it is: which origin is asked next, for what, and which one is left alone.

In come answers, out go targets and chores to send threads for. Everything here is written and
read in the caller's transaction, by the one thread that writes to the archive.
"""

from __future__ import annotations

import heapq
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from archiver.archive import frontier, hosts, queries
from archiver.fetch import urls
from archiver.model import Fetched
from archiver.settings import Settings
from archiver.work import backoff, discovery
from archiver.work.adding import SiteFacts
from archiver.work.polite import MAX_REST, MAX_WAIT, Files, Robots, Visitor, asked
from archiver.work.telling import Tell

# A site's sitemaps may name each other without end: so many are asked for in one run, and so many
# bytes taken. The rest is put off by the sitemaps' interval.
MAX_SITEMAPS = 200
MAX_SITEMAP_BYTES = 50 * 1024 * 1024
_PASSED = 200  # pages that are looked at together where only those since a date are wanted
_NAMED = 20  # origins that the report lists


@dataclass(frozen=True, slots=True)
class Turn:
    """An origin that may be asked now, and for what: a chore, or a target where there is none."""

    origin: str
    due: queries.Due
    chore: Callable[[], object] | None


def recall(visitor: Visitor, host: hosts.Host) -> None:
    """Have a visitor know what an origin said of itself, unless it knows better."""
    if host.robots_at is not None and host.robots_until is not None:
        body = host.robots_body or b""
        robots = Robots(host.robots_status, body, host.robots_at, host.robots_until)
        if robots.reached:
            visitor.robots.setdefault(host.origin, robots)
    if host.files_at is not None:
        files = Files(host.files_at, host.tdmrep or b"", host.ai_txt or b"")
        visitor.files.setdefault(host.origin, files)


class Turns:
    """The origins of one run."""

    def __init__(
        self,
        visitor: Visitor,
        settings: Settings,
        sites: Mapping[str, SiteFacts],
        clock: Callable[[], datetime],
        tell: Tell,
        hosts: Sequence[str],
        since: datetime | None,
    ) -> None:
        """Take what asks and what decides; `hosts` are the sites wanted, none for all."""
        self.visitor = visitor
        self.settings = settings
        self.sites = sites
        self.clock = clock
        self.tell = tell
        self.hosts = hosts
        self.since = since
        self.ready: list[tuple[float, str]] = []  # (monotonic time, origin), a heap
        self.waiting: set[str] = set()  # origins in the heap
        self.flying: set[str] = set()  # origins with a thread
        self.alone: dict[str, tuple[float, str]] = {}  # left to a later run: until when, and why
        self.standings: dict[str, backoff.Standing] = {}
        self.claims: dict[str, datetime] = {}  # what this run wrote of each origin last
        self.passed: dict[str, frontier.Place] = {}  # pages too old for `since`
        self.at_once: dict[str, set[int]] = {}  # asked in this run, and due again at once
        self.sitemaps: Counter[str] = Counter()
        self.sitemap_bytes: Counter[str] = Counter()

    def look(self, c: Connection) -> None:
        """Look for origins with something due."""
        self.wake(frontier.origins(c, self.clock(), self.hosts))

    def wake(self, origins: Iterable[str]) -> None:
        """Have origins asked, as soon as they have rested, that may have something due."""
        for origin in origins:
            until, _ = self.alone.get(origin, (0.0, ""))
            if until <= time.monotonic() and not {origin} & (self.waiting | self.flying):
                self._rest(origin)

    def go_on(self, c: Connection, origins: Iterable[str]) -> None:
        """Have origins asked again after an answer.

        No run waits for one to rest that has nothing due. One that must rest for long is noted for
        the report.
        """
        self.wake(
            origin
            for origin in origins
            if self._left(origin) > MAX_REST or self._head(c, origin) is not None
        )

    def _left(self, origin: str) -> float:
        return self.visitor.pace.left(origin, self.visitor.pause(origin))

    def _rest(self, origin: str, seconds: float = 0.0, why: str = "") -> None:
        """Let an origin rest as long as it must; where that is too long, it is a later run's."""
        left = max(seconds, self._left(origin))
        if left <= MAX_REST:
            self.waiting.add(origin)
            heapq.heappush(self.ready, (time.monotonic() + left, origin))
            return
        why = why or self.standings.get(origin, backoff.Standing()).why or "it asked for that"
        self.alone[origin] = time.monotonic() + left, why

    def _know(self, c: Connection, origin: str) -> None:
        """Take what the archive remembers of an origin, the first time that it matters."""
        if origin in self.standings:
            return
        known = backoff.Standing()
        if host := hosts.get(c, origin):
            recall(self.visitor, host)
            known = backoff.Standing(host.failures, host.refusals or 0, why=host.resting or "")
            if host.next_at is not None and host.next_at != self.claims.get(origin):
                left = (host.next_at - self.clock()).total_seconds()
                self.visitor.pace.not_before(origin, min(max(0.0, left), MAX_WAIT))
        self.standings[origin] = known

    def _head(self, c: Connection, origin: str) -> queries.Due | None:
        """What comes next at an origin: sources before pages."""
        now = self.clock()
        seen = self.at_once.get(origin, set())
        look = partial(frontier.heads, c, origin, now, hosts=self.hosts)
        for due in look(frontier.SOURCES, limit=1 + len(seen)):
            if due.id in seen:
                continue
            if due.kind != "sitemap" or not self._spent_on_sitemaps(due.site):
                return due
            later = now + timedelta(seconds=self.settings.sitemap_interval)
            put_off = frontier.postpone(c, due.site, "sitemap", now, later)
            self.tell(f"{due.site}: {put_off} sitemaps too many, put off by their interval")
            return self._head(c, origin)
        if self.since is None:
            pages = look(frontier.PAGES, limit=1 + len(seen))
            return next((due for due in pages if due.id not in seen), None)
        while pages := look(frontier.PAGES, after=self.passed.get(origin), limit=_PASSED):
            for due in pages:
                if due.id not in seen and discovery.since(due, self.since):
                    return due
                self.passed[origin] = due.due_at or now, due.id
        return None

    def _spent_on_sitemaps(self, site: str) -> bool:
        too_large = self.sitemap_bytes[site] >= MAX_SITEMAP_BYTES
        return too_large or self.sitemaps[site] >= MAX_SITEMAPS

    def grant(self, c: Connection, origin: str, seconds: float) -> float:
        """Claim an origin for so many seconds; 0, or how long to wait instead."""
        if self.visitor.stop.is_set():
            return float("inf")
        now = self.clock()
        until = now + timedelta(seconds=seconds)
        later = frontier.claim(c, origin, now, until, self.claims.get(origin))
        if later is None:
            self.claims[origin] = until
            return 0.0
        return min((later - now).total_seconds(), MAX_WAIT)

    def start(self, c: Connection, room: int) -> list[Turn]:
        """Choose what is sent out now: at each origin that has rested, `room` of them."""
        turns: list[Turn] = []
        while self.ready and len(turns) < room and self.ready[0][0] <= time.monotonic():
            _, origin = heapq.heappop(self.ready)
            self.waiting.discard(origin)
            self._know(c, origin)
            if (due := self._head(c, origin)) is None:
                continue
            facts = self.sites.get(due.site)
            if facts is not None and facts.pause is not None:
                self.visitor.set_pause(origin, facts.pause)
            pause = self.visitor.pause(origin)
            if self.visitor.pace.left(origin, pause) > 0:  # it was asked by a redirect meanwhile
                self._rest(origin)
            elif left := self.grant(c, origin, self.settings.deadline + pause):
                self._rest(origin, left)
            else:
                chore = self.visitor.chore(due.url, self.clock(), page=due.kind == "page")
                turns.append(Turn(origin, due, chore))
                self.flying.add(origin)
        return turns

    def wait(self) -> float | None:
        """Seconds until an origin has rested; None where there is none to wait for."""
        return max(0.0, self.ready[0][0] - time.monotonic()) if self.ready else None

    def count(self, due: queries.Due, fetched: Fetched, *, at_once: bool) -> None:
        """Note what counts against a site's bounds, and what would come again in this run."""
        if at_once:
            self.at_once.setdefault(urls.origin(due.url), set()).add(due.id)
        if due.kind == "sitemap":
            self.sitemaps[due.site] += 1
            self.sitemap_bytes[due.site] += max(fetched.wire_bytes, len(fetched.body))

    def keep_standing(self, c: Connection, due: queries.Due, fetched: Fetched) -> None:
        """Keep how the origins stand that were asked, and how long they rest."""
        origins = asked(fetched)
        if not origins:
            if fetched.outcome != "error":
                return  # refused by us: that says nothing of the origin
            origins = [urls.origin(due.url)]
            # The next visit asks for robots.txt anew, rather than to fail for the same answer.
            self.visitor.robots.pop(origins[0], None)
        for at, origin in enumerate(origins):
            self._know(c, origin)
            found = backoff.Standing()
            if at == len(origins) - 1:
                pause = self.visitor.pause(origin)
                found = backoff.standing(self.standings[origin], fetched, pause)
            self.standings[origin] = found
            self.visitor.pace.not_before(origin, found.rest)
            self.keep_host(c, origin)

    def keep_host(self, c: Connection, origin: str) -> None:
        """Keep when an origin may be asked next, and why not sooner."""
        standing = self.standings.get(origin, backoff.Standing())
        left = self._left(origin)
        next_at = self.clock() + timedelta(seconds=left)
        self.claims[origin] = next_at
        frontier.keep(
            c,
            origin,
            next_at=next_at,
            failures=standing.failures,
            refusals=standing.refusals,
            resting=standing.why or None,
        )

    def report(self) -> int:
        """Say which origins were left alone, and why; how many they are."""
        for origin in sorted(self.alone)[:_NAMED]:
            until, why = self.alone[origin]
            left = timedelta(seconds=round(until - time.monotonic()))
            self.tell(f"{origin} is left alone for {left} more: {why}")
        if len(self.alone) > _NAMED:
            more = len(self.alone) - _NAMED
            self.tell(f"{more} more origins are left alone; see the table `host`")
        return len(self.alone)
