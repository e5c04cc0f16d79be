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
    help="The site that files belong to; of a WARC or a corpus, take only what is of it.  [default:"
    " by URL]",
)
@click.pass_obj
def import_(
    chosen: Settings, paths: tuple[Path, ...], url: str, fetched_at: str, site: str
) -> None:
    """Store and clean files of .html and .txt, WARC files, corpora, and folders of them.

    `page.toml` beside `page.html` may give url, fetched_at and content_type. Of a .warc, .warc.gz
    or .warc.zst its HTML pages are taken, with the times and headers that it has; a record that is
    broken is a failure on record, and the rest is read. What was imported before is left alone.

    Of .jsonl, .jsonl.gz, .jsonl.zst and .parquet every row that has `url` and `text` becomes a
    document as it is: what `archiver export` wrote, in any of its shapes, or others did. No rule
    acts on it. A row that is none is told with its line, on record, and the rest is read.
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
