"""What tells of a release: its facts in, README.md, CHANGES.md, two tables and charts out. Pure.

README.md is a dataset card of the Hugging Face Hub (huggingface.co/docs/hub/datasets-cards), with
the sections of Datasheets for Datasets (Gebru et al., arXiv:1803.09010) as far as an archive
can answer them. Everything is of what never changes, so a card is the same whenever it is written,
but for what an erasure took. Words of pages and sites are escaped.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from itertools import chain
from typing import Any

from archiver.archive.releases import Change, Erased, Release, Source
from archiver.export.csvfile import guarded
from archiver.export.mending import unicode_only
from archiver.text.terminal import safe
from archiver.work.charts import Row, bars

MOST = 50  # rows of a table or bars of a chart; the rest is one more
_MARKDOWN = re.compile(r"([\\`*_\[\]|~#])")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])(?![0-9])")
_TAG = re.compile(r"[a-z]{2,3}(?=-|$)")
UNDATED = "undated"
# huggingface.co/docs/hub/datasets-cards, "size_categories".
_SIZES = (
    *((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M")),
    *((10_000_000, "1M<n<10M"), (100_000_000, "10M<n<100M"), (10**9, "100M<n<1B")),
)
_LOADED = {"parquet", "jsonl", "jsonl.zst", "csv", "txt"}  # formats that the Hub's loader reads


@dataclass(slots=True)
class Facts:
    """Sums over the documents of a release."""

    documents: int = 0
    kept: Counter[str] = field(default_factory=Counter)  # characters by site
    removed: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    sites: Counter[str] = field(default_factory=Counter)
    months: Counter[str] = field(default_factory=Counter)
    cleaners: Counter[str] = field(default_factory=Counter)
    licences: Counter[str] = field(default_factory=Counter)
    signals: Counter[str] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)
    fetched: list[datetime] = field(default_factory=list)  # the earliest and the latest

    def add(self, one: Source) -> None:
        """Count one document."""
        self.documents += 1
        self.kept[one.site] += one.kept_chars
        self.removed[one.site] += one.removed_chars
        self.languages[one.language] += 1
        self.sites[one.site] += 1
        month = _MONTH.match(one.published or "")
        self.months[month[0] if month else UNDATED] += 1
        self.cleaners[one.cleaner] += 1
        if one.licence:
            self.licences[one.licence] += 1
        self.signals.update({f"{name}: {value}" for name, value in one.signals})
        self.flags.update(flag.partition(":")[0] for flag in one.flags)
        self.fetched = [
            min([*self.fetched[:1], one.fetched_at]),
            max([*self.fetched[1:], one.fetched_at]),
        ]


def said(text: str) -> str:
    r"""Words of others, harmless in Markdown: one line, no element, no link, no table cell.

    >>> said("a|b <script>\n# [x](y)")
    'a\\|b &lt;script&gt; \\# \\[x\\](y)'
    """
    return _MARKDOWN.sub(r"\\\1", escape(safe(" ".join(text.split())), quote=False))


def _most(counted: Counter[str]) -> list[tuple[str, int]]:
    """The largest numbers, by number and then name, and what all others come to."""
    ordered = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    rest = sum(count for _, count in ordered[MOST:])
    more = [(f"{len(ordered) - MOST} others", rest)] if rest else []
    return [*ordered[:MOST], *more]


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"| {' | '.join(['---'] + ['---:'] * (len(heads) - 1))} |"
    for first, *others in rows:
        told = (f"{one:,}" if isinstance(one, int) else str(one) for one in others)
        yield f"| {' | '.join([said(str(first)), *told])} |"
    yield ""


def _counted(head: str, counted: Counter[str]) -> Iterator[str]:
    if counted:
        yield from _table((head, "documents"), _most(counted))
    else:
        yield from ("None is on record.", "")


def _front(release: Release, facts: Facts, form: str, files: str) -> Iterator[str]:
    """The front matter: YAML, every text in the quotes of JSON, which YAML reads."""
    tags = {tag[0] for name in facts.languages if (tag := _TAG.match(name))} - {"und", "mul"}
    size = next((name for most, name in _SIZES if facts.documents < most), "n>1B")
    yield "---"
    yield f"pretty_name: {json.dumps(release.name)}"
    if tags:
        yield "language:"
        yield from (f"- {json.dumps(tag)}" for tag in sorted(tags))  # "no" alone would be false
    yield f"license: {'other' if facts.licences else 'unknown'}"
    yield "size_categories:"
    yield f"- {json.dumps(size)}"
    yield "task_categories:"
    yield "- text-generation"
    if form in _LOADED:
        yield "configs:"
        yield "- config_name: default"
        yield f"  data_files: {json.dumps(files)}"
    yield "---"


def readme(release: Release, facts: Facts, erased: Sequence[Erased], form: str, files: str) -> str:
    """README.md of a release that is exported in a format, its data under `files`, a pattern."""
    told = (
        f"News articles without the chrome of their sites: {facts.documents:,} documents of "
        f"{len(facts.sites):,} sites, {sum(facts.kept.values()):,} characters. "
        f"Made by archiver on {release.at:%Y-%m-%d}. SHA-256 of its rows: `{release.digest}`."
    )
    parts = (
        _front(release, facts, form, files),
        ("", f"# {said(release.name)}", "", told, ""),
        _composition(release, facts, erased),
        _collection(facts),
        _preprocessing(facts),
        _uses(facts),
        _maintenance(release, erased),
    )
    return "\n".join(chain.from_iterable(parts))


def _composition(release: Release, facts: Facts, erased: Sequence[Erased]) -> Iterator[str]:
    yield from ("## Composition", "")
    asked = json.dumps(release.query, ensure_ascii=True, sort_keys=True)
    yield from (
        f"One row is one page, in the version that was chosen. Selection: {said(asked)}",
        "",
    )
    left_out = Counter({str(name): int(n) for name, n in release.counts["left_out"].items()})
    if left_out:
        yield from ("Pages of the archive that were left out, by the first reason:", "")
        yield from _table(("reason", "pages"), _most(left_out))
    if erased:
        gone = f"{len(erased):,} documents of this release were erased since"
        yield from (f"{gone}; REMOVALS.csv names them.", "")
    yield from _counted("language", facts.languages)
    yield from _table(
        ("site", "documents", "characters kept", "characters removed"),
        ((name, n, facts.kept[name], facts.removed[name]) for name, n in _sites(facts)),
    )
    for name in CHARTS:
        yield f"![{name.replace('-', ' ')}](charts/{name}.svg)"
    yield ""


def _sites(facts: Facts) -> list[tuple[str, int]]:
    return [pair for pair in _most(facts.sites) if pair[0] in facts.kept]


def _collection(facts: Facts) -> Iterator[str]:
    yield from ("## Collection", "")
    if facts.fetched:
        first, last = facts.fetched
        yield f"Fetched from {first:%Y-%m-%d} to {last:%Y-%m-%d}, or imported as of then;"
        yield "robots.txt is obeyed (RFC 9309)."
    dated = sorted(month for month in facts.months if month != UNDATED)
    if dated:
        yield f"Published from {dated[0]} to {dated[-1]}, as the pages state it;"
    yield f"{facts.months[UNDATED]:,} documents have no date that could be trusted."
    yield "SOURCES.csv has the URL of each document, when it was fetched, and what was stated of"
    yield from ("its use.", "")


def _preprocessing(facts: Facts) -> Iterator[str]:
    kept, removed = sum(facts.kept.values()), sum(facts.removed.values())
    share = 100 * kept / ((kept + removed) or 1)
    yield from ("## Preprocessing", "")
    yield "Of what a page shows, the article is kept and chrome is cut out, by rules. Of all"
    yield f"characters {share:.1f} % were kept. Texts are Unicode NFC; joiners stay. A cleaner is a"
    yield "recipe of rules and program, named by its digest:"
    yield ""
    yield from _counted("cleaner", facts.cleaners)
    yield from ("What was unusual, as the archive's documentation explains it:", "")
    yield from _counted("flag", facts.flags)


def _uses(facts: Facts) -> Iterator[str]:
    yield from ("## Uses and rights", "")
    yield "The texts are their publishers'. An archive knows what was stated, not what is allowed."
    yield from ("Licences that pages state:", "")
    yield from _counted("licence", facts.licences)
    yield from ("Signals on the use of texts, as servers and pages stated them:", "")
    yield from _counted("signal", facts.signals)


def _maintenance(release: Release, erased: Sequence[Erased]) -> Iterator[str]:
    yield from ("## Maintenance", "")
    before = f"Before it came `{release.before}`; CHANGES.md tells what is new. "
    yield (before if release.before else "") + "A release never changes. What a publisher or a"
    yield "person has a right to see gone is erased; whoever has a copy should leave out what"
    yield f"REMOVALS.csv names ({len(erased):,} documents now)."
    yield ""
    yield "manifest.json has the digest of every file, and of the rows: the seal of a row is the"
    yield "SHA-256 of its JSON in canonical form (RFC 8785), with the columns that manifest.json"
    yield "names but those that are null; the digest is the SHA-256 of all seals in hexadecimal, a"
    yield from ("line each, by ascending id. Seals are in SOURCES.csv.", "")
    yield from ("## Known gaps", "")
    yield "- What a page loads with scripts is there only where its site was rendered."
    yield "- Other pages may quote, or link with its headline, what was erased here."
    yield from ("- Dates, authors and licences are what pages state; nobody has checked them.", "")


def changes(before: str, name: str, found: Iterable[Change]) -> str:
    """CHANGES.md: how many pages came, went and changed since the release before, by site."""
    counted: dict[tuple[str, str], Counter[str]] = {}
    for one in found:
        counted.setdefault((one.site, one.language), Counter())[one.kind] += 1
    kinds = ("added", "gone", "changed")
    rows: list[tuple[Any, ...]] = [
        (f"{site}, {language}", *(counted[site, language][kind] for kind in kinds))
        for site, language in sorted(counted)
    ]
    total = [("all", *(sum(row[place] for row in rows) for place in (1, 2, 3)))]
    table = _table(("site, language", *kinds), [*rows, *total])
    head = f"# {said(name)} against {said(before)}"
    note = "A page has changed where its text has. Erased pages are in neither."
    return "\n".join([head, "", note, "", *table])


def first(name: str) -> str:
    """CHANGES.md of a release that none came before."""
    note = "The first release of this archive: there is none to compare it with."
    return f"# {said(name)}\n\n{note}\n"


def _csv(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Lines of a CSV file, harmless in a spreadsheet."""
    for row in (heads, *rows):
        line = io.StringIO()
        told = ("" if one is None else guarded(unicode_only(str(one), Counter())) for one in row)
        csv.writer(line, quoting=csv.QUOTE_ALL).writerow(told)
        yield line.getvalue().encode()


SOURCE_COLUMNS = (
    *("id", "url", "site", "language", "fetched_at", "published", "licence", "signals"),
    *("cleaner", "text_sha256", "seal"),
)


def sources(found: Iterable[Source], *, head: bool) -> Iterator[bytes]:
    """Lines of SOURCES.csv."""
    lines = _csv(SOURCE_COLUMNS, map(_source, found))
    if not head:
        next(lines)
    return lines


def _source(one: Source) -> tuple[object, ...]:
    stated = "; ".join(f"{name}: {value}" for name, value in one.signals)
    at = one.fetched_at.isoformat()
    facts = (one.url, one.site, one.language, at, one.published, one.licence, stated)
    return (one.id, *facts, one.cleaner, one.text, one.seal)


def removals(erased: Iterable[Erased]) -> Iterator[bytes]:
    """Lines of REMOVALS.csv: the tombstones of this release."""
    rows = ((one.document, one.text, one.at and one.at.isoformat(), one.reason) for one in erased)
    return _csv(("id", "text_sha256", "erased_at", "reason"), rows)


CHARTS = ("by-month", "by-language", "by-site", "kept")


def charts(facts: Facts) -> dict[str, str]:
    """The charts by name, as SVG."""
    months = sorted((name, n) for name, n in facts.months.items() if name != UNDATED)
    years = Counter[str]()
    for name, n in months:
        years[name[:4]] += n
    shown = months if len(months) <= MOST else sorted(years.items())
    undated = [(UNDATED, facts.months[UNDATED])] if facts.months[UNDATED] else []
    kept: list[Row] = [(name, facts.kept[name], facts.removed[name]) for name, _ in _sites(facts)]
    return {
        "by-month": bars("Documents by month of publication", _rows([*shown, *undated])),
        "by-language": bars("Documents by language", _rows(_most(facts.languages))),
        "by-site": bars("Documents by site", _rows(_most(facts.sites))),
        "kept": bars("Share of a page's characters that is kept, by site", kept, shares=True),
    }


def _rows(counted: Iterable[tuple[str, int]]) -> list[Row]:
    return [(name, count, 0) for name, count in counted]
