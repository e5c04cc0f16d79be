"""What most tests of the verbs begin with: an empty archive on both databases, and a site."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from archiver.archive.engine import connect
from tests.work.serving import Server, serving


@pytest.fixture
def engine(archive_url: str) -> Iterator[Engine]:
    """Open a new, empty archive."""
    opened = connect(archive_url)
    yield opened
    opened.dispose()


@pytest.fixture
def server() -> Iterator[Server]:
    """Serve what the test writes into the table."""
    with serving() as running:
        yield running
