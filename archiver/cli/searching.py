"""Words in the stored pages: `search`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from archiver.archive.search import Filters
from archiver.cli.shared import LANGUAGE, NUMBER, Reporter, json_option, opened, sites_option
from archiver.errors import BadInput
from archiver.settings import Settings
from archiver.work import search as searching

_BEST = 10


def _bold(hit: str) -> str:
    return click.style(hit, bold=True, fg="yellow")


def _bracketed(hit: str) -> str:
    return f"[{hit}]"


@click.command()
@click.argument("query", nargs=-1)
@click.option(
    "--language",
    "languages",
    type=LANGUAGE,
    multiple=True,
    metavar="TAG",
    help="Only this language (hi, bn, ...), in any script; may be repeated.",
)
@sites_option
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Only pages published on this day (2026-03-01) or later; fetched, where no date is known.",
)
@click.option(
    "--limit",
    type=NUMBER,
    default=_BEST,
    show_default=True,
    help="So many pages, the best ones.",
)
@json_option
@click.option("--rebuild", is_flag=True, help="Make the index anew first.")
@click.pass_obj
def search(
    chosen: Settings,
    query: tuple[str, ...],
    languages: tuple[str, ...],
    hosts: tuple[str, ...],
    since: datetime | None,
    limit: int,
    as_json: bool,
    rebuild: bool,
) -> None:
    """Find words in the newest document of every page, in any of their spellings.

    QUERY, best in single quotes: all its words must be there; "..." is a phrase, kita* a word that
    begins so, -word must not be there. Without QUERY the index is brought up to date, which every
    search does first.
    """
    text = " ".join(query)
    if not (text or rebuild) and (languages or hosts or since or as_json):
        raise BadInput("what to search for? archiver search QUERY")
    filters = Filters(sites=hosts, languages=languages, since=since and since.replace(tzinfo=UTC))
    with opened(chosen) as engine, Reporter() as tell:
        if rebuild or not text:
            count = searching.update(engine, tell, rebuild=rebuild)
            tell(f"indexed {count} pages")
        if not text:
            return
        answer = searching.ask(engine, text, filters, limit, tell)
    mark = _bold if sys.stdout.isatty() else _bracketed
    for line in searching.lines(answer, mark, as_json=as_json):
        click.echo(line)
    pages = "1 page" if answer.total == 1 else f"{answer.total} pages"
    shown = f", the best {limit} shown" if answer.total > limit else ""
    click.echo(f"{pages} found{shown}", err=True)
