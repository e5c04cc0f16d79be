"""Which snapshot of a target stands: a whole one first, then the one that was seen last.

Conditions for the statements of others come out, and one function that moves a target's pointer.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, and_, exists, func, literal, or_, select, update

from archiver.archive import tables as t


def is_whole(snapshot: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether a snapshot's body came whole at least once, or was never fetched."""
    seen = exists().where(t.fetch.c.snapshot == snapshot)
    return or_(~seen.where(t.fetch.c.outcome == "truncated"), seen.where(t.fetch.c.outcome == "ok"))


def last_seen(snapshot: ColumnElement[int]) -> ColumnElement[int]:
    """The number of the last fetch that brought a snapshot, or said that it stands; else 0."""
    seen = select(func.max(t.fetch.c.id)).where(t.fetch.c.snapshot == snapshot)
    return func.coalesce(seen.scalar_subquery(), 0)


def may_stand(snapshot: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether `snapshot` may be its target's current one: a whole one first, then the last seen.

    A page that is shown whole must not shrink because a connection broke, and one that went from
    A to B and back to A shows A.
    """
    current = t.target.c.snapshot
    seen, known = last_seen(snapshot), last_seen(current)
    later = or_(known < seen, and_(known == seen, current < snapshot))
    return or_(
        current.is_(None),
        current == snapshot,
        and_(is_whole(snapshot), or_(later, ~is_whole(current))),
        and_(later, ~is_whole(current)),
    )


def point(c: Connection, snapshot_id: int, document_id: int, *, only_newer: bool = False) -> None:
    """Make a document its target's current one, where its snapshot may stand.

    With `only_newer` a target that points at this very snapshot is left as it is.
    """
    of = select(t.snapshot.c.target).where(t.snapshot.c.id == snapshot_id).scalar_subquery()
    moved = update(t.target).where(t.target.c.id == of, may_stand(literal(snapshot_id, t.ID)))
    if only_newer:
        moved = moved.where(t.target.c.snapshot.is_distinct_from(snapshot_id))
    c.execute(moved.values(document=document_id, snapshot=snapshot_id))
