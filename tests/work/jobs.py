"""What jobs of a worker do that goes wrong: imported in every worker, so with nothing beside it."""

from __future__ import annotations

import os
import signal
import struct
import sys
import time
from contextlib import suppress

from sqlalchemy import Engine

from archiver.model import Page, Snapshot
from archiver.work import pool
from archiver.work.cleaning import Cleaner


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
    """Work without end; ahead of others where that is allowed, for seconds of work are awaited."""
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, 0)
    while True:
        pass


def devour(engine: Engine, cleaner: Cleaner) -> int:
    """Ask for more than there is, also if something was given back since the worker began."""
    return len(bytes(pool.MEMORY + pool.MEMORY // 8))


def raising(engine: Engine, cleaner: Cleaner) -> None:
    raise LookupError("no\nsuch thing")


class Dying(Cleaner):
    """Ends its process where a page is laid out."""

    def page(self, snapshot: Snapshot, site: str = "") -> Page:  # noqa: ARG002
        """Lay out nothing."""
        raise SystemExit("out")
