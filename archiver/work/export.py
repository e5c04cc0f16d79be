"""Exporting: rows of the view `corpus`, or what was fetched, read in pages by key, to a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, Engine

from archiver import __version__
from archiver.archive import captures as stored_captures
from archiver.archive import engine as archive
from archiver.archive import queries
from archiver.errors import BadInput, Damaged
from archiver.export import FORMATS, jsonl, warc
from archiver.export.markdown import markdown as as_markdown
from archiver.export.whole import part_of, place_of
from archiver.settings import Settings
from archiver.work.adding import check_sites
from archiver.work.telling import Tell, silent

WARC = "warc"  # the format that is not of documents but of what was fetched
PAGE = 500  # documents read at a time


def rows(
    engine: Engine, hosts: Sequence[str] = (), *, markdown: bool = False
) -> Iterator[dict[str, Any]]:
    """Every row of `corpus` as of one moment, by document id, as a mapping.

    With `markdown` its text is Markdown; its structure stays that of the plain text.
    """
    with archive.read(engine) as c:
        after = 0
        while page := queries.corpus(c, after, PAGE, hosts):
            for row in page:
                record = asdict(row)
                if markdown:
                    record["text"] = as_markdown(row.text, row.structure)
                yield record
            after = page[-1].id


def export(
    engine: Engine, form: str, path: Path, hosts: Sequence[str] = (), *, markdown: bool = False
) -> int:
    """Write the corpus as `form` to `path`, its texts as Markdown if asked; how many documents.

    Raises BadInput for a format or site that there is not, and for a path that is no place.
    """
    if form not in FORMATS:
        raise BadInput(f"no format {form!r}; there are {', '.join(sorted(FORMATS))}")
    check_sites(engine, hosts)
    _spare(engine, path)
    return FORMATS[form](rows(engine, hosts, markdown=markdown), path)


def _spare(engine: Engine, path: Path) -> None:
    """Refuse the archive's own files, whatever name or link leads to them."""
    if engine.dialect.name != "sqlite":
        return
    place = place_of(path)
    archived = Path(str(engine.url.database)).resolve()
    for end in ("", "-wal", "-shm", "-journal"):
        own = archived.with_name(archived.name + end)
        for meant in (place, part_of(place)):
            linked = own.exists() and meant.exists() and own.samefile(meant)
            if own == meant or linked:
                raise BadInput(f"{path}: is the archive itself, or part of it; name another file")


def stream(
    engine: Engine, form: str, out: BinaryIO, hosts: Sequence[str] = (), *, markdown: bool = False
) -> int:
    """Write the corpus to a stream; only JSON Lines can be streamed."""
    if form != "jsonl":
        raise BadInput(f"{form} needs a file: give --output PATH")
    check_sites(engine, hosts)
    return jsonl.stream(rows(engine, hosts, markdown=markdown), out)


def _capture(c: Connection, row: stored_captures.StoredCapture) -> warc.Capture:
    """A stored fetch as a record. Raises Damaged where its body is not what was stored."""
    holds = row.holder == row.id
    earlier = None
    if not holds:
        held = row.first == row.holder or row.holder is None
        at = row.fetched_at if held else stored_captures.fetched_at(c, row.holder or row.id)
        earlier = (row.url, at)
    trail = [row.requested_url, *(str(to) for _, to in row.redirects)]
    return warc.Capture(
        id=row.id,
        url=row.final_url,
        # A snapshot knows when it was asked for, a fetch when it was stored.
        at=row.fetched_at if row.id == row.first else row.at,
        status=row.status or HTTPStatus.OK,  # a resource of a WARC, or a file, has none
        headers=tuple((name, value) for name, value in row.headers),
        media_type=row.content_type.partition(";")[0].strip().lower(),
        redirects=tuple(
            (int(status), came, str(to))
            for came, (status, to) in zip(trail, row.redirects, strict=False)
        ),
        digest=row.body,
        body=queries.load_snapshot(c, row.snapshot)[1].body if holds else None,
        earlier=earlier,
        truncated=row.outcome == "truncated",
    )


def _captures(
    engine: Engine, hosts: Sequence[str], since: datetime | None, lost: list[str], tell: Tell
) -> Iterator[warc.Capture]:
    """Every capture as of one moment; what is damaged is told, put into `lost` and left out."""
    with archive.read(engine) as c:
        after = count = 0
        while page := stored_captures.captures(c, after, PAGE, hosts, since):
            for row in page:
                try:
                    yield _capture(c, row)
                except Damaged as fault:
                    lost.append(str(fault))
                    tell(str(fault))
            after, count = page[-1].id, count + len(page)
            tell(f"{count} captures written", passing=True)


def export_warc(
    engine: Engine,
    settings: Settings,
    path: Path,
    hosts: Sequence[str] = (),
    since: datetime | None = None,
    *,
    index: bool = False,
    now: datetime,
    tell: Tell = silent,
) -> tuple[int, int]:
    """Write what was fetched to a WARC, and its index if asked; how many captures, how many lost.

    Lost are those whose bytes are damaged. Raises BadInput for a site that there is not, and for a
    path that is no place or is not called as a WARC is.
    """
    check_sites(engine, hosts)
    _spare(engine, path)
    about = {
        "software": f"archiver {__version__}",
        "format": "WARC File Format 1.1",
        "http-header-user-agent": settings.agent,
        "robots": "obey",
        "description": "bodies are stored decoded; of redirects status and address alone are kept",
    }
    if settings.contact:
        about["operator"] = settings.contact
    lost: list[str] = []
    captures = _captures(engine, hosts, since, lost, tell)
    return warc.write(captures, path, about, now, index=index), len(lost)
