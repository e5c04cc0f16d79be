"""Packing bodies anew, in the background: stored bodies in, the same bytes in less space out.

What waits is a query (bodies as they came), so this stops and resumes anywhere. A body is packed
with others of its site as dictionary, which are committed before it; it is read back and compared
with its digest before the earlier encoding goes.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from archiver.archive import bodies, space
from archiver.archive import engine as archive
from archiver.archive.packing import BASE, FIRST, PACKED
from archiver.errors import Damaged
from archiver.work.adding import check_sites
from archiver.work.runs import recorded
from archiver.work.telling import Tell, silent

# Of zstd. The few pages that others build on are worth 20 times the time for a twentieth less.
BASE_LEVEL = 19
LEVEL = 9
CHUNK = 32  # bodies a transaction; packing them takes a tenth of a second, writing them less
CHUNK_BYTES = 16 * 1024 * 1024  # of their frames


@dataclass(frozen=True, slots=True)
class _Packed:
    """A body with its new encoding, before it is written."""

    body: bodies.Waiting
    encoding: str
    dictionary: str | None
    frame: bytes


class _Site:
    """The bodies of one site, in the order in which they came."""

    def __init__(self, engine: Engine, site: str, counts: Counter[str], tell: Tell) -> None:
        self.engine = engine
        self.counts = counts
        self.tell = tell
        self.ready: list[_Packed] = []
        with archive.read(engine) as c:
            self.base, self.used = bodies.base(c, site)

    def pack(self, snapshot: int) -> None:
        """Pack the body of one snapshot; write what is ready where that is due."""
        with archive.read(self.engine) as c:
            one = bodies.take(c, snapshot)
        if one is None:
            return
        if any(packed.body.target == one.target for packed in self.ready):
            self.flush()  # its earlier version may be its dictionary
        try:
            packed = self._packed(one)
        except Damaged as fault:
            self.counts["failed"] += 1
            self.tell(str(fault))
            return
        self.ready.append(packed)
        if packed.encoding in {BASE, FIRST}:
            self.flush()
            self._extend(packed)
        elif len(self.ready) >= CHUNK or sum(len(one.frame) for one in self.ready) > CHUNK_BYTES:
            self.flush()

    def _packed(self, one: bodies.Waiting) -> _Packed:
        if self.used >= bodies.ERA:
            self.base, self.used = None, 0
        with archive.read(self.engine) as c:
            dictionary = bodies.previous(c, one)
            encoding, level = PACKED, LEVEL
            if dictionary is None:
                dictionary = self.base
                if self._grows(one):
                    encoding, level = BASE if dictionary else FIRST, BASE_LEVEL
                else:
                    self.used += 1
            name = dictionary.digest if dictionary else None
            return _Packed(one, encoding, name, bodies.repack(c, one, encoding, level, name))

    def _grows(self, one: bodies.Waiting) -> bool:
        """Whether a body becomes one more page of the site's base."""
        fits = one.kind == "page" and 0 < one.length <= bodies.MAX_BASE
        return fits and (self.base is None or self.base.depth < bodies.BASE_PAGES)

    def _extend(self, packed: _Packed) -> None:
        with archive.read(self.engine) as c:
            self.base = bodies.link(c, packed.body.digest)
        self.used = 0

    def flush(self) -> None:
        """Write what is ready, in one transaction."""
        done: Counter[str] = Counter()
        with archive.write(self.engine) as c:
            for one in self.ready:
                if bodies.put(c, one.body, one.encoding, one.dictionary, one.frame):
                    done["bodies"] += 1
                    done["bytes_before"] += len(one.body.data)
                    done["bytes_after"] += len(one.frame)
        self.ready.clear()
        self.counts.update(done)


def compact(
    engine: Engine,
    *,
    hosts: Sequence[str] = (),
    vacuum: bool = False,
    clock: Callable[[], datetime],
    tell: Tell = silent,
) -> dict[str, int]:
    """Pack the bodies that are as they came, and give the freed space back to the disk.

    On SQLite the file shrinks at the end, some pages a transaction; `vacuum` writes it anew
    instead. Counts come back: bodies, their bytes before and after, failed ones, and of the file
    `file_before` and `file_after`. Raises BadInput for a site that is not in the archive.
    """
    check_sites(engine, hosts)
    before = space.size(engine)
    asked = {"hosts": list(hosts), "vacuum": vacuum}
    with recorded(engine, "compact", asked, clock) as (_, counts):
        sites: dict[str, array[int]] = {}  # 8 bytes a body
        with archive.read(engine) as c:
            for site, snapshot in bodies.waiting(c, hosts):
                sites.setdefault(site, array("q")).append(snapshot)
        total = sum(map(len, sites.values()))
        done = 0
        for site, snapshots in sites.items():
            work = _Site(engine, site, counts, tell)
            for snapshot in snapshots:
                work.pack(snapshot)
                done += 1
                tell(f"{done} of {total} bodies, {site}", passing=True)
            work.flush()
        if vacuum:
            space.vacuum(engine)
        elif space.shrink(engine):
            tell("this file of an earlier version keeps its free space: run compact --vacuum once")
        if before:
            counts.update(file_before=before, file_after=space.size(engine))
    return dict(counts)
