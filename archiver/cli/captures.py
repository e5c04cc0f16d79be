"""Files in: `import`."""

from __future__ import annotations

from pathlib import Path

import click

from archiver.cli.shared import Reporter, cleaner_of, end_run, now, opened
from archiver.settings import Settings


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--url", default="", help="The page's URL; for a single file.")
@click.option("--time", "fetched_at", default="", help="When it was fetched, ISO 8601.")
@click.option(
    "--site",
    default="",
    metavar="HOST",
    help="The site that files belong to; of a WARC, take only its captures.  [default: by URL]",
)
@click.pass_obj
def import_(
    chosen: Settings, paths: tuple[Path, ...], url: str, fetched_at: str, site: str
) -> None:
    """Store and clean files of .html and .txt, WARC files, and folders of them.

    `page.toml` beside `page.html` may give url, fetched_at and content_type. Of a .warc, .warc.gz
    or .warc.zst its HTML pages are taken, with the times and headers that it has; a record that is
    broken is a failure on record, and the rest is read. What was imported before is left alone.
    """
    # With it come the cleaner and readers of WARC files: only for what imports.
    from archiver.work import ingest  # noqa: PLC0415

    with opened(chosen) as engine, Reporter() as tell:
        counts = ingest.ingest(
            engine,
            cleaner_of(chosen),
            paths,
            url=url,
            site=site,
            fetched_at=ingest.moment(fetched_at, "--time") if fetched_at else None,
            settings=chosen,
            clock=now,
            tell=tell,
        )
    end_run(counts)
