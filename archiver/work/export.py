"""Exporting: the rows of the view `corpus`, in pages by key, handed to a format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Engine

from archiver.archive import engine as archive
from archiver.archive import queries
from archiver.errors import BadInput
from archiver.export import FORMATS, jsonl
from archiver.export.markdown import markdown as as_markdown
from archiver.export.whole import part_of, place_of
from archiver.work.adding import check_sites

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
