"""The archive as a whole: `init`, `reclean` and `demo`."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import click

from archiver.archive import engine as archive
from archiver.cli.shared import (
    EXIT_FAILED,
    LANGUAGE,
    NUMBER,
    STREAM,
    Reporter,
    cleaner_of,
    file_type,
    now,
    opened,
    sites_option,
    written,
)
from archiver.errors import Guarded
from archiver.settings import Settings
from archiver.work import demo, report_page, report_views
from archiver.work.guards import Guards
from archiver.work.reclean import Chosen
from archiver.work.reclean import reclean as reclean_all


@click.command()
@click.pass_obj
def init(chosen: Settings) -> None:
    """Make the archive, or bring one of an older version up to date."""
    before, after = archive.upgrade(chosen.database)
    said = "is up to date" if before == after else f"is ready (schema {after})"
    click.echo(f"{chosen.database} {said}", err=True)


@click.command()
@sites_option
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Only pages that were fetched on this day (UTC) or later.",
)
@click.option(
    "--language",
    "languages",
    type=LANGUAGE,
    multiple=True,
    metavar="CODE",
    help="Only pages in this language (hi, bn, ...); may be repeated.",
)
@click.option(
    "--only-failed",
    is_flag=True,
    help="Only pages that have no document since they failed; those of these very rules as well.",
)
@click.option(
    "--cleaner", metavar="ID", help="Only pages of which this earlier cleaner made a document."
)
@click.option("--dry-run", is_flag=True, help="Only report what would change; write nothing.")
@click.option(
    "--sample",
    type=NUMBER,
    metavar="N",
    help="With --dry-run: look at N pages, always the same ones, and estimate the rest.",
)
@click.option("--force", is_flag=True, help="Go on whatever the guards say.")
@click.option(
    "--jobs",
    type=click.IntRange(min=0),
    help="Processes that clean; with 0 this one does.  [default: one a core]",
)
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON object.")
@click.option(
    "--html",
    type=file_type,
    metavar="FILE",
    help="Write the report to one HTML file as well, to send to somebody; - for standard output,"
    " which then has nothing else.",
)
@click.pass_obj
def reclean(
    chosen: Settings,
    hosts: tuple[str, ...],
    since: datetime | None,
    languages: tuple[str, ...],
    only_failed: bool,
    cleaner: str | None,
    dry_run: bool,
    sample: int | None,
    force: bool,
    jobs: int | None,
    as_json: bool,
    html: Path | None,
) -> None:
    """Clean the stored pages again where the rules have changed; every version is kept.

    Guards look first: at a sample of every site before anything is written, and at all of it on
    the way. They stop a run that takes away more than `reclean_max_lost` per cent of a site's
    text, or empties more than `reclean_max_emptied` documents.

    Exit codes: 0 done; 1 some pages failed, and are on record; 2 wrong use; 3 a guard stopped the
    run, or would, after a dry run; 130 interrupted. A run that was stopped goes on when it is
    started again.
    """
    if sample is not None and not dry_run:
        raise click.UsageError("--sample is for --dry-run: a run cleans all pages")
    if as_json and html == STREAM:
        raise click.UsageError("--json and --html - both write to standard output; name a file")
    pages = Chosen(
        hosts=hosts,
        since=None if since is None else since.replace(tzinfo=UTC),
        languages=languages,
        cleaner=cleaner,
        only_failed=only_failed,
    )
    with ExitStack() as stack:
        out = stack.enter_context(written(html)) if html else None
        engine = stack.enter_context(opened(chosen))
        with Reporter() as tell:
            report = reclean_all(
                engine,
                cleaner_of(chosen),
                chosen=pages,
                guards=None if force else Guards.of(chosen),
                sample=sample,
                dry_run=dry_run,
                jobs=len(os.sched_getaffinity(0)) if jobs is None else jobs,
                clock=now,
                tell=tell,
            )
        if out is not None:
            out.writelines(report_page.html(report))
    lines = [report_views.json_line(report)] if as_json else report_views.lines(report)
    for line in lines:
        click.echo(line, err=html == STREAM)
    if report.tripped:
        sys.exit(Guarded.exit_code)
    if report.failed:
        sys.exit(EXIT_FAILED)


@click.command("demo")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("archiver-demo"),
    show_default=True,
    help="Where the demo's archive goes: a new folder, or one of an earlier demo.",
)
@click.pass_obj
def demo_(chosen: Settings, folder: Path) -> None:
    """Do the whole job once, without a network, on small sites that this program brings."""
    demo.demo(chosen, folder, now, click.echo)
