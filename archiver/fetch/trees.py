"""HTML in, its tree out; nothing for a page that is built to make a parser run away.

lexbor's time is that of a page's length, but for three things, which are counted in the text and
counted high before it is parsed: each tag may walk all the open elements, each element that follows
unclosed formatting gets a copy of it, and each attribute is compared with those before it.
"""

from __future__ import annotations

import re
from collections import Counter

from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser

MAX_STEPS = 25_000**2  # tags times elements opened: 2 s. The largest of 800 pages has half of it
MAX_REOPENED = 500_000  # copies of formatting elements: 0.5 s and 100 MB
MAX_TAGS = 500_000  # a tree of 300 MB
_MANY = 5000  # attributes of one tag: 0.1 s
_LONG_TAG = re.compile(rf"<[a-zA-Z][^<>]{{{2 * _MANY},}}")
_NAMES = "b|i|u|s|em|tt|big|code|font|nobr|small|strike|strong"
_FORMATTING = re.compile(rf"<(?:{_NAMES})(?=[\s/>])[^>]*", re.IGNORECASE)
# One that surely is closed again: plain attributes, text alone, and its end.
_CLOSED = re.compile(
    rf"<({_NAMES})(?:\s++[^\s<>\"'=]++(?:=(?:\"[^\"<>]*+\"|'[^'<>]*+'|[^\s<>\"'=]++))?+)*+\s*+>"
    r"[^<]*+</\1\s*+>",
    re.IGNORECASE,
)
_SAME_AT_ONCE = 3  # of one spelling no more are kept open: WHATWG, "the Noah's Ark clause"


def _reopened(html: str) -> int:
    """How many formatting elements could have to be opened again at one place, at most."""
    spelt = Counter(_FORMATTING.findall(_CLOSED.sub("\0", html)))
    return sum(
        times if "'" in tag or tag.count('"') % 2 else min(times, _SAME_AT_ONCE)
        for tag, times in spelt.items()
    )


def parse(html: str) -> LexborHTMLParser | None:
    """Return the tree of `html`, or None where it could be too deep or too wide.

    >>> parse("<p>A sentence.</p>").body.text()
    'A sentence.'
    >>> parse("<div>" * 100_000) is None
    True
    """
    tags = html.count("<")
    if tags > MAX_TAGS or tags * (tags - html.count("</")) > MAX_STEPS:
        return None
    if any(len(tag[0].split()) > _MANY for tag in _LONG_TAG.finditer(html)):
        return None
    if _reopened(html) * tags > MAX_REOPENED:
        return None
    return LexborHTMLParser(html, options=LexborDocumentOptions.WO_EVENTS)
