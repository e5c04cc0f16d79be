"""Pages cleaned for tests: by rules of the test's own, or by all that ship."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from itertools import chain, repeat

from archiver.clean.document import clean
from archiver.extract.page import extract
from archiver.model import Document, Page, Rule, Snapshot
from archiver.work.cleaning import Cleaner, removed

FETCHED = datetime(2025, 11, 20, tzinfo=UTC)


@cache
def shipped() -> Cleaner:
    """The cleaner with the shipped rules alone."""
    return Cleaner(None)


@dataclass(frozen=True)
class Cleaned:
    """A page and its document, with what tests ask about."""

    page: Page
    document: Document

    @property
    def kept(self) -> list[str]:
        """The paragraphs."""
        return self.document.text.split("\n\n") if self.document.text else []

    @property
    def removed(self) -> list[tuple[str, str]]:
        """Kind and text of what a reader sees and the text has not."""
        return [(one["kind"], one["text"]) for one in removed(self.page, self.document)]

    @property
    def rules(self) -> list[str]:
        """The rules that marked, in page order."""
        return [mark.rule for mark in self.document.marks]


def snapshot(body: str, content_type: str) -> Snapshot:
    """A snapshot of this body."""
    return Snapshot(
        url="https://news.example/a",
        fetched_at=FETCHED,
        body=body.encode(),
        content_type=content_type,
    )


def plain(text: str, *rules: Rule) -> Cleaned:
    """Clean plain text: by these rules only, or by all that ship."""
    return _cleaned(snapshot(text, "text/plain; charset=utf-8"), rules)


def html(body: str, *rules: Rule, head: str = "", lang: str = "en") -> Cleaned:
    """Clean a page: by these rules only, or by all that ship."""
    page = f"<!doctype html><html lang={lang}><head>{head}</head><body>{body}</body></html>"
    return _cleaned(snapshot(page, "text/html; charset=utf-8"), rules)


def _cleaned(taken: Snapshot, rules: tuple[Rule, ...]) -> Cleaned:
    if rules:
        page = extract(taken, {})
        return Cleaned(page, clean(page, rules, "test"))
    page = shipped().page(taken)
    return Cleaned(page, shipped().document(page, "news.example"))


def chosen(body: str, *rules: Rule, scores: Sequence[float] = ()) -> Cleaned:
    """Clean a page whose evidence says what the test says, by these rules only.

    `scores` are the blocks', in page order; those beyond its end, and all without it, score 5.
    """
    page = extract(snapshot(f"<!doctype html><body>{body}", "text/html; charset=utf-8"), {})
    given = chain(scores, repeat(5.0))
    blocks = tuple(
        block._replace(score=score) for block, score in zip(page.blocks, given, strict=False)
    )
    page = replace(page, blocks=blocks)
    return Cleaned(page, clean(page, rules, "test"))


def rule(kind: str, *phrases: str, label: str = "chrome", id: str = "t", **more: object) -> Rule:  # noqa: A002 (the field's name)
    """A rule of the test's own."""
    return Rule(id=id, kind=kind, label=label, why="a test's", phrases=phrases, **more)  # type: ignore[arg-type]
