"""What re-cleaning asks: which snapshots are stale, how they stand, what was made of them before.

A caller's transaction comes in, frozen values and lists of ids go out. Lists are read in pages by
key: `after` is the last key seen, 0 at the start, and every one ascends, so that a job stops and
resumes anywhere. Never writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import BindParameter, Connection, Select, bindparam, case, exists, func, or_, select

from archiver.archive import tables as t
from archiver.archive.packing import unsqueeze
from archiver.archive.standing import is_whole, last_seen, may_stand

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from archiver.model import Mark

Counts = dict[str, tuple[int, int]]  # by rule: blocks that it marks, and characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which snapshots a re-clean keeps to; of all where nothing is said.

    `since` is a time of fetching. `languages` are primary subtags, as the newest layout has them.
    `cleaner` is one that has made a document of the snapshot. `only_failed` means those that have
    a failure on record and no document, also where this very cleaner failed on them.
    """

    hosts: tuple[str, ...] = ()
    since: datetime | None = None
    languages: tuple[str, ...] = ()
    cleaner: str | None = None
    only_failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Pages that one recipe cleans: `count` of them under the extractor asked for."""

    site: str
    language: str
    systems: tuple[str, ...]
    count: int


# Whether a snapshot's body is whole, when it was last seen, and its id: the greater stands.
Rank = tuple[bool, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A snapshot's page and site, its rank, and that of the one which the target points at."""

    target: int
    url: str
    site: str
    rank: Rank
    current: Rank | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What a snapshot's document is: the one in force, or the newest; `text` is its digest."""

    id: int
    cleaner: str
    text: str
    marks: bytes
    chars: int  # of the text
    language: str
    flags: tuple[str, ...]
    full: bool  # whether it has all columns that documents have today


@dataclass(frozen=True, slots=True)
class Cached:
    """A cached layout, packed."""

    site: str
    language: str
    systems: tuple[str, ...]
    data: bytes


def _narrow(chosen: Chosen, snapshot: ColumnElement[int]) -> list[ColumnElement[bool]]:
    """The conditions that a choice sets beside the site's."""
    found: list[ColumnElement[bool]] = []
    if chosen.since is not None:
        dated = t.snapshot.alias()
        late = dated.c.fetched_at >= chosen.since
        found.append(exists().where(dated.c.id == snapshot, late))
    # Other names than those of the query around, which may ask of a document as well.
    document, failure = t.document.alias(), t.failure.alias()
    if chosen.cleaner is not None:
        of = document.c.cleaner == chosen.cleaner
        found.append(exists().where(document.c.snapshot == snapshot, of))
    if chosen.only_failed:
        found.append(exists().where(failure.c.snapshot == snapshot))
        found.append(~exists().where(document.c.snapshot == snapshot))
    return found


def _speaks(column: ColumnElement[str], languages: Sequence[str]) -> list[ColumnElement[bool]]:
    each = (or_(column == one, column.startswith(f"{one}-", autoescape=True)) for one in languages)
    return [or_(*each)] if languages else []


def groups(
    c: Connection,
    extractor: str,
    chosen: Chosen = Chosen(),
    *,
    of_sites: Mapping[str, str] = MappingProxyType({}),
) -> list[Group]:
    """Count an extractor's pages by site, language and systems.

    Sites in `of_sites` have an extractor of their own.
    """
    keys = (t.page.c.site, t.page.c.language, t.page.c.systems)
    names = (extractor, *of_sites.values())
    hosts = [t.page.c.site.in_(chosen.hosts)] if chosen.hosts else []
    query = (
        select(*keys, t.page.c.extractor, func.count())
        .where(t.page.c.extractor.in_(names), *hosts)
        .where(*_speaks(t.page.c.language, chosen.languages))
        .group_by(*keys, t.page.c.extractor)
        .order_by(*keys)
    )
    return [
        Group(site=site, language=language, systems=tuple(systems.split()), count=count)
        for site, language, systems, name, count in c.execute(query)
        if name == of_sites.get(site, extractor)
    ]


def unextracted(
    c: Connection,
    extractor: str,
    chosen: Chosen = Chosen(),
    *,
    after: int,
    limit: int,
    of_sites: Mapping[str, str] = MappingProxyType({}),
) -> list[tuple[int, str]]:
    """List snapshots of pages that this extractor has neither laid out nor failed on.

    With their sites; those in `of_sites` have an extractor of their own. Of a language are those
    that an earlier layout says are.
    """
    name: str | ColumnElement[str] = extractor
    if of_sites:
        name = case(dict(of_sites), value=t.target.c.site, else_=extractor)
    query = (
        select(t.snapshot.c.id, t.target.c.site)
        .join(t.target, t.target.c.id == t.snapshot.c.target)
        .where(
            t.snapshot.c.id > after,
            t.target.c.kind == "page",
            ~exists().where(t.page.c.snapshot == t.snapshot.c.id, t.page.c.extractor == name),
            *_narrow(chosen, t.snapshot.c.id),
        )
    )
    if chosen.hosts:
        query = query.where(t.target.c.site.in_(chosen.hosts))
    if not chosen.only_failed:
        query = query.where(~_failed(t.snapshot.c.id, name))
    if chosen.languages:
        spoken = _speaks(t.page.c.language, chosen.languages)
        query = query.where(exists().where(t.page.c.snapshot == t.snapshot.c.id, *spoken))
    rows = c.execute(query.order_by(t.snapshot.c.id).limit(limit))
    return [(snapshot, site) for snapshot, site in rows]


def stale(
    c: Connection,
    extractor: str,
    group: Group,
    cleaner: str,
    chosen: Chosen = Chosen(),
    *,
    after: int,
    limit: int,
) -> list[int]:
    """List snapshots of a group that this cleaner has neither cleaned nor failed on."""
    return _of_group(c, _stale(chosen), extractor, group, cleaner, after, limit)


# Built once for all groups: that takes longer than running it on a thousand pages.
@lru_cache(maxsize=8)
def _stale(chosen: Chosen) -> Select[Any]:
    here = t.page.c.snapshot
    query = _in_group().where(
        ~exists().where(t.document.c.snapshot == here, t.document.c.cleaner == _CLEANER),
        *_narrow(chosen, here),
    )
    return query if chosen.only_failed else query.where(~_failed(here, _CLEANER))


def misdirected(
    c: Connection,
    extractor: str,
    group: Group,
    cleaner: str,
    chosen: Chosen = Chosen(),
    *,
    after: int,
    limit: int,
) -> list[int]:
    """List snapshots of a group that this cleaner has cleaned, yet their targets point elsewhere.

    Only those that may be their target's current snapshot; `batches.point` mends them.
    """
    return _of_group(c, _misdirected(chosen), extractor, group, cleaner, after, limit)


@lru_cache(maxsize=8)
def _misdirected(chosen: Chosen) -> Select[Any]:
    current = t.target.alias()
    return (
        _in_group()
        .join(t.document, t.document.c.snapshot == t.page.c.snapshot)
        .join(t.snapshot, t.snapshot.c.id == t.page.c.snapshot)
        .join(t.target, t.target.c.id == t.snapshot.c.target)
        .where(
            t.document.c.cleaner == _CLEANER,
            # What nearly every document is, and indexes alone tell: no row is looked at.
            ~exists().where(current.c.document == t.document.c.id),
            may_stand(t.page.c.snapshot),
            *_narrow(chosen, t.page.c.snapshot),
        )
    )


_CLEANER = bindparam("cleaner", type_=t.STRING)


def _in_group() -> Select[Any]:
    names = ("extractor", "site", "language", "systems")
    after, limit = bindparam("after", type_=t.ID), bindparam("most", type_=t.ID)
    return (
        select(t.page.c.snapshot)
        .where(*(t.page.c[name] == bindparam(f"of_{name}") for name in names))
        .where(t.page.c.snapshot > after)
        .order_by(t.page.c.snapshot)
        .limit(limit)
    )


def _of_group(
    c: Connection,
    query: Select[Any],
    extractor: str,
    group: Group,
    cleaner: str,
    after: int,
    limit: int,
) -> list[int]:
    """Run a query of `_in_group`."""
    values = {
        "of_extractor": extractor,
        "of_site": group.site,
        "of_language": group.language,
        "of_systems": " ".join(group.systems),
        "cleaner": cleaner,
        "after": after,
        "most": limit,
    }
    return list(c.execute(query, values).scalars())


def _failed(snapshot: ColumnElement[int], under: str | ColumnElement[str]) -> ColumnElement[bool]:
    return exists().where(t.failure.c.snapshot == snapshot, t.failure.c.cleaner == under)


# Of some hundreds of snapshots at a time

# A list as it is: a statement that is built of one costs as much as it takes to run.
_THESE: BindParameter[Any] = bindparam("snapshots", expanding=True)


def standings(c: Connection, snapshots: Sequence[int]) -> dict[int, Standing]:
    """Tell of each snapshot whether it may be its target's current one; `may_stand` in SQL.

    A snapshot that is the current one stands whether its body is whole or not, and is not asked.
    """
    rows = c.execute(_standings(), {"snapshots": list(snapshots)})
    return {
        snapshot: Standing(
            target=target,
            url=url,
            site=site,
            rank=(bool(whole), seen, snapshot),
            current=None if current is None else (bool(current_whole), known, current),
        )
        for snapshot, target, url, site, current, whole, current_whole, seen, known in rows
    }


@cache
def _standings() -> Select[Any]:
    same = t.target.c.snapshot == t.snapshot.c.id
    return (
        select(t.snapshot.c.id, t.target.c.id, t.target.c.url, t.target.c.site)
        .add_columns(t.target.c.snapshot)
        .add_columns(case((same, 1), (is_whole(t.snapshot.c.id), 1), else_=0))
        .add_columns(case((same, 1), (is_whole(t.target.c.snapshot), 1), else_=0))
        .add_columns(last_seen(t.snapshot.c.id), last_seen(t.target.c.snapshot))
        .join(t.target, t.target.c.id == t.snapshot.c.target)
        .where(t.snapshot.c.id.in_(_THESE))
    )


def bases(c: Connection, snapshots: Sequence[int]) -> dict[int, Base]:
    """Read what each snapshot's document is, if any: its target's current one, else its newest."""
    rows = c.execute(_bases(), {"snapshots": list(snapshots)})
    return {
        snapshot: Base(
            id=id_,
            cleaner=cleaner,
            text=text,
            marks=marks,
            chars=chars,
            language=language,
            flags=tuple(flags),
            full=bool(full),
        )
        for id_, snapshot, cleaner, text, marks, chars, language, flags, full in rows
    }


@cache
def _bases() -> Select[Any]:
    columns = ("id", "snapshot", "cleaner", "text", "marks", "kept_chars", "language", "flags")
    current = case((t.target.c.document == t.document.c.id, 1), else_=0)
    return (
        select(*(t.document.c[name] for name in columns))
        .add_columns(t.document.c.structure.is_not(None))
        .join(t.snapshot, t.snapshot.c.id == t.document.c.snapshot)
        .join(t.target, t.target.c.id == t.snapshot.c.target)
        .where(t.document.c.snapshot.in_(_THESE))
        .order_by(current, t.document.c.id)  # the last one of a snapshot stands
    )


def layouts(
    c: Connection,
    snapshots: Sequence[int],
    extractor: str,
    *,
    of_sites: Mapping[str, str] = MappingProxyType({}),
) -> dict[int, Cached]:
    """Read the cached layouts of snapshots, still packed. Of sites see `groups`."""
    names = (extractor, *of_sites.values())
    columns = ("snapshot", "site", "language", "systems", "data", "extractor")
    query = select(*(t.page.c[name] for name in columns)).where(
        t.page.c.snapshot.in_(snapshots), t.page.c.extractor.in_(names)
    )
    return {
        snapshot: Cached(site, language, tuple(systems.split()), data)
        for snapshot, site, language, systems, data, name in c.execute(query)
        if name == of_sites.get(site, extractor)
    }


def rules_in(packed: bytes, what: str) -> Counts:
    """Count packed marks by rule. Raises Damaged."""
    reasons, rows = orjson.loads(unsqueeze(packed, what))
    names = [rule for rule, _ in reasons]
    if len(set(names)) < len(names):  # a rule that marks several kinds
        return _counts((names[place], block, end - start) for block, start, end, place in rows)
    lines, chars, last = [0] * len(names), [0] * len(names), [-1] * len(names)
    for block, start, end, place in rows:
        chars[place] += end - start
        if last[place] != block:
            lines[place] += 1
            last[place] = block
    return dict(zip(names, zip(lines, chars, strict=True), strict=True))


def count_marks(marks: Iterable[Mark]) -> Counts:
    """Count marks by rule."""
    return _counts((mark.rule, mark.block, mark.end - mark.start) for mark in marks)


def _counts(marked: Iterable[tuple[str, int, int]]) -> Counts:
    """Sum (rule, block, characters), block by block in order."""
    lines: dict[str, int] = {}
    chars: dict[str, int] = {}
    last: dict[str, int] = {}
    for rule, block, length in marked:
        chars[rule] = chars.get(rule, 0) + length
        if last.get(rule) != block:
            lines[rule] = lines.get(rule, 0) + 1
            last[rule] = block
    return {rule: (lines[rule], chars[rule]) for rule in lines}
