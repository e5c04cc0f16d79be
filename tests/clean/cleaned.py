"""Pages cleaned for tests: by rules of the test's own, or by all that ship."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

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


def rule(kind: str, *phrases: str, label: str = "chrome", id: str = "t", **more: object) -> Rule:  # noqa: A002 (the field's name)
    """A rule of the test's own."""
    return Rule(id=id, kind=kind, label=label, why="a test's", phrases=phrases, **more)  # type: ignore[arg-type]
