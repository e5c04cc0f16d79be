"""What a process learns with its first pages, learned as this is imported: before a fork of it.

Tables of months and languages, the rules of the samples' languages and the certificates that are
trusted take a third of a second.
"""

from __future__ import annotations

from datetime import UTC, datetime

from archiver.fetch.wire import tls_context
from archiver.model import Snapshot
from archiver.work.cleaning import Cleaner
from archiver.work.sample_sites import samples_folder

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def clean(site: str, page: str) -> None:
    """Clean a page of the samples."""
    body = (samples_folder() / site / page / "page.html").read_bytes()
    cleaner = Cleaner(None)
    cleaner.document(
        cleaner.page(
            Snapshot(url="https://a.example/", fetched_at=NOW, body=body, content_type="text/html")
        ),
        site,
    )


tls_context()
clean("foxiz.example", "ghat-pul")
clean("english.example", "science-fair")
