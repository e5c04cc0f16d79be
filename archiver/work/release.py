"""Releases: a selection pinned under a name, listed, held against its digests, exported, compared.

A release is written in one transaction and an export of it is a folder that appears when it is
whole, so a process killed anywhere leaves neither in part.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from archiver import __version__
from archiver.archive import corpus, releases, selection
from archiver.archive import engine as archive
from archiver.archive.packing import digest
from archiver.archive.releases import Erased, Release
from archiver.archive.selection import Selection
from archiver.errors import BadInput
from archiver.export.whole import whole_folder
from archiver.text.terminal import safe
from archiver.work import card, selecting
from archiver.work import export as exporting
from archiver.work.export import How
from archiver.work.export_rows import Source
from archiver.work.runs import recorded
from archiver.work.telling import Tell, silent

# A name stands in files, URLs and YAML.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", re.ASCII)
_ENDS = {"markdown": "md", "tei": "xml"}
# What the bytes of a format rest on, beside the archive.
_LIBRARIES = {
    "parquet": ("pyarrow",),
    "jsonl": ("orjson",),
    "jsonl.zst": ("orjson", "zstandard"),
}
DATA = "data"


def named(c: Connection, name: str) -> Release:
    """Read a release. Raises BadInput, which lists them, where there is none of this name."""
    found = releases.load(c, name)
    if found is None:
        known = ", ".join(one.name for one in releases.every(c)[-20:])
        there = f"there are {known}" if known else "there is none yet: archiver release create"
        raise BadInput(f"no release is called {safe(name)!r}; {there}")
    return found


def create(
    engine: Engine,
    name: str,
    asked: Selection,
    agent: str,
    *,
    clock: Callable[[], datetime],
    tell: Tell = silent,
) -> Release:
    """Pin what is selected now under a name; nothing changes it any more.

    Raises BadInput for a name that is taken or is none, and for a selection that does not read or
    has no document; Damaged for a text that is not what was stored.
    """
    if not _NAME.fullmatch(name):
        raise BadInput(
            f"{safe(name)!r} cannot name a release: use up to 80 letters, digits, . _ and -"
        )
    with archive.read(engine) as c:
        if releases.load(c, name) is not None:
            raise BadInput(f"there is a release {name} already; name another")
    query = selecting.prepared(engine, asked, tell)
    told = {"name": name, "selection": selection.as_json(asked)}
    with recorded(engine, "release", told, clock) as (_, counts):
        with archive.read(engine) as c:
            chosen = selecting.choose(c, asked, query, agent)
            pins = releases.pin(
                c, chosen.documents, lambda done: tell(f"{done} documents read", passing=True)
            )
        if not pins.documents:
            raise BadInput(f"the selection has no document; left out: {left_out(chosen.left_out)}")
        came_to = {
            "documents": len(pins.documents),
            "left_out": dict(sorted(chosen.left_out.items())),
        }
        with archive.write(engine) as c:
            made = releases.store(
                c, name, selection.as_json(asked), asked.cleaner or None, came_to, pins, clock()
            )
        counts["documents"] = len(pins.documents)
    return made


def left_out(counted: dict[str, int] | Counter[str]) -> str:
    """What was left out, in a line.

    >>> left_out({"language": 3, "length": 12})
    '12 by length, 3 by language'
    """
    ordered = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{count} by {reason}" for reason, count in ordered) or "nothing"


def listed(engine: Engine, *, as_json: bool) -> Iterator[str]:
    """All releases in the order in which they were made, a line each."""
    with archive.read(engine) as c:
        for one in releases.every(c):
            gone = len(releases.erased(c, one.name))
            if as_json:
                yield json.dumps({**_plain(one), "erased": gone}, ensure_ascii=False)
            else:
                erased = f", {gone} of them erased" if gone else ""
                count = one.counts["documents"]
                yield f"{one.name}  {one.at:%Y-%m-%d %H:%M}Z  {count} documents{erased}"


def _plain(one: Release) -> dict[str, Any]:
    return {**asdict(one), "at": one.at.isoformat()}


def shown(engine: Engine, name: str, *, as_json: bool) -> Iterator[str]:
    """What a release is: its selection, counts, digest, and what was erased of it."""
    with archive.read(engine) as c:
        one = named(c, name)
        gone = releases.erased(c, name)
    if as_json:
        erased = [_tombstone(each) for each in gone]
        yield json.dumps({**_plain(one), "erased": erased}, ensure_ascii=False, indent=1)
        return
    yield f"release    {one.name}"
    yield f"made       {one.at:%Y-%m-%d %H:%M:%S}Z" + (
        f", after {one.before}" if one.before else ""
    )
    yield f"documents  {one.counts['documents']}"
    yield f"selection  {safe(json.dumps(one.query, ensure_ascii=False)) if one.query else 'all'}"
    yield f"left out   {safe(left_out(one.counts['left_out']))}"
    yield f"digest     {one.digest}"
    yield from map(_told, gone)


def _tombstone(one: Erased) -> dict[str, Any]:
    return {**asdict(one), "at": one.at and one.at.isoformat()}


def _told(one: Erased) -> str:
    if one.at is None:
        return f"gone       document {one.document}, and no erasure says why; run: archiver verify"
    return f"erased     document {one.document}, {one.at:%Y-%m-%d}, {one.reason}"


@dataclass(slots=True)
class Checked:
    """What `verify` found: rows looked at, what was erased, and what is not as it was pinned."""

    rows: int = 0
    erased: list[Erased] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def verify(engine: Engine, name: str, tell: Tell = silent) -> Checked:
    """Hold every row of a release against its seal, and the seals against the release's digest."""
    found = Checked()
    with archive.read(engine) as c:
        one = named(c, name)
        if releases.whole(releases.seals(c, name)) != one.digest:
            found.faults.append(f"release {name}: its seals do not give its digest")
        for each in releases.erased(c, name):
            (found.faults.append(_told(each)) if each.at is None else found.erased.append(each))
        there = releases.documents(c, name)
        rows = corpus.rows(c, releases.SEALED, there)
        for pinned, page in zip(releases.sources(c, name, there), rows, strict=True):
            for own, row in zip(pinned, page, strict=True):
                if digest(row["text"].encode()) != own.text:
                    found.faults.append(f"document {own.id}, {safe(own.url)}: its text has changed")
                elif releases.sealed(row) != own.seal:
                    found.faults.append(f"document {own.id}, {safe(own.url)}: its row has changed")
            found.rows += len(page)
            tell(f"{found.rows} documents checked", passing=True)
    return found


@dataclass(slots=True)
class _Reading:
    """What one transaction of an export reads beside its rows."""

    facts: card.Facts = field(default_factory=card.Facts)
    erased: list[Erased] = field(default_factory=list)
    changes: str = ""


def export(
    engine: Engine,
    name: str,
    form: str,
    path: Path,
    how: How,
    changes: Counter[str],
    tell: Tell = silent,
) -> tuple[int, list[Erased]]:
    """Write a release to a new folder; how many documents, and which are erased.

    The same release gives the same bytes under the same libraries, but for what an erasure took.
    Raises BadInput for options that do not go together and a folder that is not empty.
    """
    with archive.read(engine) as c:
        one = named(c, name)
    exporting.checked(form, how)
    read = _Reading()
    with whole_folder(path) as part:
        sources = part / "SOURCES.csv"

        def documents(c: Connection) -> Any:  # noqa: ANN401 - an array
            there = releases.documents(c, name)
            with sources.open("wb") as out:
                head = True
                for page in releases.sources(c, name, there):
                    out.writelines(card.sources(page, head=head))
                    head = False
                    for each in page:
                        read.facts.add(each)
                if head:
                    out.writelines(card.sources([], head=True))
            read.erased = releases.erased(c, name)
            if one.before:
                found = releases.changes(c, one.before, name)
                read.changes = card.changes(one.before, name, found)
            return there

        count = _data(engine, part, form, documents, how, changes, tell)
        (part / "charts").mkdir()
        for chart, drawn in card.charts(read.facts).items():
            (part / "charts" / f"{chart}.svg").write_text(drawn, "utf-8")
        pattern = f"{DATA}/**/*.parquet" if form == "parquet" else f"{DATA}/{_file(form)}"
        told = card.readme(one, read.facts, read.erased, form, pattern)
        (part / "README.md").write_text(told, "utf-8")
        (part / "REMOVALS.csv").write_bytes(b"".join(card.removals(read.erased)))
        (part / "CHANGES.md").write_text(read.changes or card.first(name), "utf-8")
        told = json.dumps(_manifest(one, read.erased, form, part), ensure_ascii=False, indent=1)
        (part / "manifest.json").write_text(f"{told}\n", "utf-8")
    return count, read.erased


def _file(form: str) -> str:
    return f"corpus.{_ENDS.get(form, form)}"


def _data(
    engine: Engine,
    part: Path,
    form: str,
    documents: Source,
    how: How,
    changes: Counter[str],
    tell: Tell,
) -> int:
    """Write the rows below `part`."""
    if form != "parquet":
        (part / DATA).mkdir()
        place = part / DATA / _file(form)
        return exporting.write(engine, form, place, documents, how, changes, tell)
    count = exporting.write(engine, form, part / "corpus", documents, how, changes, tell)
    (part / "corpus" / DATA).rename(part / DATA)  # as the Hub lays data out
    (part / "corpus").rmdir()
    return count


def _manifest(one: Release, erased: Iterable[Erased], form: str, part: Path) -> dict[str, Any]:
    files = sorted(path for path in part.rglob("*") if path.is_file() and path.name[0] != ".")
    libraries: dict[str, str] = {"archiver": __version__}
    for library in _LIBRARIES.get(form, ()):
        try:
            libraries[library] = version(library)
        except PackageNotFoundError:  # vendored under another name
            libraries[library] = "unknown"
    if form == "sqlite":
        libraries["sqlite"] = sqlite3.sqlite_version
    return {
        "release": one.name,
        "made_at": one.at.isoformat(),
        "selection": one.query,
        "counts": one.counts,
        "rows_sha256": one.digest,
        "sealed_columns": list(releases.SEALED),
        "erased": [_tombstone(each) for each in erased],
        "format": form,
        "versions": libraries,
        "files": [
            {
                "path": path.relative_to(part).as_posix(),
                "bytes": path.stat().st_size,
                "sha256": _sha256(path),
            }
            for path in files
        ],
    }


def _sha256(path: Path) -> str:
    hashed = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            hashed.update(block)
    return hashed.hexdigest()


def diff(engine: Engine, before: str, after: str, *, pages: bool, as_json: bool) -> Iterator[str]:
    """What the second release has that the first has not, and the other way round.

    Counts by site and language; with `pages`, or as JSON, a line a page.
    """
    counted: dict[tuple[str, str], Counter[str]] = {}
    signs = {"added": "+", "gone": "-", "changed": "~"}
    with archive.read(engine) as c:
        for name in (before, after):
            named(c, name)
        for one in releases.changes(c, before, after):
            if as_json:
                yield json.dumps(asdict(one), ensure_ascii=False)
            elif pages:
                yield safe(f"{signs[one.kind]} {one.url}")
            counted.setdefault((one.site, one.language), Counter())[one.kind] += 1
        gone = {name: len(releases.erased(c, name)) for name in (before, after)}
    if as_json:
        return
    total: Counter[str] = Counter()
    for (site, language), counts in sorted(counted.items()):
        total.update(counts)
        yield safe(f"{site}, {language}: {_counts(counts)}")
    yield f"all: {_counts(total)}"
    for name, count in gone.items():
        if count:
            yield f"{count} documents of {name} are erased and stand nowhere above"


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{counts[kind]} {kind}" for kind in ("added", "gone", "changed"))
