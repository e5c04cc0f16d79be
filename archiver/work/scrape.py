"""Scraping: fetch what is due, store the bytes, clean them.

Threads fetch, processes clean, and one thread alone writes to the archive: in each round it stores
all that has arrived and claims the origins that are asked next, in one transaction. What is due is
a query, so a run that is killed loses nothing that it has stored and the next one goes on. A claim
is committed before its request goes out, so no pause is broken, whoever is killed when, and however
many processes work on one archive.
"""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from queue import Empty, SimpleQueue
from types import FrameType

from sqlalchemy import Connection, Engine

from archiver.archive import engine as archive
from archiver.archive import frontier, queries
from archiver.errors import TryLater
from archiver.fetch.shell import shell
from archiver.model import Fetched, Found
from archiver.settings import Settings
from archiver.work import adding, backoff, discovery, reclean
from archiver.work.adding import SiteFacts, enabled_sites
from archiver.work.cleaning import Cleaner
from archiver.work.landing import LOOK_EVERY, Landing
from archiver.work.messages import Asking, Cleaned, Died, Landed, Message
from archiver.work.polite import (
    NotNow,
    Stopped,
    Visitor,
)
from archiver.work.pool import Workers
from archiver.work.runs import recorded
from archiver.work.telling import Tell, silent
from archiver.work.turns import Turn, Turns

# A claim that is older than this, in seconds, when its request goes out is made anew.
FRESH = 1.0
ROUND = 500  # messages that one transaction takes
# A thread that waits for an answer looks this often, in seconds, whether there is still a run.
_STILL_THERE = 1.0


class _Scrape:
    """One run. Only the thread that made it touches the archive."""

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        workers: Workers,
        clock: Callable[[], datetime],
        tell: Tell,
        run: int,
        counts: Counter[str],
        hosts: Sequence[str],
        limit: int | None,
        since: datetime | None,
        until: float,
        cleaned: int,
    ) -> None:
        self.engine = engine
        self.settings = settings
        self.workers = workers
        self.clock = clock
        self.tell = tell
        # In a transaction: told when it is committed, with what it is about.
        self.said: list[tuple[str, dict[str, str | int]]] = []
        self.run = run
        self.counts = counts
        self.limit = limit
        self.until = until
        self.inbox: SimpleQueue[Message] = SimpleQueue()
        self.granted: dict[str, float] = {}  # claims for threads that start, and when
        self.look_at = float("-inf")
        self.stopped = False  # by a signal
        self.cleaning = 0  # snapshots that workers have
        self.cleaned = cleaned  # the last snapshot that was given out
        self.uncleaned = True  # whether there may be more after it
        with archive.read(engine) as c:
            self.sites = {site.host: SiteFacts.of(site) for site in queries.sites(c)}
        private = [endpoint for facts in self.sites.values() for endpoint in facts.private]
        contacts = adding.contacts(self.sites.values())
        self.visitor = Visitor(settings, private, self._ask, contacts)
        self.turns = Turns(self.visitor, settings, self.sites, clock, self._say, hosts, since)
        self.landing = Landing(
            settings, self.sites, self.visitor, self.turns, clock, self._say, run, counts
        )

    # In the threads

    def _ask(self, origin: str, seconds: float) -> float:
        """Have a request put on record before it goes out."""
        granted = self.granted.pop(origin, None)
        if granted is not None and time.monotonic() - granted < FRESH:
            return 0.0
        answer: SimpleQueue[float] = SimpleQueue()
        self.inbox.put(Asking(origin, seconds, answer))
        while True:
            try:
                left = answer.get(timeout=_STILL_THERE)
            except Empty:
                # Who answers may have ended by a fault, and waits for this thread.
                if self.visitor.stop.is_set():
                    raise Stopped from None
                continue
            if left == float("inf"):
                raise Stopped
            return left

    def _go(self, turn: Turn) -> None:
        """Send one message, whatever happens: the run waits for it."""
        try:
            self.inbox.put(self._landed(turn))
        except BaseException as fault:  # noqa: BLE001 - raised again, where it ends the run
            self.inbox.put(Died(fault))

    def _landed(self, turn: Turn) -> Landed:
        """Do a chore at an origin, or visit a target there. No page's fault ends the run."""
        try:
            if turn.chore is None:
                return self._visit(turn.origin, turn.due)
            turn.chore()
        except (NotNow, Stopped):
            pass  # nothing has come of it, and it is due as before
        except BaseException as fault:  # noqa: BLE001 - whatever it is, it is one page's
            return Landed(turn.origin, turn.due, fetched=self._broken(turn.due, fault))
        return Landed(turn.origin, turn.due, chore=turn.chore is not None)

    def _broken(self, due: queries.Due, fault: BaseException) -> Fetched:
        return Fetched(
            requested_url=due.url,
            final_url=due.url,
            outcome="error",
            reason=f"{type(fault).__name__}: {fault}; report it, with the URL",
            started_at=self.clock(),
        )

    def _visit(self, origin: str, due: queries.Due) -> Landed:
        rendered = due.kind == "page" and self.landing.facts(due).render
        fetched = self.visitor.visit(
            due.url,
            self.clock(),
            etag=due.etag or "",
            last_modified=due.last_modified or "",
            rendered=rendered,
        )
        names: list[Found] = []
        fault = ""
        if fetched.outcome in {"ok", "truncated"}:
            if due.kind == "page" and not rendered:
                why = shell(fetched.body.decode("utf-8", "replace"))
                fault = why and f"needs JavaScript: {why}"
            elif due.kind != "page":
                job = self.workers.submit(discovery.read, due.kind, fetched.body, fetched.final_url)
                try:
                    names, fault = job.result()
                except TryLater as late:
                    fault = str(late)
        return Landed(origin, due, fetched=fetched, names=tuple(names), fault=fault)

    # What has come

    def _store(self, c: Connection, landed: Landed) -> None:
        self.granted.pop(landed.origin, None)
        snapshots = self.counts["snapshots"]
        self.landing.store(c, landed)
        self.uncleaned |= self.counts["snapshots"] > snapshots

    def _store_made(self, c: Connection, made: reclean.Made) -> None:
        """Store what a worker made of a snapshot."""
        self.cleaning -= 1
        reclean.keep(c, self.workers.cleaner, made, self.run, self.clock())
        if made.failure is None:
            self.counts["documents"] += 1
            return
        self.counts["failed"] += 1
        of = queries.target_of(c, made.snapshot)
        self._say(f"{of.url}: {made.failure}", site=of.site, url=of.url)

    # The rounds

    def _say(self, message: str, *, passing: bool = False, **about: str | int) -> None:
        """Keep a line until the transaction that it speaks of is committed."""
        if not passing:
            self.said.append((message, about))

    def tell_all(self) -> None:
        """Tell what is on record now."""
        for message, about in self.said:
            self.tell(message, passing=False, run=self.run, **about)
        self.said.clear()

    def _room(self) -> int:
        """How many threads may be sent out now."""
        room = self.settings.hosts - len(self.turns.flying)
        left = room if self.limit is None else self.limit - self.counts["visits"]
        stopped = self.visitor.stop.is_set() or self._over()
        return 0 if stopped else max(0, min(room, left))

    def _over(self) -> bool:
        return time.monotonic() >= self.until

    def _start(self, c: Connection) -> list[Turn]:
        """Choose what is sent out now, and look for what has become due from time to time."""
        if self._room() and time.monotonic() >= self.look_at:
            self.look_at = time.monotonic() + LOOK_EVERY
            self.turns.look(c)
        turns = self.turns.start(c, self._room())
        self.counts["visits"] += sum(turn.chore is None for turn in turns)
        return turns

    def _round(self, threads: ThreadPoolExecutor, messages: Sequence[Message]) -> None:
        """Store all that has come and start what may be started, in one transaction."""
        answers: list[tuple[SimpleQueue[float], float]] = []
        with archive.write(self.engine) as c:
            for message in messages:
                if isinstance(message, Landed):
                    self._store(c, message)
                elif isinstance(message, Cleaned):
                    self._store_made(c, message.made)
                elif isinstance(message, Died):
                    raise message.fault
                elif isinstance(message, Asking):
                    seconds = self.turns.grant(c, message.origin, message.seconds)
                    answers.append((message.answer, seconds))
            turns = self._start(c)
        # Only now is it on record, and only now may it happen or be told.
        self.tell_all()
        for answer, seconds in answers:
            answer.put(seconds)
        for turn in turns:
            self.granted[turn.origin] = time.monotonic()
            threads.submit(self._go, turn)
        done = self.counts
        self.tell(
            f"{len(self.turns.flying)} hosts asked, {len(self.turns.waiting)} resting; "
            f"{done['ok']} fetched, {done['not_modified']} unchanged, "
            f"{done['bytes'] / 1e6:.1f} MB, {done['documents']} cleaned, {done['failed']} failed",
            passing=True,
        )

    def _messages(self) -> list[Message]:
        """What has come, all of it; waits until something has, or an origin has rested."""
        pause = self.turns.wait() if self._room() else None
        messages: list[Message] = []
        try:
            messages.append(self.inbox.get(timeout=pause))
            while len(messages) < ROUND:
                messages.append(self.inbox.get_nowait())
        except Empty:
            pass
        return messages

    def _clean(self) -> None:
        """Give snapshots to the workers: as many as keep them busy, one where hosts wait for us."""
        late = self._room() and self.turns.wait() == 0.0
        room = (1 if late else max(1, 2 * self.workers.jobs)) - self.cleaning
        if not self.uncleaned or room <= 0 or self._over():
            return
        with archive.read(self.engine) as c:
            snapshots = queries.uncleaned(c, after=self.cleaned, limit=room)
        self.uncleaned = len(snapshots) == room
        for snapshot in snapshots:
            self.cleaned = snapshot
            self.cleaning += 1
            made = self.workers.submit(reclean.make_one, snapshot)
            made.add_done_callback(partial(self._made, snapshot))

    def _made(self, snapshot: int, future: Future[reclean.Made]) -> None:
        """Pass on what a worker made; in whatever thread."""
        if future.cancelled():
            return
        fault = future.exception()
        if fault is None:
            self.inbox.put(Cleaned(future.result()))
            return
        late = (
            fault if isinstance(fault, TryLater) else TryLater(f"{type(fault).__name__}: {fault}")
        )
        self.inbox.put(Cleaned(reclean.Made(snapshot=snapshot, failure=late)))

    def _under_way(self) -> bool:
        if self.turns.flying or self.visitor.stop.is_set():
            return bool(self.turns.flying)
        more = not self._over() and (self.uncleaned or bool(self.turns.ready and self._room()))
        return self.cleaning > 0 or more

    def go(self) -> None:
        """Fetch and clean until nothing is due, or the limit is spent, or somebody says stop."""
        with ThreadPoolExecutor(self.settings.hosts, thread_name_prefix="fetch") as threads:
            try:
                self._round(threads, [])
                while self._under_way():
                    self._clean()
                    if self._under_way():
                        self._round(threads, self._messages())
            finally:
                # The threads that are still out, where the rounds ended by a fault, end by this,
                # and are waited for themselves: what they bring is nobody's.
                self.visitor.stop.set()
                self.visitor.client.close()


@contextmanager
def _stopping(work: _Scrape) -> Iterator[None]:
    """Have SIGINT and SIGTERM end a run in order; a second one ends it at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        if work.visitor.stop.is_set():
            signal.default_int_handler(number, frame)
        work.stopped = True
        work.visitor.stop.set()
        work.inbox.put(None)

    if threading.current_thread() is not threading.main_thread():
        yield  # the signals are another's
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def fetch_due(
    engine: Engine,
    settings: Settings,
    workers: Workers,
    run: int,
    counts: Counter[str],
    hosts: Sequence[str],
    *,
    limit: int | None = None,
    since: datetime | None = None,
    until: float = float("inf"),
    cleaned: int = 0,
    clock: Callable[[], datetime],
    tell: Tell,
) -> int:
    """Fetch what is due of these sites and clean it, as part of a run; see `scrape`.

    Nothing is begun after `until`, a monotonic time. Snapshots up to `cleaned` are known to be
    cleaned, and returned is the last one that now is. Raises KeyboardInterrupt after a signal.
    """
    work = _Scrape(
        engine, settings, workers, clock, tell, run, counts, hosts, limit, since, until, cleaned
    )
    with _stopping(work):
        with archive.write(engine) as c:
            most = (backoff.MAX_DEAD, backoff.MAX_REFUSED_REST)
            frontier.mend(c, clock(), backoff.usual(settings, work.landing.scheduled()), *most)
        work.go()
    counts["left_alone"] = work.turns.report()
    work.tell_all()
    if work.stopped:
        raise KeyboardInterrupt
    return work.cleaned


def scrape(
    engine: Engine,
    settings: Settings,
    cleaner: Cleaner,
    *,
    hosts: Sequence[str] = (),
    again: bool = False,
    limit: int | None = None,
    since: datetime | None = None,
    jobs: int = 0,
    clock: Callable[[], datetime],
    tell: Tell = silent,
) -> dict[str, int]:
    """Fetch what is due and clean it, with `jobs` processes, or with 0 in this one.

    `again` makes every active target due; `since` passes over pages that their source dates, or
    that were first named, before. Returns counts by outcome, and of requests, bytes, snapshots,
    documents, failures and origins left alone. On SIGINT and SIGTERM it stores what is under way,
    notes the run's end and raises KeyboardInterrupt. Raises BadInput for a site that is not in the
    archive.
    """
    wanted = enabled_sites(engine, hosts)
    asked_for = {"sites": list(hosts), "again": again, "limit": limit}
    if since is not None:
        asked_for["since"] = since.isoformat()
    with (
        recorded(engine, "scrape", asked_for, clock) as (run, counts),
        Workers(engine, cleaner, jobs) as workers,
    ):
        if again:
            with archive.write(engine) as c:
                frontier.make_all_due(c, clock(), wanted, limit)
        fetch_due(
            engine,
            settings,
            workers,
            run,
            counts,
            wanted,
            limit=limit,
            since=since,
            clock=clock,
            tell=tell,
        )
    return {name: count for name, count in counts.items() if count}
