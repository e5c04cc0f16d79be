"""What the threads and workers of a run tell the one thread that writes to the archive."""

from __future__ import annotations

from dataclasses import dataclass
from queue import SimpleQueue

from archiver.archive import queries
from archiver.model import Fetched, Found
from archiver.work import reclean


@dataclass(frozen=True, slots=True)
class Asking:
    """A thread wants to ask an origin, and waits for a number of seconds: 0 for go on."""

    origin: str
    seconds: float
    answer: SimpleQueue[float]


@dataclass(frozen=True, slots=True)
class Landed:
    """A thread has done what it was sent out for. Without `fetched`, nothing was asked."""

    origin: str
    due: queries.Due
    chore: bool = False
    fetched: Fetched | None = None
    names: tuple[Found, ...] = ()
    fault: str = ""  # of a source that does not read


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A worker has laid out and cleaned a snapshot."""

    made: reclean.Made


@dataclass(frozen=True, slots=True)
class Died:
    """A thread could not even say what it was sent out for: that ends the run."""

    fault: BaseException


Message = Asking | Landed | Cleaned | Died | None
