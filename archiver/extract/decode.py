"""Bytes in, text and the charset that read it out; and what kind of file the bytes are.

Decided once, here, and recorded: byte order mark, then UTF-8, then what the header or the page
declares unless it would show nonsense, then what reads best. Unreadable bytes become U+FFFD and
are counted; text that is no language although every byte was read is told by `suspect`.
"""

from __future__ import annotations

import codecs
import math
import re
from dataclasses import dataclass, field, replace
from typing import Literal

from archiver.errors import Uncleanable
from archiver.extract import charsets, suspect

MediaType = Literal["text/html", "text/plain"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

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
# A declared charset is not believed where another reads the text better by e^1.2 a byte and by
# e^40 in all: so far apart are scripts, and never two charsets of one.
_MARGIN, _LEAST = 1.2, 40.0
_SHIFT = re.compile(rb"\x1b\$[@B]")  # ISO 2022: Japanese begins


@dataclass(frozen=True, slots=True)
class Decoded:
    """A body read as text. `damaged` counts the characters that could not be read.

    `suspect` says why the text is no language though its bytes were read, or is empty:
    ``legacy-font`` (with ``:name`` where the font is known), ``mojibake``, ``replaced`` (by U+FFFD
    or question marks, before it was sent); ``mojibake-repaired`` where the text was made good.
    `utf8` is the body where that, as it was sent, is the text in UTF-8, else empty.
    """

    text: str
    charset: str
    damaged: int = 0
    suspect: str = ""
    utf8: bytes = field(default=b"", repr=False)


def refuse_binary(body: bytes, content_type: str = "") -> None:
    """Raise Uncleanable for bytes that are no text: empty, pictures, documents, noise.

    What is noise in other charsets may be text in UTF-16, if `content_type` says that it is.
    """
    if not body.strip():
        raise Uncleanable("decode", "the body is empty", "fetch it again or leave it out")
    for signature, what in _SIGNATURES:
        if body.startswith(signature):
            raise Uncleanable("decode", f"this is {what}, not a page", "leave it out")
    if body[:4] == b"RIFF" or body[4:8] == b"ftyp":
        raise Uncleanable("decode", "this is a picture or a film, not a page", "leave it out")
    start = body[:4096]
    marked = start.startswith(tuple(mark for mark, _ in _MARKS))
    if not (marked or _utf16(start) or _stated(start, content_type)):
        noise = len(start) - len(start.translate(None, _NOISE))
        if noise * 20 > len(start):
            raise Uncleanable("decode", "the bytes are no text", "leave it out")


def _utf16(body: bytes) -> str:
    """UTF-16 without a mark, told by its zero bytes: the high halves of ASCII signs.

    Markup makes them many, on one side only. Bare text in another script has few: then it must
    have its blanks on one side only, and be neither UTF-8 nor of an alphabet below U+2000.
    """
    start = body[:65536]
    if 0 not in start:  # a look that counts nothing: nearly all
        return ""
    zeros = start.count(0)
    if zeros * 200 < len(start) or zeros < 4:
        return ""
    odd = start[1::2].count(0)
    if zeros * 6 >= len(start):
        if min(odd, zeros - odd) * 20 > zeros:
            return ""
        return "utf-16-le" if odd * 2 > zeros else "utf-16-be"
    blanks = {name: _blanks(start.decode(name, "replace")) for name in ("utf-16-le", "utf-16-be")}
    name = max(blanks, key=blanks.__getitem__)
    high = start[1::2] if name == "utf-16-le" else start[0::2]
    alphabet = len(high.translate(None, bytes(range(32)))) * 5 < len(high)
    if min(blanks.values()) * 10 > blanks[name] or not (alphabet or not _is_utf8(start)):
        return ""
    return name if blanks[name] * 200 > len(start) else ""


def _stated(body: bytes, content_type: str) -> str:
    """UTF-16 as the header names it, where the body can be that.

    Its zero bytes are the high halves of ASCII signs, and all of it is characters. A header that
    only says so stands over UTF-8 and others, which have no zeros.
    """
    name = charsets.wide(content_type)
    start = body[: 65536 & ~1]
    if name is None or 0 not in start:
        return ""
    zeros = start.count(0)
    high = start[1::2].count(0)
    if (high if name == "utf-16-le" else zeros - high) * 2 <= zeros:
        return ""
    text = start.decode(name, "replace")
    noise = sum(text.count(chr(code)) for code in _NOISE) + text.count("\ufffd")
    return name if noise * 100 <= len(text) + 100 else ""


def _blanks(text: str) -> int:
    return text.count(" ") + text.count("\n") + text.count("\r")


def _is_utf8(body: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(body)
    except UnicodeDecodeError:
        return False
    return True


def declared(body: bytes, content_type: str) -> list[str]:
    """The charsets that the header and then the page name, as codecs; unknown ones left out."""
    names = (charsets.in_header(content_type), charsets.in_page(body))
    return [name for name in names if name]


def decode(body: bytes, content_type: str = "") -> Decoded:
    r"""Read `body` as text.

    >>> decode("नमस्ते".encode()).charset
    'utf-8'
    >>> decode(b"caf\xe9", "text/html; charset=iso-8859-1")
    Decoded(text='café', charset='cp1252', damaged=0, suspect='')
    """
    got = read(body, content_type)
    fault = got.suspect or suspect.fault(suspect.chunks(got.text), got.text)
    return replace(got, suspect=fault) if fault else got


def read(body: bytes, content_type: str = "") -> Decoded:
    """Do as `decode`, but leave it to the caller, who lays the page out, to ask `suspect.fault`."""
    got = _read(body, content_type)
    if repaired := suspect.repaired(got.text):
        return replace(got, text=repaired, suspect="mojibake-repaired", utf8=b"")
    return got


def _read(body: bytes, content_type: str) -> Decoded:
    for mark, charset in _MARKS:
        if body.startswith(mark):
            return _lenient(body[len(mark) :], charset)
    if wide := _stated(body, content_type) or _utf16(body):
        return _lenient(body, wide)
    if body.isascii():
        return _ascii(body, content_type)
    try:
        return Decoded(body.decode("utf-8"), "utf-8", utf8=body)
    except UnicodeDecodeError:
        return _legacy(body, declared(body, content_type))


def _ascii(body: bytes, content_type: str) -> Decoded:
    """Read ASCII, which is what it is in every charset but the one that shifts by escapes."""
    if _SHIFT.search(body):
        japanese = _lenient(body, "iso2022_jp")
        if japanese.damaged * 100 < len(japanese.text):
            return japanese
    name = next(iter(declared(body, content_type)), "utf-8")
    charset = "utf-8" if name == "iso2022_jp" else name
    return Decoded(body.decode("ascii"), charset, utf8=body)


def _legacy(body: bytes, names: list[str]) -> Decoded:
    """Read what is not strictly UTF-8; `names` are the charsets declared."""
    torn = _lenient(body, "utf-8")
    # A UTF-8 page with a torn character here and there: its multi-byte characters outnumber
    # the unreadable bytes by far. Text in another charset has next to none.
    wide = len(torn.text) - len(torn.text.encode("ascii", "ignore")) - torn.damaged
    if wide > torn.damaged * (1 if "utf-8" in names else 4):
        return torn
    scores, high = charsets.weighed(body)
    best = max(scores, key=scores.__getitem__)
    if not charsets.readable(best, scores[best], high):
        best = "cp1252"  # as browsers read what they know nothing of
    least = scores[best] - max(_MARGIN * high, _LEAST)
    known = [name for name in names if scores.get(name, -math.inf) >= least]
    if known:
        return _lenient(body, max(known, key=scores.__getitem__))
    for name in names:
        if name != "utf-8" and name not in scores:  # one that is never guessed
            rare = _lenient(body, name)
            if rare.damaged * 20 < high:
                return rare
    return _lenient(body, best)


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
