"""Triggers that let the grow-only tables do nothing but grow, and a view of all rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from archiver.archive.tables import metadata

if TYPE_CHECKING:
    from sqlalchemy import Connection

INDEXES = {
    "search_document",
    "wording",
    "wording_band",
    "duplicate_document",
    "daily",
    "daily_mark",
}
CHANGING = {"site", "target", "host", "page", "rule_count", "body_store", *INDEXES}
GROWING = sorted(set(metadata.tables) - CHANGING)
# What leads to a page, each of them emptied or taken out by `erasures.erase`.
HANGING = """
    document.snapshot duplicate_document.document duplicate_document.target failure.snapshot
    failure.target fetch.snapshot fetch.target page.snapshot search_document.document
    search_document.target snapshot.target target.alias_of target.document target.found_in
    target.snapshot wording.head
""".split()
UNFILLED = {"release", "release_item", "erasure", "alarm", "alarm_told"}  # by `values.fill`


def guard(c: Connection) -> None:
    """Raise on every UPDATE and DELETE of a row of a grow-only table."""
    postgresql = c.dialect.name == "postgresql"
    if postgresql:
        c.exec_driver_sql(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '%% only grows', TG_TABLE_NAME; END $$"
        )
    act = "EXECUTE FUNCTION refuse()"
    for name in GROWING:
        if not postgresql:
            act = f"BEGIN SELECT RAISE(ABORT, '{name} only grows'); END"
        for verb in ("UPDATE", "DELETE"):
            c.exec_driver_sql(
                f'CREATE TRIGGER {verb}_{name} BEFORE {verb} ON "{name}" FOR EACH ROW {act}'
            )


def everything(c: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, in an order that does not depend on how they lie.

    But for what is an index: it is made of the rest, and a downgrade drops it.
    """
    return {
        name: sorted((tuple(row) for row in c.execute(select(table))), key=repr)
        for name, table in metadata.tables.items()
        if name not in INDEXES
    }
