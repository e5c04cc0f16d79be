"""What one job does to its process costs that job alone."""

from __future__ import annotations

import os
import signal
import struct
import sys
import time

import pytest
from sqlalchemy import Engine

from archiver.errors import TryLater
from archiver.work import pool, reclean
from archiver.work.cleaning import Cleaner
from archiver.work.ingest import ingest
from archiver.work.pool import Workers
from archiver.work.sample_sites import samples_folder
from tests.work.test_main_job import clock


def crash(engine: Engine, cleaner: Cleaner) -> None:
    os.abort()


def hang(engine: Engine, cleaner: Cleaner) -> None:
    time.sleep(600)


def number(engine: Engine, cleaner: Cleaner, *_: object) -> int:
    return os.getpid()


def stop_in_the_answer(engine: Engine, cleaner: Cleaner, *_: object) -> None:
    """Announce 1,000 bytes on the pipe to the parent, send none, and stop."""
    pipe = sys._getframe(1).f_locals["pipe"]
    os.write(pipe.fileno(), struct.pack("!i", 1000))
    os.kill(os.getpid(), signal.SIGSTOP)


def work_on(engine: Engine, cleaner: Cleaner) -> None:
    while True:
        pass


def devour(engine: Engine, cleaner: Cleaner) -> int:
    return len(bytes(pool.MEMORY + 1))


def raising(engine: Engine, cleaner: Cleaner) -> None:
    raise LookupError("no\nsuch thing")


def test_every_way_of_a_job_is_told_and_the_next_goes_on(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Crash, memory, error, work without end, hang: TryLater says which, and the worker after it makes the same."""
    cleaner = Cleaner(None)
    ingest(engine, cleaner, [samples_folder()], site="s.example", clock=clock)
    with Workers(engine, cleaner, 1) as workers:
        for job, told, deadline, patience in (
            (crash, "died", 60, 900.0),
            (devour, "MemoryError", 60, 900.0),
            (raising, "LookupError: no such thing", 60, 900.0),
            (work_on, "longer than 1 s of processor time", 1, 900.0),
            (hang, "longer than 3 s", 60, 3.0),
        ):
            monkeypatch.setattr(pool, "DEADLINE", deadline)
            monkeypatch.setattr(pool, "PATIENCE", patience)
            with pytest.raises(TryLater, match=told):
                workers.submit(job).result()
        monkeypatch.setattr(pool, "PATIENCE", 900.0)
        made = workers.submit(reclean.make_one, 1).result()
    assert made.document is not None
    assert made == reclean.make_one(engine, cleaner, 1)


def test_a_worker_that_stops_reading_or_answering_is_ended(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than a pipe holds is sent to a stopped process; another stops within its answer."""
    with Workers(engine, Cleaner(None), 1) as workers:
        for job, argument in ((number, bytes(8 * 1024**2)), (stop_in_the_answer, None)):
            started = workers.submit(number).result(timeout=300)
            if argument:
                os.kill(started, signal.SIGSTOP)
            monkeypatch.setattr(pool, "PATIENCE", 3.0)
            with pytest.raises(TryLater, match="longer than 3 s"):
                workers.submit(job, argument).result(timeout=300)
            monkeypatch.setattr(pool, "PATIENCE", 900.0)
            assert workers.submit(number).result(timeout=300) != started


@pytest.mark.parametrize("jobs", [0, 3])
def test_documents_are_the_same_at_any_job_count(engine: Engine, jobs: int) -> None:
    cleaner = Cleaner(None)
    ingest(engine, cleaner, [samples_folder()], site="s.example", clock=clock)
    with Workers(engine, cleaner, jobs) as workers:
        made = [workers.submit(reclean.make_one, snapshot) for snapshot in range(1, 9)]
        assert [one.result() for one in made] == [
            reclean.make_one(engine, cleaner, snapshot) for snapshot in range(1, 9)
        ]
