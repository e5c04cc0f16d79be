"""Runs on record: what was asked, when, how it ended. A transaction comes in, values go out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select

from archiver.archive import tables as t

if TYPE_CHECKING:
    from datetime import datetime

# A run that neither ended nor wrote a row for so long was killed: its requests have deadlines, and
# a daemon fetches something in any hour. Nothing else tells it from one that is still going.
QUIET = timedelta(hours=3)
_RECENT = 5000  # rows that are looked at for signs of life


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run; `ended`, `exit_code` and `counts` are None while it has no end on record."""

    id: int
    verb: str
    asked: Any
    at: datetime
    version: str
    ended: datetime | None
    exit_code: int | None
    counts: Any
    alive: bool = False  # without an end, with a row of it that is young

    @property
    def state(self) -> str:
        """``exit N``, ``going`` or ``killed``."""
        if self.exit_code is not None:
            return f"exit {self.exit_code}"
        return "going" if self.alive else "killed"


def runs(
    c: Connection, now: datetime, *, run: int | None = None, verb: str = "", most: int = 20
) -> list[Run]:
    """The newest runs, or the one of an id."""
    query = (
        select(
            *(t.run.c[name] for name in ("id", "verb", "asked", "at", "version")),
            t.run_end.c.at.label("ended"),
            t.run_end.c.exit_code,
            t.run_end.c.counts,
        )
        .join_from(t.run, t.run_end, t.run_end.c.run == t.run.c.id, isouter=True)
        .order_by(t.run.c.id.desc())
        .limit(most)
    )
    if run is not None:
        query = query.where(t.run.c.id == run)
    if verb:
        query = query.where(t.run.c.verb == verb)
    found = list(c.execute(query).mappings())
    open_ones = [row for row in found if row["exit_code"] is None]
    alive = _alive(c, now) if open_ones else set()
    return [
        Run(**row, alive=row["id"] in alive or abs(now - row["at"]) < QUIET)
        if row["exit_code"] is None
        else Run(**row)
        for row in found
    ]


def _alive(c: Connection, now: datetime) -> set[int]:
    """Runs that fetched or cleaned something a short while ago."""
    found: set[int] = set()
    for table in (t.fetch, t.document):
        newest = c.scalar(select(func.max(table.c.id))) or 0
        query = select(table.c.run).distinct()
        query = query.where(table.c.id > newest - _RECENT, table.c.at > now - QUIET)
        found.update(run for run in c.scalars(query) if run is not None)
    return found
