"""What sites bring a day, counted for watching, and the alarms that came of it.

The counts are made of the rest, so a downgrade drops them and an upgrade leaves them empty:
`archiver health` fills them. Alarms are data and stay. None of these tables refers to another by a
key: those that stay go in any order when all goes.
"""
# ruff: noqa: INP001

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.Text().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Make the tables that are not there yet."""
    there = set(sa.inspect(op.get_bind()).get_table_names())
    op.create_table(
        "daily",
        sa.Column("site", sa.Text(), primary_key=True),
        sa.Column("day", sa.Text(), primary_key=True),
        sa.Column("language", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("daily_day", "daily", ["day"])
    op.create_table(
        "daily_mark",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("value", sa.BigInteger(), nullable=False),
    )
    if "alarm" not in there:
        op.create_table(
            "alarm",
            sa.Column("id", _NUMBER, primary_key=True),
            sa.Column("opened", _NUMBER, nullable=True),
            sa.Column("site", sa.Text(), nullable=False),
            sa.Column("cause", sa.Text(), nullable=False),
            sa.Column("day", sa.Text(), nullable=False),
            sa.Column("at", _TIME, nullable=False),
            sa.Column("detail", sa.JSON(), nullable=False),
            sa.UniqueConstraint("opened", name="alarm_opened_key"),
            sqlite_autoincrement=True,
        )
    if "alarm_told" not in there:
        op.create_table(
            "alarm_told",
            sa.Column("alarm", _NUMBER, primary_key=True, autoincrement=False),
            sa.Column("channel", sa.Text(), primary_key=True),
            sa.Column("at", _TIME, nullable=False),
        )


def downgrade() -> None:
    """Drop the counts; alarms stay."""
    for table in ("daily", "daily_mark"):
        op.drop_table(table)
