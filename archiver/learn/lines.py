"""A page as learning sees it: the keys of its lines, where they stand, which elements hold them.

Pages in, small strings out. What one page can cost is bounded: so many lines, each so long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from archiver.model import Block, Page
from archiver.text import normal
from archiver.text.prose import ascii_digits, ends_sentence, is_running_text, words

MAX_LINES = 1000  # of one page; a page of news has a few hundred
MAX_LENGTH = 1000  # code points; a longer line is a text
MAX_LABEL = 120  # a longer line is read as text, as the rules have it
LINKED = 0.9  # of a line's code points that are a link, and it is one

_NUMBERS = re.compile(r"\d[\d.,]*")
_INDEX = re.compile(r"\[\d+\]")
_NAMES = re.compile(r"[\[#.][^/]*")
_HEADING = re.compile(r"/h[1-6](?:/|$)")
_DIGITS = re.compile(r"\d+")
_STEP = re.compile(
    r"(?P<tag>[a-z][a-z0-9-]*)(?:\[\d+\])?(?:#(?P<id>[A-Za-z0-9_-]+))?"
    r"(?P<classes>(?:\.[A-Za-z0-9_-]+)*)(?:\[[^\]]*\])*"
)
_WHOLE_PAGE = ("html", "body")
# Elements whose tag says what they are for.
_TELLING = frozenset({"aside", "nav", "footer", "form", "button"})
# Words of ids and classes that say how a part of a story looks, or where a story stands: a name of
# nothing else names a story's own parts too.
_GENERIC = frozenset(
    "align alignleft alignright aligncenter area article articles block blocks blockquote body "
    "bold box bullet bullets caption card cell center clearfix col cols column columns "
    "container content contents core data default desc description detail details div editor "
    "element elementor embed entry fact facts figure flex font full gallery grid has head "
    "header heading headline highlight highlights html image img inner intro item items justify "
    "large lead lede left line list lists main margin medium middle news note notes outer "
    "padding page pages para paragraph paragraphs photo post posts primary pullquote quote "
    "quotes rich right row rows section single size small span static stories story strong "
    "style styled sub subhead subheader subheading subtitle summary table text textwidget theme "
    "title top unit view widget wide width wrap wrapper".split()
)
_TINY = 2  # letters of a prefix of a theme, or of a class that sets a margin
_NAME_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_IN_ROWS = re.compile(r"/(?:table|ul|ol|dl)(?:/|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One snapshot of the page `url`: its layout, and the blocks that something is kept of.

    The layout must say when it was fetched. `url` is canonical: it makes snapshots one page.
    """

    url: str
    page: Page
    kept: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Line:
    """A block that a reader sees."""

    at: int  # its number
    block: Block
    key: str  # the match key with every number as 0
    place: str  # the tags of the elements it stands in
    head: str  # how it begins, where it is short, no sentence, and goes on; else empty

    @property
    def linked(self) -> bool:
        """Whether all of it is a link."""
        return self.block.linked >= LINKED * len(self.block.text)

    @property
    def prose(self) -> bool:
        """Whether it reads as a paragraph."""
        return is_running_text(self.block.text) and self.block.linked * 2 <= len(self.block.text)

    @property
    def heading(self) -> bool:
        """Whether it is a heading, or stands in bold as a whole."""
        bold = self.block.bold >= LINKED * len(self.block.text)
        return bold or _HEADING.search(self.place) is not None

    @property
    def numbers(self) -> int:
        """How many numbers it has."""
        return len(_NUMBERS.findall(self.block.text))

    @property
    def label(self) -> bool:
        """Whether it may be a label with a number: few words, and no sentence."""
        said = words(_NUMBERS.sub(" ", self.block.text))
        return len(said) <= _LABEL_WORDS and not ends_sentence(self.block.text)

    @property
    def in_rows(self) -> bool:
        """Whether it stands in a table or a list."""
        return _IN_ROWS.search(self.place) is not None

    @property
    def rest(self) -> str:
        """What its head introduces: all behind a colon that closes a label, or behind two words."""
        text = self.block.text
        label, colon, rest = text.partition(":")
        if not colon or len(label.split()) > _LABEL_WORDS:
            rest = text.split(maxsplit=_HEAD_WORDS)[-1]
        return rest.strip(_BETWEEN)

    @property
    def short(self) -> bool:
        """Whether it is no more than a name may be: two words, or in brackets as a whole."""
        text = self.block.text.strip()
        return len(words(text)) < _NAME_WORDS or (text[:1] in "([" and text[-1:] in ")]")


_NAME_WORDS = 3
_HEAD_WORDS = 2
_LABEL_WORDS = 4
_BETWEEN = " :|-\u2013\u2014\u00bb\u203a"  # a label and what it introduces


def folded(text: str) -> str:
    """The match key of a text with every number as 0: what lines are counted by.

    >>> folded("Read 12 comments") == folded("read ১৩ comments")
    True
    """
    return _NUMBERS.sub("0", ascii_digits(normal.key(text)))


def head(text: str) -> str:
    """The first two words of a line that goes on behind them; empty where a number is one.

    >>> head("Published by A. Khan"), head("12 comments so far"), head("Show more")
    ('Published by', '', '')
    """
    parts = text.split()
    first = parts[:_HEAD_WORDS]
    if len(parts) <= _HEAD_WORDS or any(_DIGITS.search(one) for one in first):
        return ""
    return " ".join(first) if all(map(words, first)) else ""


@lru_cache(maxsize=1 << 14)
def place(path: str) -> str:
    """The tags of a block's path: names may be a story's own, as numbers in a row are.

    >>> place("/html/body.post-7/div[2]#page/p[3]")
    '/html/body/div/p'
    """
    return _NAMES.sub("", path)


def lines(page: Page) -> Iterator[Line]:
    """The lines of a page, in order, those aside that are too long to be learned."""
    found = 0
    for at, block in enumerate(page.blocks):
        if block.hidden or len(block.text) > MAX_LENGTH or not words(block.text):
            continue
        found += 1
        if found > MAX_LINES:
            return
        begins = ""
        if len(block.text) <= MAX_LABEL and not is_running_text(block.text):
            begins = normal.key(head(block.text))
        yield Line(at, block, folded(block.text), place(block.path), begins)


def is_generic(name: str) -> bool:
    """Whether an id or a class says how something looks, not what it is.

    >>> [is_generic(one) for one in ("wp-block-heading", "entry-content", "mt-3", "related-posts")]
    [True, True, True, False]
    """
    parts: list[str] = [part.lower() for part in _NAME_PART.findall(name)]
    if len(parts) == 1 and parts[0] not in _GENERIC:
        return parts[0].isdigit()
    return all(part in _GENERIC or part.isdigit() or len(part) <= _TINY for part in parts)


@lru_cache(maxsize=1 << 14)
def _names(step: str) -> tuple[str, ...]:
    """The selectors that name one element of a path by what it is, never by where it stands."""
    found = _STEP.fullmatch(step)
    if found is None or found["tag"] in _WHOLE_PAGE:
        return ()
    tag = found["tag"]
    named = [f"{tag}.{one}" for one in found["classes"].split(".")[1:] if not is_generic(one)]
    if found["id"] and not is_generic(found["id"]):
        named.insert(0, f"{tag}#{found['id']}")
    if tag in _TELLING:
        named.append(tag)
    return tuple(named)


@lru_cache(maxsize=1 << 14)
def elements(path: str) -> tuple[tuple[str, ...], ...]:
    """For each element around a block, and its own, the selectors that name it; outermost first.

    >>> elements("/html/body/div[2]#rail/ul.more/li[3]")
    (('div#rail',), ('ul.more',))
    """
    return tuple(names for names in map(_names, path.split("/")[1:]) if names)


@lru_cache(maxsize=1 << 14)
def _features(path: str) -> tuple[frozenset[str], frozenset[str]]:
    names: set[str] = set()
    tags: set[str] = set()
    above = ""
    for step in _DIGITS.sub("0", _INDEX.sub("", path)).split("/")[1:]:
        tag, *named = re.split(r"(?=[.#])", step)
        names.update(f"{tag}{name}" for name in named)
        tags.add(f"{above}>{tag}")
        above = tag
    return frozenset(names), frozenset(tags)


_FEW_NAMES = 5


def features(page: Page) -> frozenset[str]:
    """What of a page tells its template: the names of its elements; where it has few, the tags.

    A new design may keep the tags, and seldom a name.
    """
    names: set[str] = set()
    tags: set[str] = set()
    for block in page.blocks[:MAX_LINES]:
        if not block.hidden:
            its_names, its_tags = _features(block.path)
            names |= its_names
            tags |= its_tags
    return frozenset(names if len(names) >= _FEW_NAMES else names | tags)
