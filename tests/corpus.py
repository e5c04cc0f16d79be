"""The view `corpus` as a researcher reads it: rows of SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from archiver.archive import tables as t


def corpus(c: Connection) -> Sequence[Row[Any]]:
    """All rows of the view, by number of document."""
    return c.execute(select(t.corpus).order_by(t.corpus.c.id)).all()
