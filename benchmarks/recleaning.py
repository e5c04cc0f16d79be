"""How fast an archive is cleaned again, beside bare `trafilatura.extract` on the same pages.

    python -m benchmarks.recleaning --pages 5000
    python -m benchmarks.recleaning --pages 50000 --folder /var/tmp/big

Makes an archive of varied copies of the development pages and the samples: such copies measure
speed and memory only. Then runs `archiver reclean --jobs 0`, a process each, from its start to its
end: both stages; after a new rule that a few pages have; after one that every page has; with
nothing to do; and a dry run beside the run. Prints pages a second, how many times trafilatura's
that is, and the most memory. What is compared is processor time, as a ratio. With `--profile`
prints where the time of each goes.
"""

from __future__ import annotations

import argparse
import cProfile
import gzip
import io
import json
import os
import pstats
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import trafilatura

from archiver.archive import engine as archive
from archiver.archive import store
from archiver.model import Fetched, Found
from archiver.settings import Settings
from archiver.work.cleaning import Cleaner
from archiver.work.collector import expect_many_objects
from archiver.work.guards import Guards
from archiver.work.reclean import reclean
from archiver.work.sample_sites import samples_folder
from benchmarks.gold import SHARED

FETCHED = datetime(2025, 11, 20, 8, tzinfo=UTC)
BATCH = 500
MEASURED = 320  # pages that trafilatura is measured on
FEW = "An unusual sentence of one page in {every}."
EVERY = 20  # one copy in so many holds the sentence of the first rule
RULE = (
    '[[rule]]\nid = "{name}"\nkind = "{kind}"\nwhy = "for the measurement"\nphrases = ["{text}"]\n'
)


def originals() -> list[tuple[str, bytes]]:
    """The unvaried pages, each with the host that its copies are of."""
    found = [
        (f"{path.name.partition('.')[0]}.example", gzip.decompress(path.read_bytes()))
        for path in sorted((SHARED / "pages" / "dev").glob("*.html.gz"))
    ]
    found += [
        (page.parent.parent.name, page.read_bytes())
        for page in sorted(samples_folder().glob("*/*/page.html"))
    ]
    return found


def copies(count: int) -> Iterator[tuple[str, str, bytes]]:
    """So many varied copies: host, URL, bytes."""
    pages = originals()
    for number in range(count):
        host, body = pages[number % len(pages)]
        turn = number // len(pages)
        added = f" [{number}]"
        if turn % EVERY == 0:
            added += f"</p><p>{FEW.format(every=EVERY)}"
        yield host, f"https://{host}/{number}", body.replace(b"</p>", f"{added}</p>".encode(), 3)


def fill(database: str, count: int) -> None:
    """Store the bytes of all copies, as fetched pages that nothing was made of yet."""
    archive.upgrade(database)
    engine = archive.connect(database)
    pages = copies(count)
    hosts: set[str] = set()
    done = 0
    while done < count:
        with archive.write(engine) as c:
            run = store.start_run(c, "import", {}, FETCHED)
            for _ in range(min(BATCH, count - done)):
                host, url, body = next(pages)
                if host not in hosts:
                    store.put_site(c, host, {}, FETCHED)
                    hosts.add(host)
                store.add_targets(c, host, [Found(url=url)], None, FETCHED)
                target = done + 1
                fetched = Fetched(
                    requested_url=url,
                    final_url=url,
                    outcome="ok",
                    reason="",
                    started_at=FETCHED,
                    headers=(("content-type", "text/html"),),
                    body=body,
                )
                store.store_fetch(c, run, target, fetched, FETCHED)
                done += 1
    engine.dispose()


def bare(count: int) -> float:
    """Seconds of `trafilatura.extract` a page, on some of the same bytes."""
    bodies = [body for _, _, body in copies(min(count, MEASURED))]
    for body in bodies[:32]:
        trafilatura.extract(body)
    begun = time.process_time()
    for body in bodies:
        trafilatura.extract(body)
    return (time.process_time() - begun) / len(bodies)


def run(database: Path, *words: str) -> tuple[float, float, float, dict[str, Any]]:
    """Run a re-clean to its end: seconds of processor and of clock, most memory in MB, report."""
    command = [sys.executable, "-m", "archiver", "--database", str(database), "reclean", "--json"]
    begun = time.perf_counter()
    with subprocess.Popen([*command, *words], stdout=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - begun
    if process.returncode:
        sys.exit(f"reclean {' '.join(words)}: exit {process.returncode}")
    spent = usage.ru_utime + usage.ru_stime
    return spent, seconds, usage.ru_maxrss / 1024, json.loads(said)


def totals(report: dict[str, Any]) -> dict[str, Any]:
    """What a dry run and the run must have in common."""
    return {name: value for name, value in report.items() if name != "estimated_seconds"}


def profile(database: str, rules: Path) -> str:
    """Where the time of one re-clean goes, by function."""
    engine = archive.connect(database)
    expect_many_objects()
    cleaner, kept = Cleaner(rules), cProfile.Profile()
    kept.enable()
    reclean(engine, cleaner, guards=Guards.of(Settings()), clock=lambda: FETCHED)
    kept.disable()
    engine.dispose()
    told = io.StringIO()
    pstats.Stats(kept, stream=told).sort_stats("tottime").print_stats(28)
    return told.getvalue()


def write_rule(folder: Path, name: str, kind: str, text: str) -> None:
    """Put a rule of one phrase into force."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.toml").write_text(RULE.format(name=name, kind=kind, text=text), "utf-8")


def measure(folder: Path, pages: int, *, profiled: bool) -> None:
    """Make the archive and print a line a run."""
    database, rules = folder / "archive.db", folder / "rules"
    begun = time.perf_counter()
    fill(f"sqlite:///{database}", pages)
    print(f"{pages} pages stored in {time.perf_counter() - begun:.0f} s", flush=True)

    def tell(name: str, *words: str) -> dict[str, Any]:
        before = bare(pages)
        seconds, clock, memory, report = run(database, "--jobs", "0", "--force", *words)
        one = (before + bare(pages)) / 2  # a busy machine is slower for both
        each = seconds / pages
        print(
            f"{name}: {seconds:.1f} s ({clock:.1f} by the clock), "
            f"{each * 1000:.3f} ms a page, {1 / each:.0f} a second, "
            f"{one / each:.1f} × trafilatura ({one * 1000:.2f} ms), {memory:.0f} MB, "
            f"{report['changed']} changed, load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
        return report

    tell("both stages")
    steps = (
        ("a rule that one page in 20 has", "bench.few", "line", FEW.format(every=EVERY)),
        ("a rule that no page has", "bench.none", "line", "words that nobody has written"),
        ("a rule that every page is asked for", "bench.all", "stray", ""),
    )
    for name, rule, kind, text in steps:
        if text:
            write_rule(rules, rule, kind, text)
        else:
            (rules / "all.toml").write_text(
                f'[[rule]]\nid = "{rule}"\nkind = "{kind}"\nwhy = "for the measurement"\n', "utf-8"
            )
        if profiled:
            print(profile(f"sqlite:///{database}", rules))
            continue
        dry = tell(f"{name}, dry", "--dry-run")
        wet = tell(name)
        same = "equal" if totals(dry) == totals(wet) else "DIFFERENT"
        print(f"  totals of the dry run and the run: {same}")
    tell("nothing to do")
    print(f"size of the archive: {database.stat().st_size / pages:.0f} bytes a page")


def main() -> None:
    """Read the options, measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pages", type=int, default=5000)
    parser.add_argument("--folder", type=Path, help="a new folder that stays; else a passing one")
    parser.add_argument("--profile", action="store_true", help="in place of the measured runs")
    options = parser.parse_args()
    if options.folder:
        options.folder.mkdir(parents=True)
        measure(options.folder, options.pages, profiled=options.profile)
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), options.pages, profiled=options.profile)


if __name__ == "__main__":
    main()
