"""Work on pages in processes of their own: what one page does to a process costs that page alone.

In come functions and small arguments (ids rather than bytes: a worker reads the archive itself),
out go futures. A worker that takes too long or too much memory is ended, its job fails with
TryLater, and the next job has a new worker. Nothing here writes to the archive.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Self, TypeVar

from sqlalchemy import Engine

from archiver.archive import engine as archive
from archiver.errors import TryLater
from archiver.work.cleaning import Cleaner
from archiver.work.collector import expect_many_objects

# Seconds of processor time for one job. A page takes 0.03 to 0.3, the largest that are read some
# seconds; whoever takes a minute will not end. By the clock a page may well take that long: workers
# come last, and on a machine with thirty processes at work one was given a fiftieth of a processor.
DEADLINE = 60
# By the clock, for who neither works nor answers.
PATIENCE = 900.0
# Bytes of address space for one job, above what a worker has when it begins.
MEMORY = 2 * 1024**3
# Workers begin with these imported, by a fork of a process that has no threads and no connections.
# The last is imported where it is first called, which is in every worker.
PRELOAD = [
    "archiver.work.reclean",
    "archiver.fetch.feeds",
    "archiver.fetch.sitemaps",
    "trafilatura",
]

T = TypeVar("T")


def _limit_memory() -> None:
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except (OSError, ValueError):
        return  # no Linux: there the limit is not enforced anyhow
    most = pages * resource.getpagesize() + MEMORY
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most if hard < 0 else min(most, hard), hard))


def _limit_time(seconds: int) -> None:
    """Have the kernel end this process when it has worked so long; what it did before is free."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = math.ceil(used.ru_utime + used.ru_stime) + seconds
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (most if hard < 0 else min(most, hard), hard))


def _serve(pipe: Connection, database: str, cleaner: Cleaner) -> None:
    """Do jobs until the pipe closes, as it does when the parent dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to all; the parent decides
    os.nice(19)  # fetching goes first: hosts wait for nobody, stored bytes can
    expect_many_objects()
    engine = archive.connect(database)
    _limit_memory()
    with suppress(EOFError, OSError):
        while True:
            work, arguments, seconds = pipe.recv()
            _limit_time(seconds)
            try:
                answer = True, work(engine, cleaner, *arguments)
            except Exception as fault:  # noqa: BLE001 - whatever it is, it is one job's
                answer = False, f"{type(fault).__name__}: {' '.join(str(fault).split())[:300]}"
            pipe.send(answer)


class _Worker:
    """A process and the pipe to it."""

    def __init__(self, database: str, cleaner: Cleaner) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(PRELOAD)
        self.pipe, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(
            target=_serve, args=(theirs, database, cleaner), daemon=True
        )
        self.process.start()
        theirs.close()

    def do(self, work: Callable[..., T], arguments: tuple[object, ...]) -> T:
        """Do one job. Raises TryLater; whether the worker is alive tells whether it can go on."""
        # Killed from outside: a worker may stop anywhere, in the middle of what it reads or of its
        # answer, and then neither `send` nor `recv` returns before the pipe ends with it.
        late = threading.Event()

        def expire() -> None:
            late.set()
            self.process.kill()

        limit = threading.Timer(PATIENCE, expire)
        limit.daemon = True
        limit.start()
        try:
            self.pipe.send((work, arguments, DEADLINE))
            done, value = self.pipe.recv()
        except (EOFError, OSError):
            self.end()
            raise TryLater(self._told(late=late.is_set())) from None
        finally:
            limit.cancel()
            limit.join()
            if late.is_set():
                self.end()  # its answer may have come just before
        if not done:
            raise TryLater(value)
        result: T = value
        return result

    def _told(self, *, late: bool) -> str:
        if late:
            return f"it took longer than {PATIENCE:g} s"
        code = self.process.exitcode
        if code == -signal.SIGXCPU:
            return f"it took longer than {DEADLINE} s of processor time"
        return f"the process that worked on it died (exit code {code})"

    def end(self) -> None:
        """End the process, whatever it does."""
        self.pipe.close()
        self.process.kill()
        self.process.join()


class Workers:
    """`jobs` processes that do jobs on an archive with a cleaner; with 0, this process does them.

    A job is a function of this package, called with an engine to read from, the cleaner and the
    arguments given. It must not write.
    """

    def __init__(self, engine: Engine, cleaner: Cleaner, jobs: int) -> None:
        """Start nothing yet: the first job starts the first process."""
        self.engine = engine
        self.cleaner = cleaner
        self.jobs = jobs
        self._threads = ThreadPoolExecutor(max(1, jobs), thread_name_prefix="clean")
        self._own = threading.local()
        self._workers: set[_Worker] = set()
        self._lock = threading.Lock()
        self._closed = False

    def submit(self, work: Callable[..., T], *arguments: object) -> Future[T]:
        """Have a job done. The future raises TryLater for what a worker did not survive."""
        if self.jobs:
            return self._threads.submit(self._do, work, arguments)
        future: Future[T] = Future()
        future.set_result(work(self.engine, self.cleaner, *arguments))
        return future

    def _do(self, work: Callable[..., T], arguments: tuple[object, ...]) -> T:
        worker: _Worker | None = getattr(self._own, "worker", None)
        if worker is None or not worker.process.is_alive():
            worker = self._start(worker)
        return worker.do(work, arguments)

    def _start(self, dead: _Worker | None) -> _Worker:
        with self._lock:
            if self._closed:
                raise TryLater("the run has ended")
            if dead is not None:
                self._workers.discard(dead)
            url = self.engine.url.render_as_string(hide_password=False)
            self._own.worker = _Worker(url, self.cleaner)
            self._workers.add(self._own.worker)
            started: _Worker = self._own.worker
            return started

    def __enter__(self) -> Self:
        """Give the workers themselves."""
        return self

    def __exit__(self, *_: object) -> None:
        """End every process, jobs under way with them."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._closed = True
            for worker in self._workers:
                worker.process.kill()  # a thread that waits for it sees the pipe end
        self._threads.shutdown()
        for worker in self._workers:
            worker.end()
