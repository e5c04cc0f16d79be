"""Pages of one site for a count over its history: some of them, always the same ones. Never writes.

A caller's transaction comes in; ids and times go out. Which pages are chosen, and in what order
they come, depends on their URLs alone, not on the order in which they were stored.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from archiver.archive import tables as t
from archiver.archive.packing import digest


@dataclass(frozen=True, slots=True)
class Version:
    """A snapshot, when it was fetched, and the digest of its body."""

    snapshot: int
    fetched_at: datetime
    body: str


def pages(c: Connection, site: str, most: int) -> tuple[int, list[tuple[int, str]]]:
    """How many pages of a site have a snapshot, and (target, URL) of `most` of them, by URL.

    Those of the least digests: a sample without bias, which hardly changes as pages are added.
    """
    query = (
        select(t.target.c.id, t.target.c.url)
        .where(
            t.target.c.site == site,
            t.target.c.kind == "page",
            t.target.c.id.in_(select(t.snapshot.c.target)),
        )
        .execution_options(yield_per=1000)
    )
    count = 0

    def drawn() -> Iterator[tuple[str, str, int]]:
        nonlocal count
        for target, url in c.execute(query):
            count += 1
            yield digest(url.encode()), url, target

    chosen = heapq.nsmallest(most, drawn())
    return count, sorted(((target, url) for _, url, target in chosen), key=lambda one: one[1])


def versions(c: Connection, targets: Sequence[int]) -> dict[int, list[Version]]:
    """The first and the last snapshot of each target, by their times; of some hundreds at once."""
    columns = (t.snapshot.c.id, t.snapshot.c.target, t.snapshot.c.fetched_at, t.snapshot.c.body)
    found: dict[int, list[Version]] = {}
    for id_, target, at, body in c.execute(
        select(*columns).where(t.snapshot.c.target.in_(targets))
    ):
        found.setdefault(target, []).append(Version(id_, at, body))
    for every in found.values():
        every.sort(key=lambda one: (one.fetched_at, one.body))
        del every[1:-1]
    return found
