"""More metadata (date of change, tags, image, licence), and what each paragraph of a text is.

They stand in the view `corpus` too. A downgrade gives the view its earlier form and leaves the
columns: they hold data, and the program of that schema does not see them.
"""
# ruff: noqa: INP001

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Null in documents that were made before.
COLUMNS: dict[str, sa.types.TypeEngine[Any]] = {
    "modified": sa.Text(),
    "modified_source": sa.Text(),
    "tags": sa.JSON(),
    "image": sa.Text(),
    "licence": sa.Text(),
    "structure": sa.Text(),
}
VIEW = """
CREATE VIEW corpus AS
SELECT document.id, target.url, target.site, document.title, document.authors,
       document.published, {told}document.section, document.language, document.script,
       text.text, {shape}snapshot.fetched_at
FROM target
JOIN document ON document.id = target.document
JOIN text ON text.digest = document.text
JOIN snapshot ON snapshot.id = document.snapshot
WHERE target.state <> 'alias'
"""
TOLD = "document.modified, document.tags, document.image, document.licence, "
SHAPE = "document.structure, "


def _view(told: str, shape: str) -> None:
    op.execute("DROP VIEW corpus")
    op.execute(VIEW.format(told=told, shape=shape))


def upgrade() -> None:
    """Add the columns that are not there yet, and show them."""
    there = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("document")}
    for name, kind in COLUMNS.items():
        if name not in there:
            op.add_column("document", sa.Column(name, kind, nullable=True))
    _view(TOLD, SHAPE)


def downgrade() -> None:
    """Give the view its earlier form; no data goes."""
    _view("", "")
