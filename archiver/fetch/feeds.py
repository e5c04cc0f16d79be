"""Feeds: RSS, Atom, RDF and JSON Feed, broken ones too, read for the pages they name.

In come the bytes of a feed and the URL they came from, out go `model.Found` values in the feed's
order. Never asks the network, never resolves an entity, never parses a date.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from html import unescape
from io import BytesIO
from itertools import chain, islice
from typing import Any

import feedparser  # type: ignore[import-untyped]
import orjson

from archiver.errors import BadInput
from archiver.fetch import urls
from archiver.model import Found
from archiver.text.normal import collapse

MAX_BYTES = 16 * 1024 * 1024  # a feed of full texts has some hundred kilobytes
# feedparser takes some 30 µs a tag and 2 µs an ampersand: so many are 6 and 2 seconds.
MAX_TAGS = 200_000
MAX_AMPERSANDS = 1_000_000
MAX_TITLE = 500  # code points; more is no headline
# The attributes of one tag cost their square: 16,000 are 3 seconds, 200,000 some minutes.
_CROWDED = re.compile(rb"<(?:[^<=]*=){1000}")
_UTF16 = {
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"<\0": "utf-16-le",
    b"\0<": "utf-16-be",
}
_SAYS_UTF16 = re.compile(
    rb"\A((?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,200}?)\sencoding\s*=\s*[\"']utf-?16[^\"'>]*[\"']",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^<>]{0,1000}>")
# A numeric reference; escaped once more too, as it is in titles that hold markup.
_REFERENCE = re.compile(rb"&(amp;)?#(?:x([0-9a-f]+)|([0-9]+));?", re.IGNORECASE)
_DIGITS = 9  # of a number that may be a code point, zeros before it left out; Python's int is slow


def utf8(body: bytes) -> bytes:
    """Return XML or text out of UTF-16, with a mark or without; and no UTF-8 that says it is.

    Where the declaration is wrong, parsers find nothing at all.
    """
    if charset := _UTF16.get(body[:2]):
        body = body.decode(charset, "replace").encode()
    return _SAYS_UTF16.sub(rb"\1", body)


def _character(hit: re.Match[bytes]) -> bytes:
    digits, base = (hit[2], 16) if hit[2] else (hit[3], 10)
    digits = digits.lstrip(b"0")
    code = int(digits or b"0", base) if len(digits) <= _DIGITS else 0
    honest = 0 < code < 0xD800 or 0xDFFF < code <= 0x10FFFF  # noqa: PLR2004 - Unicode's scalars
    return hit[0] if honest else b"&" + (hit[1] or b"") + b"#65533;"


def characters(body: bytes) -> bytes:
    """Return `body` with U+FFFD for references to what is no character, surrogates above all.

    Parsers raise errors at them, or hand on text that nothing can encode.
    """
    return _REFERENCE.sub(_character, body)


def title(raw: object) -> str:
    """Return a title as plain text: tags out, entities resolved, one line, NFC."""
    plain = unescape(_TAG.sub("", raw)) if isinstance(raw, str) else ""
    return collapse(plain)[:MAX_TITLE]


def found(base: str, ref: object, **known: Any) -> Iterator[Found]:  # noqa: ANN401
    """Yield the page that `ref` names, if it is one that could be asked for."""
    if isinstance(ref, str) and ref.strip():
        try:
            url = urls.join(base, ref.strip())
            urls.split(url)
        except BadInput:
            return
        yield Found(url=url, **known)


def hostile(body: bytes) -> str:
    """Return why no XML parser ought to see `body`, or an empty string.

    Entities of its own: no feed needs them, every bomb has them. More than a thousand attributes
    in one tag: they cost their square in time. Ampersands: each may be a fault to put on record.
    """
    if b"<!entity" in body.replace(b"\0", b"").lower():  # zero bytes: UTF-16
        return "declares entities"
    if _CROWDED.search(body):
        return "has a tag of a thousand attributes"
    return "has a million ampersands" if body.count(b"&") > MAX_AMPERSANDS else ""


def _json_items(body: bytes, url: str) -> tuple[str, list[dict[str, Any]]]:
    """Return the base and the items of a JSON Feed (jsonfeed.org/version/1.1), or BadInput.

    What is relative in it belongs to the site, which may stand elsewhere than the feed.
    """
    try:
        feed = orjson.loads(body.decode("utf-8-sig", "replace"))
    except orjson.JSONDecodeError as fault:
        raise BadInput(f"{url}: begins like JSON and is none ({fault}); ask for the feed") from None
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        raise BadInput(f"{url}: JSON without `items` is no JSON Feed; name the feed's own URL")
    home = next((page.url for page in found(url, feed.get("home_page_url"))), url)
    return home, [item for item in items if isinstance(item, dict)]


def _from_json(body: bytes, url: str) -> Iterator[Found]:
    base, items = _json_items(body, url)
    for item in items:
        dates = (item.get("date_published"), item.get("date_modified"))
        date = next((date for date in dates if isinstance(date, str)), "")
        known = {"date": collapse(date), "title": title(item.get("title"))}
        refs = (item.get("url"), item.get("external_url"), permalink(item.get("id")))
        yield from islice(chain.from_iterable(found(base, ref, **known) for ref in refs), 1)


def permalink(identity: object) -> str:
    """Return the id of an entry where it can be asked for, else nothing."""
    http = isinstance(identity, str) and identity.lower().startswith(("http://", "https://"))
    return str(identity) if http else ""


def _from_xml(body: bytes, url: str) -> Iterator[Found]:
    try:
        # A stream, for feedparser takes bytes for the name of a file or of a URL to open.
        feed = feedparser.parse(
            BytesIO(body),
            response_headers={"content-location": url},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except Exception as fault:  # of a library, on the bytes of anyone
        raise BadInput(f"{url}: the feed cannot be read: {fault!r:.200}") from fault
    if not (feed.get("version") or feed.entries):
        raise BadInput(f"{url}: is no feed: neither RSS, Atom, RDF nor JSON Feed")
    for entry in feed.entries:
        dates = (entry.get(name) for name in ("published", "updated", "created"))
        date = next((date for date in dates if isinstance(date, str)), "")
        known = {"date": collapse(date), "title": title(entry.get("title"))}
        # FeedBurner puts its own counter into `link`. An id that is said to be no link is none.
        identity = permalink(entry.get("id")) if entry.get("guidislink", True) else ""
        refs = (entry.get("feedburner_origlink"), entry.get("link"), identity)
        yield from islice(chain.from_iterable(found(url, ref, **known) for ref in refs), 1)


def parse(body: bytes, url: str) -> list[Found]:
    """Return the pages that the feed `body`, fetched from `url`, names.

    Their URLs are absolute, http or https and without credentials, not canonical; dates are as
    stated. Raises BadInput for what is no feed, or built to take long.
    """
    if len(body) > MAX_BYTES:
        raise BadInput(f"{url}: a feed of {len(body)} bytes; {MAX_BYTES} are the most that is read")
    if body.count(b"<") > MAX_TAGS:
        raise BadInput(f"{url}: a feed of more than {MAX_TAGS} tags; it is not read")
    if fault := hostile(body):
        raise BadInput(f"{url}: {fault}, as no feed does; it is not read")
    body = utf8(body)
    if body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        return list(_from_json(body, url))
    return list(_from_xml(characters(body), url))
