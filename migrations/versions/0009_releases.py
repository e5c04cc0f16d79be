"""What releases pin of each row, which release was before each, and which document an erasure took.

No command wrote releases before, so no row of theirs lacks what is new; rows of `erasure` that
tell of pruned cleaners have no document. A downgrade leaves the columns: they hold data, and the
program of that schema does not see them.
"""
# ruff: noqa: INP001

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COLUMNS: dict[tuple[str, str], sa.types.TypeEngine[Any]] = {
    ("release", "before"): sa.Text(),
    ("release_item", "seal"): sa.Text(),
    ("erasure", "document"): _NUMBER,
}


def upgrade() -> None:
    """Add the columns that are not there yet, and the index that finds an erased document."""
    looked_at = sa.inspect(op.get_bind())
    for (table, name), kind in COLUMNS.items():
        if name not in {column["name"] for column in looked_at.get_columns(table)}:
            op.add_column(table, sa.Column(name, kind, nullable=True))
    for table, column in (("erasure", "document"), ("erasure", "digest")):
        op.create_index(f"{table}_{column}", table, [column])


def downgrade() -> None:
    """Drop the indexes; no data goes."""
    for column in ("document", "digest"):
        op.drop_index(f"erasure_{column}", "erasure")
