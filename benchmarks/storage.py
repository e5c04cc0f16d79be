"""Bytes of an archive a page, beside WARC.gz of the same pages, and how fast it is verified.

    python -m benchmarks.storage
    python -m benchmarks.storage --write docs/storage.md

In: the real pages of the development data beside the project (`--shared`), unvaried. Out: Markdown
tables. The pages of a host are put into archives of their own by how many the host has, imported,
compacted, and weighed with SQLite's own accounting; WARC.gz is what warcio writes of them, with the
response's headers. Exits with 2 where the data is missing.
"""

from __future__ import annotations

import argparse
import io
import sqlite3
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archiver.archive import bodies
from archiver.archive import engine as archive
from archiver.work.cleaning import Cleaner
from archiver.work.compact import compact
from archiver.work.ingest import ingest
from archiver.work.verify import verify
from benchmarks.extraction import table
from benchmarks.gold import SHARED, load

BEGIN, END = "<!-- benchmarks.storage: begin -->", "<!-- benchmarks.storage: end -->"
STEPS = (1, 2, 4, 8, 16)  # pages of a site
FETCHED = datetime(2025, 11, 20, 8, tzinfo=UTC)
# Names of tables and indexes, in SQLite's file, of the parts that are told apart.
PARTS = {
    "body": ("body", "body_store"),
    "page cache": ("page",),
    "text": ("text",),
    "documents": ("document", "rule_count", "cleaner"),
}
MIB = 1024 * 1024


class Weighed(NamedTuple):
    """An archive of some pages: bytes by part before and after `compact`, bytes as WARC.gz."""

    pages: int
    raw: int
    warc: int
    frames_before: int  # of the bodies alone, without what SQLite adds
    frames_after: int
    parts: Mapping[str, int]
    compact_seconds: float  # of processor time
    verify_mib: float  # of raw bodies a second


def clock() -> datetime:
    """The moment of all runs."""
    return datetime.now(UTC)


def sites(shared: Path) -> dict[str, list[bytes]]:
    """Real pages by host, each once; pages that their set says no host of are left out.

    Hosts that are many sites (an archive of others, a host made up) are left out as well.
    """
    found: dict[str, dict[bytes, None]] = defaultdict(dict)
    for page in load(shared):
        host = (urlsplit(page.url).hostname or "").removeprefix("www.")
        if host and not page.is_plain and not host.endswith(("web.archive.org", ".example")):
            found[host][page.body()] = None
    return {host: list(pages) for host, pages in sorted(found.items())}


def warc_bytes(pages: Sequence[tuple[str, bytes]]) -> int:
    """The length of a WARC.gz of the pages, one record of a response each."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True)
    for url, body in pages:
        headers = [("Content-Type", "text/html"), ("Content-Length", str(len(body)))]
        answer = StatusAndHeaders("200 OK", headers, protocol="HTTP/1.1")
        writer.write_record(
            writer.create_warc_record(url, "response", io.BytesIO(body), http_headers=answer)
        )
    return out.tell()


def imported(folder: Path, groups: Mapping[str, Sequence[bytes]]) -> list[tuple[str, bytes]]:
    """Write the pages as files to import; with their URLs."""
    made = []
    for host, pages in groups.items():
        for number, body in enumerate(pages):
            name = f"{host}-{number:03}"
            (folder / f"{name}.html").write_bytes(body)
            url = f"https://{host}/{number}"
            side = f'url = "{url}"\nfetched_at = {FETCHED.isoformat()}\n'
            (folder / f"{name}.toml").write_text(side, "utf-8")
            made.append((url, body))
    return made


def parts(database: Path) -> dict[str, int]:
    """Bytes of the file by part, indexes with their tables, the rest together."""
    with closing(sqlite3.connect(database)) as c:
        owner = dict(c.execute("SELECT name, tbl_name FROM sqlite_schema"))
        size = dict(c.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"))
    named = {table: part for part, tables in PARTS.items() for table in tables}
    found = dict.fromkeys((*PARTS, "rest"), 0)
    for name, count in size.items():
        found[named.get(owner.get(name, name), "rest")] += count
    return found


def frames(database: Path) -> int:
    """Bytes of the bodies' frames."""
    with closing(sqlite3.connect(database)) as c:
        return int(c.execute("SELECT sum(length(data)) FROM body_store").fetchone()[0])


def weigh(groups: Mapping[str, Sequence[bytes]]) -> Weighed:
    """Import the pages, compact, verify, and weigh."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").mkdir()
        pages = imported(folder / "in", groups)
        database = folder / "archive.db"
        archive.upgrade(f"sqlite:///{database}")
        engine = archive.connect(f"sqlite:///{database}")
        cleaner = Cleaner(None)
        ingest(engine, cleaner, [folder / "in"], clock=clock)
        before = frames(database)
        begun = time.process_time()
        compact(engine, clock=clock)
        packed = time.process_time() - begun
        bodies.forget()
        begun = time.process_time()
        report = verify(engine, cleaner)
        verified = time.process_time() - begun
        assert not report.faults, report.faults
        engine.dispose()
        return Weighed(
            pages=len(pages),
            raw=sum(len(body) for _, body in pages),
            warc=warc_bytes(pages),
            frames_before=before,
            frames_after=frames(database),
            parts=parts(database),
            compact_seconds=packed,
            verify_mib=report.checked["bytes"] / MIB / verified,
        )


def share(part: int, whole: int) -> str:
    """A ratio, as the tables write it."""
    return f"{part / whole:.2f}"


def row(name: str, got: Weighed, hosts: int) -> list[str]:
    """One line of the table."""
    a_page = {part: count // got.pages for part, count in got.parts.items()}
    return [
        name,
        str(hosts),
        str(got.pages),
        f"{got.raw // got.pages}",
        f"{got.warc // got.pages}",
        *(str(count) for count in a_page.values()),
        share(got.frames_before, got.warc),
        share(got.frames_after, got.warc),
        share(sum(got.parts.values()), got.warc),
        f"{1000 * got.compact_seconds / got.pages:.0f}",
        f"{got.verify_mib:.0f}",
    ]


HEADS = (
    *("pages of a site", "sites", "pages", "raw", "WARC.gz"),
    *(*PARTS, "rest", "bodies as they came ÷ WARC.gz", "bodies compacted ÷ WARC.gz"),
    *("whole archive ÷ WARC.gz", "compact, ms a page", "verify, MiB/s"),
)


def chosen(found: Mapping[str, Sequence[bytes]], step: int) -> dict[str, Sequence[bytes]]:
    """The first `step` pages of every host that has as many."""
    return {host: pages[:step] for host, pages in found.items() if len(pages) >= step}


def main() -> None:
    """Read the options, weigh, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--shared", type=Path, default=SHARED, help="folder of the data")
    parser.add_argument("--write", type=Path, help="put the tables into this file, at its marks")
    options = parser.parse_args()
    try:
        found = sites(options.shared)
    except FileNotFoundError as fault:
        print(fault, file=sys.stderr)
        sys.exit(2)
    rows = []
    for step in STEPS:
        groups = chosen(found, step)
        if groups:
            print(f"{step} pages of {len(groups)} sites", file=sys.stderr)
            rows.append(row(f"{step}", weigh(groups), len(groups)))
    print("every page", file=sys.stderr)
    rows.append(row("all there are", weigh(found), len(found)))
    said = table(HEADS, rows)
    print(said)
    if options.write:
        text = options.write.read_text("utf-8")
        head, _, rest = text.partition(BEGIN)
        _, _, tail = rest.partition(END)
        options.write.write_text(f"{head}{BEGIN}\n{said}\n{END}{tail}", "utf-8")


if __name__ == "__main__":
    main()
