"""A command that writes to the archive, on record: a row when it begins, another when it ends.

A run without an end was killed, or is still going.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime

from sqlalchemy import Engine

from archiver.archive import engine as archive
from archiver.archive import store
from archiver.errors import ArchiverError, Guarded

INTERRUPTED = 130  # the exit code of a shell for a program that SIGINT ended


@contextmanager
def recorded(
    engine: Engine, verb: str, asked: Mapping[str, object], clock: Callable[[], datetime]
) -> Iterator[tuple[int, Counter[str]]]:
    """Yield the run's id and its counts, which the block fills; `failed` decides the exit code.

    That is 130 for an interrupt, 3 for a guard, whose words are kept, and 1 for any other
    exception, which goes on to the caller.
    """
    with archive.write(engine) as c:
        run = store.start_run(c, verb, asked, clock())
    counts: Counter[str] = Counter()

    def end(exit_code: int, stopped: str = "") -> None:
        told = {"stopped": stopped} if stopped else {}
        with archive.write(engine) as c:
            store.end_run(c, run, exit_code, {**counts, **told}, clock())

    try:
        yield run, counts
    except BaseException as fault:
        # What ended the run is what the user must read, also where it forbids this row too.
        with suppress(ArchiverError):
            if isinstance(fault, Guarded):
                end(Guarded.exit_code, str(fault))
            else:
                end(INTERRUPTED if isinstance(fault, KeyboardInterrupt) else 1)
        raise
    end(1 if counts["failed"] else 0)
