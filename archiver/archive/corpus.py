"""Rows of the view `corpus` for exports. A transaction and documents' numbers in, rows out.

Plain dictionaries, some at a time: a million of them pass, and nothing looks at one twice.
Never writes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, func, select

from archiver.archive import tables as t
from archiver.archive.packing import unpack_marks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Rows held at a time: some hundred kilobytes of most texts, and few enough where one is of 10 MB.
PAGE = 200
_LISTS = ("authors", "tags")


# The view's columns in the tables: an export may be of documents that are not current any more.
_OF = {
    "url": t.target.c.url,
    "site": t.target.c.site,
    "text": t.text.c.text,
    "fetched_at": t.snapshot.c.fetched_at,
}


def rows(
    c: Connection, columns: Sequence[str], documents: Sequence[int]
) -> Iterator[list[dict[str, Any]]]:
    """Rows of documents as the view has them, in this order, some at a time; `id` and `columns`.

    Nothing that they hold ever changes. Those that are gone are left out. Lists are lists, where
    they were not asked for yet as well; times are aware.
    """
    named = ("id", *(name for name in columns if name != "id"))
    query = (
        select(*(_OF[name] if name in _OF else t.document.c[name] for name in named))
        .join_from(t.document, t.snapshot, t.snapshot.c.id == t.document.c.snapshot)
        .join(t.target, t.target.c.id == t.snapshot.c.target)
        .join(t.text, t.text.c.digest == t.document.c.text)
        .where(t.document.c.id.in_(bindparam("documents", expanding=True)))
        .order_by(t.document.c.id)
    )
    lists = [name for name in _LISTS if name in named]
    for start in range(0, len(documents), PAGE):
        asked = {"documents": list(documents[start : start + PAGE])}
        page = [dict(zip(named, row, strict=True)) for row in c.execute(query, asked)]
        for row in page:
            for name in lists:
                row[name] = row[name] or []
            if "structure" in row:
                row["structure"] = (row["structure"] or "").split()
        if page:
            yield page


_OF_DOCUMENT = (
    *("id", "snapshot", "cleaner", "published_source", "modified_source"),
    *("confidence", "languages", "agencies", "flags", "kept_chars", "removed_chars", "marks"),
)
_OF_FETCH = (
    *("requested_url", "final_url", "status", "redirects", "robots", "signals", "headers", "at"),
)


def provenance(c: Connection, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Where documents come from and what was taken out of them, by ascending id.

    The fetch is the first one that brought the snapshot; its columns are null where there is none.
    Raises Damaged where marks do not read.
    """
    other = t.fetch.alias("other")
    first = select(func.min(other.c.id)).where(other.c.snapshot == t.snapshot.c.id)
    query = (
        select(
            *(t.document.c[name] for name in _OF_DOCUMENT),
            t.document.c.at.label("cleaned_at"),
            t.document.c.text.label("text_sha256"),
            t.snapshot.c.body.label("body_sha256"),
            t.snapshot.c.url.label("snapshot_url"),
            t.snapshot.c.content_type,
            *(t.fetch.c[name].label(f"fetch_{name}") for name in _OF_FETCH),
        )
        .join_from(t.document, t.snapshot, t.snapshot.c.id == t.document.c.snapshot)
        .outerjoin(t.fetch, t.fetch.c.id == first.scalar_subquery())
        .where(t.document.c.id.in_(ids))
        .order_by(t.document.c.id)
    )
    found = []
    for row in c.execute(query).mappings():
        marks = unpack_marks(row["marks"], f"document {row['id']}")
        found.append({**row, "marks": marks})
    return found
