"""Indexes by which an erasure finds what points at a page; bodies that brotli may have packed.

Without the indexes every snapshot that goes makes the database look through all targets.

Since this schema `archiver compact` packs a site's first bodies with brotli. A downgrade packs them
with zstd, since earlier programs know no other; what has them as dictionary stays as it is.
"""
# ruff: noqa: INP001

from __future__ import annotations

import brotli  # type: ignore[import-untyped]
import sqlalchemy as sa
import zstandard
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

INDEXES = {"target_snapshot": "snapshot", "target_alias_of": "alias_of"}

_SUM = 4  # bytes of the CRC32 before a brotli stream
_LEVEL = 19

body_store = sa.table(
    "body_store",
    sa.column("digest"),
    sa.column("encoding"),
    sa.column("data", sa.LargeBinary()),
)


def upgrade() -> None:
    """Make the indexes; most targets are no alias, so that one has only those that are."""
    for name, column in INDEXES.items():
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(name, "target", [column], sqlite_where=there, postgresql_where=there)


def downgrade() -> None:
    """Drop the indexes, pack what is brotli's with zstd."""
    for name in INDEXES:
        op.drop_index(name, "target")
    c = op.get_bind()
    made = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
    pressed = sa.select(body_store.c.digest).where(body_store.c.encoding == "brotli-base")
    for name in c.execute(pressed).scalars().all():
        own = body_store.c.digest == name
        data = c.execute(sa.select(body_store.c.data).where(own)).scalar_one()
        plain = made.compress(brotli.decompress(data[_SUM:]))
        c.execute(sa.update(body_store).where(own).values(encoding="zstd-base", data=plain))
