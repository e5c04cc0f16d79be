"""What learned containers cost in quality and give in speed.

    python -m benchmarks.containers quality
    python -m benchmarks.containers speed --pages 3000
    python -m benchmarks.containers speed --pages 3000 --bench 200

`quality` takes the sites of the development data that have enough pages: each page is
cleaned with and without what all others of its site teach, and both texts are held against the
gold. `speed` fills an archive with varied copies (`benchmarks.recleaning`; with
`--bench`, of so many pages of the extraction benchmark as well), learns, and runs a full
`archiver reclean --jobs 0` without and with the containers, beside `trafilatura.extract` on the
same pages; what is compared is processor time, everything from reading to writing included.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import mean
from urllib.parse import urlsplit

import trafilatura

from archiver.archive import engine as archive
from archiver.errors import Uncleanable
from archiver.extract.template import MARKER
from archiver.learn.containers import Taught
from archiver.model import Snapshot
from archiver.work.cleaning import Cleaner, laid_out
from archiver.work.containers import accept, containers_of, learn, taught
from benchmarks import recleaning
from benchmarks.gold import SHARED, Page, Scorer, load

AT = datetime(2025, 11, 20, tzinfo=UTC)
FEWEST = 4  # pages that teach: the development data have no more of a site
SEED = 3


def sites(shared: Path) -> dict[str, list[Page]]:
    """The pages with a gold of each site that has more than `FEWEST` of them."""
    found: dict[str, list[Page]] = defaultdict(list)
    for page in load(shared):
        host = (urlsplit(page.url).hostname or "").removeprefix("www.")
        if host and not page.is_plain:
            found[host].append(page)
    return {host: of for host, of in sorted(found.items()) if len(of) > FEWEST}


def _of(snapshots: list[Snapshot], page: Taught) -> Snapshot:
    return snapshots[page.source]


def quality(shared: Path) -> None:
    """Print a line a site, and the means over all pages that a container fitted."""
    cleaner, scorer = Cleaner(None), Scorer(shared)
    with_, without = [], []
    print("site  pages  fitting  F1 with  F1 without  texts that differ")
    for host, pages in sites(shared).items():
        snapshots = [
            Snapshot(url=page.url, fetched_at=AT, body=page.body(), content_type="text/html")
            for page in pages
        ]
        teachers: list[Taught | None] = []
        for number, snapshot in enumerate(snapshots):
            try:
                long_way = cleaner.page(snapshot)
            except Uncleanable:
                teachers.append(None)
                continue
            teachers.append(taught(cleaner, host, f"{snapshot.url}#{number}", number, long_way))
        here_with, here_without, differ = [], [], 0
        for at, snapshot in enumerate(snapshots):
            teaching = [one for one in teachers if one is not None and one.source != at]
            # The site as it would be had this page come last.
            found, _ = containers_of(
                cleaner, host, teaching, partial(_of, snapshots), fewest=FEWEST
            )
            page = laid_out(snapshot, cleaner.recognisers, tuple(found))
            if MARKER not in page.asked:
                continue
            own = cleaner.document(page, host).text
            long = cleaner.document(cleaner.page(snapshot), host).text
            differ += own != long
            rows = [scorer.row(pages[at], {"text": text}) for text in (own, long)]
            key = "shingle_f" if "shingle_f" in rows[0] else "segment_f"
            if key in rows[0]:
                here_with.append(rows[0][key])
                here_without.append(rows[1][key])
        with_ += here_with
        without += here_without
        if here_with:
            print(
                f"{host}  {len(pages)}  {len(here_with)}  {mean(here_with):.4f}  "
                f"{mean(here_without):.4f}  {differ}"
            )
        else:
            print(f"{host}  {len(pages)}  0")
    if with_:
        print(
            f"all  {len(with_)} pages: {mean(with_):.4f} with, {mean(without):.4f} without, "
            f"difference {mean(with_) - mean(without):+.4f}"
        )


def bench_originals(shared: Path, count: int) -> Iterator[tuple[str, bytes]]:
    """Pages of the extraction benchmark, each as a site of its own."""
    pages = [page for page in load(shared) if not page.is_plain]
    random.Random(SEED).shuffle(pages)  # noqa: S311 - a sample, no secret
    for number, page in enumerate(pages[:count]):
        yield f"bench{number}.example", page.body()


def bare(pages: int, most: int) -> float:
    """Seconds of processor that `trafilatura.extract` takes a page."""
    bodies = [body for _, _, body in itertools.islice(recleaning.copies(pages), most)]
    for body in bodies[:16]:
        trafilatura.extract(body)
    begun = time.process_time()
    for body in bodies:
        trafilatura.extract(body)
    return (time.process_time() - begun) / len(bodies)


def speed(folder: Path, pages: int, originals: list[tuple[str, bytes]]) -> None:
    """Make the archive, learn, and print a line a run."""
    recleaning.originals = lambda: originals
    database = folder / "archive.db"
    recleaning.fill(f"sqlite:///{database}", pages)
    one = bare(pages, len(originals))
    print(f"trafilatura.extract: {one * 1000:.2f} ms a page", flush=True)

    def tell(name: str) -> None:
        seconds, _, memory, report = recleaning.run(database, "--jobs", "0", "--force")
        each = seconds / report["pages"]  # of the second run only sites with containers are stale
        print(
            f"{name}: {each * 1000:.2f} ms a page, {one / each:.2f} × trafilatura, "
            f"{memory:.0f} MB, {report['failed']} failed, {report['changed']} changed",
            flush=True,
        )

    tell("full re-clean, no containers")
    engine = archive.connect(f"sqlite:///{database}")
    begun = time.process_time()
    held = 0
    for learned in learn(engine, Cleaner(None), most=24):
        held += accept(learned, folder / "rules") is not None
    engine.dispose()
    took = time.process_time() - begun
    print(f"{held} of {len({host for host, _ in originals})} sites have containers, {took:.0f} s")
    tell("full re-clean, containers")
    engine = archive.connect(f"sqlite:///{database}")
    cleaner = Cleaner(folder / "rules")
    with archive.read(engine) as c:
        names = tuple(cleaner.extractors.values())
        marks = ", ".join("?" * len(names))
        laid, fitted = c.exec_driver_sql(
            f"SELECT count(*), sum(flags LIKE '%{MARKER}%') FROM document "  # noqa: S608
            f"WHERE snapshot IN (SELECT snapshot FROM page WHERE extractor IN ({marks})) "
            "AND id IN (SELECT document FROM target)",
            names,
        ).one()
    engine.dispose()
    print(f"{laid} pages of sites with containers, {fitted} of them fit")


def main() -> None:
    """Read the options, measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("what", choices=("quality", "speed"))
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--pages", type=int, default=3000)
    parser.add_argument("--bench", type=int, default=0)
    options = parser.parse_args()
    if options.what == "quality":
        quality(options.shared)
        return
    originals = [*recleaning.originals(), *bench_originals(options.shared, options.bench)]
    if options.pages < 8 * len(originals):
        sys.exit(f"{len(originals)} originals need {8 * len(originals)} pages: 8 a site teach")
    with tempfile.TemporaryDirectory() as place:
        speed(Path(place), options.pages, originals)


if __name__ == "__main__":
    main()
