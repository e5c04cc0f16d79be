"""What is stored, shown and handed out: `show`, `explain` and `export`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from archiver.cli.shared import cleaner_of, opened, sites_option
from archiver.export import FORMATS
from archiver.settings import Settings
from archiver.work import views
from archiver.work.export import export as export_file
from archiver.work.export import stream as export_stream


@click.command()
@click.argument("target", default="")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def show(chosen: Settings, target: str, as_json: bool) -> None:
    """List the stored pages, or show one: TARGET is a URL or a number of the list."""
    with opened(chosen) as engine:
        lines = (
            views.one(engine, target, as_json=as_json)
            if target
            else views.listing(engine, as_json=as_json)
        )
        for line in lines:
            click.echo(line)


@click.command()
@click.argument("target")
@click.pass_obj
def explain(chosen: Settings, target: str) -> None:
    """Show a stored page line by line: what was kept, what was removed, by which rule and why.

    TARGET is a URL or its number in `archiver show`.
    """
    with opened(chosen) as engine:
        for mark, text in views.explain(engine, cleaner_of(chosen), target):
            colour = "green" if mark == "+" else "red" if mark == "-" else None
            click.secho(f"{mark} {text}", fg=colour)


@click.command()
@click.option(
    "--format", "form", type=click.Choice(sorted(FORMATS)), default="jsonl", show_default=True
)
@click.option("--output", "-o", default="-", help="The file to write; - is standard output.")
@click.option(
    "--markdown", is_flag=True, help="Texts as Markdown: headings, lists, quotes, tables."
)
@sites_option
@click.pass_obj
def export(
    chosen: Settings, form: str, output: str, markdown: bool, hosts: tuple[str, ...]
) -> None:
    """Write the newest document of every page, under the cleaner in force."""
    with opened(chosen) as engine:
        if output == "-":
            count = export_stream(engine, form, sys.stdout.buffer, hosts, markdown=markdown)
        else:
            count = export_file(engine, form, Path(output), hosts, markdown=markdown)
    click.echo(f"{count} documents", err=True)
