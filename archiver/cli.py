"""The door: reads the settings, opens the archive, calls the work of the same name, prints.

Data goes to standard output, everything else to standard error. Nothing here knows how.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, NoReturn, Self, cast, get_args

import click
from rich.console import Console
from sqlalchemy import Engine

from archiver import __version__, settings
from archiver.archive import engine as archive
from archiver.errors import ArchiverError, BadInput, Uncleanable
from archiver.export import FORMATS
from archiver.export.jsonl import line as jsonl_line
from archiver.fetch import urls
from archiver.model import Found, Snapshot, TargetKind
from archiver.settings import Settings
from archiver.work import adding, demo, ingest, views
from archiver.work.cleaning import Cleaner, as_record, media_type_of, removed
from archiver.work.export import export as export_file
from archiver.work.export import stream as export_stream
from archiver.work.polite import Visitor
from archiver.work.reclean import reclean as reclean_all
from archiver.work.scrape import scrape as scrape_due

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130
# Away from a terminal a line about progress is written this often, in seconds.
LOG_EVERY = 10.0


def now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


class Reporter:
    """Tells of long work on standard error: a moving line on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        """Look at what standard error is."""
        self.console = Console(stderr=True, highlight=False)
        self.status = self.console.status("") if self.console.is_terminal else None
        self.last = time.monotonic()

    def __call__(self, message: str, *, passing: bool = False) -> None:
        """Tell one line."""
        if self.status is not None and passing:
            self.status.update(message)
        elif self.status is not None:
            self.console.print(message, markup=False)
        elif not passing or time.monotonic() - self.last >= LOG_EVERY:
            self.last = time.monotonic()
            click.echo(f"{now():%Y-%m-%dT%H:%M:%SZ} {message}", err=True)

    def __enter__(self) -> Self:
        """Start the moving line."""
        if self.status is not None:
            self.status.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the moving line away."""
        if self.status is not None:
            self.status.stop()


@contextmanager
def opened(chosen: Settings) -> Iterator[Engine]:
    """The archive of the settings, checked to be one of this program's schema."""
    engine = archive.connect(chosen.database)
    try:
        archive.check(engine)
        yield engine
    finally:
        engine.dispose()


def cleaner_of(chosen: Settings) -> Cleaner:
    """The cleaner with the user's rules: of the folder that is set, or the one by the archive."""
    if chosen.rules and not Path(chosen.rules).is_dir():
        raise BadInput(f"rules = {chosen.rules!r}: there is no such folder")
    return Cleaner(Path(chosen.rules) if chosen.rules else archive.beside(chosen.database, "rules"))


sites_option = click.option(
    "--site", "hosts", multiple=True, metavar="HOST", help="Only this site; may be repeated."
)
private_option = click.option(
    "--allow-private",
    "private",
    multiple=True,
    metavar="HOST:PORT",
    help="A private or loopback address that may be asked; may be repeated.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--database",
    metavar="URL",
    help="The archive, as an SQLAlchemy URL or the path of an SQLite file.  [default: archive.db]",
)
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Settings file.  [default: archiver.toml, where there is one]",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context, database: str | None, config: Path | None) -> None:
    """Collect news pages, strip the site's chrome, keep clean text in a versioned archive.

    Start with `archiver demo`. For an archive of your own: `init`, `add` a site, `scrape`,
    `show`, `export`; after a change of rules `reclean --dry-run`, then `reclean`.

    Exit codes: 0 done; 1 some items failed, and are on record; 2 wrong use; 3 a guard or an
    alarm; 130 interrupted, with everything stored.
    """
    chosen = settings.read(config)
    if database:
        chosen = replace(
            chosen, database=database if "://" in database else f"sqlite:///{database}"
        )
    context.obj = chosen


@cli.command()
@click.pass_obj
def init(chosen: Settings) -> None:
    """Make the archive, or bring one of an older version up to date."""
    before, after = archive.upgrade(chosen.database)
    said = "is up to date" if before == after else f"is ready (schema {after})"
    click.echo(f"{chosen.database} {said}", err=True)


@cli.command()
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


@cli.command()
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
    _summary(counts)


@cli.command("import")
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
    _summary(counts)


def _summary(counts: dict[str, int]) -> None:
    """Say what a run came to, and end with 1 if some of it failed."""
    told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if count)
    click.echo(told or "nothing was due", err=True)
    if counts.get("failed"):
        click.echo("what failed is on record in the table `failure`", err=True)
        sys.exit(EXIT_FAILED)


@cli.command()
@click.argument("file", default="-", type=click.Path(allow_dash=True))
@click.option("--url", default="", help="The page's URL, for its site's rules.")
@click.option("--type", "media_type", type=click.Choice(["html", "text"]), help="What it is.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, removals and all.")
@click.option("--jsonl", is_flag=True, help="Filter: {id, url, html_b64 or text} a line, in order.")
@click.pass_obj
def clean(
    chosen: Settings, file: str, url: str, media_type: str | None, as_json: bool, jsonl: bool
) -> None:
    """Clean one HTML or plain-text document, with no archive; print its text."""
    cleaner = cleaner_of(chosen)
    if jsonl:
        with _source(file) as source:
            failed = sum(not _clean_line(cleaner, line) for line in source if line.strip())
        sys.exit(EXIT_FAILED if failed else 0)
    with _source(file) as source:
        body = source.read()
    told = {"html": "text/html", "text": "text/plain"}.get(media_type or "", "")
    snapshot = Snapshot(
        url=url, fetched_at=now(), body=body, content_type=told or media_type_of(Path(file))
    )
    try:
        page = cleaner.page(snapshot)
        document = cleaner.document(page, _site(url))
    except Uncleanable as fault:
        raise ArchiverError(f"{file}: {fault}") from fault
    if as_json:
        click.echo(json.dumps(as_record(page, document), ensure_ascii=False, indent=1))
    else:
        click.echo(document.text)


def _source(file: str) -> IO[bytes]:
    """A file or standard input, open. Raises BadInput."""
    try:
        return cast("IO[bytes]", click.open_file(file, "rb"))
    except OSError as fault:
        raise BadInput(f"{file}: {fault.strerror}") from fault


def _site(url: str) -> str:
    return urls.site(url) if url else ""


def _asked(line: bytes) -> dict[str, Any]:
    try:
        # Not orjson, which makes a float of an id of more than 64 bits.
        asked = json.loads(line, parse_constant=_refuse_constant)
    except ValueError as fault:
        raise BadInput(f"no JSON: {fault}") from fault
    if not isinstance(asked, dict):
        raise BadInput("a line is one JSON object with id and html_b64 or text")
    return asked


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _clean_line(cleaner: Cleaner, line: bytes) -> bool:
    """Clean one line of the filter's input, and write one line whatever comes of it."""
    name: object = None
    try:
        asked = _asked(line)
        name = asked.get("id")
        record = _cleaned(cleaner, asked)
    except ArchiverError as fault:
        record = {"id": name, "error": str(fault)}
    except Exception as fault:  # noqa: BLE001 - one document must not end the batch
        record = {"id": name, "error": f"{type(fault).__name__}: {fault}"}
    sys.stdout.buffer.write(jsonl_line(record))
    return "error" not in record


def _cleaned(cleaner: Cleaner, asked: dict[str, Any]) -> dict[str, Any]:
    url = str(asked.get("url") or "")
    if isinstance(asked.get("html_b64"), str):
        try:
            body, kind = base64.b64decode(asked["html_b64"], validate=True), "text/html"
        except ValueError as fault:
            raise BadInput(f"html_b64 is no base64: {fault}") from fault
    elif isinstance(asked.get("text"), str):
        body, kind = asked["text"].encode("utf-8", "replace"), "text/plain"
    else:
        raise BadInput("html_b64 or text is missing")
    page = cleaner.page(Snapshot(url=url, fetched_at=now(), body=body, content_type=kind))
    try:
        site = _site(url)
    except BadInput:
        site = ""  # a page saved from nowhere has no site's rules
    document = cleaner.document(page, site)
    told = document.metadata
    return {
        "id": asked.get("id"),
        "title": told.title,
        "authors": list(told.authors),
        "published": told.published,
        "language": document.language,
        "script": document.script,
        "text": document.text,
        "removed": removed(page, document),
    }


@cli.command()
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


@cli.command()
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


@cli.command()
@sites_option
@click.option("--dry-run", is_flag=True, help="Only report what would change.")
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON object.")
@click.pass_obj
def reclean(chosen: Settings, hosts: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Clean the stored pages again where the rules have changed; every version is kept."""
    with opened(chosen) as engine, Reporter() as tell:
        report = reclean_all(
            engine, cleaner_of(chosen), hosts=hosts, dry_run=dry_run, clock=now, tell=tell
        )
    for line in views.report(report, as_json=as_json):
        click.echo(line)
    if report.failed:
        sys.exit(EXIT_FAILED)


@cli.command()
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


@cli.command()
@click.option(
    "--format", "form", type=click.Choice(sorted(FORMATS)), default="jsonl", show_default=True
)
@click.option("--output", "-o", default="-", help="The file to write; - is standard output.")
@sites_option
@click.pass_obj
def export(chosen: Settings, form: str, output: str, hosts: tuple[str, ...]) -> None:
    """Write the newest document of every page, under the cleaner in force."""
    with opened(chosen) as engine:
        if output == "-":
            count = export_stream(engine, form, sys.stdout.buffer, hosts)
        else:
            count = export_file(engine, form, Path(output), hosts)
    click.echo(f"{count} documents", err=True)


@cli.command("demo")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("archiver-demo"),
    show_default=True,
    help="Where the demo's archive goes: a new folder, or one of an earlier demo.",
)
@click.pass_obj
def demo_(chosen: Settings, folder: Path) -> None:
    """Do the whole job once, without a network, on small sites that this program brings."""
    demo.demo(chosen, folder, now, click.echo)


def _end(message: str, code: int) -> NoReturn:
    click.echo(f"archiver: {message}", err=True)
    sys.exit(code)


def main(run: Callable[..., object] = cli.main) -> None:
    """Run the command line; every error that is no bug ends in one line and an exit code."""
    try:
        try:
            run(standalone_mode=False, prog_name="archiver")
        finally:
            click.echo(nl=False)  # flushes, here where a full disk can still be told
    except click.exceptions.Abort:
        _end("interrupted; what was acknowledged is stored", EXIT_INTERRUPTED)
    except KeyboardInterrupt:
        _end("interrupted; what was acknowledged is stored", EXIT_INTERRUPTED)
    except click.ClickException as fault:
        fault.show()
        sys.exit(fault.exit_code)
    except ArchiverError as fault:
        _end(str(fault), fault.exit_code)
    except BrokenPipeError:
        _drop_output()
        sys.exit(0)  # the reader of our output has gone; what it wanted it has
    except OSError as fault:
        _drop_output()
        where = f"{fault.filename}: " if fault.filename else ""
        _end(f"{where}{fault.strerror or fault}; mend that and run again", EXIT_FAILED)


def _drop_output() -> None:
    """Send the rest of standard output nowhere: Python would complain when it flushes at exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
