"""What was erased stays away: what is about to be stored in, what of it is barred out.

A caller's transaction comes in. An erased page's URL is not in the archive any more, nor is its
text: the table `erasure` has the digests of its names and bodies. Never writes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from archiver.archive import tables as t
from archiver.archive.packing import digest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archiver.model import Fetched

ERASED = "erased"  # the state of a target whose page was erased
_AT_ONCE = 500  # digests that are looked up together


def named(url: str) -> str:
    """The digest by which an erased page's URL is known again."""
    return digest(url.encode("utf-8", "surrogatepass"))


def any_erased(c: Connection) -> bool:
    """Whether any page was erased. As a rule none was, and a sitemap names fifty thousand."""
    query = select(t.target.c.id).where(t.target.c.state == ERASED).limit(1)
    return c.execute(query).first() is not None


def erased(c: Connection, names: Sequence[str]) -> set[str]:
    """Tell which of these (URLs, or digests of bodies) are of pages that were erased."""
    if not any_erased(c):
        return set()
    keys = {named(name): name for name in names} | {name: name for name in names}
    asked = list(keys)
    found: set[str] = set()
    for start in range(0, len(asked), _AT_ONCE):
        known = t.erasure.c.digest.in_(asked[start : start + _AT_ONCE])
        found.update(
            keys[one] for one in c.execute(select(t.erasure.c.digest).where(known)).scalars()
        )
    return found


def kept_out(c: Connection, target: int, fetched: Fetched) -> Fetched:
    """An answer as it may be stored: of an erased page no more than that it was asked for."""
    if not any_erased(c):
        return fetched
    names = [fetched.final_url, *([digest(fetched.body)] if fetched.body else ())]
    state = select(t.target.c.state).where(t.target.c.id == target)
    if not erased(c, names) and c.execute(state).scalar() != ERASED:
        return fetched
    return replace(
        fetched,
        requested_url="",
        final_url="",
        outcome="refused",
        reason="the page was erased: nothing of it is stored again",
        headers=(),
        body=b"",
        redirects=(),
        signals=(),
    )
