"""Duplicates: the index brought in step, then the clusters, as lines.

What runs have stored since the last time is taken in first, some hundred documents a transaction,
and what that concerns is decided anew. Killed on the way it has done a part, and the next goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Engine

from archiver.archive import clusters as deciding
from archiver.archive import copies, duplicates
from archiver.archive import engine as archive
from archiver.archive.copies import Cluster, Kind, Summary
from archiver.archive.search import Filters
from archiver.errors import TryLater
from archiver.text.terminal import safe
from archiver.work.adding import check_sites
from archiver.work.history import moment
from archiver.work.indexing import bring_in_step
from archiver.work.telling import Tell
from archiver.work.views import packed

AT_ONCE = 500  # documents in one transaction: a second, and as few writes of a page as may be
SETTLED_AT_ONCE = 200
_SHOWN = 10  # members that people are shown; `--json` has all


def update(engine: Engine, tell: Tell, *, rebuild: bool = False) -> int:
    """Bring the index in step with the documents, or make it anew; how many pages it took.

    Raises TryLater where the archive cannot be written.
    """

    def take(targets: list[int]) -> int:
        with archive.read(engine) as c:
            entries = duplicates.prepare(c, targets)
        with archive.write(engine) as c:
            return duplicates.put(c, entries)

    count = bring_in_step(engine, duplicates, take, AT_ONCE, tell, used="compared", rebuild=rebuild)
    _settle(engine, tell)
    return count


def _settle(engine: Engine, tell: Tell) -> None:
    with archive.read(engine) as c:
        waiting = deciding.unsettled(c)
    done = 0
    while waiting:
        with archive.write(engine) as c:
            count = deciding.settle(c, SETTLED_AT_ONCE)
        if not count:
            return
        done += count
        # One may concern others that were settled before.
        tell(f"compared {done} of {max(done, waiting)} texts", passing=True)


def report(
    engine: Engine, filters: Filters, kind: Kind | None, limit: int, tell: Tell
) -> tuple[Summary, list[Cluster]]:
    """Count the clusters that have one of these pages, and give the largest of them.

    Raises BadInput for a site that is not in the archive.
    """
    check_sites(engine, filters.sites)
    try:
        update(engine, tell)
    except TryLater as fault:
        with archive.read(engine) as c:
            lacking = len(duplicates.stale(c))
        tell(f"{lacking} pages are not in the index and not compared: {fault}")
    with archive.read(engine) as c:
        return copies.summary(c, filters, kind), copies.clusters(c, filters, kind, limit)


def lines(clusters: Sequence[Cluster], *, as_json: bool) -> Iterator[str]:
    """The clusters for a terminal, or one JSON object each."""
    for place, cluster in enumerate(clusters, 1):
        if as_json:
            yield packed(_record(cluster))
        else:
            yield from map(safe, _told(place, cluster))


def _record(cluster: Cluster) -> dict[str, Any]:
    return {
        "kind": cluster.kind,
        "size": len(cluster.members),
        "sites": cluster.sites,
        "first_seen": cluster.seen[0].url,
        "representative": cluster.members[0].document,
        "members": [asdict(one) for one in cluster.members],
    }


def _told(place: int, cluster: Cluster) -> Iterator[str]:
    first, members = cluster.seen[0], cluster.members
    how = "the same words" if cluster.kind == "exact" else "nearly the same words"
    yield f"{place}. {members[0].title or '(no title)'}"
    agencies = list(dict.fromkeys(name for one in members for name in one.agencies))
    of = f" from {', '.join(agencies)}" if agencies else ""
    yield f"   {len(members)} pages of {_sites(cluster)}, {how}{of}"
    if len(cluster.sites) > 1:
        yield f"   first seen at {first.site}, {moment(first.first_seen)}"
    for one in members[:_SHOWN]:
        shown = "  first" if one is members[0] else f"{100 * one.similarity:6.0f}%"
        yield f"   {shown}  {moment(one.first_seen)}  {one.site}  {one.url}"
    if len(members) > _SHOWN:
        yield f"   and {len(members) - _SHOWN} more; --json has all"
    yield ""


def _sites(cluster: Cluster) -> str:
    return "1 site" if len(cluster.sites) == 1 else f"{len(cluster.sites)} sites"
