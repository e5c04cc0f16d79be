"""${message}."""
# ruff: noqa: INP001

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    """Say what the step adds."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Undo the step; keep all other data."""
    ${downgrades if downgrades else "pass"}
