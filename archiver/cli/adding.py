"""Sources in: `add`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO, cast

import click

from archiver.cli.shared import EXIT_FAILED, now, opened, private_option
from archiver.errors import BadInput
from archiver.fetch import cdx, render, urls
from archiver.model import Found, TargetKind
from archiver.settings import Settings
from archiver.work import adding
from archiver.work.polite import Visitor

_SITES_TOLD = 20  # of a list that names more, the rest is told as a number
_MAX_WRONG = 100  # lines at its beginning that may be wrong, all of them, before it is no list


@click.command()
@click.argument("url", required=False)
@click.option(
    "--as",
    "kind",
    type=click.Choice(["site", "feed", "sitemap", "section", "page"]),
    help="What the URL is; a section is a page whose links are watched.  [default: told by its"
    " path, and page for those of a list]",
)
@click.option("--feed", "given_feeds", multiple=True, metavar="URL", help="A feed of the site.")
@click.option("--sitemap", "given_maps", multiple=True, metavar="URL", help="One of its sitemaps.")
@click.option(
    "--list",
    "listed",
    type=click.File("rb"),
    help="Add the URLs of a file (- for standard input), one a line, or a CDX list of captures;"
    " each belongs to the site of its host. A line that is neither is told with its number and left"
    " out; the rest is added, and the command ends with 1.",
)
@click.option("--host", "hosts", multiple=True, help="Another host whose URLs are the site's own.")
@click.option("--pause", type=click.FloatRange(0), help="Seconds between two requests.")
@click.option(
    "--render/--no-render",
    "rendered",
    default=None,
    help="Have Chromium run the scripts of the site's pages; needs the extra `javascript`.",
)
@private_option
@click.pass_obj
def add(
    chosen: Settings,
    url: str | None,
    kind: str | None,
    given_feeds: tuple[str, ...],
    given_maps: tuple[str, ...],
    listed: BinaryIO | None,
    hosts: tuple[str, ...],
    pause: float | None,
    rendered: bool | None,
    private: tuple[str, ...],
) -> None:
    """Add a site, a feed, a sitemap, a section, a single page, or a list of URLs.

    A site named without sources is asked for its home page and robots.txt, which name them.
    """
    if rendered:
        render.check(chosen.chromium)
    hosts = tuple(map(adding.other_host, hosts))
    config = _config(pause=pause, allow_private=private, hosts=hosts, render=rendered)
    if (url is None) == (listed is None):
        raise BadInput("give a URL, or a file of them with --list")
    if listed is not None:
        if given_feeds or given_maps or kind == "site":
            raise BadInput("--list goes with neither --feed, --sitemap nor --as site: add each URL")
        _add_listed(chosen, listed, cast("TargetKind", kind or "page"), config)
        return
    url = urls.canonical(url or "")
    known = kind or adding.kind_of(url) or "site"
    founds = [Found(url=urls.join(url, one), kind="feed") for one in given_feeds]
    founds += [Found(url=urls.join(url, one), kind="sitemap") for one in given_maps]
    with opened(chosen) as engine:
        if known != "site":
            founds.append(Found(url=url, kind=cast("TargetKind", known)))
        elif not founds:
            founds = adding.discover(Visitor(chosen, private), url, now())
        added = adding.add(engine, urls.site(url), founds, config, now())
    for found in founds:
        click.echo(f"{found.kind}\t{found.url}")
    click.echo(f"{urls.site(url)}: {_told(added)}; `archiver scrape` fetches what is due", err=True)


def _config(**stated: float | bool | tuple[str, ...] | None) -> dict[str, Any]:
    """What was said of a site's configuration; the rest stays as it is."""
    listed = {
        name: list(value) if isinstance(value, tuple) else value for name, value in stated.items()
    }
    return {name: value for name, value in listed.items() if value not in (None, [])}


def _told(added: adding.Added) -> str:
    return f"{added.new} new" + (f", {added.due} known and now due again" if added.due else "")


class _Listed:
    """The targets of a list, as they are read; of its wrong lines each is told and counted."""

    def __init__(self, listed: BinaryIO, kind: TargetKind) -> None:
        self.listed = listed
        self.kind = kind
        self.wrong = 0

    def __iter__(self) -> Iterator[Found]:
        """Yield the targets; none of what begins like no list."""
        any_read = False
        for one in cdx.parse(self.listed):
            if isinstance(one, Found):
                any_read = True
                yield replace(one, kind=self.kind)
                continue
            click.echo(f"{self.listed.name}, line {one.line}: {one.reason}", err=True)
            self.wrong += 1
            if not any_read and self.wrong >= _MAX_WRONG:
                break


def _add_listed(
    chosen: Settings, listed: BinaryIO, kind: TargetKind, config: dict[str, Any]
) -> None:
    """Add a list, and tell what came of it by site; end with 1 if lines of it were wrong."""
    founds = _Listed(listed, kind)
    with opened(chosen) as engine:
        sites = adding.add_listed(engine, founds, config, now())
    if not sites:
        raise BadInput(f"{listed.name}: the list names no page; nothing was added")
    for site, added in list(sites.items())[:_SITES_TOLD]:
        click.echo(f"{site}: {_told(added)}", err=True)
    total = adding.Added(
        sum(added.new for added in sites.values()), sum(added.due for added in sites.values())
    )
    click.echo(
        f"{len(sites)} sites: {_told(total)}; `archiver scrape` fetches what is due", err=True
    )
    if founds.wrong:
        click.echo(f"{founds.wrong} lines are no URL and no capture, and were left out", err=True)
        sys.exit(EXIT_FAILED)
