"""What a process learns with its first pages and commands, learned before it forks.

Tables of months and languages, the rules of the samples' languages and the certificates that are
trusted take a third of a second, as this is imported; compiled statements another, by `commands`.
"""

from __future__ import annotations

from contextlib import chdir
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from click.testing import CliRunner

from archiver import cli
from archiver.fetch.wire import tls_context
from archiver.model import Snapshot
from archiver.work.cleaning import Cleaner
from archiver.work.sample_sites import samples_folder
from tests import statements

NOW = datetime(2026, 1, 1, tzinfo=UTC)

COMMANDS = """
init
import page.html --site news.example
import page.html --site news.example
add https://news.example/a
show 1
history 1
reclean --dry-run
reclean
verify
status
health
sites list
search science
export --format jsonl
cleaner list
"""


def page(site: str, name: str) -> bytes:
    """Give the bytes of a page of the samples."""
    return (samples_folder() / site / name / "page.html").read_bytes()


def clean(site: str, name: str) -> None:
    """Clean a page of the samples."""
    cleaner = Cleaner(None)
    cleaner.document(
        cleaner.page(
            Snapshot(
                url="https://a.example/",
                fetched_at=NOW,
                body=page(site, name),
                content_type="text/html",
            )
        ),
        site,
    )


def commands() -> None:
    """Have each of the commands done once, in an archive that is gone afterwards."""
    with TemporaryDirectory() as folder, chdir(folder):
        Path("page.html").write_bytes(page("english.example", "science-fair"))
        for words in COMMANDS.strip().splitlines():
            done = CliRunner().invoke(cli.cli, words.split())
            assert done.exit_code == 0, f"archiver {words}: {done.output}"


statements.share()
tls_context()
clean("foxiz.example", "ghat-pul")
clean("english.example", "science-fair")
