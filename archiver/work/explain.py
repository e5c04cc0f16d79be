"""Why a stored page is so: its layout and its marks in, each piece with its reason out."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Engine

from archiver.archive import engine as archive
from archiver.archive import queries
from archiver.clean.cut import NOT_MAIN
from archiver.errors import BadInput, Damaged
from archiver.extract import scorecard, template
from archiver.model import Page
from archiver.work.cleaning import Cleaner
from archiver.work.views import stored_document

_TERMS = 3  # of a score, the largest against the block


def _evidence(page: Page) -> list[str]:
    """For each block its score and what spoke against it most; nothing for an unweighed page."""
    if not page.asked:
        return [""] * len(page.blocks)
    if template.MARKER in page.asked:
        return [", by the container learned of the site"] * len(page.blocks)
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
    stored = stored_document(engine, target)
    with archive.read(engine) as c:
        extractor = queries.recipe(c, stored.document.cleaner)["extractor"]
        try:
            page = queries.load_page(c, stored.snapshot, extractor)
        except Damaged:  # a cache: it can be made again
            page = None
        site = cleaner.site_of(extractor)
        if page is None and site is None:
            raise BadInput(
                f"{target}: its text was made by another version of archiver, and the layout of "
                "that one is not kept; run `archiver reclean`, then explain it"
            )
        if page is None:
            page = cleaner.page(queries.load_snapshot(c, stored.snapshot)[1], site or "")
    cuts: dict[int, list[tuple[int, int, str, str]]] = {}
    for mark in stored.document.marks:
        cuts.setdefault(mark.block, []).append((mark.start, mark.end, mark.kind, mark.rule))
    # Another version had other points: only its scores are known.
    evidence = [""] * len(page.blocks) if site is None else _evidence(page)
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
