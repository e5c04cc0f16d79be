"""The systems that are compared, each behind one function, and the run of one over pages.

In: pages as bytes. Out: for each page the text, title, authors and date that the system makes of
it, and the processor time that it took. A field that a system does not offer is absent.
"""

from __future__ import annotations

import base64
import html
import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import distributions
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from benchmarks.gold import Page

# ruff: noqa: PLC0415 - each process loads its own system and no other


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A page as the systems get it, made before the clock runs."""

    html: bytes
    line: bytes  # what `archiver clean --jsonl` reads for this page


Record = dict[str, Any]
Extractor = Callable[[Request], Record]


def request(page: Page) -> Request:
    """Make a page's request; plain text is a bare page of paragraphs for those that need HTML."""
    body = page.body()
    asked: dict[str, str] = {"id": page.id, "url": page.url}
    if page.is_plain:
        text = body.decode("utf-8")
        asked["text"] = text
        lines = (f"<p>{html.escape(line)}</p>" for line in text.splitlines() if line.strip())
        body = f"<html><meta charset=utf-8><body>{''.join(lines)}</body></html>".encode()
    else:
        asked["html_b64"] = base64.b64encode(body).decode()
    return Request(html=body, line=json.dumps(asked).encode())


def _archiver() -> Extractor:
    """Everything that `archiver clean --jsonl` does for a line: read, clean, write."""
    from archiver.errors import BadInput
    from archiver.export import jsonl
    from archiver.fetch import urls
    from archiver.model import Snapshot
    from archiver.work.cleaning import Cleaner, as_record
    from archiver.work.collector import expect_many_objects

    cleaner = Cleaner(None)
    expect_many_objects()

    def clean(asked: Request) -> Record:
        told = json.loads(asked.line)
        if "text" in told:
            body, media_type = told["text"].encode(), "text/plain"
        else:
            body, media_type = base64.b64decode(told["html_b64"], validate=True), "text/html"
        now = datetime.now(UTC)
        page = cleaner.page(
            Snapshot(url=told["url"], fetched_at=now, body=body, content_type=media_type)
        )
        try:
            site = urls.site(told["url"]) if told["url"] else ""
        except BadInput:
            site = ""
        record = as_record(page, cleaner.document(page, site))
        jsonl.line(record)
        return record

    return clean


def _trafilatura(*, precision: bool = False) -> Extractor:
    """Give trafilatura in one of its modes, with metadata and without comments."""
    import trafilatura

    def extract(asked: Request) -> Record:
        got = trafilatura.bare_extraction(
            asked.html, with_metadata=True, include_comments=False, favor_precision=precision
        )
        if got is None:
            return {"text": ""} | dict.fromkeys(_METADATA)
        told = got if isinstance(got, dict) else got.as_dict()
        return {
            "text": told["text"] or "",
            "title": told["title"],
            "authors": told["author"],
            "published": told["date"],
        }

    return extract


def _readability() -> Extractor:
    """readability-lxml, which knows no authors and no dates."""
    from readability import Document  # type: ignore[import-untyped]

    def extract(asked: Request) -> Record:
        document = Document(asked.html)
        return {"title": document.short_title(), "text": text_of(document.summary())}

    return extract


SYSTEMS: dict[str, Callable[[], Extractor]] = {
    "archiver": _archiver,
    "trafilatura": _trafilatura,
    "trafilatura-precision": partial(_trafilatura, precision=True),
    "readability": _readability,
}
OFFERS = {"readability": ("title",)}  # the others offer all of _METADATA
_METADATA = ("title", "authors", "published")
PACKAGES = {  # what comes from where
    "trafilatura": "trafilatura",
    "trafilatura-precision": "trafilatura",
    "readability": "readability-lxml",
}


def missing(systems: Sequence[str]) -> list[str]:
    """Those packages of the systems that are not installed."""
    installed = {told.name.lower() for told in distributions()}
    return sorted({PACKAGES[name] for name in systems if name in PACKAGES} - installed)


_BLOCKS = frozenset(
    "address article aside blockquote body br caption center dd details dialog dir div dl dt "
    "fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu "
    "nav ol option p pre section summary table tbody tfoot thead tr ul".split()
)
_CELLS = frozenset({"td", "th"})
_UNSEEN = frozenset({"script", "style", "template", "head", "title"})
_SPACE = re.compile(r"[ \t\n\f\r]+")


def text_of(markup: str) -> str:
    r"""Give HTML as lines: one for each block element and line break, cells parted by a space.

    >>> text_of("<div>a <b>b</b><p>c<br>d\n e</p>f<!-- g -->h</div>")
    'a b\nc\nd e\nfh'
    >>> text_of("<table><tr><td>i</td><td>j</td></tr><tr><td>k</td></tr></table><pre>l\nm</pre>")
    'i j\nk\nl\nm'
    """
    if not markup.strip():
        return ""
    pieces: list[str] = []
    verbatim = 0  # how many <pre> are open
    walk = etree.iterwalk(lxml_html.fromstring(markup), events=("start", "end", "comment", "pi"))
    for event, element in walk:
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag in _BLOCKS:
            pieces.append("\n")
        elif tag in _CELLS:
            pieces.append(" ")
        if event == "start":
            verbatim += tag == "pre"
            if tag in _UNSEEN:
                walk.skip_subtree()
            else:
                text = element.text or ""
                pieces.append(text if verbatim else _SPACE.sub(" ", text))
        else:
            verbatim -= tag == "pre"
            tail = element.tail or ""
            pieces.append(tail if verbatim else _SPACE.sub(" ", tail))
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in lines if line)


_READY: dict[str, Extractor] = {}  # of this process


def run(name: str, pages: Sequence[Page]) -> list[Record]:
    """Run one system over the pages in this process, the very first once more before the clock.

    A record has `id`, `text`, what the system offers of `title`, `authors`, `published`,
    `seconds` of processor time and, where it failed, `error` beside an empty text.
    """
    offered = OFFERS.get(name, _METADATA)
    if name not in _READY:
        _READY[name] = SYSTEMS[name]()
        for page in pages[:1]:
            _timed(_READY[name], page, offered)
    return [_timed(_READY[name], page, offered) for page in pages]


def _timed(extract: Extractor, page: Page, offered: Sequence[str]) -> Record:
    asked = request(page)
    begun = time.process_time()
    try:
        made = extract(asked)
    except Exception as fault:  # noqa: BLE001 - a page that a system cannot read is an empty text
        made = {"text": "", "error": f"{type(fault).__name__}: {fault}"} | dict.fromkeys(offered)
    seconds = time.process_time() - begun
    kept = {key: made[key] for key in ("text", *offered, "error") if key in made}
    return {"id": page.id, "seconds": seconds} | kept
