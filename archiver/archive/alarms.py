"""Alarms on record: what was opened and closed, and who was told. A transaction comes in first.

Rows only grow, but for what an erasure takes out: an alarm is open where no row closes it. Two
processes that judge the same day cannot close one twice, and `watching.judged` keeps them from
judging it twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, exists, func, or_, select, update

from archiver.archive import tables as t
from archiver.archive.store import insert_into

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

_BEGINS = 200  # characters of a text that evidence shows
_LOOKED_AT = 200_000  # documents that are looked through for evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alarm that was opened, and when it closed, if it did."""

    id: int
    site: str
    cause: str
    day: str
    at: datetime
    detail: Any
    closed: int | None = None
    closed_day: str | None = None
    closed_at: datetime | None = None
    closed_detail: Any = None


def alarms(c: Connection, *, still: bool = False, since: str = "") -> list[Alarm]:
    """Alarms, the newest first: those that are `still` open, or that ended on `since` or later."""
    end = t.alarm.alias()
    query = (
        select(
            *(t.alarm.c[name] for name in ("id", "site", "cause", "day", "at", "detail")),
            end.c.id.label("closed"),
            end.c.day.label("closed_day"),
            end.c.at.label("closed_at"),
            end.c.detail.label("closed_detail"),
        )
        .join_from(t.alarm, end, end.c.opened == t.alarm.c.id, isouter=True)
        .where(t.alarm.c.opened.is_(None))
        .order_by(t.alarm.c.id.desc())
    )
    if still:
        query = query.where(end.c.id.is_(None))
    elif since:
        query = query.where(or_(end.c.id.is_(None), end.c.day >= since))
    return [Alarm(**row) for row in c.execute(query).mappings()]


def put_alarm(
    c: Connection,
    *,
    site: str,
    cause: str,
    day: str,
    at: datetime,
    detail: object,
    opened: int | None = None,
) -> None:
    """Note that an alarm opens, or that the one that `opened` closes."""
    values = {"site": site, "cause": cause, "day": day, "at": at, "detail": detail}
    new = insert_into(c.dialect.name, t.alarm).on_conflict_do_nothing()
    c.execute(new, {**values, "opened": opened})


def untold(c: Connection, channel: str, since: datetime) -> list[Any]:
    """Rows of `alarm` since a time that a channel was not told, the oldest first."""
    told = exists().where(t.alarm_told.c.alarm == t.alarm.c.id, t.alarm_told.c.channel == channel)
    query = select(t.alarm).where(t.alarm.c.at >= since, ~told).order_by(t.alarm.c.id)
    return list(c.execute(query).mappings())


def told(c: Connection, alarm: int, channel: str, now: datetime) -> None:
    """Note that a channel was told."""
    note = insert_into(c.dialect.name, t.alarm_told).on_conflict_do_nothing()
    c.execute(note, {"alarm": alarm, "channel": channel, "at": now})


def examples(c: Connection, site: str, since: str, until: str, most: int) -> list[dict[str, str]]:
    """The newest documents of a site fetched from a day to a day: URL, title, how it begins.

    It looks at so many of the newest documents as a year of a large site has, and no further.
    """
    newest = c.scalar(select(func.max(t.document.c.id))) or 0
    query = (
        select(t.target.c.url, t.document.c.title, func.substr(t.text.c.text, 1, _BEGINS))
        .join_from(t.document, t.snapshot, t.snapshot.c.id == t.document.c.snapshot)
        .join(t.target, t.target.c.document == t.document.c.id)
        .join(t.text, t.text.c.digest == t.document.c.text)
        .where(t.document.c.id > newest - _LOOKED_AT, t.target.c.site == site)
        .where(func.substr(_as_day(c), 1, 10).between(since, until))
        .order_by(t.document.c.id.desc())
        .limit(most)
    )
    names = ("url", "title", "begins")
    return [
        {name: value or "" for name, value in zip(names, row, strict=True)}
        for row in c.execute(query)
    ]


def forget(c: Connection, urls: Collection[str]) -> None:
    """Take pages out of what alarms show as evidence: an erasure leaves nothing of them."""
    query = select(t.alarm.c.id, t.alarm.c.detail).where(t.alarm.c.opened.is_(None))
    for row in c.execute(query).all():
        shown = row.detail.get("evidence", {})
        left = {
            when: [page for page in shown.get(when, ()) if page["url"] not in urls]
            for when in ("before", "now")
        }
        if any(len(left[when]) < len(shown.get(when, ())) for when in left):
            detail = {**row.detail, "evidence": {**shown, **left}}
            c.execute(update(t.alarm).where(t.alarm.c.id == row.id).values(detail=detail))


def _as_day(c: Connection) -> Any:  # noqa: ANN401 - an expression of SQL
    if c.dialect.name == "postgresql":
        return func.to_char(func.timezone("UTC", t.snapshot.c.fetched_at), "YYYY-MM-DD")
    return t.snapshot.c.fetched_at
