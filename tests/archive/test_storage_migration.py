"""A downgrade to a program that knows no dictionaries leaves bodies that it can read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from sqlalchemy import select

from archiver.archive import bodies, queries
from archiver.archive import tables as t
from archiver.archive.engine import alembic_ini, read, upgrade, write
from archiver.archive.packing import BASE, ENCODING, PACKED, unsqueeze
from archiver.work.compact import compact

from .values import SITE, add_site, add_snapshot

if TYPE_CHECKING:
    from sqlalchemy import Engine


def test_bodies_lose_their_dictionaries_on_the_way_down(archive: Engine, archive_url: str) -> None:
    frame = b"".join(b"<li>%d</li>" % (n * n) for n in range(400))
    pages = [frame + b"page %d" % n for n in range(7)]
    with write(archive) as c:
        targets = add_site(c, *(f"https://{SITE}/{n}" for n in range(7)))
        ids = [add_snapshot(c, target, page) for target, page in zip(targets, pages, strict=True)]
    compact(archive, clock=lambda: datetime.now(UTC))
    config = Config(alembic_ini())
    with write(archive) as c:
        config.attributes["connection"] = c
        command.downgrade(config, "0009")
    bodies.forget()
    with read(archive) as c:  # what earlier programs know, with the dictionaries that were
        assert set(c.execute(select(t.body_store.c.encoding)).scalars()) == {BASE, PACKED}
        assert [queries.load_snapshot(c, number)[1].body for number in ids] == pages
    with write(archive) as c:
        config.attributes["connection"] = c
        command.downgrade(config, "0004")
    with read(archive) as c:
        rows = c.execute(select(t.body_store)).all()
        assert {(row.encoding, row.dictionary) for row in rows} == {(ENCODING, None)}
        assert sorted(unsqueeze(row.data, "body") for row in rows) == sorted(pages)
    assert upgrade(archive_url) == ("0004", t.SCHEMA)
    bodies.forget()
    with read(archive) as c:
        assert [queries.load_snapshot(c, number)[1].body for number in ids] == pages
