"""An index of the current documents brought in step with them: what it lacks, some at a time.

Killed on the way it has done a part, and the next call goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from sqlalchemy import Engine

from archiver.archive import engine as archive
from archiver.work.telling import Tell


def bring_in_step(
    engine: Engine,
    index: ModuleType,
    take: Callable[[list[int]], int],
    at_once: int,
    tell: Tell,
    *,
    used: str,
    rebuild: bool,
) -> int:
    """Have `take` put pages in, `at_once` of them at a time; how many pages the index lacked.

    `index` is a file of `archive/` with `other_form`, `clear` and `stale`; `take` is given numbers
    of targets and returns how many texts were damaged and so not `used` ("searched").
    Raises TryLater where the archive cannot be written.
    """
    with archive.read(engine) as c:
        outdated = rebuild or index.other_form(c)
    if outdated:
        with archive.write(engine) as c:
            index.clear(c)
    with archive.read(engine) as c:
        targets: list[int] = index.stale(c)
    damaged = 0
    for start in range(0, len(targets), at_once):
        damaged += take(targets[start : start + at_once])
        tell(f"indexed {min(start + at_once, len(targets))} of {len(targets)} pages", passing=True)
    if damaged:
        tell(f"{damaged} texts are not what was stored and not {used}; run: archiver verify")
    return len(targets)
