"""What is stored, shown: `show`, `explain` and `history`."""

from __future__ import annotations

import sys

import click

from archiver.cli.shared import cleaner_of, json_option, opened
from archiver.settings import Settings
from archiver.text.terminal import safe
from archiver.work import history as page_history
from archiver.work import views


@click.command()
@click.argument("target", default="")
@json_option
@click.pass_obj
def show(chosen: Settings, target: str, as_json: bool) -> None:
    """List the stored pages, or show one: TARGET is a URL or a number of the list."""
    with opened(chosen) as engine:
        lines = (
            views.one(engine, target, as_json=as_json)
            if target
            else views.listing(engine, as_json=as_json)
        )
        # A pipe or a file gets the text to the letter: there is no terminal to steer.
        shown = safe if sys.stdout.isatty() and not as_json else str
        for line in lines:
            click.echo(shown(line))


@click.command()
@click.argument("target")
@click.pass_obj
def explain(chosen: Settings, target: str) -> None:
    """Show a stored page line by line: what was kept, what was removed, by which rule and why.

    TARGET is a URL or its number in `archiver show`.
    """
    # With it come numpy and all of the cleaner, which the listings do without.
    from archiver.work.explain import explain as explained  # noqa: PLC0415

    with opened(chosen) as engine:
        for mark, text in explained(engine, cleaner_of(chosen), target):
            colour = "green" if mark == "+" else "red" if mark == "-" else None
            click.secho(f"{mark} {safe(text)}", fg=colour)


@click.command()
@click.argument("page")
@json_option
@click.pass_obj
def history(chosen: Settings, page: str, as_json: bool) -> None:
    """List every version of a page: its snapshots, the documents of each, what failed.

    PAGE is a URL, also another name of the page; a number of `archiver show`; or the SHA-256 of a
    body or a text. Times are UTC. A snapshot was first and last seen as its fetches say, a 304
    among them; a document has its cleaner, characters kept and removed, and the blocks kept.
    """
    with opened(chosen) as engine:
        for line in page_history.history(engine, page, as_json=as_json):
            click.echo(line)
