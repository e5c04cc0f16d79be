"""What a document's paragraphs are written in, how sure that is, and the agencies that sent it.

Null in documents that were made before. `agency`, which `agencies` replaces, stays with what it
holds: rows of documents are sealed, so their values are never rewritten. A downgrade leaves the
columns: they hold data, and the program of that schema does not see them.
"""
# ruff: noqa: INP001

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

COLUMNS: dict[str, sa.types.TypeEngine[Any]] = {
    "agencies": sa.JSON(),
    "confidence": sa.Float(),
    "languages": sa.JSON(),
}


def upgrade() -> None:
    """Add the columns that are not there yet."""
    there = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("document")}
    for name, kind in COLUMNS.items():
        if name not in there:
            op.add_column("document", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    """Nothing: no data goes."""
