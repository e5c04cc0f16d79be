"""The archive as a whole: `init`, `reclean` and `demo`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from archiver.archive import engine as archive
from archiver.cli.shared import EXIT_FAILED, Reporter, cleaner_of, now, opened, sites_option
from archiver.settings import Settings
from archiver.work import demo, views
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
@click.option("--dry-run", is_flag=True, help="Only report what would change.")
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON object.")
@click.pass_obj
def reclean(chosen: Settings, hosts: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Clean the stored pages again where the rules have changed; every version is kept."""
    with opened(chosen) as engine, Reporter() as tell:
        report = reclean_all(
            engine, cleaner_of(chosen), hosts=hosts, dry_run=dry_run, clock=now, tell=tell
        )
    for line in views.report(report, as_json=as_json):
        click.echo(line)
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
