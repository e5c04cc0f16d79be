"""What one job does to its process costs that job alone."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from sqlalchemy import Engine

from archiver.errors import TryLater
from archiver.work import pool, reclean
from archiver.work.cleaning import Cleaner
from archiver.work.ingest import ingest
from archiver.work.pool import Workers
from archiver.work.sample_sites import samples_folder
from tests.conftest import archive_with
from tests.work.jobs import crash, devour, hang, number, raising, stop_in_the_answer, work_on
from tests.work.serving import clock

CLEANER = Cleaner(None)


def fill(engine: Engine, folder: Path) -> None:
    ingest(engine, CLEANER, [samples_folder()], site="s.example", clock=clock)


engine = archive_with(fill)
# A process that ends, or is ended, has the same end whatever database it reads.
one_engine = archive_with(fill, "sqlite")


def test_every_way_of_a_job_is_told_and_the_next_goes_on(
    one_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Crash, memory, error, work without end, hang: TryLater says which, and the worker after it makes the same."""
    with Workers(one_engine, CLEANER, 1) as workers:
        for job, told, deadline, patience in (
            (crash, "died", 60, 900.0),
            (devour, "MemoryError", 60, 900.0),
            (raising, "LookupError: no such thing", 60, 900.0),
            (work_on, "longer than 0 s of processor time", 0, 900.0),  # what is left of a second
            (hang, "longer than 0.3 s", 60, 0.3),
        ):
            monkeypatch.setattr(pool, "DEADLINE", deadline)
            monkeypatch.setattr(pool, "PATIENCE", patience)
            with pytest.raises(TryLater, match=told):
                workers.submit(job).result()
        monkeypatch.setattr(pool, "PATIENCE", 900.0)
        made = workers.submit(reclean.make_one, 1).result()
    assert made.document is not None
    assert made == reclean.make_one(one_engine, CLEANER, 1)


def test_a_worker_that_stops_reading_or_answering_is_ended(
    one_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than a pipe holds is sent to a stopped process; another stops within its answer."""
    with Workers(one_engine, CLEANER, 1) as workers:
        for job, argument in ((number, bytes(8 * 1024**2)), (stop_in_the_answer, None)):
            started = workers.submit(number).result(timeout=300)
            if argument:
                os.kill(started, signal.SIGSTOP)
            monkeypatch.setattr(pool, "PATIENCE", 0.25)
            with pytest.raises(TryLater, match=r"longer than 0\.25 s"):
                workers.submit(job, argument).result(timeout=300)
            monkeypatch.setattr(pool, "PATIENCE", 900.0)
            assert workers.submit(number).result(timeout=300) != started


@pytest.mark.parametrize("jobs", [0, 3])
def test_documents_are_the_same_at_any_job_count(engine: Engine, jobs: int) -> None:
    with Workers(engine, CLEANER, jobs) as workers:
        made = [workers.submit(reclean.make_one, snapshot) for snapshot in range(1, 9)]
        assert [one.result() for one in made] == [
            reclean.make_one(engine, CLEANER, snapshot) for snapshot in range(1, 9)
        ]
