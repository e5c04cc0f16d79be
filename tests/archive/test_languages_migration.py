"""What schema 0008 added: kept as it came, and read of documents that were stored before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from archiver.archive import queries
from archiver.archive.engine import read, upgrade, write

from .test_migrations import downgrade
from .values import document, fill

if TYPE_CHECKING:
    from sqlalchemy import Engine


def test_languages_and_agencies_are_read_as_they_were_stored(archive: Engine) -> None:
    with write(archive) as c:
        target, _, _ = fill(c)
    with read(archive) as c:
        stored = queries.document_of(c, target=target)
    assert stored is not None
    made = document()
    assert stored.document.languages == made.languages
    assert stored.document.confidence == made.confidence
    assert stored.document.metadata.agencies == made.metadata.agencies


def test_a_document_of_before_has_its_one_agency_and_no_languages(
    archive: Engine, archive_url: str
) -> None:
    with write(archive) as c:
        target, _, _ = fill(c)
    downgrade(archive, "0007")
    with write(archive) as c:
        for name in ("agencies", "confidence", "languages"):
            c.execute(text(f"ALTER TABLE document DROP COLUMN {name}"))
        c.execute(text("UPDATE document SET agency = 'UNB'"))
    upgrade(archive_url)
    with read(archive) as c:
        stored = queries.document_of(c, target=target)
    assert stored is not None
    told = stored.document
    assert (told.metadata.agencies, told.languages, told.confidence) == (("UNB",), (), None)
