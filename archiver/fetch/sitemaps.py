"""Sitemaps: XML, news, index and text ones, gzipped or not, read for the URLs they name.

In come the bytes of a sitemap and the URL they came from, out go `model.Found` values in its
order; those of kind ``sitemap`` are for the caller to ask for, and to count. Never asks the
network, never resolves an entity, never holds more than one entry of the tree.
The format is that of sitemaps.org/protocol.html and of Google's news extension.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from html.entities import html5
from io import BytesIO
from itertools import islice

from lxml import etree

from archiver.errors import BadInput
from archiver.fetch import feeds, inflate
from archiver.model import Found, TargetKind
from archiver.text.normal import collapse

MAX_URLS = 50_000  # sitemaps.org: of one file, and 50 MiB of it
MAX_BYTES = 50 * 1024 * 1024

# Starts and ends of elements: 50,000 entries with forty children each; some 4 seconds.
_MAX_EVENTS = 4_000_000

_GZIP = b"\x1f\x8b"
_PREAMBLE = 4096  # bytes of blank lines and warnings that a broken server may put before the XML
_BEGIN = re.compile(rb"<(?:\?xml|urlset|sitemapindex|rss|feed)\b", re.IGNORECASE)
# CDATA, which stays; an ampersand, with what it refers to; or a "<" that begins nothing.
_AMPERSAND = re.compile(
    rb"<!\[CDATA\[(?:.*?\]\]>|.*)|&(?:#\d{1,7};|#x[0-9a-f]{1,6};|[a-z][a-z0-9]{0,30};)?|<(?![a-z_:/!?])",
    re.IGNORECASE | re.DOTALL,
)
# The last address of a file that breaks off, with no end of any element behind it.
_BROKEN_OFF = re.compile(rb"<(?:\w+:)?loc\b[^<]*\Z", re.IGNORECASE)
_UNCLOSED = re.compile(rb"<loc>[^<]*(?=</(?:url|sitemap)>)", re.IGNORECASE)
# A charset that is not UTF-8, which is for the parser to read.
_OTHER_CHARSET = re.compile(
    rb"\A<\?xml[^>]{0,200}?\sencoding\s*=\s*[\"'](?!utf-?8[\"'])", re.IGNORECASE
)
# Entries begin and end; comments and CDATA, whose tags are none, stand before them.
_BORDER = re.compile(
    rb"<!--(?:.*?-->|.*)|<!\[CDATA\[(?:.*?\]\]>|.*)|<(/?)((?:\w+:)?(?:url|sitemap))(?=[\s>])[^<>]*>",
    re.IGNORECASE | re.DOTALL,
)
_ROOTS = frozenset({"urlset", "sitemapindex"})
_FEEDS = frozenset({"rss", "rdf", "feed"})
_ENTRIES = frozenset({"url", "sitemap"})
# (parent, child): an image or video within an entry has a `loc` and a `title` of its own.
_KNOWN = frozenset(
    {
        ("url", "loc"),
        ("url", "lastmod"),
        ("sitemap", "loc"),
        ("sitemap", "lastmod"),
        ("news", "publication_date"),
        ("news", "title"),
    }
)


def _unzipped(body: bytes, url: str) -> bytes:
    """Return `body` out of its gzip, cut at MAX_BYTES; what a broken one gave is kept."""
    kept = bytearray()
    try:
        for piece in inflate.inflated(iter([body]), ["gzip"], MAX_BYTES):
            kept += piece
    except (inflate.Broken, inflate.TooLong) as fault:
        if not kept:
            raise BadInput(
                f"{url}: a sitemap that is no gzip ({fault}); see what is there"
            ) from None
    return bytes(kept)


def _numbered(hit: re.Match[bytes]) -> bytes:
    """Return a reference as numbers, and a sign that nobody escaped as one.

    The bare ampersand is the commonest fault of sitemaps; and libxml2, once it has met a fault,
    drops even ``&amp;``, though never a number.
    """
    reference = hit[0]
    if reference == b"<":
        return b"&#60;"
    if reference.startswith((b"<", b"&#")):
        return reference
    letters = html5.get(reference[1:].decode("ascii"), "")
    if letters:
        return "".join(f"&#{ord(letter)};" for letter in letters).encode("ascii")
    return b"&#38;" + reference[1:]


def _as_windows(fault: UnicodeError) -> tuple[str, int]:
    """Read as windows-1252 a byte that is no UTF-8: what a careless generator put there."""
    assert isinstance(fault, UnicodeDecodeError)  # noqa: S101 - what a decoder raises
    piece = fault.object[fault.start : fault.end]
    return piece.decode("cp1252", "replace"), fault.end


codecs.register_error("archiver.windows", _as_windows)
_MAX_TORN = 100_000  # such bytes, each some microsecond; with more it is no text


def _mended(body: bytes) -> bytes:
    """Return `body` as UTF-8 without a fault, so that no byte of it stops the parser."""
    torn = body.decode("utf-8", "replace")
    few = torn.count("\ufffd") <= _MAX_TORN
    return (body.decode("utf-8", "archiver.windows") if few else torn).encode()


def _line(block: bytes) -> str:
    """Return a line as text: an address is in one charset."""
    try:
        return block.decode("utf-8")
    except UnicodeDecodeError:
        return block.decode("cp1252", "replace")


def _closed(body: bytes) -> bytes:
    """Close each entry that the next one begins in; nested, they would be one, and too deep."""
    opened = b""

    def border(hit: re.Match[bytes]) -> bytes:
        nonlocal opened
        if not hit[2] or hit[0].endswith(b"/>"):
            return hit[0]
        missing = b"</" + opened + b">" if opened and not hit[1] else b""
        opened = b"" if hit[1] else hit[2]
        return missing + hit[0]

    return _BORDER.sub(border, body)


def _name(tag: str) -> str:
    """Return the local name; a prefix that nobody declared stays in the tag, behind a colon."""
    return tag.rpartition("}")[2].rpartition(":")[2].lower()


def _from_text(body: bytes, url: str) -> Iterator[Found]:
    """Yield the URLs of a text sitemap: one a line; what a line has behind it is none."""
    for block in BytesIO(body):  # line by line, for all at once are half a gigabyte
        for line in _line(block).splitlines():
            if line.strip().lower().startswith(("http://", "https://")):
                yield from feeds.found(url, line.split()[0])


def _events(body: bytes) -> Iterator[tuple[str, etree._Element]]:
    """Yield the starts and ends of elements, faults passed over, entities never resolved."""
    try:
        yield from etree.iterparse(
            BytesIO(body),
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            huge_tree=False,
            recover=True,
            remove_comments=True,
            remove_pis=True,
        )
    except etree.XMLSyntaxError:
        return  # nothing there at all, or past all recovering: what came before holds


def _from_xml(body: bytes, url: str, root: str) -> Iterator[Found]:
    path: list[str] = []  # names of the open elements; the tree itself is thrown away
    entry: dict[str, str] = {}
    for event, element in islice(_events(body), _MAX_EVENTS):
        name = _name(str(element.tag))
        if event == "start":
            path.append(name)
            entry = {} if name in _ENTRIES else entry
            continue
        path.pop()
        if (path[-1] if path else "", name) in _KNOWN:
            entry.setdefault(name, element.text or "")
        elif (path[-1:], name) == (["urlset"], "loc"):
            yield from feeds.found(url, element.text)  # an entry whose own element was forgotten
        elif name in _ENTRIES:
            index = root == "sitemapindex" or name == "sitemap"
            kind: TargetKind = "sitemap" if index else "page"
            date = collapse(entry.get("publication_date") or entry.get("lastmod", ""))
            title = feeds.title(entry.get("title"))
            yield from feeds.found(url, entry.get("loc"), kind=kind, date=date, title=title)
            entry = {}
        element.clear()
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]


def parse(body: bytes, url: str) -> list[Found]:
    """Return the pages and sitemaps that the sitemap `body`, fetched from `url`, names.

    The first MAX_URLS of the first MAX_BYTES; URLs are absolute, http or https and without
    credentials, not canonical. A feed serves as a sitemap. Raises BadInput for what is neither.
    """
    for _ in range(2):  # some servers pack a packed file
        body = _unzipped(body, url) if body.startswith(_GZIP) else body[:MAX_BYTES]
    if fault := feeds.hostile(body):
        raise BadInput(f"{url}: {fault}, as no sitemap does; it is not read")
    body = feeds.utf8(body)
    begin = _BEGIN.search(body, 0, _PREAMBLE)
    body = body[begin.start() :] if begin else body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not body.startswith(b"<"):
        listed = list(islice(_from_text(body, url), MAX_URLS))
        if not listed:
            raise BadInput(f"{url}: names no URL and is no sitemap; see what is there")
        return listed
    if not _OTHER_CHARSET.match(body):
        body = _mended(body)
    body = _UNCLOSED.sub(rb"\g<0></loc>", _BROKEN_OFF.sub(b"", body))
    body = _closed(feeds.characters(_AMPERSAND.sub(_numbered, body)))
    root = next((_name(str(element.tag)) for _, element in _events(body)), "")
    if root in _FEEDS:
        return feeds.parse(body, url)
    if root not in _ROOTS:
        raise BadInput(f"{url}: begins with <{root[:40]}> and is no sitemap; see what is there")
    return list(islice(_from_xml(body, url, root), MAX_URLS))
