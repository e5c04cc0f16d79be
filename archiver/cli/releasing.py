"""What was published, and what must not be kept: `release` and `erase`."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import click

from archiver.archive.selection import Selection
from archiver.cli.exporting import format_options, say_changes
from archiver.cli.selecting import selection_options
from archiver.cli.shared import (
    EXIT_FAILED,
    NUMBER,
    Reporter,
    json_option,
    now,
    opened,
    sites_option,
)
from archiver.errors import BadInput
from archiver.export import FORMATS
from archiver.settings import Settings
from archiver.work import erase as erasing
from archiver.work import release as releasing
from archiver.work.export import How

_COLOURS = {"-": "red", "+": "green"}


@click.group()
def release() -> None:
    """Named sets of documents that never change: create, list, show, verify, export, diff."""


@release.command()
@click.argument("name")
@selection_options
@click.pass_obj
def create(chosen: Settings, name: str, selection: Selection) -> None:
    """Pin the documents that are selected now under NAME, all pages without a selection.

    Later scrapes, rules and re-cleans change nothing of it, and `cleaner prune` leaves it alone;
    only `erase` takes something out, and the release says so.
    """
    with opened(chosen) as engine, Reporter() as tell:
        made = releasing.create(engine, name, selection, chosen.agent, clock=now, tell=tell)
    for reason, count in made.counts["left_out"].items():
        click.echo(f"{count} documents left out: {reason}", err=True)
    click.echo(f"{made.name}: {made.counts['documents']} documents, digest {made.digest}")


@release.command("list")
@json_option
@click.pass_obj
def list_(chosen: Settings, as_json: bool) -> None:
    """List all releases in the order in which they were made."""
    with opened(chosen) as engine:
        for line in releasing.listed(engine, as_json=as_json):
            click.echo(line)


@release.command()
@click.argument("name")
@json_option
@click.pass_obj
def show(chosen: Settings, name: str, as_json: bool) -> None:
    """Show what a release selected, what it left out and why, its digest, and what was erased."""
    with opened(chosen) as engine:
        for line in releasing.shown(engine, name, as_json=as_json):
            click.echo(line)


@release.command()
@click.argument("name")
@click.pass_obj
def verify(chosen: Settings, name: str) -> None:
    """Hold every row of a release against what was pinned. Ends with 1 where something differs."""
    with opened(chosen) as engine, Reporter() as tell:
        found = releasing.verify(engine, name, tell)
    for fault in found.faults:
        click.echo(f"broken: {fault}")
    erased = f", {len(found.erased)} erased" if found.erased else ""
    click.echo(f"{found.rows} documents looked at{erased}; {len(found.faults)} broken")
    if found.faults:
        sys.exit(EXIT_FAILED)


@release.command()
@click.argument("name")
@click.option("--output", "-o", required=True, help="The folder to write; it must be new or empty.")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="jsonl.zst",
    show_default=True,
    help="What is written for data.",
)
@format_options
@click.pass_obj
def export(chosen: Settings, name: str, output: str, form: str, how: How) -> None:
    """Write a release as a folder: data, a data card, sources, removals, changes, a manifest.

    Written again later it is the same byte for byte, under the same versions of the libraries that
    manifest.json names; or it says what was erased since.
    """
    if output == "-":
        raise BadInput("a release is a folder, and no stream: give --output FOLDER")
    changes: Counter[str] = Counter()
    with opened(chosen) as engine, Reporter() as tell:
        count, erased = releasing.export(engine, name, form, Path(output), how, changes, tell)
    say_changes(changes)
    for one in erased:
        at = f"{one.at:%Y-%m-%d}, {one.reason}" if one.at else "without an erasure on record"
        click.echo(f"left out, erased: document {one.document}, {at}", err=True)
    click.echo(f"{count} documents", err=True)


@release.command()
@click.argument("a")
@click.argument("b")
@click.option("--pages", is_flag=True, help="Also each page: + added, - gone, ~ changed.")
@json_option
@click.pass_obj
def diff(chosen: Settings, a: str, b: str, pages: bool, as_json: bool) -> None:
    """Count the pages that came, went and changed from release A to B, by site and language."""
    with opened(chosen) as engine:
        for line in releasing.diff(engine, a, b, pages=pages, as_json=as_json):
            click.secho(line, fg=_COLOURS.get(line[:1]))


@click.command()
@click.option("--url", "urls", multiple=True, help="The page of this URL; may be repeated.")
@click.option(
    "--document",
    "documents",
    type=NUMBER,
    multiple=True,
    metavar="ID",
    help="The page that this document is of; may be repeated.",
)
@click.option(
    "--digest",
    "digests",
    multiple=True,
    help="Every page with a body or a text of this digest; may be repeated.",
)
@sites_option
@click.option(
    "--reason",
    type=click.Choice(erasing.REASONS),
    required=True,
    help="Why; it stays on record and in releases.",
)
@click.option("--all-copies", is_flag=True, help="Other pages with the same text or bytes too.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def erase(
    chosen: Settings,
    urls: tuple[str, ...],
    documents: tuple[int, ...],
    digests: tuple[str, ...],
    hosts: tuple[str, ...],
    reason: str,
    all_copies: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Erase pages with all their versions, from every table and from the file itself.

    A tombstone stays: digests, the date, the reason. The page is not stored again, whoever names
    it. Killed on the way, the same command does the rest. On SQLite the file is written anew, which
    needs twice its size free; on PostgreSQL it is told what is left to the server.
    """
    asked = erasing.Asked(
        urls=urls, documents=documents, sites=hosts, digests=digests, all_copies=all_copies
    )
    with opened(chosen) as engine:
        with Reporter() as tell:
            plan = erasing.plan(engine, asked, tell)
        for line in erasing.planned(plan, engine):
            click.echo(line, err=not dry_run)
        if dry_run:
            return
        if not yes:
            if not sys.stdin.isatty():
                raise BadInput("nobody is there to be asked; say --yes, and it is erased")
            if not click.confirm("Erase them for good?", err=True):
                click.echo("nothing was erased", err=True)
                return
        with Reporter() as tell:
            counts = erasing.erase(engine, plan, reason, clock=now, tell=tell)
        left = erasing.advice(engine)
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    click.echo(f"erased: {told or 'nothing that was not erased before'}", err=True)
    if left:
        click.echo(left, err=True)
