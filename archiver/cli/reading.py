"""What is stored, shown: `show` and `explain`."""

from __future__ import annotations

import click

from archiver.cli.shared import cleaner_of, opened
from archiver.settings import Settings
from archiver.work import views


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
