"""What a start costs: a command imports its own libraries, and none of another's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from archiver.archive import engine
from archiver.cli.shared import rules_folder
from archiver.errors import BadInput
from archiver.settings import Settings
from archiver.work.sample_sites import samples_folder
from tests.command_line import archiver, told
from tests.folders import folder_with

PAGE = samples_folder() / "english.example" / "science-fair" / "page.html"
OF_CLEANING = {"trafilatura", "htmldate", "numpy", "selectolax"}
OF_FETCHING = {"httpx", "httpcore", "feedparser", "playwright"}
_AND_TELL = """
import sys
from archiver.cli import main
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""

_AND_END = """
import atexit, colorsys, os, threading, time
from archiver.cli import main

class Kept:
    def __del__(self, write=os.write):
        write(1, b"taken apart")

colorsys.kept = Kept()

def run(**_):
    atexit.register(print, "told at the end")
    threading.Thread(target=lambda: (time.sleep(0.1), print("waited for"))).start()
    {end}

main(run)
"""


def a_page(place: Path) -> None:
    told(archiver("import", str(PAGE), "--site", "news.example", folder=place), 0)


folder = folder_with(a_page)


def imported(*words: str, folder: Path) -> set[str]:
    """The modules that a command has imported when it ends well."""
    done = subprocess.run(
        [sys.executable, "-c", _AND_TELL, *words], cwd=folder, capture_output=True, check=True
    )
    return set(done.stderr.decode().splitlines()[-1].split())


def test_the_version_needs_no_library_but_that_of_the_command_line(tmp_path: Path) -> None:
    found = imported("--version", folder=tmp_path)
    assert "click" in found
    assert not found & {*OF_CLEANING, *OF_FETCHING, "sqlalchemy", "rich"}


@pytest.mark.parametrize("words", ["show", "show 1", "history 1", "export"])
def test_what_only_reads_imports_nothing_that_cleans_or_fetches(words: str, folder: Path) -> None:
    found = imported(*words.split(), folder=folder)
    assert "sqlalchemy" in found
    # An export may be Markdown, which is made of the stored page.
    assert not found & ({*OF_CLEANING, *OF_FETCHING} - {"selectolax"})


def test_a_page_is_cleaned_without_a_client_and_without_the_slow_extractor(tmp_path: Path) -> None:
    found = imported("clean", str(PAGE), folder=tmp_path)
    assert "selectolax" in found
    assert not found & {*OF_FETCHING, "trafilatura", "rich", "sqlalchemy"}


@pytest.mark.parametrize(
    ("end", "code", "said"),
    [
        ("pass", 0, ["waited for", "told at the end"]),
        ("sys.exit(3)", 3, ["waited for", "told at the end"]),
        # A bug's end is Python's own.
        ("raise RuntimeError", 1, ["waited for", "told at the end", "taken apart"]),
    ],
)
def test_a_command_ends_with_what_others_do_and_takes_nothing_apart(
    end: str, code: int, said: list[str]
) -> None:
    program = "import sys\n" + _AND_END.format(end=end)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert (done.returncode, done.stdout.decode().splitlines()) == (code, said), done.stderr


@pytest.mark.parametrize("closed", [1, 2])
def test_a_stream_that_was_closed_before_the_start_is_no_fault(closed: int) -> None:
    words = f'exec "$0" -m archiver --version {closed}>&-'
    done = subprocess.run(["sh", "-c", words, sys.executable], capture_output=True, check=False)  # noqa: S607
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"archiver ") == (closed == 2)


def test_what_a_fork_has_ready_was_not_tried_on_an_archive_of_the_users(tmp_path: Path) -> None:
    program = """
from pathlib import Path
from tests.command_line import archiver
assert archiver("--version", folder=Path()).returncode == 0
"""
    own = tmp_path / "own.db"
    subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "ARCHIVER_DATABASE": f"sqlite:///{own}"},
        check=True,
    )
    assert not own.exists()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///archive.db",
        "sqlite:////var/lib/news/archive.db",
        "sqlite:///a%20b/c@d:e#f.db",
        "sqlite:///a+b/archive.db",
        "sqlite+pysqlite:///news/archive.db",
        "postgresql://user:word@host:5432/news",
    ],
)
def test_the_rules_lie_by_the_archive_as_sqlalchemy_reads_its_url(url: str) -> None:
    assert rules_folder(Settings(database=url)) == engine.beside(url, "rules")


@pytest.mark.parametrize("url", ["sqlite:///", "sqlite:///:memory:", "sqlite:///a.db?mode=ro"])
def test_what_is_no_archive_has_no_rules_beside_it(url: str) -> None:
    with pytest.raises(BadInput):
        rules_folder(Settings(database=url))
