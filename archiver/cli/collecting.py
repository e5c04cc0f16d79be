"""Pages in: `add`, `scrape`, `import` and `fetch`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, cast, get_args

import click

from archiver.cli.shared import (
    EXIT_FAILED,
    Reporter,
    cleaner_of,
    end_run,
    now,
    opened,
    private_option,
    sites_option,
)
from archiver.errors import BadInput
from archiver.fetch import urls
from archiver.model import Found, TargetKind
from archiver.settings import Settings
from archiver.work import adding, ingest
from archiver.work.polite import Visitor
from archiver.work.scrape import scrape as scrape_due


@click.command()
@click.argument("url")
@click.option(
    "--as",
    "kind",
    type=click.Choice(["site", "feed", "sitemap", "page"]),
    help="What the URL is.  [default: told by its path]",
)
@click.option("--feed", "given_feeds", multiple=True, metavar="URL", help="A feed of the site.")
@click.option("--sitemap", "given_maps", multiple=True, metavar="URL", help="One of its sitemaps.")
@click.option("--host", "hosts", multiple=True, help="Another host whose URLs are the site's own.")
@click.option("--pause", type=click.FloatRange(0), help="Seconds between two requests.")
@private_option
@click.pass_obj
def add(
    chosen: Settings,
    url: str,
    kind: str | None,
    given_feeds: tuple[str, ...],
    given_maps: tuple[str, ...],
    hosts: tuple[str, ...],
    pause: float | None,
    private: tuple[str, ...],
) -> None:
    """Add a site, a feed, a sitemap or a single page.

    A site named without sources is asked for its home page and robots.txt, which name them.
    """
    url = urls.canonical(url)
    known = kind or adding.kind_of(url) or "site"
    founds = [Found(url=urls.join(url, one), kind="feed") for one in given_feeds]
    founds += [Found(url=urls.join(url, one), kind="sitemap") for one in given_maps]
    config: dict[str, Any] = {}
    if pause is not None:
        config["pause"] = pause
    if private:
        config["allow_private"] = list(private)
    if hosts:
        config["hosts"] = list(hosts)
    with opened(chosen) as engine:
        if known != "site":
            founds.append(Found(url=url, kind=_target_kind(known)))
        elif not founds:
            founds = adding.discover(Visitor(chosen, private), url, now())
        added = adding.add(engine, urls.site(url), founds, config, now())
    for found in founds:
        click.echo(f"{found.kind}\t{found.url}")
    told = f"{added.new} new" + (f", {added.due} known and now due again" if added.due else "")
    click.echo(f"{urls.site(url)}: {told}; `archiver scrape` fetches what is due", err=True)


def _target_kind(name: str) -> TargetKind:
    for kind in get_args(TargetKind):
        if name == kind:
            return cast("TargetKind", kind)
    raise BadInput(f"{name!r} is no kind of target")


@click.command()
@sites_option
@click.option("--again", is_flag=True, help="Take every target as due now.")
@click.option("--limit", type=click.IntRange(1), help="Ask for so many URLs at the most.")
@click.pass_obj
def scrape(chosen: Settings, hosts: tuple[str, ...], again: bool, limit: int | None) -> None:
    """Fetch what is due, politely, and clean it."""
    with opened(chosen) as engine, Reporter() as tell:
        counts = scrape_due(
            engine,
            chosen,
            cleaner_of(chosen),
            hosts=hosts,
            again=again,
            limit=limit,
            clock=now,
            tell=tell,
        )
    end_run(counts)


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--url", default="", help="The page's URL; for a single file.")
@click.option("--time", "fetched_at", default="", help="When it was fetched, ISO 8601.")
@click.option("--site", default="", help="The site it belongs to.  [default: told by its URL]")
@click.pass_obj
def import_(
    chosen: Settings, paths: tuple[Path, ...], url: str, fetched_at: str, site: str
) -> None:
    """Store and clean files of .html and .txt, and folders of them.

    `page.toml` beside `page.html` may give url, fetched_at and content_type.
    """
    with opened(chosen) as engine, Reporter() as tell:
        counts = ingest.ingest(
            engine,
            cleaner_of(chosen),
            paths,
            url=url,
            site=site,
            fetched_at=ingest.moment(fetched_at, "--time") if fetched_at else None,
            clock=now,
            tell=tell,
        )
    end_run(counts)


@click.command()
@click.argument("url")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@private_option
@click.pass_obj
def fetch(chosen: Settings, url: str, as_json: bool, private: tuple[str, ...]) -> None:
    """Fetch one URL under all policies, and store nothing."""
    got = Visitor(chosen, private).visit(url, now())
    told = {
        "outcome": got.outcome,
        "reason": got.reason,
        "status": got.status,
        "final_url": got.final_url,
        "bytes": len(got.body),
        "requests": got.requests,
    }
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        for name, value in told.items():
            click.echo(f"{name}: {'' if value is None else value}")
    sys.exit(0 if got.outcome in {"ok", "truncated", "not_modified"} else EXIT_FAILED)
