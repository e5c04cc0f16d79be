"""Files in and files out: `import` and `export`."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import Engine

from archiver.cli.shared import (
    EXIT_FAILED,
    Reporter,
    cleaner_of,
    end_run,
    now,
    opened,
    sites_option,
)
from archiver.errors import BadInput
from archiver.export import FORMATS
from archiver.settings import Settings
from archiver.work.export import WARC, export_warc
from archiver.work.export import export as export_file
from archiver.work.export import stream as export_stream


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--url", default="", help="The page's URL; for a single file.")
@click.option("--time", "fetched_at", default="", help="When it was fetched, ISO 8601.")
@click.option(
    "--site",
    default="",
    metavar="HOST",
    help="The site that files belong to; of a WARC, take only its captures.  [default: by URL]",
)
@click.pass_obj
def import_(
    chosen: Settings, paths: tuple[Path, ...], url: str, fetched_at: str, site: str
) -> None:
    """Store and clean files of .html and .txt, WARC files, and folders of them.

    `page.toml` beside `page.html` may give url, fetched_at and content_type. Of a .warc, .warc.gz
    or .warc.zst its HTML pages are taken, with the times and headers that it has; a record that is
    broken is a failure on record, and the rest is read. What was imported before is left alone.
    """
    # With it come the cleaner and readers of WARC files, which an export does without.
    from archiver.work import ingest  # noqa: PLC0415

    with opened(chosen) as engine, Reporter() as tell:
        counts = ingest.ingest(
            engine,
            cleaner_of(chosen),
            paths,
            url=url,
            site=site,
            fetched_at=ingest.moment(fetched_at, "--time") if fetched_at else None,
            settings=chosen,
            clock=now,
            tell=tell,
        )
    end_run(counts)


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(sorted([*FORMATS, WARC])),
    default="jsonl",
    show_default=True,
    help="jsonl and sqlite hold documents; warc holds what was fetched, as it came.",
)
@click.option("--output", "-o", default="-", help="The file to write; - is standard output.")
@click.option(
    "--markdown", is_flag=True, help="Texts as Markdown: headings, lists, quotes, tables."
)
@click.option("--since", default="", help="Of a WARC: only what was fetched since, ISO 8601.")
@click.option("--cdxj", is_flag=True, help="Of a WARC: write its index beside it, as .cdxj.")
@sites_option
@click.pass_obj
def export(
    chosen: Settings,
    form: str,
    output: str,
    markdown: bool,
    since: str,
    cdxj: bool,
    hosts: tuple[str, ...],
) -> None:
    """Write the newest document of every page, under the cleaner in force; or what was fetched.

    A WARC is compressed as its name says: .warc.gz, .warc.zst or .warc.
    """
    if form != WARC and (since or cdxj):
        raise BadInput("--since and --cdxj are for --format warc")
    if form == WARC and markdown:
        raise BadInput("--markdown is for documents; a WARC holds pages as they came")
    begin = _moment(since) if since else None
    with opened(chosen) as engine:
        if form == WARC:
            _warc(engine, chosen, output, hosts, begin, index=cdxj)
            return
        if output == "-":
            count = export_stream(engine, form, sys.stdout.buffer, hosts, markdown=markdown)
        else:
            count = export_file(engine, form, Path(output), hosts, markdown=markdown)
    click.echo(f"{count} documents", err=True)


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
