"""What people are shown of the archive: rows in, lines of text out.

Nothing of cleaning is imported here: to list pages no rule is read. No terminal takes a line for
a command, but those of a document's text, which stand as they are stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Engine

from archiver.archive import engine as archive
from archiver.archive import queries
from archiver.errors import BadInput
from archiver.export import jsonl
from archiver.fetch import urls
from archiver.text.terminal import safe, safe_json


def stored_document(engine: Engine, target: str) -> queries.StoredDocument:
    """The current document of a target. Raises BadInput if there is none."""
    with archive.read(engine) as c:
        found = target_named(c, target)
        if found is None:
            raise BadInput(f"{safe(target)}: not in this archive; `archiver show` lists what is")
        document = queries.document_of(c, target=found)
    if document is None:
        raise BadInput(f"{safe(target)}: nothing was cleaned yet; look in the table `failure`")
    return document


def target_named(c: Connection, what: str) -> int | None:
    """A target by its number or URL, in whatever spelling it was copied from somewhere."""
    try:
        found = queries.find_target(c, urls.canonical(what))
    except BadInput:  # a number, or the file: address of what was imported
        found = None
    return found or queries.find_target(c, what)


def shorten(text: str | None, width: int) -> str:
    """A line in at most `width` characters."""
    shown = text or ""
    return shown if len(shown) <= width else shown[: width - 1] + "…"


def packed(record: dict[str, Any]) -> str:
    """One JSON object on one line that no terminal takes for a command."""
    return safe_json(jsonl.line(record).decode().removesuffix("\n"))


def listing(engine: Engine, *, as_json: bool) -> Iterator[str]:
    """One line a page: number, site, language, title, characters kept and removed."""
    with archive.read(engine) as c:
        for row in queries.table(c):
            if as_json:
                yield packed(asdict(row))
            else:
                kept = f"{row.kept_chars}+{row.removed_chars}"
                title = shorten(row.title, 60) or "(no title)"
                yield safe(f"{row.id:>6}  {row.site:<24}  {row.language:<4} {kept:>13}  {title}")


def one(engine: Engine, target: str, *, as_json: bool) -> Iterator[str]:
    """One document: its metadata, a blank line, its text."""
    stored = stored_document(engine, target)
    told = asdict(stored.document.metadata)
    facts = {
        "id": stored.id,
        "snapshot": stored.snapshot,
        "url": stored.url,
        "site": stored.site,
        "fetched_at": stored.fetched_at.isoformat(),
        **{name: value for name, value in told.items() if value},
        "language": stored.document.language,
        "script": stored.document.script,
        "cleaner": stored.document.cleaner,
        "flags": list(stored.document.flags),
    }
    captions = [asdict(caption) for caption in stored.document.captions]
    if as_json:
        text = {
            "captions": captions,
            "text": stored.document.text,
            "structure": list(stored.document.structure),
        }
        yield packed({**facts, **text})
        return
    for name, value in facts.items():
        if value not in ("", [], ()):
            shown = ", ".join(value) if isinstance(value, (list, tuple)) else value
            yield safe(f"{name}: {shown}")
    for caption in stored.document.captions:
        credit = f" [{caption.credit}]" if caption.credit else ""
        yield safe(f"caption: {caption.text}{credit}")
    yield ""
    yield from stored.document.text.split("\n")
