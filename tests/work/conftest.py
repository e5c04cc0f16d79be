"""What most tests of the verbs begin with: an empty archive on both databases, and a site."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from archiver.archive.engine import connect
from archiver.work import pool
from archiver.work.sample_sites import SampleSite, samples_folder, serve
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


@pytest.fixture(scope="session")
def running_sites() -> Iterator[list[SampleSite]]:
    """Serve the samples as long as there are tests, so that an archive of them can be copied."""
    with serve(samples_folder()) as running:
        yield running


@pytest.fixture
def sites(running_sites: list[SampleSite]) -> list[SampleSite]:
    """The same, and nothing was asked yet."""
    for site in running_sites:
        site.log.clear()
    return running_sites


@pytest.fixture(scope="session", autouse=True)
def _workers_know_our_jobs() -> None:
    """Have the process that workers are forked from import our jobs once; each would by itself."""
    pool.PRELOAD.append("tests.work.jobs")
