"""Bytes in, text and the charset that read it out; and what kind of file the bytes are.

Decided once, here, and recorded: byte order mark, then strict UTF-8, then what the header or
the page declares if it decodes, then detection. Unreadable bytes become U+FFFD and are flagged.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from email.message import Message
from typing import Literal

from bs4.dammit import EncodingDetector
from charset_normalizer import from_bytes

from archiver.errors import Uncleanable

MediaType = Literal["text/html", "text/plain"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# Labels that WHATWG's Encoding Standard reads as a superset, because browsers do.
_SUPERSETS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}

# What a file is by its first bytes, for those that are no page however they are named.
_SIGNATURES = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG\r\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"\x1f\x8b", "a gzip file; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a zstd file; unpack it first"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"{\\rtf", "an RTF document"),
    (b"\x7fELF", "a program"),
    (b"OggS", "an Ogg recording"),
    (b"ID3", "an MP3 recording"),
)

# Control bytes that no text in an ASCII superset has: all but white space and ISO 2022's escape.
_NOISE = bytes(byte for byte in range(32) if byte not in b"\t\n\v\f\r\x1b")

_HTML = re.compile(
    r"<(?:!doctype\s+html|html|head|body|title|meta|link|script|div|p|span|article|section|main|"
    r"table|ul|ol|h[1-6]|a\s|br|img|center|font|b|i|em|strong)[\s/>]",
    re.IGNORECASE,
)
_DETECTED_BYTES = 200_000
# The legacy encodings of WHATWG's Encoding Standard, by Python's names. No other is read because a
# page names it or guessed: Python also knows codecs that are no charset (hex, rot13, idna), and
# ones that no page was ever written in (EBCDIC).
_LEGACY = frozenset(
    "cp866 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-10 "
    "iso8859-13 iso8859-14 iso8859-15 iso8859-16 koi8-r koi8-u mac-roman mac-cyrillic cp874 cp1250 "
    "cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 gb18030 big5hkscs euc_jp iso2022_jp "
    "cp932 cp949".split()
)
_LATIN = frozenset(
    "cp1250 cp1254 cp1257 iso8859-2 iso8859-3 iso8859-4 iso8859-10 iso8859-13 iso8859-14 "
    "iso8859-15 iso8859-16 mac-roman".split()
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A body read as text. `damaged` counts the characters that could not be read."""

    text: str
    charset: str
    damaged: int = 0


def refuse_binary(body: bytes) -> None:
    """Raise Uncleanable for bytes that are no text: empty, pictures, documents, noise."""
    if not body.strip():
        raise Uncleanable("decode", "the body is empty", "fetch it again or leave it out")
    for signature, what in _SIGNATURES:
        if body.startswith(signature):
            raise Uncleanable("decode", f"this is {what}, not a page", "leave it out")
    if body[:4] == b"RIFF" or body[4:8] == b"ftyp":
        raise Uncleanable("decode", "this is a picture or a film, not a page", "leave it out")
    start = body[:4096]
    if not start.startswith(tuple(mark for mark, _ in _MARKS)) and not _utf16(start):
        noise = len(start) - len(start.translate(None, _NOISE))
        if noise * 20 > len(start):
            raise Uncleanable("decode", "the bytes are no text", "leave it out")


def _utf16(body: bytes) -> str:
    """UTF-16 without a mark, told by where the zero bytes of its ASCII signs stand."""
    start = body[:2048]
    half = len(start) // 2
    if half < 8:
        return ""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if odd * 3 > half and even * 20 < half:
        return "utf-16-le"
    if even * 3 > half and odd * 20 < half:
        return "utf-16-be"
    return ""


def _codec(label: str | None) -> str | None:
    """Python's name for a declared charset, the superset that browsers read it as."""
    if not label:
        return None
    try:
        name = codecs.lookup(label.strip().lower().removeprefix("x-")).name
    except (LookupError, ValueError):
        return None
    name = _SUPERSETS.get(name, name)
    # A page that can say UTF-16 in ASCII is not UTF-16.
    return name if name == "utf-8" or name in _LEGACY else None


def declared(body: bytes, content_type: str) -> list[str]:
    """The charsets that the header and then the page name, as codecs; unknown ones left out."""
    message = Message()
    message["content-type"] = content_type
    header = message.get_content_charset()
    page = EncodingDetector.find_declared_encoding(body[:4096], is_html=True)
    codecs_found = [_codec(header), _codec(page if isinstance(page, str) else None)]
    return [name for name in codecs_found if name]


def decode(body: bytes, content_type: str = "") -> Decoded:  # noqa: PLR0911 - one a way to know
    r"""Read `body` as text.

    >>> decode("नमस्ते".encode()).charset
    'utf-8'
    >>> decode(b"caf\xe9", "text/html; charset=iso-8859-1")
    Decoded(text='café', charset='cp1252', damaged=0)
    """
    for mark, charset in _MARKS:
        if body.startswith(mark):
            return _lenient(body[len(mark) :], charset)
    wide = _utf16(body)
    if wide:
        return _lenient(body, wide)
    try:
        return Decoded(body.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        pass
    names = declared(body, content_type)
    for name in names:
        if name != "utf-8":
            try:
                return Decoded(body.decode(name), name)
            except (UnicodeDecodeError, ValueError):
                continue
    damaged = _lenient(body, "utf-8")
    # A UTF-8 page with a torn character here and there: its multi-byte characters outnumber
    # the unreadable bytes by far. Text in another charset has none.
    wide_characters = sum(character > "\x7f" for character in damaged.text) - damaged.damaged
    if wide_characters > damaged.damaged * 4 or "utf-8" in names:
        return damaged
    if names:
        return _lenient(body, names[0])
    return _lenient(body, _guessed(body[:_DETECTED_BYTES]))


def _guessed(start: bytes) -> str:
    """The charset that reads `start` with the least noise, among those that pages are written in.

    Latin charsets are told apart by few letters; where they do equally well, West European is
    meant by far the most often.
    """
    matches = from_bytes(start, cp_isolation=sorted(_LEGACY))
    best = matches.best()
    if best is None:
        return "cp1252"
    name = codecs.lookup(best.encoding).name
    western = any(one.encoding == "cp1252" and one.chaos <= best.chaos for one in matches)
    return "cp1252" if name in _LATIN and (western or best.coherence == 0) else name


def _lenient(body: bytes, charset: str) -> Decoded:
    text = body.decode(charset, "replace")
    return Decoded(text, charset, text.count("\ufffd"))


def media_type(text: str, content_type: str = "") -> MediaType:
    """HTML or plain text, by what was declared, else by a look at the text."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "text/plain":
        return "text/plain"
    if kind in {"text/html", "application/xhtml+xml"}:
        return "text/html"
    return "text/html" if _HTML.search(text[:65536]) else "text/plain"
