"""Sites as data: files beside the archive are put in force, enabled, made, told.

A site with a file is what its file says; the archive keeps each configuration that was in force.
One without, made by `archiver add`, is what the archive says. So there is one truth for each, and
it is the one that its user edits.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from archiver.archive import engine as archive
from archiver.archive import frontier, queries, store
from archiver.errors import BadInput
from archiver.export.whole import whole
from archiver.fetch import urls
from archiver.model import Found
from archiver.settings import Settings
from archiver.work import adding, site_files
from archiver.work.polite import Visitor
from archiver.work.site_files import SiteFile
from archiver.work.telling import Tell

_IMPORTED = "files"  # the site of imported files that state no URL: nothing there can be asked


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of the files: sites that changed, that no file tells of now; what does not read."""

    changed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    faults: tuple[BadInput, ...] = ()

    def tell(self, tell: Tell) -> None:
        """Tell it, a line each."""
        for host in self.changed:
            tell(f"{host}: configured as its file says now")
        for host in self.left:
            tell(
                f"{host}: no file tells of it any more; it goes on as it was,"
                f" until: archiver sites disable {host}"
            )
        for fault in self.faults:
            tell(f"{fault}; what was in force before stays so")


def take(engine: Engine, folder: Path, now: datetime) -> Taken:
    """Put in force what the site files say. Does nothing where they say what is in force.

    A file that does not read changes nothing of its site. A site whose file has gone stays as it
    is, and is the archive's again: a folder that is not there for an hour must end no collection.
    """
    if not folder.is_dir():
        return Taken()
    wanted, faults, unread = site_files.read(folder)
    with archive.read(engine) as c:
        known = {site.host: site.config for site in queries.sites(c)}
    changed = []
    for site in wanted:
        before = known.get(site.host)
        if before == site.config or (before is None and not site.enabled):
            continue
        _put(engine, site, before or {}, now)
        changed.append(site.host)
    left = []
    named = {site.host for site in wanted}
    for host, config in known.items():
        file = config.get("file")
        gone = file and not (folder / str(file)).exists()
        if file and host not in named and (gone or str(file) not in unread):
            own = {key: value for key, value in config.items() if key != "file"}
            with archive.write(engine) as c:
                store.put_site(c, host, own, now)
            left.append(host)
    return Taken(tuple(changed), tuple(left), tuple(faults))


def _put(engine: Engine, site: SiteFile, before: dict[str, Any], now: datetime) -> None:
    """Put one site in force: its configuration, its sources, and none that it names no more."""
    named = {one.url for one in site.sources}
    were = {str(url) for key in ("feeds", "sitemaps", "sections") for url in before.get(key, ())}
    with archive.write(engine) as c:
        store.put_site(c, site.host, site.config, now)
        store.add_targets(c, site.host, site.sources, None, now)
        # One that was dropped is followed again; the others wait their time.
        store.make_due(c, sorted(named - were), now)
        frontier.drop(c, site.host, sorted(were - named))


# Making and changing files


def save(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises BadInput or TryLater where that cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise BadInput(f"{path.parent}: cannot be made: {fault.strerror or fault}") from fault
    with whole(path) as part:
        part.write_text(text, "utf-8")


def put(folder: Path, known: dict[str, SiteFile], site: SiteFile, *, replace: bool) -> str:
    """Write the file of a site from elsewhere; the fault where there is one.

    One that says the same is left as it is. One that says something else is written anew if it
    may, and has no other sites.
    """
    before = known.get(site.host)
    if before is not None and {**before.config, "file": ""} == {**site.config, "file": ""}:
        return ""
    path = path_of(folder, site.host)
    if before is not None and not (replace and before.file == path.name):
        why = "--replace writes it anew" if before.file == path.name else "change it there"
        return f"{site.host}: {folder / before.file}, line {before.line}, says otherwise; {why}"
    if before is None and path.exists():
        return f"{site.host}: {path} is there, and says nothing of it; move it away"
    save(path, site_files.written(site))
    return ""


def of_folder(folder: Path, *, lenient: bool = False) -> dict[str, SiteFile]:
    """The sites of a folder by host. Raises the first fault, unless `lenient`."""
    wanted, faults, _ = site_files.read(folder)
    if faults and not lenient:
        raise faults[0]
    return {site.host: site for site in wanted}


def found_for(settings: Settings, site: SiteFile, now: datetime) -> SiteFile:
    """A site with the feeds and sitemaps that its home page and robots.txt name, and enabled.

    Raises as `adding.discover` does.
    """
    visitor = Visitor(settings, site.allow_private, contacts=adding.contacts([site.facts]))
    founds = adding.discover(visitor, site.home, now)
    own = adding.own_urls(founds, site.facts)
    if not own:
        raise BadInput(f"{site.home} names sources of other hosts only; name yours in its file")
    return replace(
        site,
        feeds=tuple(one.url for one in own if one.kind == "feed"),
        sitemaps=tuple(one.url for one in own if one.kind == "sitemap"),
        enabled=True,
    )


def path_of(folder: Path, host: str) -> Path:
    """The file that a new site gets. Hosts have no characters that a folder could not have."""
    return folder / f"{host}.toml"


def make(settings: Settings, folder: Path, site: SiteFile, now: datetime) -> SiteFile:
    """Write the file of a new site, its sources found where it names none.

    Raises BadInput where the site has a file.
    """
    if known := of_folder(folder).get(site.host):
        raise BadInput(f"{site.host} is told in {folder / known.file}, line {known.line}, already")
    path = path_of(folder, site.host)
    if path.exists():
        raise BadInput(f"{path} is there, and says nothing of {site.host}; move it away")
    site = replace(site, enabled=True) if site.sources else found_for(settings, site, now)
    save(path, site_files.written(site))
    return replace(site, file=path.name)


def meant(stated: str, hosts: Collection[str]) -> str:
    """The one of these hosts that is meant by a host, without or with ``www.``, or by a URL.

    What means none of them comes back as it is.

    >>> meant("News.example", {"www.news.example"}), meant("https://a.example/x", {"a.example"})
    ('www.news.example', 'a.example')
    """
    try:
        host = urls.site(stated if "://" in stated else f"http://{stated}/")
    except BadInput:
        return stated
    alike = (stated, host, host.removeprefix("www."), f"www.{host}")
    return next((one for one in alike if one in hosts), stated)


def switch(
    engine: Engine,
    settings: Settings,
    folder: Path,
    host: str,
    now: datetime,
    *,
    enabled: bool,
) -> str:
    """Enable or disable a site, where it is told: its file, the archive, or the starters; a word.

    A site that is enabled and names no sources is asked for them. Raises BadInput where nobody
    knows the site, and as `adding.discover` does.
    """
    known = of_folder(folder).get(host)
    if known is not None:
        said: dict[str, object] = {"enabled": enabled}
        if enabled and not known.sources:
            found = found_for(settings, known, now)
            said |= {key: list(getattr(found, key)) for key in ("feeds", "sitemaps")}
        path = folder / known.file
        if known.enabled != enabled or len(said) > 1:
            save(path, site_files.edited(path, known, **said))
        return str(path)
    with archive.read(engine) as c:
        stored = queries.site(c, host)
    if stored is not None:
        with archive.write(engine) as c:
            store.put_site(c, host, {**stored.config, "enabled": enabled}, now)
        return "the archive"
    start = next((one for one in starters() if one.host == host), None)
    if start is None:
        raise BadInput(f"no site is called {host!r}, and no starter; archiver sites new makes one")
    if not enabled:
        return "nothing: it is a starter, and those are disabled"
    return str(path_of(folder, make(settings, folder, start, now).host))


# Starters


def starters() -> list[SiteFile]:
    """Sites that come with the program, disabled: their facts alone, by language and host."""
    raw = resources("archiver").joinpath("sites/starters.csv").read_text("utf-8")
    rows = csv.DictReader(raw.splitlines())
    return [
        site_files.checked({**row, "sections": row["sections"].split(), "enabled": False})
        for row in rows
    ]


# Telling


@dataclass(frozen=True, slots=True)
class Listed:
    """A site as a list has it. `of` is ``file``, ``archive`` or ``starter``."""

    site: SiteFile
    of: str


def listed(
    engine: Engine, folder: Path, *, with_starters: bool = False, lenient: bool = False
) -> list[Listed]:
    """All sites: those with a file, those of the archive alone, and the starters if wanted."""
    told = {host: Listed(site, "file") for host, site in of_folder(folder, lenient=lenient).items()}
    with archive.read(engine) as c:
        for site in queries.sites(c):
            if site.host not in told and site.host != _IMPORTED:
                sources = frontier.sources(c, site.host)
                told[site.host] = Listed(_of_archive(site, sources), "archive")
    if with_starters:
        for one in starters():
            told.setdefault(one.host, Listed(one, "starter"))
    return [told[host] for host in sorted(told)]


def _of_archive(site: queries.Site, sources: Sequence[Found]) -> SiteFile:
    """A site of the archive in the form of a file."""
    by_kind = {
        key: tuple(one.url for one in sources if one.kind == kind)
        for key, kind in site_files.KINDS.items()
    }
    keys = {key: value for key, value in site.config.items() if key in site_files.KEYS}
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in keys.items()
    }
    home = str(values.pop("home", f"https://{site.host}/"))
    return SiteFile(home=home, **{**values, **{key: url for key, url in by_kind.items() if url}})
