"""Files out: `export`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click
from sqlalchemy import Engine

from archiver.archive.selection import Selection
from archiver.cli.selecting import selection_options
from archiver.cli.shared import EXIT_FAILED, Reporter, now, opened
from archiver.errors import BadInput
from archiver.export import FORMATS
from archiver.export.columns import EXTRA
from archiver.export.shapes import SHAPES
from archiver.export.sql import DIALECTS
from archiver.settings import Settings
from archiver.work.export import WARC, How, export_warc
from archiver.work.export import export as export_file
from archiver.work.export import stream as export_stream

F = TypeVar("F", bound=Callable[..., Any])


_FORMATTING = (
    click.option(
        "--with",
        "extra",
        multiple=True,
        metavar="NAME",
        type=click.Choice(EXTRA),
        help=f"A further column: {', '.join(EXTRA)}; may be repeated.",
    ),
    click.option(
        "--provenance",
        is_flag=True,
        help="Also NAME.provenance.jsonl: by id, what was taken out by which rule, snapshot,"
        " cleaner and fetch, as the attributes of the Dolma toolkit.",
    ),
    click.option(
        "--like",
        default="",
        metavar="CORPUS",
        type=click.Choice(["", *SHAPES]),
        help=f"Of JSON Lines and Parquet: the fields of another corpus: {', '.join(SHAPES)} (the"
        " last is what datatrove reads).",
    ),
    click.option(
        "--dialect",
        default="",
        metavar="NAME",
        type=click.Choice(["", *DIALECTS]),
        help=f"Of a SQL dump: {', '.join(DIALECTS)} (the second is for psql).  [default:"
        " postgresql]",
    ),
    click.option(
        "--bom", is_flag=True, help="Of CSV: begin with a byte order mark, for spreadsheets."
    ),
    click.option(
        "--raw",
        is_flag=True,
        help="Of CSV: the exact texts, also those that a spreadsheet takes for formulas.",
    ),
    click.option(
        "--markdown", is_flag=True, help="Texts as Markdown: headings, lists, quotes, tables."
    ),
)


def format_options(command: F) -> F:
    """Add the options of the formats; the command gets `how` of them."""

    @wraps(command)
    def called(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - as the command has it
        given = {name: options.pop(name) for name in How.__slots__}
        return command(*args, **options, how=How(**given))

    decorated = called
    for option in reversed(_FORMATTING):
        decorated = option(decorated)
    return decorated  # type: ignore[return-value]


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice([*FORMATS, WARC]),
    default="jsonl",
    show_default=True,
    help="What is written. warc holds what was fetched, as it came; the others hold documents.",
)
@click.option(
    "--output",
    "-o",
    default="-",
    help="The file to write; - is standard output. Parquet is a folder, parted by language and"
    " month, unless its name ends in .parquet.",
)
@format_options
@click.option("--since", default="", help="Of a WARC: only what was fetched since, ISO 8601.")
@click.option("--cdxj", is_flag=True, help="Of a WARC: write its index beside it, as .cdxj.")
@selection_options
@click.pass_obj
def export(
    chosen: Settings,
    form: str,
    output: str,
    since: str,
    cdxj: bool,
    selection: Selection,
    how: How,
) -> None:
    """Write the newest document of every page, or of those selected; or what was fetched.

    A file appears under its name when it is whole. What a format cannot hold is replaced, counted
    and said. A WARC is compressed as its name says: .warc.gz, .warc.zst or .warc.
    """
    if form != WARC and (since or cdxj):
        raise BadInput("--since and --cdxj are for --format warc")
    if form == WARC and selection != Selection(sites=selection.sites):
        raise BadInput("a selection is of documents; of a WARC choose with --site and --since")
    if form == WARC and how != How():
        raise BadInput(
            "--with, --provenance, --like, --dialect, --bom, --raw and --markdown are for"
            " documents; a WARC holds pages as they came"
        )
    begin = _moment(since) if since else None
    with opened(chosen) as engine:
        if form == WARC:
            _warc(engine, chosen, output, selection.sites, begin, index=cdxj)
        else:
            _documents(engine, chosen, form, output, selection, how)


def _documents(
    engine: Engine, chosen: Settings, form: str, output: str, selection: Selection, how: How
) -> None:
    changes: Counter[str] = Counter()
    agent = chosen.agent
    with Reporter() as tell:
        if output == "-":
            out = sys.stdout.buffer
            count = export_stream(engine, form, out, selection, how, changes, tell, agent)
        else:
            path = Path(output)
            count = export_file(engine, form, path, selection, how, changes, tell, agent)
    say_changes(changes)
    click.echo(f"{count} documents", err=True)


def say_changes(changes: Counter[str]) -> None:
    """Say what a format replaced, and what was left out for what."""
    for said, number in changes.items():
        click.echo(f"{number} {said}", err=True)


def _moment(since: str) -> datetime:
    from archiver.work.ingest import moment  # noqa: PLC0415 - as above

    return moment(since, "--since")


def _warc(
    engine: Engine,
    chosen: Settings,
    output: str,
    hosts: tuple[str, ...],
    since: datetime | None,
    *,
    index: bool,
) -> None:
    if output == "-":
        raise BadInput("warc needs a file: give --output PATH")
    with Reporter() as tell:
        count, lost = export_warc(
            engine, chosen, Path(output), hosts, since, index=index, now=now(), tell=tell
        )
    click.echo(f"{count} captures", err=True)
    if lost:
        click.echo(f"{lost} could not be written: their stored bytes are damaged", err=True)
        sys.exit(EXIT_FAILED)
