"""The schedule: what is due is fetched when it is due, for years; and what is due when, and why.

`keep_going` does what `scrape` does, again and again, in rounds that begin when something is due.
Site files and rules that have changed are read before a round. It sleeps by short waits and asks
the clock after each, so that a clock that was set, or a machine that slept, costs a minute.
"""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType

from sqlalchemy import Engine

from archiver.archive import engine as archive
from archiver.archive import frontier
from archiver.archive.alone import alone
from archiver.errors import BadInput, TryLater
from archiver.settings import Settings
from archiver.work import site_files, sites
from archiver.work.adding import enabled_sites
from archiver.work.cleaning import Cleaner
from archiver.work.pool import Workers
from archiver.work.runs import recorded
from archiver.work.scrape import fetch_due
from archiver.work.telling import Tell

# Seconds of one wait: the clock, the files and what other commands added are looked at after each.
NAP = 60.0
# Between two rounds, in seconds, or a hundred sites would make a round of every one of their feeds.
LEAST = 10.0
# A round sends out nothing more after so many seconds, for files are read between rounds: what is
# due stays due. A whole archive's backlog would make one of weeks.
ROUND = 600.0
# A passing fault (a full disk, a server that restarts) is waited for: at first so long, then twice
# as long each time, at most the second.
FIRST_REST, LONGEST_REST = 60.0, 3600.0

Wait = Callable[[float], int]
"""Waits for so many seconds, or until a signal comes; its number, 0 for none."""


@contextmanager
def listening() -> Iterator[Wait]:
    """Have SIGINT and SIGTERM end a wait, and SIGHUP too; in the main thread alone."""
    inbox: SimpleQueue[int] = SimpleQueue()

    def heard(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - as it is called
        inbox.put(number)

    def wait(seconds: float) -> int:
        try:
            return inbox.get(timeout=max(0.001, seconds))
        except Empty:
            return 0

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, heard) for number in numbers}
    try:
        yield wait
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Ended(Exception):
    """Somebody said stop, while nothing was under way."""


@dataclass(slots=True)
class _Schedule:
    """What lasts from round to round."""

    engine: Engine
    settings: Settings
    sites: Path  # folder of the site files
    rules: Path | None
    jobs: int
    clock: Callable[[], datetime]
    wait: Wait
    tell: Tell
    seen: object = None  # what the site files were when they were read
    ruled: object = None  # the same of the rules
    cleaner: Cleaner | None = None
    cleaned: int = 0  # the last snapshot that is known to be cleaned
    ended: bool = False  # by a signal
    rest: float = FIRST_REST  # after the next passing fault
    still: Callable[[], None] = field(default=lambda: None)

    def nap(self, seconds: float) -> None:
        """Wait, unless it is time to end. Raises _Ended."""
        if self.wait(seconds) in {signal.SIGINT, signal.SIGTERM}:
            raise _Ended

    def read_files(self) -> None:
        """Put changed site files in force. A fault is told once, and changes nothing."""
        now = site_files.state(self.sites)
        if now == self.seen:
            return
        try:
            taken = sites.take(self.engine, self.sites, self.clock())
        except BadInput as fault:
            taken = sites.Taken(faults=(fault,))
        self.seen = now
        taken.tell(self.tell)

    def rules_changed(self) -> bool:
        """Read the rules where they have changed. Those that do not read leave the old ones."""
        now = site_files.state(self.rules, "**/*.toml") if self.rules else ()
        if now == self.ruled:
            return False
        try:
            self.cleaner = Cleaner(self.rules)
        except BadInput as fault:
            if self.cleaner is None:
                raise
            self.tell(f"{fault}; the rules that were in force before stay so")
            return False
        finally:
            self.ruled = now
        return True

    def round(self, workers: Workers, run: int, counts: Counter[str]) -> None:
        """Fetch what is due now, and clean it. Raises KeyboardInterrupt after a signal."""
        # One that came while files were read or workers begun waits for nobody else to look.
        if self.wait(0) in {signal.SIGINT, signal.SIGTERM}:
            raise KeyboardInterrupt
        before, self.cleaned = self.cleaned, 0  # of a round that fails nothing is known
        self.cleaned = fetch_due(
            self.engine,
            self.settings,
            workers,
            run,
            counts,
            enabled_sites(self.engine),
            until=time.monotonic() + ROUND,
            cleaned=before,
            clock=self.clock,
            tell=self.tell,
        )
        self.rest = FIRST_REST

    def left(self) -> float:
        """Seconds until something may be asked, as the clock stands."""
        now = self.clock()
        hosts = enabled_sites(self.engine)
        with archive.read(self.engine) as c:
            at = frontier.next_at(c, now, hosts)
        return NAP if at is None else (at - now).total_seconds()

    def rounds(self, workers: Workers, run: int, counts: Counter[str]) -> None:
        """Go on until the day (UTC) is over, or the rules have changed."""
        today = self.clock().date()
        while self.clock().date() == today:
            self.still()
            self.read_files()
            if self.rules_changed():
                return
            left = self.left()
            if left <= 0:
                self.round(workers, run, counts)
                left = LEAST
            self.nap(min(max(left, LEAST), NAP))

    def day(self, *, once: bool) -> dict[str, int]:
        """One run on record: a day's rounds, or one round."""
        self.read_files()
        self.rules_changed()
        self.cleaned = 0  # what another process stored late is found once a day
        cleaner = self.cleaner or Cleaner(self.rules)
        with (
            recorded(self.engine, "schedule", {"once": once}, self.clock) as (run, counts),
            Workers(self.engine, cleaner, self.jobs) as workers,
        ):
            try:
                if once:
                    self.round(workers, run, counts)
                else:
                    self.rounds(workers, run, counts)
            except _Ended:
                self.ended = True
        return {name: count for name, count in counts.items() if count}

    def held(self, *, once: bool = False) -> dict[str, int] | None:
        """Keep the archive's schedule, alone; the last counts, None where another process does."""
        with alone(self.engine) as still:
            if still is None:
                return None
            self.still = still
            told = self.day(once=once)
            while not (once or self.ended):
                told = self.day(once=False)
            return told


def keep_going(
    engine: Engine,
    settings: Settings,
    *,
    sites_folder: Path,
    rules_folder: Path | None,
    jobs: int = 0,
    once: bool = False,
    clock: Callable[[], datetime],
    wait: Wait,
    tell: Tell,
) -> dict[str, int] | None:
    """Fetch what is due when it is due, until a signal says stop; with `once`, what is due now.

    Returns the counts of the last run on record, None where another process keeps this archive's
    schedule: then nothing is done. A passing fault is told, and waited for; with `once` it is
    raised, TryLater, and so is KeyboardInterrupt where a signal ended a round.
    """
    work = _Schedule(engine, settings, sites_folder, rules_folder, jobs, clock, wait, tell)
    try:
        if once:
            return work.held(once=True)
        while not work.ended:
            try:
                if (told := work.held()) is None:
                    return None
            except TryLater as fault:
                tell(f"{fault}; it is tried again in {work.rest:.0f} s")
                work.nap(work.rest)
                work.rest = min(2 * work.rest, LONGEST_REST)
    except _Ended:
        return {}
    except KeyboardInterrupt:
        if once:
            raise
        return {}
    return told
