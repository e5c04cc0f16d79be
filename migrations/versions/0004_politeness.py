"""The origin of each target, so that each gets its turn, and more of what politeness remembers.

A downgrade gives the index its earlier form and leaves the columns: they hold data, and the
program of that schema does not see them.
"""
# ruff: noqa: INP001

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TIME = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
COLUMNS: dict[str, dict[str, sa.types.TypeEngine[Any]]] = {
    "target": {"origin": sa.Text()},
    "host": {
        "robots_until": TIME,
        "refusals": sa.Integer(),
        "resting": sa.Text(),
        "files_at": TIME,
        "tdmrep": sa.LargeBinary(),
        "ai_txt": sa.LargeBinary(),
    },
}
PORTS = {"http": 80, "https": 443}
CHUNK = 10_000

target = sa.table("target", sa.column("id"), sa.column("url"), sa.column("origin"))


def _origin(url: str) -> str | None:
    """Scheme, host and port of a canonical URL; None for what no network has."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS:
        return None
    port = parts.port or PORTS[parts.scheme]
    return f"{parts.scheme}://{parts.netloc.removesuffix(f':{port}')}:{port}"


def _fill() -> None:
    c = op.get_bind()
    page = sa.select(target.c.id, target.c.url).order_by(target.c.id).limit(CHUNK)
    last = 0
    while rows := c.execute(page.where(target.c.id > last, target.c.origin.is_(None))).all():
        last = rows[-1].id
        named = [{"key": row.id, "known": _origin(row.url)} for row in rows]
        put = sa.update(target).where(target.c.id == sa.bindparam("key"))
        c.execute(put.values(origin=sa.bindparam("known")), named)


def upgrade() -> None:
    """Add the columns that are not there yet, and tell every target its origin."""
    for table, columns in COLUMNS.items():
        there = {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}
        for name, kind in columns.items():
            if name not in there:
                op.add_column(table, sa.Column(name, kind, nullable=True))
    _fill()
    op.drop_index("target_due", "target")
    op.create_index("target_due", "target", ["state", "origin", "kind", "due_at"])


def downgrade() -> None:
    """Give the index its earlier form; no data goes."""
    op.drop_index("target_due", "target")
    op.create_index("target_due", "target", ["state", "due_at"])
