"""Pages that say the same: `duplicates`."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from archiver.archive.copies import Kind
from archiver.archive.search import Filters
from archiver.cli.shared import LANGUAGE, NUMBER, Reporter, json_option, opened, sites_option
from archiver.settings import Settings
from archiver.work import duplicates

_LARGEST = 20


@click.command("duplicates")
@sites_option
@click.option(
    "--language",
    "languages",
    type=LANGUAGE,
    multiple=True,
    metavar="TAG",
    help="Only clusters with a page in this language (hi, bn, ...); may be repeated.",
)
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Only clusters with a page published on this day (2026-03-01) or later; fetched, where "
    "no date is known.",
)
@click.option("--exact", is_flag=True, help="Only where all words are the same.")
@click.option("--near", is_flag=True, help="Only where some words differ; not with --exact.")
@click.option(
    "--limit",
    type=NUMBER,
    default=_LARGEST,
    show_default=True,
    help="So many clusters, the largest ones.",
)
@json_option
@click.option("--rebuild", is_flag=True, help="Make the index anew first.")
@click.pass_obj
def duplicates_(
    chosen: Settings,
    hosts: tuple[str, ...],
    languages: tuple[str, ...],
    since: datetime | None,
    exact: bool,
    near: bool,
    limit: int,
    as_json: bool,
    rebuild: bool,
) -> None:
    """List pages that have the same text, or nearly, and who was seen with it first.

    Every cluster has a representative, its earliest page by date of publication; the view
    `duplicate` says it of each other page's document. What is new is compared first.
    """
    if exact and near:
        raise click.UsageError("--exact and --near exclude each other; leave both out for all")
    kind: Kind | None = "exact" if exact else "near" if near else None
    filters = Filters(sites=hosts, languages=languages, since=since and since.replace(tzinfo=UTC))
    with opened(chosen) as engine, Reporter() as tell:
        if rebuild:
            duplicates.update(engine, tell, rebuild=True)
        counts, clusters = duplicates.report(engine, filters, kind, limit, tell)
    for line in duplicates.lines(clusters, as_json=as_json):
        click.echo(line)
    shown = f", the largest {limit} shown" if counts.clusters > limit else ""
    found = "1 cluster" if counts.clusters == 1 else f"{counts.clusters} clusters"
    click.echo(
        f"{found} of {counts.pages} pages, {counts.across_sites} across sites: "
        f"{counts.exact} pages repeat an earlier one, {counts.near} texts nearly do{shown}",
        err=True,
    )
