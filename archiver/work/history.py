"""The history of one page: a URL in, every snapshot, document and failure of it out, as lines.

Never writes. The lines of text are safe to print on a terminal, whatever the page holds.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from archiver.archive import engine as archive
from archiver.archive import versions
from archiver.errors import BadInput
from archiver.text.terminal import safe
from archiver.work.views import packed, shorten, target_named

_DIGEST = re.compile(r"[0-9a-f]{64}")
_SHOWN = 5  # requests in vain that people are shown, the last ones; `--json` has all


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All that an archive has of one page; every list is in the order in which it came."""

    page: versions.PageRow
    aliases: list[versions.PageRow]
    snapshots: list[versions.SnapshotRow]
    documents: list[versions.DocumentRow]
    failures: list[versions.FailureRow]
    vain: list[versions.FetchRow]


def find(c: Connection, what: str) -> int:
    """The page that a URL, a number, or the digest of a body or a text names; an alias leads to it.

    Raises BadInput where there is none.
    """
    found = target_named(c, what)
    if found is None and _DIGEST.fullmatch(what):
        found = versions.page_with(c, what)
    if found is None:
        raise BadInput(f"{safe(what)}: not in this archive; `archiver show` lists what is")
    return found


def read(c: Connection, what: str) -> History:
    """Read the history of a page. Raises BadInput where there is none of this name."""
    target = find(c, what)
    return History(
        page=versions.page_row(c, target),
        aliases=versions.aliases(c, target),
        snapshots=versions.snapshots(c, target),
        documents=versions.documents(c, target),
        failures=versions.failures(c, target),
        vain=versions.vain_fetches(c, target),
    )


def moment(at: datetime) -> str:
    """A time as people read it, in UTC, to the second."""
    return f"{at:%Y-%m-%d %H:%M:%S}"


def history(engine: Engine, what: str, *, as_json: bool) -> Iterator[str]:
    """Lines that tell the history of a page. Raises BadInput where there is none of this name."""
    with archive.read(engine) as c:
        found = read(c, what)
    yield from _records(found) if as_json else map(safe, _table(found))


def _records(found: History) -> Iterator[str]:
    kinds: tuple[tuple[str, Iterable[Any]], ...] = (
        ("page", [found.page]),
        ("alias", found.aliases),
        ("snapshot", found.snapshots),
        ("document", found.documents),
        ("failure", found.failures),
        ("fetch", found.vain),
    )
    for kind, rows in kinds:
        for row in rows:
            # A page has a `kind` of its own: page, feed, sitemap, section.
            yield packed({"record": kind, **asdict(row)})


def _table(found: History) -> Iterator[str]:
    page = found.page
    yield f"{page.url}  (page {page.id} of {page.site}, {page.state})"
    for alias in found.aliases:
        yield f"also {alias.url}  ({alias.state})"
    documents: dict[int, list[versions.DocumentRow]] = defaultdict(list)
    for document in found.documents:
        documents[document.snapshot].append(document)
    failures: dict[int | None, list[versions.FailureRow]] = defaultdict(list)
    for failure in found.failures:
        failures[failure.snapshot].append(failure)
    for snapshot in found.snapshots:
        yield ""
        yield from _snapshot(snapshot, page.url)
        yield from map(_document, documents[snapshot.id])
        yield from map(_failure, failures[snapshot.id])
    if failures[None] or found.vain:
        yield ""
        yield from map(_failure, failures[None])
    if len(found.vain) > _SHOWN:
        yield f"  {len(found.vain)} requests brought nothing to keep; the last of them:"
    for vain in found.vain[-_SHOWN:]:
        status = "" if vain.status is None else f" {vain.status}"
        yield f"  {moment(vain.at)}  {vain.outcome}{status}: {vain.reason}"


def _snapshot(snapshot: versions.SnapshotRow, url: str) -> Iterator[str]:
    status = "imported" if snapshot.status is None else str(snapshot.status)
    cut = "" if snapshot.whole else "  cut short"
    yield (
        f"snapshot {snapshot.id}  first {moment(snapshot.first_seen)}  "
        f"last {moment(snapshot.last_seen)}  seen {snapshot.seen}  {status}  "
        f"{snapshot.bytes} bytes{cut}"
    )
    yield f"  sha256 {snapshot.digest}  {snapshot.content_type or 'no media type'}"
    if snapshot.url != url:
        yield f"  from {snapshot.url}"


def _document(row: versions.DocumentRow) -> str:
    told = (
        f"  document {row.id}  cleaner {row.cleaner}  {moment(row.at)}  {row.language:<4}"
        f"  {row.kept_chars}+{row.removed_chars} characters  {row.blocks} blocks"
    )
    return told + ("  current" if row.current else "")


def _failure(row: versions.FailureRow) -> str:
    under = f" under {row.cleaner}" if row.cleaner else ""
    reason = shorten(row.reason, 200)
    return f"  failure in {row.stage}{under}, {moment(row.at)}: {reason}; {row.advice}"
