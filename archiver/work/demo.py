"""The demo: the main job for real on small sites of our own, served on loopback.

It goes the very ways that `scrape`, `reclean` and `export` go, into an archive that stays there
to be looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine

from archiver.archive import engine as archive
from archiver.archive import queries
from archiver.clean.cut import NOT_MAIN
from archiver.errors import BadInput, WrongArchive
from archiver.model import Found
from archiver.settings import Settings
from archiver.work import adding, report_views, views
from archiver.work.cleaning import Cleaner
from archiver.work.export import export
from archiver.work.reclean import reclean
from archiver.work.sample_sites import SampleSite, samples_folder, serve
from archiver.work.scrape import scrape

# Tells a folder that a demo made, in which the next one may replace what stands below.
_MARKER = ".archiver-demo"
_OWN = (
    "archive.db",
    "archive.db-wal",
    "archive.db-shm",
    "corpus.jsonl",
    "corpus.sqlite",
    "corpus.metadata.json",
    "rules/demo.toml",
)
_SHOWN = 48  # characters of a removed line in the table
_LINES = 8  # removed lines shown of each page
_COUNT = "SELECT language, count(*) FROM corpus GROUP BY 1"  # shown to the user, not run
_WIDTH = 120  # columns

_LOOPBACK = re.compile(r"127\.0\.0\.1:\d+$")

Print = Callable[[str], None]


def _prepare(folder: Path) -> None:
    """An empty place for the demo. Raises BadInput for a folder with files that no demo made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()) and not (folder / _MARKER).is_file():
            raise BadInput(
                f"{folder}: holds files that no demo made, and an archive there would be replaced; "
                "give --folder a new one"
            )
        _refuse_others(folder)
        (folder / _MARKER).touch()
        (folder / "rules").mkdir(exist_ok=True)
        for name in _OWN:
            (folder / name).unlink(missing_ok=True)
    except OSError as fault:
        why = f"cannot be written to: {fault.strerror}; give --folder"
        raise BadInput(f"{folder}: {why}") from fault


def _refuse_others(folder: Path) -> None:
    """Raise BadInput where the demo's archive has been used for other sites since."""
    database = folder / "archive.db"
    if not database.is_file():
        return
    engine = archive.connect(f"sqlite:///{database}")
    try:
        archive.check(engine)
        with archive.read(engine) as c:
            others = [site.host for site in queries.sites(c) if not _LOOPBACK.match(site.host)]
    except WrongArchive as fault:  # what is in it cannot be told, so it may be somebody's
        raise BadInput(
            f"{folder}: {fault}; remove the folder or give --folder a new one"
        ) from fault
    finally:
        engine.dispose()
    if others:
        raise BadInput(
            f"{folder}: its archive holds {', '.join(others[:3])}, and would be replaced; "
            "give --folder a new one"
        )


def _add(engine: Engine, sites: list[SampleSite], now: datetime) -> None:
    """Each site with its feed and its news sitemap, without a pause, its own address allowed."""
    for site in sites:
        founds = [
            Found(url=site.url + site.source.feed, kind="feed"),
            Found(url=site.url + site.source.sitemap, kind="sitemap"),
        ]
        endpoint = site.url.removeprefix("http://")
        adding.add(engine, endpoint, founds, {"pause": 0, "allow_private": [endpoint]}, now)


def _table(engine: Engine, extractor: str, names: dict[str, str]) -> None:
    """Print site, title, language, lines kept and removed, and what rules removed."""
    # Away from a terminal there is no width to keep to; rich would take 80 columns.
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDTH)
    table = Table(show_lines=True)
    for heading in ("site and title", "language", "kept", "removed", "lines that a rule removed"):
        table.add_column(heading, overflow="fold", ratio=1 if " " in heading else None)
    with archive.read(engine) as c:
        for row in queries.table(c):
            stored = queries.document_of(c, target=row.id)
            page = stored and queries.load_page(c, stored.snapshot, extractor)
            if not stored or not page:
                continue
            lines = [
                (mark.kind, page.blocks[mark.block].text[mark.start : mark.end])
                for mark in stored.document.marks
                if mark.kind != NOT_MAIN and not page.blocks[mark.block].hidden
            ]
            told = Text()
            for kind, line in lines[:_LINES]:
                told.append(f"{kind}: ", "dim").append(views.shorten(line, _SHOWN) + "\n", "red")
            if len(lines) > _LINES:
                told.append(f"and {len(lines) - _LINES} more: archiver explain {row.id}", "dim")
            table.add_row(
                Text(names.get(row.site, row.site), "bold").append(f"\n{row.title or ''}", "none"),
                f"{row.language}-{stored.document.script}",
                str(stored.document.text.count("\n\n") + 1),
                str(len(stored.document.marks)),
                told,
            )
    console.print(table)


def _rule(sites: list[SampleSite]) -> str:
    """A rule file as a user writes it: lines of these sites that the shipped rules do not know."""
    lines = [site.source.demo_chrome for site in sites if site.source.demo_chrome]
    languages = sorted({site.source.language for site in sites if site.source.demo_chrome})
    quoted = ", ".join("'" + line + "'" for line in lines)
    return (
        'about = "Lines that two of the demo sites put under every story."\n'
        f"languages = {languages}\n\n[[rule]]\n"
        'id = "demo.closing-line"\nkind = "line"\nlabel = "app_promo"\n'
        'why = "the site speaks of itself under the story"\n'
        f"phrases = [{quoted}]\n"
    )


def demo(settings: Settings, folder: Path, clock: Callable[[], datetime], out: Print) -> None:
    """Serve the samples, scrape, show, change a rule, re-clean, export. Raises BadInput."""
    _prepare(folder)
    chosen = replace(settings, database=f"sqlite:///{folder / 'archive.db'}")
    rules = folder / "rules"  # beside the archive, where every command looks for them
    archive.upgrade(chosen.database)
    engine = archive.connect(chosen.database)
    try:
        with serve(samples_folder()) as sites:
            names = {site.url.removeprefix("http://"): site.host for site in sites}
            _add(engine, sites, clock())
            out(f"Scraping {len(sites)} small sites on this machine …")
            cleaner = Cleaner(rules)
            counts = scrape(engine, chosen, cleaner, clock=clock)
        out(
            f"{counts['requests']} requests, {counts['snapshots']} pages stored, "
            f"{counts['documents']} cleaned\n"
        )
        _table(engine, cleaner.extractor, names)
        (rules / "demo.toml").write_text(_rule(sites), "utf-8")
        out(f"\nA new rule is written to {rules / 'demo.toml'}. What would it change?")
        changed = Cleaner(rules)
        dry = reclean(engine, changed, dry_run=True, clock=clock)
        for line in report_views.lines(dry):
            out(_named(line, names))
        report = reclean(engine, changed, clock=clock)
        out(f"Re-cleaned: {report.counts()['changed']} documents have a new version.\n")
        for form in ("jsonl", "sqlite"):
            path = folder / f"corpus.{form}"
            out(f"Exported {export(engine, form, path)} documents to {path}")
    finally:
        engine.dispose()
    database = folder / "archive.db"
    out(
        f"\nNext:\n  archiver --database {database} show\n"
        f"  archiver --database {database} explain 13\n"
        f"  sqlite3 {folder / 'corpus.sqlite'} '{_COUNT}'\n"
        "  archiver init && archiver add https://your.site/ && archiver scrape"
    )


def _named(line: str, names: dict[str, str]) -> str:
    """Say the samples' names for their loopback addresses."""
    for address, name in names.items():
        line = line.replace(address, name)
    return line
