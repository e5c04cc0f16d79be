"""Pages laid out for tests, without a file."""

from __future__ import annotations

from datetime import UTC, datetime

from selectolax.lexbor import LexborHTMLParser

from archiver.extract import blocks as layout
from archiver.extract.page import extract
from archiver.model import Block, Page, Snapshot

FETCHED = datetime(2025, 11, 14, 12, 0, tzinfo=UTC)


def blocks(body: str) -> list[Block]:
    """The blocks of a page with this body."""
    return layout.blocks(LexborHTMLParser(f"<!doctype html><body>{body}"))


def shown(body: str) -> list[str]:
    """The texts of those blocks."""
    return [block.text for block in blocks(body)]


def page(html: str | bytes, content_type: str = "text/html; charset=utf-8") -> Page:
    """Stage A on a page of its own site, with no CMS pack known."""
    body = html if isinstance(html, bytes) else html.encode()
    return extract(
        Snapshot(
            url="https://news.example/a", fetched_at=FETCHED, body=body, content_type=content_type
        ),
        {},
    )
