"""An engine on an archive, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archiver.archive.engine import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine


@pytest.fixture
def archive(archive_url: str) -> Iterator[Engine]:
    """Open a new, empty archive."""
    engine = connect(archive_url)
    yield engine
    engine.dispose()
