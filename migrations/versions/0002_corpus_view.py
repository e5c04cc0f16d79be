"""The view `corpus`, what researchers query: each target's current document, lean columns."""
# ruff: noqa: INP001

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the view. Its `id` is the document's: it changes when the text does."""
    op.execute(
        """
        CREATE VIEW corpus AS
        SELECT document.id, target.url, target.site, document.title, document.authors,
               document.published, document.section, document.language, document.script,
               text.text, snapshot.fetched_at
        FROM target
        JOIN document ON document.id = target.document
        JOIN text ON text.digest = document.text
        JOIN snapshot ON snapshot.id = document.snapshot
        WHERE target.state <> 'alias'
        """
    )


def downgrade() -> None:
    """Drop the view."""
    op.execute("DROP VIEW corpus")
