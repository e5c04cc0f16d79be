"""One at a time: what one process alone may do with an archive, and another sees it do.

An engine comes in, out goes whether it is ours. The lock is the operating system's or the server's
own, so it ends with the process that holds it, however that ends: no clock, nothing left behind.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from archiver.archive.engine import plain_errors
from archiver.errors import TryLater

# The key of the schedule's lock among the advisory locks of a PostgreSQL database; any number.
_KEY = 7247015


@contextmanager
def alone(engine: Engine) -> Iterator[Callable[[], None] | None]:
    """Hold the archive's schedule; None where another process does.

    The function given raises TryLater where it has been lost, with the connection to the server.
    """
    with (_postgresql if engine.dialect.name == "postgresql" else _sqlite)(engine) as held:
        yield held


@contextmanager
def _sqlite(engine: Engine) -> Iterator[Callable[[], None] | None]:
    # A file beside the archive: a lock of the archive's own file would be in SQLite's way.
    path = f"{engine.url.database}.schedule"
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as fault:
        raise TryLater(
            f"{path}: cannot be made: {fault.strerror}; mend that and run again"
        ) from fault
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield lambda: None
    finally:
        os.close(handle)


@contextmanager
def _postgresql(engine: Engine) -> Iterator[Callable[[], None] | None]:
    # A connection of its own, that stands as long as the lock, outside of any transaction.
    with plain_errors(engine):
        connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        with plain_errors(engine):
            ours = connection.scalar(text(f"SELECT pg_try_advisory_lock({_KEY})"))

        def still() -> None:
            with plain_errors(engine):
                connection.scalar(text("SELECT 1"))

        yield still if ours else None
    finally:
        with suppress(SQLAlchemyError):
            connection.execute(text(f"SELECT pg_advisory_unlock({_KEY})"))  # at once, for who waits
        with suppress(SQLAlchemyError):
            connection.invalidate()  # closed for good: in a pool the lock would outlive its holder
        connection.close()
