"""HTML text in; whether its tree can be built in bounded time and memory; a page without one.

Everything is counted in the text before any parsing, and counted high: a closing tag counts only
where it is certain to close something, an opening one wherever a parser could see one. So a page
that is let through cannot make the parser run away, whatever its comments, quotes and scripts
hide. lexbor's costs (measured, selectolax 1.0.2) that are not those of the page's length:

* each tag may walk all the open elements (4 ns an element; 100,000 nested ones: 20 s),
* an element that follows unclosed formatting gets a copy of it (100 bytes each; WHATWG,
  "reconstruct the active formatting elements"), so 100 KB can become millions of nodes,
* each attribute of a tag is compared with those before it (3 ns each; 100,000: 30 s).
"""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

import numpy as np
from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser

from archiver.extract import blocks as layout
from archiver.model import Block

# Tags times open elements: two seconds at most. Pages up to 25,000 tags need no closer look (the
# largest of 800 benchmark pages has 20,000); larger ones must close what they open.
MAX_STEPS = 25_000**2
# Copies of formatting elements: half a second, 100 MB. Pages that forget to close a few elements
# have some thousands.
MAX_REOPENED = 500_000
# A page of so many tags has a tree of 300 MB, however flat it is.
MAX_TAGS = 500_000
# Attributes of one tag: 0.1 s. Pages have at most a few dozen.
MAX_ATTRIBUTES = 5000
_BLANKS = b"\t\n\f\r"  # below the space
# So many in all cannot cost more than 6 s, wherever they stand.
_FEW_ATTRIBUTES = 60_000
# How many tags are looked at, over all passes, before a page counts as never closing: 2 s.
_MAX_LOOKS = 3_000_000

_SPACE = r"[ \t\n\f\r]"
# Attributes that every tokenizer reads alike: no sign in them that could end the tag or a quote.
_PLAIN = (
    rf"(?:{_SPACE}++[^ \t\n\f\r<>\"'=/\0]++"
    rf"(?:=(?:\"[^\"<>\0]*+\"|'[^'<>\0]*+'|[^ \t\n\f\r<>\"'=`\0]++))?+)*+{_SPACE}*+"
)
_FLAGS = re.IGNORECASE | re.ASCII
# What surely leaves nothing open behind it. A NUL is put in its place, so that the rest of a
# broken tag on either side never makes a whole one.
_CLOSED = re.compile(
    rf"<([a-z][a-z0-9-]*+){_PLAIN}>[^<]*+</\1{_SPACE}*+>"  # an element with text only
    rf"|</?(?:p|li|dd|dt){_PLAIN}>"  # closed by the next of its kind: see _WITH_THESE
    rf"|<(?:br|hr|img|embed|meta){_PLAIN}/?+>"  # empty in HTML, and no part of a drawing
    rf"|<svg{_PLAIN}>(?:[^<]++|<(?:g|path|use|circle|ellipse|rect|line|polygon|polyline){_PLAIN}/?+>"
    rf"|</(?!svg)[a-z]++>)*+</svg>",
    _FLAGS,
)
# Each other open element can have one p, one li and one dd or dt of its own open in it.
_WITH_THESE = 4
_EMPTY = re.compile(
    rf"<(?:area|base|col|input|link|param|source|track|wbr){_PLAIN}/?+>", _FLAGS
)  # where nothing is drawn: in a drawing these nest
_DRAWN = re.compile(r"<(?:svg|math)", _FLAGS)
_OPENING = re.compile(r"<[a-zA-Z]")
# Elements that a parser opens again on its own; `a` too, but only one at a time.
_FORMATTING = re.compile(
    r"<(?=[bBiIsSuUcCeEfFnNtT])"  # most are none of them
    r"(?:[bBiIsSuU]|[bB][iI][gG]|[cC][oO][dD][eE]|[eE][mM]|[fF][oO][nN][tT]|[nN][oO][bB][rR]|"
    r"[sS][mM][aA][lL][lL]|[sS][tT][rR][iI][kK][eE]|[sS][tT][rR][oO][nN][gG]|[tT][tT])"
    r"(?=[ \t\n\f\r/>])[^>]*"
)
_PLAIN_TAG = re.compile(rf"<[a-z]++{_PLAIN}", _FLAGS)
# Of one spelling no more are kept open ("the Noah's Ark clause").
_SAME_AT_ONCE = 3
_MANY_ATTRIBUTES = re.compile(
    rf"<[a-zA-Z][^ \t\n\f\r/>]*+(?:[ \t\n\f\r/]*+[^ \t\n\f\r/>][^ \t\n\f\r/>=]*+"
    rf"(?:{_SPACE}*+={_SPACE}*+(?:\"[^\"]*+\"|'[^']*+'|[^ \t\n\f\r>\"'][^ \t\n\f\r>]*+)?+)?+)"
    rf"{{{MAX_ATTRIBUTES}}}"
)
# Their attributes are added up, over all tags of the name. (Spelt as `_NAMES` is.)
_ADDED_UP = re.compile(r"<(?:[hH][tT][mM][lL]|[bB][oO][dD][yY])")
_FEW_ADDED_UP = 30

# trafilatura walks the tree in Python, many times over, takes the square of the pieces of one
# paragraph (4,300: 3 s) and searches each class and id with dozens of patterns (4 µs a sign).
# The largest of 800 benchmark pages has 20,000 tags and 0.3 MB of names.
MAX_VOTE_TAGS = 100_000
MAX_VOTE_PIECES = 2000
MAX_VOTE_NAMES = 1_000_000
# Spelt so that the search can pass over all signs but four.
_NAMES = re.compile(
    r"[cCiI](?:(?<=[cC])[lL][aA][sS][sS]|(?<=[iI])[dD])"
    r"\s*+=\s*+(\"[^\"]*+\"?|'[^']*+'?|[^\s>]*+)",
    re.ASCII,
)

_DROPPED = re.compile(
    r"<!--.*?(?:-->|$)|<(script|style|template|noscript|svg)\b.*?(?:</\1\s*>|$)",
    re.IGNORECASE | re.DOTALL,
)


def _reopened(text: str) -> int:
    """How many formatting elements a parser could have to open again at one place, at most."""
    spelt = Counter(_FORMATTING.findall(text))
    return 1 + sum(
        min(times, _SAME_AT_ONCE) if _PLAIN_TAG.fullmatch(tag) else times
        for tag, times in spelt.items()
    )


def _many_attributes(text: str, raw: bytes) -> bool:
    """Whether a tag could have more attributes than a parser can tell apart in time."""
    signs = np.frombuffer(raw, np.uint8)
    # Each begins behind white space, a slash or a quote, with what is no white space: a few words
    # do so too. Comparisons take a tenth of the time that sets of signs take, so a control sign
    # counts wherever it stands.
    begins = np.count_nonzero((signs[:-1] <= ord("/")) & (signs[1:] > ord(" ")))
    controls = signs[signs < ord(" ")]
    if begins + len(controls) <= _FEW_ATTRIBUTES:
        return False
    blanks = sum(np.count_nonzero(controls == one) for one in _BLANKS)
    if begins + len(controls) - blanks <= _FEW_ATTRIBUTES:
        return False
    if sum(1 for _ in _ADDED_UP.finditer(text)) > _FEW_ADDED_UP:
        return True
    return _MANY_ATTRIBUTES.search(text) is not None


def counted(raw: bytes) -> tuple[int, int]:
    """How many signs could begin a tag, and how many of them a closing one."""
    signs = np.frombuffer(raw, np.uint8)
    begins = signs == ord("<")
    closing = begins[:-1] & (signs[1:] == ord("/"))
    return int(np.count_nonzero(begins)), int(np.count_nonzero(closing))


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "ignore")  # as selectolax encodes


def too_deep(text: str, raw: bytes, tags: int, closing: int) -> bool:
    """Whether a parser's tree could be too deep or too wide, by counting tags, not by parsing.

    `raw` is the same text in UTF-8, the numbers are those that `counted` has of it.
    """
    if tags > MAX_TAGS or _many_attributes(text, raw):
        return True
    left, seen = text, tags
    looks = 0
    each = 1
    while True:
        opening = each * (seen - closing)  # more than are: a text may have the sign
        if opening * tags <= MAX_STEPS and (
            opening * tags <= MAX_REOPENED or _reopened(left) * tags <= MAX_REOPENED
        ):
            return False
        looks += seen
        if looks > _MAX_LOOKS:
            return True
        each = _WITH_THESE
        left, first = _CLOSED.subn("\0", left)
        second = 0
        if _DRAWN.search(text) is None:
            left, second = _EMPTY.subn("\0", left)
        if not first + second:
            return True
        seen, closing = counted(_encoded(left))


class Parsed(NamedTuple):
    """A tree, and how many signs of its text could begin a tag."""

    tree: LexborHTMLParser
    tags: int


def parse(text: str, utf8: bytes = b"") -> Parsed | None:
    """The tree of `text`, or nothing where it could be too deep or too wide.

    `utf8` is the text as it was sent, if that was UTF-8.
    """
    raw = utf8 or _encoded(text)
    tags, closing = counted(raw)
    if too_deep(text, raw, tags, closing):
        return None
    # Without its events lexbor does not copy a select's chosen option at every option that comes.
    return Parsed(LexborHTMLParser(raw, options=LexborDocumentOptions.WO_EVENTS), tags)


def flatten(text: str) -> list[Block]:
    """Blocks of a page that is too deep to parse: what stands between its tags."""
    shown = re.sub(r"<[^<>]*>", "\n", _DROPPED.sub("\n", text))
    tree = LexborHTMLParser("<pre>\n" + shown.replace("<", "&lt;") + "</pre>")  # for entities
    return layout.blocks(tree)


def votable(text: str, tags: int, widest: int) -> bool:
    """Whether trafilatura would end in time; `widest` is the layout's longest run in pieces."""
    if tags > MAX_VOTE_TAGS or widest > MAX_VOTE_PIECES:
        return False
    if len(text) <= MAX_VOTE_NAMES:
        return True
    return sum(len(name[1]) for name in _NAMES.finditer(text)) <= MAX_VOTE_NAMES
