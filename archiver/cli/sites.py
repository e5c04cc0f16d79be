"""Sites as data: `sites list`, `new`, `check`, `enable`, `disable`, `import` and `export`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from archiver.cli.shared import (
    EXIT_FAILED,
    LANGUAGE,
    cleaner_of,
    file_type,
    json_option,
    now,
    opened,
    private_option,
    sites_folder,
    written,
)
from archiver.errors import ArchiverError, BadInput, BadRules
from archiver.settings import Settings
from archiver.text.terminal import safe, safe_json
from archiver.work import site_check, site_files, site_tables, sites
from archiver.work.site_files import SiteFile

_COLUMNS = "host state of language sources schedule name".split()


@click.group("sites")
def sites_() -> None:
    """Say in files what is collected: a TOML file a site, in the folder `sites` by the archive."""


@sites_.command("list")
@click.option("--starters", is_flag=True, help="Those too that come with the program.")
@click.option(
    "--language", type=LANGUAGE, default="", metavar="TAG", help="Only sites in it: hi, bn, ..."
)
@json_option
@click.pass_obj
def list_(chosen: Settings, *, starters: bool, language: str, as_json: bool) -> None:
    """List the sites: those with a file, those of the archive alone, and the starters."""
    with opened(chosen) as engine:
        told = sites.listed(engine, sites_folder(chosen), with_starters=starters)
    rows = [_row(one) for one in told if not language or one.site.language == language]
    if not as_json:
        click.echo("\t".join(_COLUMNS))
    for row in rows:
        if as_json:
            click.echo(safe_json(json.dumps(row, ensure_ascii=False)))
        else:
            cells = ({**row, "sources": len(row["sources"])}[name] for name in _COLUMNS)  # type: ignore[arg-type]
            click.echo("\t".join(safe(str(cell)) for cell in cells))


def _row(one: sites.Listed) -> dict[str, object]:
    said = one.site.config
    return {
        "host": one.site.host,
        "state": "enabled" if one.site.enabled else "disabled",
        "of": one.of,
        "language": one.site.language,
        "sources": [found.url for found in one.site.sources],
        "schedule": one.site.schedule or "adaptive",
        "name": one.site.name,
        "said": said,
    }


@sites_.command()
@click.argument("url")
@click.option("--feed", "feeds", multiple=True, metavar="URL", help="A feed of the site.")
@click.option("--sitemap", "maps", multiple=True, metavar="URL", help="One of its sitemaps.")
@click.option("--section", "sections", multiple=True, metavar="URL", help="A page to be watched.")
@click.option("--name", default="", help="Its name, a note.")
@click.option(
    "--language", type=LANGUAGE, default="", metavar="TAG", help="Its language, a note: hi, bn, ..."
)
@private_option
@click.pass_obj
def new(
    chosen: Settings,
    url: str,
    feeds: tuple[str, ...],
    maps: tuple[str, ...],
    sections: tuple[str, ...],
    name: str,
    language: str,
    private: tuple[str, ...],
) -> None:
    """Write the file of a new site, enabled, from the URL of its home page.

    Without a source it is asked for its home page and robots.txt, which name them. The next
    `scrape` or `schedule run` puts it in force.
    """
    raw: dict[str, object] = {
        "home": url,
        "name": name,
        "language": language,
        "feeds": list(feeds),
        "sitemaps": list(maps),
        "sections": list(sections),
        "allow_private": list(private),
    }
    sourced = bool(feeds or maps or sections)
    site = site_files.checked({**raw, "enabled": sourced})
    folder = sites_folder(chosen)
    made = sites.make(chosen, folder, site, now())
    for found in made.sources:
        click.echo(f"{found.kind}\t{safe(found.url)}")
    click.echo(
        f"{folder / made.file}: written; `archiver sites check {made.host}` tries it", err=True
    )


@sites_.command()
@click.argument("hosts", nargs=-1, metavar="[HOST]...")
@json_option
@click.pass_obj
def check(chosen: Settings, hosts: tuple[str, ...], *, as_json: bool) -> None:
    """Ask each source of these sites, or of all that are enabled, and say what it yields.

    A line a source: items of the site's own, the newest date stated, how many of some newest pages
    are articles, their languages, what is wrong. Stores nothing. Ends with 1 where a file does not
    read, or a source yields nothing.
    """
    folder = sites_folder(chosen)
    _, faults, _ = site_files.read(folder)
    for fault in faults:
        click.echo(safe(str(fault)), err=True)
    wrong = len(faults)
    with opened(chosen) as engine:
        wanted = _wanted([one.site for one in sites.listed(engine, folder, lenient=True)], hosts)
    for one in site_check.check(chosen, cleaner_of(chosen), wanted, now):
        wrong += bool(one.fault)
        newest = f"{one.newest:%Y-%m-%dT%H:%MZ}" if one.newest else ""
        if as_json:
            click.echo(safe_json(json.dumps({**asdict(one), "newest": newest or None})))
            continue
        line = [
            one.site,
            one.kind,
            one.url,
            f"{one.items} items",
            newest or "no date",
            f"{one.articles} of {one.sampled} articles",
            " ".join(one.languages),
            one.fault or "good",
        ]
        click.echo("\t".join(map(safe, line)))
    if wrong:
        sys.exit(EXIT_FAILED)


def _wanted(known: Sequence[SiteFile], hosts: Sequence[str]) -> list[SiteFile]:
    by_host = {one.host: one for one in known}
    hosts = [sites.meant(host, by_host) for host in hosts]
    for host in hosts:
        if host not in by_host:
            raise BadInput(f"no site is called {host!r}; `archiver sites list` has those there are")
    return [by_host[host] for host in hosts] or [one for one in known if one.enabled]


def _switch(chosen: Settings, hosts: Sequence[str], *, enabled: bool) -> None:
    """Switch sites one by one; what does not work of one is told, and the others go on."""
    folder, failed = sites_folder(chosen), 0
    with opened(chosen) as engine:
        listed = sites.listed(engine, folder, with_starters=True, lenient=True)
        known = {one.site.host for one in listed}
        for stated in hosts:
            host = sites.meant(stated, known)
            try:
                where = sites.switch(engine, chosen, folder, host, now(), enabled=enabled)
            except ArchiverError as fault:
                click.echo(safe(f"{host}: {fault}"), err=True)
                failed += 1
                continue
            said = (host, "enabled" if enabled else "disabled", where)
            click.echo("\t".join(map(safe, said)))
        sites.take(engine, folder, now())
    if failed:
        sys.exit(EXIT_FAILED)


@sites_.command()
@click.argument("hosts", nargs=-1, required=True, metavar="HOST...")
@click.pass_obj
def enable(chosen: Settings, hosts: tuple[str, ...]) -> None:
    """Enable sites, starters too: one that names no source is asked which it has."""
    _switch(chosen, hosts, enabled=True)


@sites_.command()
@click.argument("hosts", nargs=-1, required=True, metavar="HOST...")
@click.pass_obj
def disable(chosen: Settings, hosts: tuple[str, ...]) -> None:
    """Ask nothing of these sites any more; all that is stored stays."""
    _switch(chosen, hosts, enabled=False)


@sites_.command("import")
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Write anew the files that say something else.")
@click.pass_obj
def import_(chosen: Settings, table: Path, *, replace: bool) -> None:
    """Write a site file for each row of a CSV table; a file that says something else is kept."""
    folder, failed = sites_folder(chosen), 0
    known = sites.of_folder(folder)
    rows = list(site_tables.read(table))
    for row in rows:
        fault = (
            str(row)
            if isinstance(row, BadRules)
            else sites.put(folder, known, row, replace=replace)
        )
        if fault:
            click.echo(safe(fault), err=True)
            failed += 1
    click.echo(f"{len(rows) - failed} of {len(rows)} sites are as the table says", err=True)
    if failed:
        sys.exit(EXIT_FAILED)


@sites_.command()
@click.argument("table", type=file_type)
@click.option("--starters", is_flag=True, help="Those too that come with the program.")
@click.pass_obj
def export(chosen: Settings, table: Path, *, starters: bool) -> None:
    """Write all sites as a CSV table, a row a site and the keys of a file as columns.

    To TABLE, or to standard output for `-`.
    """
    with opened(chosen) as engine:
        told = sites.listed(engine, sites_folder(chosen), with_starters=starters)
    with written(table) as out:
        count = site_tables.write((one.site for one in told), out)
    click.echo(f"{table}: {count} sites", err=True)
