"""Score the current tree side by side with other extractors, on the same pages in the same run.

    python -m benchmarks.extraction
    python -m benchmarks.extraction --set fundus --systems archiver,trafilatura --worst 10
    python -m benchmarks.extraction --write docs/quality.md

In: the development data beside the project (`--shared`). Out: Markdown tables on standard output,
progress on standard error. Each system runs in a process of its own, and they take turns; what is
compared is processor time, as a ratio. Needs the extra `benchmarks`; exits with 2 where data or a
peer is missing.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import random
import sys
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from benchmarks.extractors import PACKAGES, SYSTEMS, Record, missing, run
from benchmarks.gold import (
    DECIDING,
    HAND_READ,
    SHARED,
    VALIDATION_SHARE,
    Page,
    Row,
    Scorer,
    load,
    mean,
    segment_f1,
    segment_prf,
    shingle_f1,
)

OURS = "archiver"
MEASURE = "trafilatura"  # whose speed is 1
TURN = 20  # pages
RESAMPLES = 2000
ENOUGH = 18  # pages of a slice that decides
FEW = 5  # pages of a language below which it is not told apart
BEGIN, END = "<!-- benchmarks.extraction: begin -->", "<!-- benchmarks.extraction: end -->"

Figure = Callable[[Sequence[Row]], float | None]


class Scored(NamedTuple):
    """A page, and its row of figures by system."""

    page: Page
    rows: Mapping[str, Row]


def measure(systems: Sequence[str], pages: Sequence[Page]) -> dict[str, list[Record]]:
    """Run each system in a fresh process of its own; its records in page order.

    They take turns: a shared machine is now slower and now faster, and should be so for all.
    """
    records: dict[str, list[Record]] = {name: [] for name in systems}
    with ExitStack() as stack:
        # Spawned, not forked: no system finds the caches and the memory of another.
        pools = {
            name: stack.enter_context(
                ProcessPoolExecutor(
                    1,
                    get_context("spawn"),
                    initializer=logging.disable,  # the peers complain of pages; their output tells
                    initargs=(logging.CRITICAL,),
                )
            )
            for name in systems
        }
        for start in range(0, len(pages), TURN):
            turn = pages[start : start + TURN]
            for name, pool in pools.items():
                records[name] += pool.submit(run, name, turn).result()
            print(f"{start + len(turn)} of {len(pages)} pages", file=sys.stderr, flush=True)
    return records


def interval(
    ours: Sequence[Row], theirs: Sequence[Row], figure: Figure
) -> tuple[float, float] | None:
    """Give the 95 % interval of ours minus theirs: percentiles of a paired bootstrap by page.

    Efron & Tibshirani, An Introduction to the Bootstrap (1993), ch. 13. None where a figure is.
    """
    chance = random.Random(1)  # noqa: S311 - resamples, not secrets
    places = range(len(ours))
    differences = []
    for _ in range(RESAMPLES):
        drawn = chance.choices(places, k=len(ours))
        a, b = figure([ours[at] for at in drawn]), figure([theirs[at] for at in drawn])
        if a is None or b is None:
            return None
        differences.append(a - b)
    differences.sort()
    return differences[int(0.025 * RESAMPLES)], differences[math.ceil(0.975 * RESAMPLES) - 1]


def figure_of(scored: Sequence[Scored]) -> tuple[str, Figure]:
    """Name the figure that a slice is judged by: segments where its gold has no full text."""
    if any("shingle_f" in row for one in scored for row in one.rows.values()):
        return "shingle F1", shingle_f1
    return "segment F1", segment_f1


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table; every column but those of words is set flush right."""
    body = [list(row) for row in rows]
    columns = list(zip(*body, strict=True)) or [()] * len(heads)
    words = [all(cell[:1] not in "0123456789+-." for cell in column) for column in columns]
    words[0] = True
    rule = ["---" if wordy else "---:" for wordy in words]
    return "\n".join("| " + " | ".join(line) + " |" for line in (heads, rule, *body))


def shown(value: float | None, form: str = ".3f") -> str:
    """Write a figure, or a dash where there is none."""
    return "–" if value is None else format(value, form)


def rows_of(scored: Iterable[Scored], system: str) -> list[Row]:
    """Pick one system's rows."""
    return [one.rows[system] for one in scored]


def counted(scored: Sequence[Scored], figure: Figure) -> list[Scored]:
    """Leave out the pages that have no gold for the figure."""
    return [one for one in scored if figure(list(one.rows.values())) is not None]


def by(scored: Iterable[Scored], key: Callable[[Page], str]) -> dict[str, list[Scored]]:
    """Part the pages by a field, the fields in alphabetical order."""
    found: dict[str, list[Scored]] = {}
    for one in scored:
        found.setdefault(key(one.page), []).append(one)
    return dict(sorted(found.items()))


def deciding(scored: Iterable[Scored]) -> list[Scored]:
    """Only the pages of the sets that decide."""
    return [one for one in scored if one.page.set in DECIDING]


def languages(scored: Sequence[Scored]) -> dict[str, list[Scored]]:
    """Part the pages by language, those of few pages together."""
    count = Counter(one.page.language for one in scored)
    few = f"{sum(number < FEW for number in count.values())} others"
    return by(scored, lambda page: page.language if count[page.language] >= FEW else few)


def verdicts(
    slices: Mapping[str, Sequence[Scored]], peers: Sequence[str], deciders: Container[str]
) -> str:
    """Tell for each slice our figure, the best peer's, the interval, and both splits.

    A slice decides that is named among `deciders` and has at least `ENOUGH` pages.
    """
    lines = []
    for name, told in slices.items():
        label, figure = figure_of(told)
        scored = counted(told, figure)
        if not scored:
            continue
        best = max(peers, key=lambda peer: figure(rows_of(scored, peer)) or 0.0)
        ours, theirs = rows_of(scored, OURS), rows_of(scored, best)
        own, other = figure(ours) or 0.0, figure(theirs) or 0.0
        bounds = interval(ours, theirs, figure)
        enough = "yes" if len(scored) >= ENOUGH else "too few"
        verdict = enough if name in deciders else "reported"
        cells = [name, str(len(scored)), verdict, label, shown(own), f"{best} {other:.3f}"]
        cells.append(f"{own - other:+.3f}")
        cells.append(f"{bounds[0]:+.3f} … {bounds[1]:+.3f}" if bounds else "–")
        for split in ("steering", "validation"):
            part = [one for one in scored if one.page.split == split]
            pair = (figure(rows_of(part, system)) for system in (OURS, best))
            cells.append(" / ".join(map(shown, pair)) + f" ({len(part)})" if part else "–")
        lines.append(cells)
    heads = ["slice", "pages", "decides", "figure", OURS, "best peer", "difference", "95 %"]
    heads += [f"{split}: {OURS} / best (pages)" for split in ("steering", "validation")]
    return table(heads, lines)


def details(slices: Mapping[str, Sequence[Scored]], systems: Sequence[str]) -> str:
    """Tell precision, recall and F1 of tokens, shingles and lines, each system a row."""
    lines = []
    for name, told in slices.items():
        scored = counted(told, shingle_f1)
        for system in systems if scored else ():
            rows = rows_of(scored, system)
            cells = [name, str(len(scored)), system]
            for unit in ("token", "shingle", "line"):
                cells += [" / ".join(shown(mean(rows, f"{unit}_{key}")) for key in "prf")]
            lines.append(cells)
    units = [f"{unit} P / R / F1" for unit in ("tokens", "shingles", "lines")]
    return table(["slice", "pages", "system", *units], lines)


def segments(scored: Sequence[Scored], systems: Sequence[str]) -> str:
    """Tell how the segments of gold without full text fared, each system a row."""
    told = counted(scored, segment_f1)
    lines = []
    for system in systems if told else ():
        rows = rows_of(told, system)
        cells = [shown(one) for one in segment_prf(rows)]
        clean = sum(not row["fn"] and not row["fp"] for row in rows) / len(rows)
        lines.append([system, str(len(told)), *cells, shown(clean)])
    return table(["system", "pages", "P", "R", "F1", "pages without a mistake"], lines)


METADATA = ("title", "date", "author")


def accuracy(rows: Sequence[Row], key: str) -> str:
    """Write right of known, and the share where there are many; a dash for what is not offered."""
    have = [row[key] for row in rows if key in row]
    if not have:
        return "–"
    right = f"{sum(have):.0f} of {len(have)}"
    return right if len(have) < ENOUGH else f"{sum(have) / len(have):.3f} ({right})"


def wrongs(rows: Sequence[Row]) -> list[str]:
    """Sum what is wrong: chrome and captions as lines + inside lines, paragraphs, joiners."""
    pairs = [(key, f"{key}_inside") for key in ("chrome", "captions")]
    sums = ["+".join(f"{sum(row[key] for row in rows):.0f}" for key in pair) for pair in pairs]
    return sums + [f"{sum(row[key] for row in rows):.0f}" for key in ("lost", "joiners")]


def hand_read(scored: Sequence[Scored], systems: Sequence[str]) -> str:
    """Tell in sum what is wrong on the pages that were read line by line, each system a row."""
    lines = []
    for name, told in by(scored, lambda page: page.set).items():
        for system in systems:
            rows = rows_of(told, system)
            right = [accuracy(rows, key) for key in METADATA]
            lines.append([name, str(len(told)), system, *wrongs(rows), *right])
    wrong = ["chrome left: lines + inside", "captions left: lines + inside"]
    wrong += ["paragraphs lost", "joiners lost"]
    return table(["set", "pages", "system", *wrong, *METADATA], lines)


def hand_read_pages(scored: Sequence[Scored], systems: Sequence[str]) -> str:
    """Tell the same page by page: chrome / captions / paragraphs / joiners, title date author."""
    lines = []
    for one in scored:
        cells = [one.page.id]
        for system in systems:
            row = one.rows[system]
            right = "".join(
                key[0] if row[key] else key[0].upper() + "!" for key in METADATA if key in row
            )
            cells.append(f"{' / '.join(wrongs([row]))} {right}".rstrip())
        lines.append(cells)
    return table(["page", *systems], lines)


def metadata(scored: Sequence[Scored], systems: Sequence[str]) -> str:
    """Tell how often title, date and authors are exactly the gold's, by set."""
    lines = []
    slices = {"all": scored} | by(scored, lambda page: page.set)
    for name, told in slices.items():
        if any(key in row for one in told for row in one.rows.values() for key in METADATA):
            for system in systems:
                rows = rows_of(told, system)
                lines.append([name, system, *(accuracy(rows, key) for key in METADATA)])
    return table(["set", "system", *METADATA], lines)


def speed(records: Mapping[str, Sequence[Record]]) -> str:
    """Tell pages a second of processor time, the measure's being 1, and what went wrong."""
    seconds = {name: sum(one["seconds"] for one in told) for name, told in records.items()}
    lines = []
    for name, told in records.items():
        ratio = seconds[MEASURE] / seconds[name] if MEASURE in seconds and told else None
        milliseconds = 1000 * seconds[name] / max(1, len(told))
        empty = sum(not one["text"].strip() for one in told)
        errors = sum("error" in one for one in told)
        cells = [shown(ratio, ".2f"), f"{milliseconds:.1f}", str(empty), str(errors)]
        lines.append([name, str(len(told)), *cells])
    heads = [f"pages a second, {MEASURE} = 1", "ms a page", "empty", "errors"]
    return table(["system", "pages", *heads], lines)


def worst(scored: Sequence[Scored], peers: Sequence[str], number: int) -> str:
    """List our worst pages by F1 of shingles, or of segments, the best peer's beside."""
    found = []
    for one in scored:
        unit = "shingle" if "shingle_f" in one.rows[OURS] else "segment"
        if f"{unit}_f" in one.rows[OURS]:
            figures = [one.rows[OURS][f"{unit}_{key}"] for key in "prf"]
            best = max(peers, key=lambda peer: one.rows[peer][f"{unit}_f"], default=OURS)
            peer = f"{best} {one.rows[best][f'{unit}_f']:.3f}"
            found.append((figures, [one.page.id, one.page.set, one.page.split], peer))
    found.sort(key=lambda told: told[0][-1])
    lines = [[*names, *map(shown, figures), peer] for figures, names, peer in found[:number]]
    return table(["page", "set", "split", "P", "R", "F1", "best peer"], lines)


class Section(NamedTuple):
    """A table under its heading, and whether it belongs into a page of documentation."""

    heading: str
    table: str
    is_kept: bool = True


def report(scored: Sequence[Scored], records: Mapping[str, Sequence[Record]]) -> list[Section]:
    """Make all tables of a run."""
    systems = list(records)
    peers = [name for name in systems if name != OURS]
    bench = [one for one in scored if one.page.set not in HAND_READ]
    hand = [one for one in scored if one.page.set in HAND_READ]
    sets = by((one for one in scored if one.page.set != "seeds"), lambda page: page.set)
    basis = deciding(bench)
    groups = {"all that decide": basis} | by(basis, lambda page: page.group)
    tongues = languages(counted(basis, shingle_f1))
    pages = {one.page.id for one in scored if not one.page.is_plain}
    html = {name: [one for one in told if one["id"] in pages] for name, told in records.items()}
    split = f"validation is {VALIDATION_SHARE} % of the sites, by hash"
    every_page = (
        "Page by page: chrome / captions / paragraphs lost / joiners lost; "
        "title, date, author, a capital with ! where wrong"
    )
    made: list[Section] = []
    if peers and OURS in systems:
        by_group = "Against the best peer by language group, over the sets that decide"
        made += [
            Section(f"Against the best peer by set; {split}", verdicts(sets, peers, DECIDING)),
            Section(by_group, verdicts(groups, peers, groups)),
        ]
    made += [
        Section("Segments that must and must not be there", segments(bench, systems)),
        Section("Pages and documents read line by line", hand_read(hand, systems)),
        Section("Title, date and authors as the gold has them", metadata(bench, systems)),
        Section("Speed: processor time, one process each", speed(html)),
        Section("Precision, recall, F1 by set", details(sets, systems)),
        Section(
            "The same by language group, sets that decide", details(groups, systems), is_kept=False
        ),
        Section("The same by language, over the sets that decide", details(tongues, systems)),
        Section(every_page, hand_read_pages(hand, systems), is_kept=False),
    ]
    return [section for section in made if section.table.count("\n") > 1]  # those with rows


def write_section(file: Path, text: str) -> None:
    """Replace what stands between the two marks of a file. Raises ValueError without them."""
    before, after = _around(file)
    file.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", "utf-8")


def _around(file: Path) -> tuple[str, str]:
    page = file.read_text("utf-8")
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        raise ValueError(f"{file}: a section between {BEGIN} and {END} is missing")
    return page.partition(BEGIN)[0], page.partition(END)[2]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.extraction", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--shared", type=Path, default=SHARED, help="folder of the data")
    parser.add_argument("--systems", default=",".join(SYSTEMS), help="names, parted by commas")
    parser.add_argument("--set", action="append", help="only this set; may be repeated")
    parser.add_argument("--split", choices=["all", "steering", "validation"], default="all")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="list our N worst pages")
    parser.add_argument("--jsonl", type=Path, metavar="DIR", help="keep each system's output there")
    parser.add_argument("--write", type=Path, metavar="FILE", help="replace the section of a page")
    return parser.parse_args(arguments)


def _pages(options: argparse.Namespace) -> list[Page]:
    """Load the pages asked for. Raises FileNotFoundError, ValueError."""
    pages = load(options.shared)
    names = {page.set for page in pages}
    if unknown := set(options.set or ()) - names:
        raise ValueError(f"--set {', '.join(unknown)}: the sets are {', '.join(sorted(names))}")
    asked = [page for page in pages if not options.set or page.set in options.set]
    if not (kept := [page for page in asked if options.split in ("all", page.split)]):
        raise ValueError("--set and --split together leave no page")
    return kept


def _checked(options: argparse.Namespace) -> list[str]:
    """Name the systems asked for. Raises OSError, ValueError."""
    systems: list[str] = options.systems.split(",")
    if unknown := [name for name in systems if name not in SYSTEMS]:
        raise ValueError(f"--systems {', '.join(unknown)}: there are {', '.join(SYSTEMS)}")
    if absent := missing(systems):
        raise ValueError(f"{', '.join(absent)}: not installed; pip install '.[benchmarks]'")
    if options.write:
        _around(options.write)  # before the run, not after it
    return systems


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options, run the systems, print the tables."""
    options = _options(arguments)
    try:
        systems = _checked(options)
        pages = _pages(options)
        _run(options, systems, pages)
    except (OSError, ValueError) as fault:
        print(f"error: {fault}", file=sys.stderr)
        sys.exit(2)


def _run(options: argparse.Namespace, systems: Sequence[str], pages: Sequence[Page]) -> None:
    records = measure(systems, pages)
    if options.jsonl:
        options.jsonl.mkdir(parents=True, exist_ok=True)
        for name, told in records.items():
            lines = (json.dumps(one, ensure_ascii=False) + "\n" for one in told)
            (options.jsonl / f"{name}.jsonl").write_text("".join(lines), "utf-8")
    scorer = Scorer(options.shared)
    scored = [
        Scored(page, {name: scorer.row(page, told[at]) for name, told in records.items()})
        for at, page in enumerate(pages)
    ]
    sections = report(scored, records)
    if options.worst and OURS in systems:
        peers = [name for name in systems if name != OURS]
        listed = worst(scored, peers, options.worst)
        sections.append(Section("Our worst pages", listed, is_kept=False))
    used = sorted({PACKAGES[name] for name in systems if name in PACKAGES})
    intro = f"{len(pages)} pages; " + ", ".join(f"{name} {version(name)}" for name in used)
    print(intro)
    for section in sections:
        print(f"\n## {section.heading}\n\n{section.table}")
    if options.write:
        kept = [f"### {one.heading}\n\n{one.table}" for one in sections if one.is_kept]
        write_section(options.write, "\n\n".join([f"{intro}.", *kept]))


if __name__ == "__main__":
    main()
