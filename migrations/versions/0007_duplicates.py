"""The index of duplicates: which texts say the same, word for word or nearly, and who has them.

All of it is made of the current documents, so a downgrade drops it and an upgrade leaves it empty:
`archiver duplicates` fills it. The view says it a document a row, for exports to join.
"""
# ruff: noqa: INP001

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

VIEW = """
CREATE VIEW duplicate AS
SELECT own.document, first.document AS representative,
       CASE WHEN wording.id = centre.id THEN 'exact' ELSE 'near' END AS kind,
       wording.similarity
FROM duplicate_document AS own
JOIN wording ON wording.id = own.wording
JOIN wording AS centre ON centre.id = wording.centre
JOIN duplicate_document AS first ON first.target = centre.head
WHERE first.target <> own.target
"""


def upgrade() -> None:
    """Make the tables, empty, and the view."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "wording",
        sa.Column("id", number, primary_key=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("head", number, nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.Column("centre", number, nullable=True),
        sa.Column("similarity", sa.Float(), nullable=True),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("digest", name="wording_digest_key"),
        sa.UniqueConstraint("head", name="wording_head_key"),
        sa.ForeignKeyConstraint(["head"], ["target.id"]),
        sa.ForeignKeyConstraint(["centre"], ["wording.id"]),
        sqlite_autoincrement=True,
    )
    op.create_index("wording_centre", "wording", ["centre"])
    op.create_index("wording_settled", "wording", ["settled", "rank", "head"])
    op.create_table(
        "wording_band",
        sa.Column("key", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("rank", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("head", number, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "duplicate_document",
        sa.Column("target", number, primary_key=True, autoincrement=False),
        sa.Column("document", number, nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("wording", number, nullable=True),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["target"], ["target.id"]),
        sa.ForeignKeyConstraint(["document"], ["document.id"]),
        sa.ForeignKeyConstraint(["wording"], ["wording.id"]),
    )
    op.create_index("duplicate_document_document", "duplicate_document", ["document"])
    op.create_index(
        "duplicate_document_wording", "duplicate_document", ["wording", "rank", "target"]
    )
    op.execute(VIEW)


def downgrade() -> None:
    """Drop them all."""
    op.execute("DROP VIEW duplicate")
    for table in ("duplicate_document", "wording_band", "wording"):
        op.drop_table(table)
