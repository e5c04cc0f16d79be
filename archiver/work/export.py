"""Exporting: rows of the view `corpus`, or what was fetched, read in pages by key, to a file."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection, Engine

from archiver import __version__
from archiver.archive import captures as stored_captures
from archiver.archive import engine as archive
from archiver.archive import queries
from archiver.archive.selection import ALL, Selection
from archiver.errors import BadInput, Damaged
from archiver.export import FORMATS, Format, parquet, sql, warc
from archiver.export.columns import EXTRA, Column, chosen, names
from archiver.export.shapes import SHAPES
from archiver.export.whole import part_of, place_of, whole
from archiver.settings import Settings
from archiver.work import selecting
from archiver.work.adding import check_sites
from archiver.work.export_rows import Source, rows
from archiver.work.telling import Tell, silent

WARC = "warc"  # the format that is not of documents but of what was fetched
PAGE = 500  # captures read at a time
_AGENT = Settings().agent


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How documents are written."""

    extra: Sequence[str] = ()  # columns beside the lean ones
    markdown: bool = False  # texts as Markdown
    provenance: bool = False  # a second file that says where each document comes from
    like: str = ""
    dialect: str = ""
    bom: bool = False  # of CSV, as is
    raw: bool = False


PLAIN = How()


def checked(named: str, how: How) -> tuple[Format, dict[str, Any]]:
    """The format with its options. Raises BadInput for what does not go together."""
    if named not in FORMATS:
        raise BadInput(f"no format {named!r}; there are {', '.join(sorted(FORMATS))}")
    form = FORMATS[named]
    values = {"like": how.like, "dialect": how.dialect, "bom": how.bom, "raw": how.raw}
    options = {name: value for name, value in values.items() if value}
    for name in options:
        if name not in form.options:
            of = ", ".join(sorted(one for one, its in FORMATS.items() if name in its.options))
            raise BadInput(f"--{name} is for --format {of}")
    for name, known in (("like", SHAPES), ("dialect", sql.DIALECTS)):
        if values[name] and values[name] not in known:
            raise BadInput(f"no --{name} {values[name]!r}; there are {', '.join(known)}")
    unknown = [name for name in how.extra if name not in EXTRA]
    if unknown:
        raise BadInput(f"no further column {unknown[0]!r}; there are {', '.join(EXTRA)}")
    if how.extra and form.fixed:
        raise BadInput(f"{named} has its own places for what it holds; leave out --with")
    if how.markdown and form.plain:
        raise BadInput(f"{named} shows headings and lists in its own way: no --markdown")
    if how.markdown and how.provenance:
        raise BadInput("--provenance tells of places in the plain text; leave out --markdown")
    return form, options


def _read(
    engine: Engine,
    form: Format,
    source: Source,
    how: How,
    tell: Tell,
    side: BinaryIO | None = None,
) -> tuple[Generator[dict[str, Any], None, None], tuple[Column, ...]]:
    """The rows that a format needs, and the columns that it is to show."""
    columns = chosen(how.extra)
    read = {*form.needs} if form.fixed else {*names(columns), *form.needs}
    return rows(engine, sorted(read), source, markdown=how.markdown, side=side, tell=tell), columns


def side_of(path: Path, form: str) -> Path:
    """Where the provenance of an export goes.

    >>> side_of(Path("corpus.jsonl"), "jsonl").name, side_of(Path("c"), "parquet").name
    ('corpus.provenance.jsonl', 'c.provenance.jsonl')
    """
    place = Path(os.path.realpath(path))  # which goes through links in a circle, too
    bare = place.name.removesuffix(f".{form}")
    return place.with_name(f"{bare}.provenance.jsonl")


def export(
    engine: Engine,
    form: str,
    path: Path,
    selection: Selection = ALL,
    how: How = PLAIN,
    changes: Counter[str] | None = None,
    tell: Tell = silent,
    agent: str = _AGENT,
) -> int:
    """Write what is selected to `path`; how many documents.

    `changes` counts what a format altered, and which documents were left out for what. A Parquet
    path that does not end in ``.parquet`` is a folder. Raises BadInput for what does not go
    together, a site that there is not, and a path that is no place; else as `whole`.
    """
    changes = Counter() if changes is None else changes
    checked(form, how)
    source = selecting.source(engine, selection, changes, agent, tell)
    return write(engine, form, path, source, how, changes, tell)


def write(
    engine: Engine,
    form: str,
    path: Path,
    source: Source,
    how: How,
    changes: Counter[str],
    tell: Tell,
) -> int:
    """Write the documents that `source` names; else as `export`."""
    of, options = checked(form, how)
    folder = form == "parquet" and path.suffix != ".parquet"
    _spare(engine, path, folder=folder)
    side = side_of(path, form) if how.provenance else None
    for beside in (side, of.beside(path) if of.beside else None):
        if beside is not None:
            _spare(engine, beside)
    with ExitStack() as stack:
        told = None
        if side is not None:
            told = stack.enter_context(stack.enter_context(whole(side)).open("wb"))
        found, columns = _read(engine, of, source, how, tell, told)
        stack.enter_context(closing(found))  # a fault of the format's ends the reading too
        if folder:
            return parquet.write_folder(found, path, columns, changes, **options)
        if not of.streams:
            return of.write(found, path, columns, changes, **options)
        with whole(path) as part, part.open("wb") as out:
            return of.write(found, out, columns, changes, **options)


def _spare(engine: Engine, path: Path, *, folder: bool = False) -> None:
    """Refuse the archive's own files, whatever name or link leads to them."""
    if engine.dialect.name != "sqlite":
        return
    place = Path(os.path.realpath(path)) if folder else place_of(path)
    archived = Path(str(engine.url.database)).resolve()
    for end in ("", "-wal", "-shm", "-journal"):
        own = archived.with_name(archived.name + end)
        for meant in (place, part_of(place)):
            linked = own.exists() and meant.exists() and own.samefile(meant)
            if own == meant or linked:
                raise BadInput(f"{path}: is the archive itself, or part of it; name another file")


def stream(
    engine: Engine,
    form: str,
    out: BinaryIO,
    selection: Selection = ALL,
    how: How = PLAIN,
    changes: Counter[str] | None = None,
    tell: Tell = silent,
    agent: str = _AGENT,
) -> int:
    """Write what is selected to a stream; how many documents. Raises as `export`."""
    changes = Counter() if changes is None else changes
    of, options = checked(form, how)
    if not of.streams:
        raise BadInput(f"{form} needs a file: give --output PATH")
    if how.provenance:
        raise BadInput("--provenance makes a second file: give --output PATH")
    source = selecting.source(engine, selection, changes, agent, tell)
    found, columns = _read(engine, of, source, how, tell)
    with closing(found):
        return of.write(found, out, columns, changes, **options)


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
