"""The search index of the current documents: which document stands in it, and its words.

The words are the database's own kind of index, FTS5 or GIN. They hold nothing that the documents
do not, so a downgrade drops them and an upgrade leaves them empty: `archiver search` fills them.
"""
# ruff: noqa: INP001

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# The tokenizer parts words at ASCII blanks and takes every other sign as a letter: what comes is
# words already, joined by blanks. SQLite's own idea of a letter is that of Unicode 6.1.
SQLITE = """
CREATE VIRTUAL TABLE search_words USING fts5(title, text, content='', tokenize='ascii')
"""
POSTGRESQL = (
    """
    CREATE TABLE search_words (
        target BIGINT PRIMARY KEY REFERENCES target (id),
        words TSVECTOR NOT NULL
    )
    """,
    "CREATE INDEX search_words_words ON search_words USING gin (words)",
)


def upgrade() -> None:
    """Make both, empty."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "search_document",
        sa.Column("target", number, primary_key=True, autoincrement=False),
        sa.Column("document", number, nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["target"], ["target.id"]),
        sa.ForeignKeyConstraint(["document"], ["document.id"]),
    )
    op.create_index("search_document_document", "search_document", ["document"])
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in (SQLITE,) if sqlite else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    """Drop both."""
    op.drop_table("search_words")
    op.drop_table("search_document")
