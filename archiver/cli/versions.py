"""The versions of a page held together, and what made them: `diff` and `cleaner`."""

from __future__ import annotations

import sys

import click

from archiver.cli.shared import NUMBER, Reporter, cleaner_of, json_option, now, opened
from archiver.errors import BadInput
from archiver.settings import Settings
from archiver.work import cleaners, compare, differences

_COLOURS = {"-": "red", "+": "green"}


@click.command()
@click.argument("page")
@click.argument("a", default="")
@click.argument("b", default="")
@click.option(
    "--level",
    type=click.Choice(differences.LEVELS),
    help="Show what differs in bytes, in blocks of the layout, in the kept text, or in chrome: "
    "what a reader sees and the text has not.  [default: a summary of all four]",
)
@click.option(
    "--snapshot", type=NUMBER, metavar="ID", help="Of two cleaners: on this snapshot of the page."
)
@click.option(
    "--cleaner",
    "under",
    default="",
    metavar="ID",
    help="Of two snapshots: under this cleaner.  [default: one that has cleaned both]",
)
@json_option
@click.pass_obj
def diff(
    chosen: Settings,
    page: str,
    a: str,
    b: str,
    level: str | None,
    snapshot: int | None,
    under: str,
    as_json: bool,
) -> None:
    """Show what differs between two versions of a page; A is the old one, B the new one.

    PAGE is as `archiver history` takes it. A and B are two numbers of snapshots that it lists
    (what the publisher changed, under one cleaner), or two ids of cleaners (what other rules
    changed, on one snapshot); `today` stands for the cleaner in force now. B left out is the
    page's current version. Both left out are the newest two that differ.

    Lines begin with - where they are gone, + where they are new, ~ where they changed, with the
    words that are [-gone-] and {+new+}, > where they moved, = where another rule takes them now.
    Below them stands the rule that takes them now, and the one that took them before.

    What is not stored is made on the fly where today's rules are its cleaner, and said to be;
    nothing is written. What an old cleaner made and was pruned cannot be made again.
    """
    with opened(chosen) as engine:
        found = compare.compare(
            engine, cleaner_of(chosen), page, a, b, snapshot=snapshot, under=under
        )
    if found is None:
        click.echo("the page has one version; there is nothing to compare", err=True)
        return
    if as_json:
        for line in differences.records(found, level or ""):
            click.echo(line)
        return
    for parts in differences.shown(found, level or ""):
        click.echo("".join(click.style(text, fg=_COLOURS.get(kind)) for kind, text in parts))


@click.group("cleaner")
def cleaner_() -> None:
    """The cleaners that made the documents: list, show, prune."""


@cleaner_.command("list")
@json_option
@click.pass_obj
def list_(chosen: Settings, as_json: bool) -> None:
    """List all cleaners: recipe, documents, how many are current or pinned, whether in force.

    In force is what today's rules select for some page of the archive. Pinned are documents that a
    release holds. Packs are those that the ids of its rules name: base, a language, a CMS, a site.
    They stand in the order in which they made their first documents.
    """
    with opened(chosen) as engine:
        found = cleaners.listed(engine, cleaner_of(chosen))
    for line in cleaners.listing(found, as_json=as_json):
        click.echo(line)


@cleaner_.command("show")
@click.argument("cleaner")
@click.argument("other", default="")
@json_option
@click.pass_obj
def show(chosen: Settings, cleaner: str, other: str, as_json: bool) -> None:
    """Show the recipe of a CLEANER, or what the OTHER one has that it has not, and lacks."""
    with opened(chosen) as engine:
        today = cleaner_of(chosen)
        if other:
            for sign, line in cleaners.differing(engine, today, cleaner, other, as_json=as_json):
                click.secho(line, fg=_COLOURS.get(sign))
            return
        for line in cleaners.shown(engine, today, cleaner, as_json=as_json):
            click.echo(line)


@cleaner_.command("prune")
@click.argument("ids", nargs=-1, metavar="[CLEANER]...")
@click.option(
    "--all-old", is_flag=True, help="All that is old and of a cleaner that no release pins."
)
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def prune(chosen: Settings, ids: tuple[str, ...], all_old: bool, dry_run: bool, yes: bool) -> None:
    """Remove the documents of old cleaners, with texts that no other document has.

    Old is what is not in force; of a cleaner that is, what it made of pages for which another one
    is, as those of a site that has rules of its own since.

    Stays: what a release pins, what is a page's current document, and the last document of a
    snapshot. Snapshots stay, and so do recipes. It is on record in `run` and `erasure`. It may be
    stopped and run again, and run beside other commands. What has gone cannot be made again unless
    the rules of then are in force.
    """
    with opened(chosen) as engine:
        plan = cleaners.plan(engine, cleaner_of(chosen), ids, all_old=all_old)
        for line in cleaners.planned(plan):
            click.echo(line, err=not dry_run)
        if dry_run or not plan.going:
            return
        if not yes:
            if not sys.stdin.isatty():
                raise BadInput("nobody is there to be asked; say --yes, and it is removed")
            if not click.confirm("Remove them for good?", err=True):
                click.echo("nothing was removed", err=True)
                return
        with Reporter() as tell:
            counts = cleaners.prune(engine, plan, clock=now, tell=tell)
    gone = ", ".join(f"{count} {name}" for name, count in counts.items())
    click.echo(f"removed: {gone or 'nothing'}", err=True)
