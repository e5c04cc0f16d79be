"""What people are shown of the archive: rows in, lines of text out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Engine

from archiver.archive import engine as archive
from archiver.archive import queries
from archiver.clean.cut import NOT_MAIN
from archiver.errors import BadInput, Damaged
from archiver.export import jsonl
from archiver.extract import scorecard
from archiver.fetch import urls
from archiver.model import Page
from archiver.work.cleaning import Cleaner


def _stored(engine: Engine, target: str) -> queries.StoredDocument:
    """The current document of a target. Raises BadInput if there is none."""
    with archive.read(engine) as c:
        found = target_named(c, target)
        if found is None:
            raise BadInput(f"{target}: not in this archive; `archiver show` lists what is")
        document = queries.document_of(c, target=found)
    if document is None:
        raise BadInput(f"{target}: nothing was cleaned yet; look in the table `failure`")
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


def _object(record: dict[str, Any]) -> str:
    """One JSON object on one line, whatever takes U+2028 for the end of one."""
    return jsonl.line(record).decode().removesuffix("\n")


def listing(engine: Engine, *, as_json: bool) -> Iterator[str]:
    """One line a page: number, site, language, title, characters kept and removed."""
    with archive.read(engine) as c:
        for row in queries.table(c):
            if as_json:
                yield _object(asdict(row))
            else:
                kept = f"{row.kept_chars}+{row.removed_chars}"
                title = shorten(row.title, 60) or "(no title)"
                yield f"{row.id:>6}  {row.site:<24}  {row.language:<4} {kept:>13}  {title}"


def one(engine: Engine, target: str, *, as_json: bool) -> Iterator[str]:
    """One document: its metadata, a blank line, its text."""
    stored = _stored(engine, target)
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
        yield _object({**facts, **text})
        return
    for name, value in facts.items():
        if value not in ("", [], ()):
            yield f"{name}: {', '.join(value) if isinstance(value, (list, tuple)) else value}"
    for caption in stored.document.captions:
        yield f"caption: {caption.text}" + (f" [{caption.credit}]" if caption.credit else "")
    yield ""
    yield stored.document.text


_TERMS = 3  # of a score, the largest against the block


def _evidence(page: Page) -> list[str]:
    """For each block its score and what spoke against it most; nothing for an unweighed page."""
    if not page.asked:
        return [""] * len(page.blocks)
    terms = scorecard.shipped().terms(page)
    told = []
    for at, block in enumerate(page.blocks):
        against = sorted((float(points[at]), name) for name, points in terms.items())[:_TERMS]
        said = ", ".join(f"{name} {points:+.1f}" for points, name in against)
        told.append(f" (score {block.score:+.1f}: {said})")
    return told


def _reason(cleaner: Cleaner, kind: str, rule: str, evidence: str) -> str:
    if kind == NOT_MAIN:
        return f"{kind}: by all evidence it is not the article{evidence}"
    known = cleaner.rule(rule)
    return f"{kind} · {rule}: {known.why if known else 'the rule is in no rule file any more'}"


def explain(engine: Engine, cleaner: Cleaner, target: str) -> Iterator[tuple[str, str]]:
    """Each block of the page: ``+`` and what was kept, ``-`` and what was removed, and why.

    The layout is the cached one of the extractor that the document was made with, or is made
    again from the stored bytes. Raises BadInput where that extractor is gone and its layout too:
    the marks would stand in other places.
    """
    stored = _stored(engine, target)
    with archive.read(engine) as c:
        extractor = queries.recipe(c, stored.document.cleaner)["extractor"]
        try:
            page = queries.load_page(c, stored.snapshot, extractor)
        except Damaged:  # a cache: it can be made again
            page = None
        if page is None and extractor != cleaner.extractor:
            raise BadInput(
                f"{target}: its text was made by another version of archiver, and the layout of "
                "that one is not kept; run `archiver reclean`, then explain it"
            )
        if page is None:
            page = cleaner.page(queries.load_snapshot(c, stored.snapshot)[1])
    cuts: dict[int, list[tuple[int, int, str, str]]] = {}
    for mark in stored.document.marks:
        cuts.setdefault(mark.block, []).append((mark.start, mark.end, mark.kind, mark.rule))
    # Another version had other points: only its scores are known.
    evidence = _evidence(page) if extractor == cleaner.extractor else [""] * len(page.blocks)
    for number, block in enumerate(page.blocks):
        at = 0
        for start, end, kind, rule in cuts.get(number, ()):
            if start > at:
                yield "+", block.text[at:start]
            yield "-", block.text[start:end]
            yield " ", f"    {_reason(cleaner, kind, rule, evidence[number])}"
            at = end
        if at < len(block.text):
            yield "+", block.text[at:]
