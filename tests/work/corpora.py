"""Files of rows for tests of importing them, and what an archive makes of one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select

from archiver.archive import engine as archive
from archiver.archive import tables as t
from archiver.export.columns import EXTRA
from archiver.export.jsonl import line
from archiver.work.cleaning import Cleaner
from archiver.work.export import How, export
from archiver.work.ingest import ingest

CLEANER = Cleaner(None)
ALL = How(extra=EXTRA)
Row = dict[str, Any]


def clock() -> datetime:
    return datetime.now(UTC)


def taken(engine: Engine, *paths: Path, said: list[str] | None = None, **options: Any) -> Row:  # noqa: ANN401
    def tell(message: str, *, passing: bool = False, **_: str | int) -> None:
        if said is not None and not passing:
            said.append(message)

    counts = ingest(engine, CLEANER, paths, clock=clock, tell=tell, **options)
    return {name: count for name, count in counts.items() if count and name != "files"}


def exported(engine: Engine, folder: Path, how: How = ALL) -> dict[str, Row]:
    """What an archive exports, by URL, less its own numbers."""
    export(engine, "jsonl", folder / "seen.jsonl", how=how)
    rows = [json.loads(one) for one in (folder / "seen.jsonl").read_bytes().splitlines()]
    for row in rows:
        del row["id"]
    return {row["url"]: row for row in rows}


def written(path: Path, *rows: Row) -> Path:
    """A file of rows as their lines are exported."""
    path.write_bytes(b"".join(line(one) for one in rows))
    return path


def row(number: int = 1, **values: object) -> Row:
    return {
        "id": number,
        "url": f"https://news.example/{number}",
        "site": "news.example",
        "title": f"Title {number}",
        "text": f"The rain of day {number} filled the river.\n\nThe second paragraph is here.",
        "language": "en",
        "script": "Latn",
        "fetched_at": "2026-03-01T06:30:00.123456Z",
        **values,
    }


def counted(engine: Engine) -> dict[str, int]:
    tables = (t.target, t.snapshot, t.fetch, t.document, t.text, t.body, t.failure)
    with archive.read(engine) as c:
        return {
            one.name: c.execute(select(func.count()).select_from(one)).scalar_one()
            for one in tables
        }
