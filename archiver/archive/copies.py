"""The clusters of duplicates, as they are asked for: the index of `archive/duplicates.py`, read.

A caller's transaction comes in, rows go out. Pages whose document the index does not have yet stand
in none; one with a newer document than the index has is left out, too.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection, and_, case, func, select

from archiver.archive import tables as t
from archiver.archive.search import Filters, conditions
from archiver.archive.store import ALIAS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Select

Kind = Literal["exact", "near"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A page of a cluster; `similarity` is that of its text to the representative's, 0 to 1."""

    target: int
    document: int
    url: str
    site: str
    language: str
    title: str | None
    published: str | None
    first_seen: datetime  # when the bytes of its document were
    agencies: list[str]
    kind: Kind
    similarity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Pages with the same text, or nearly; exact: all of them have the representative's words."""

    kind: Kind
    members: list[Member]  # by rank: the first is the representative

    @property
    def sites(self) -> list[str]:
        """The sites, in the order in which they were first seen with it."""
        return list(dict.fromkeys(one.site for one in self.seen))

    @property
    def seen(self) -> list[Member]:
        """The members in the order in which they were first seen."""
        return sorted(self.members, key=lambda one: (one.first_seen, one.target))


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How many clusters there are, of how many pages, and what could go."""

    clusters: int
    pages: int
    exact: int  # pages with the words of an earlier one
    near: int  # texts that are nearly those of a representative
    across_sites: int


_IN_STEP = (
    t.duplicate_document.join(t.wording, t.wording.c.id == t.duplicate_document.c.wording)
    .join(
        t.target,
        and_(
            t.target.c.id == t.duplicate_document.c.target,
            t.target.c.document == t.duplicate_document.c.document,
            t.target.c.state != ALIAS,
        ),
    )
    .join(t.document, t.document.c.id == t.duplicate_document.c.document)
    .join(t.snapshot, t.snapshot.c.id == t.document.c.snapshot)
)
_PAGES = func.count()
_TEXTS = func.count(t.wording.c.id.distinct())
_SITES = func.count(t.target.c.site.distinct())


def _clusters(filters: Filters, kind: Kind | None) -> Select[Any]:
    """A row for each cluster that has one of the pages that are let through."""
    query = (
        select(
            t.wording.c.centre,
            _PAGES.label("pages"),
            _TEXTS.label("texts"),
            _SITES.label("sites"),
            func.min(t.duplicate_document.c.rank).label("rank"),
        )
        .select_from(_IN_STEP)
        .where(t.wording.c.centre.is_not(None))
        .group_by(t.wording.c.centre)
        .having(_PAGES > 1)
    )
    if asked := conditions(filters):
        query = query.having(func.sum(case((and_(*asked), 1), else_=0)) > 0)
    if kind is not None:
        query = query.having(_TEXTS == 1 if kind == "exact" else _TEXTS > 1)
    return query


def summary(c: Connection, filters: Filters, kind: Kind | None) -> Summary:
    """Count the clusters that are asked for."""
    found = _clusters(filters, kind).subquery().c
    query = select(
        func.count(),
        func.sum(found.pages),
        func.sum(found.pages - found.texts),
        func.sum(found.texts - 1),
        func.sum(case((found.sites > 1, 1), else_=0)),
    )
    clusters, pages, exact, near, across = (int(one or 0) for one in c.execute(query).one())
    return Summary(clusters=clusters, pages=pages, exact=exact, near=near, across_sites=across)


def clusters(c: Connection, filters: Filters, kind: Kind | None, limit: int) -> list[Cluster]:
    """The largest clusters of those that are asked for, of equal ones the earliest."""
    of = _clusters(filters, kind)
    found = of.order_by(_PAGES.desc(), func.min(t.duplicate_document.c.rank), t.wording.c.centre)
    names = [row.centre for row in c.execute(found.limit(limit))]
    members = _members(c, names)
    return [_cluster(members[name]) for name in names]


def _cluster(rows: Sequence[Any]) -> Cluster:
    first = rows[0].wording
    members = [
        Member(
            target=row.target,
            document=row.document,
            url=row.url,
            site=row.site,
            language=row.language,
            title=row.title,
            published=row.published,
            first_seen=row.fetched_at,
            agencies=row.agencies or [],
            kind="exact" if row.wording == first else "near",
            similarity=row.similarity,
        )
        for row in rows
    ]
    exact = all(one.kind == "exact" for one in members)
    return Cluster(kind="exact" if exact else "near", members=members)


def _members(c: Connection, centres: Sequence[int]) -> dict[int, list[Any]]:
    own, document = t.duplicate_document.c, t.document.c
    query = (
        select(
            t.wording.c.centre,
            t.wording.c.id.label("wording"),
            t.wording.c.similarity,
            own.target,
            own.document,
            t.target.c.url,
            t.target.c.site,
            document.language,
            document.title,
            document.published,
            document.agencies,
            t.snapshot.c.fetched_at,
        )
        .select_from(_IN_STEP)
        .where(t.wording.c.centre.in_(centres))
        .order_by(own.rank, own.target)
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for row in c.execute(query):
        found[row.centre].append(row)
    return found
