"""Seals of rows that must not change unseen, and indexes for packing bodies and for pruning.

A downgrade packs every body as it came, since the program of that schema knows no dictionaries;
it leaves the seals: the program of that schema does not see them.
"""
# ruff: noqa: INP001

from __future__ import annotations

import sqlalchemy as sa
import zstandard
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SEALED = ("snapshot", "fetch", "document")
INDEXES = {
    "body_store_encoding": ("body_store", "encoding"),
    "body_store_dictionary": ("body_store", "dictionary"),
    "snapshot_body": ("snapshot", "body"),
    "document_text": ("document", "text"),
}
LEVEL = 3

body_store = sa.table(
    "body_store",
    sa.column("digest"),
    sa.column("encoding"),
    sa.column("dictionary"),
    sa.column("data", sa.LargeBinary()),
)


def upgrade() -> None:
    """Add what is not there yet; the rows that are there stay unsealed."""
    for table in SEALED:
        there = {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}
        if "seal" not in there:
            op.add_column(table, sa.Column("seal", sa.Text(), nullable=True))
    for name, (table, column) in INDEXES.items():
        op.create_index(name, table, [column])


def _content(c: sa.Connection, name: str) -> tuple[bytes, bytes]:
    """A body's bytes, and those of its dictionaries, oldest first."""
    here = sa.select(body_store.c.data, body_store.c.dictionary).where(body_store.c.digest == name)
    row = c.execute(here).one()
    before = b"".join(reversed(_content(c, row.dictionary))) if row.dictionary else b""
    known = zstandard.ZstdCompressionDict(before, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
    data = zstandard.ZstdDecompressor(known if before else None).decompress(row.data)
    return data, before


def downgrade() -> None:
    """Drop the indexes; pack every body without a dictionary."""
    c = op.get_bind()
    made = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
    # Users before their dictionaries: a body's chain is read through its dictionaries' own.
    user = body_store.alias()
    used = sa.exists().where(user.c.dictionary == body_store.c.digest)
    packed = sa.select(body_store.c.digest).where(body_store.c.encoding != "zstd", ~used)
    while names := c.execute(packed.order_by(body_store.c.digest)).scalars().all():
        for name in names:
            plain = made.compress(_content(c, name)[0])
            own = sa.update(body_store).where(body_store.c.digest == name)
            c.execute(own.values(encoding="zstd", dictionary=None, data=plain))
    for name, (table, _) in INDEXES.items():
        op.drop_index(name, table)
