"""What one step of a block's path says: a tag with its names in, words and numbers out.

The words are those of its id, classes and telling attributes; the numbers whether it is one of the
elements that tell something, and whether its names promise text. No page is seen here.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

import ahocorasick
import numpy as np

_TAG = re.compile(r"[a-z0-9:_-]+")
_HEADING = re.compile(r"h\d")
_NAMED = re.compile(r"[#.]([A-Za-z0-9_-]+)")
_TELLING = re.compile(r"\[([a-z0-9-]+=[A-Za-z0-9_-]+)\]")
# A step of a tag, an id and classes only, as nearly all are.
_PLAIN = re.compile(r"([a-z0-9:_-]*+)((?:[#.][A-Za-z0-9_-]++)*+)")
# The words of a class name: `entryContent`, `entry-content` and `ENTRY_CONTENT` have the same.
_WORD = re.compile("[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_MIN_WORD, _MAX_WORD = 3, 16  # what is shorter or longer is a hash or a headline

# Readability's lists of what class names and ids promise, after Arc90 (Readability.js, REGEXPS).
_PROMISING = "article body column content entry hentry main page post shadow text blog story"
_UNLIKELY = (
    "-ad- ai2html banner breadcrumb combx comment community contact cover-wrap disqus extra "
    "footer gdpr header hidden legends masthead media menu meta outbrain pagination pager popup "
    "promo related remark replies rss scroll share shopping shoutbox sidebar skyscraper social "
    "sponsor supplemental tags tool widget"
)
# Consent dialogs, by the names of the managers that most sites use; their prose is often longer
# than the article, so it is no running text here.
_CONSENT = (
    "cookie consent gdpr onetrust ot-pc- ot-sdk didomi usercentrics cybot qc-cmp truste cmpbox "
    "cmplz sp_message iubenda osano privacy-notice privacynotice privacy-banner privacybanner "
    "privacy-popup privacypopup privacy-manager privacymanager"
)

ELEMENTS = ("p", "h", "li", "td", "div", "span")
AROUND = tuple(
    "article main section nav aside footer header form figure table ul ol blockquote".split()
)


def _names(step: str) -> list[str]:
    """The id, the classes and the telling attributes (``role=main``) of one step of a path."""
    if "=" not in step:
        return _NAMED.findall(step)
    return _TELLING.findall(step) + _NAMED.findall(_TELLING.sub("", step))


def tokens(step: str) -> set[str]:
    """The words of the id, the classes and the telling attributes of one step of a path.

    A telling attribute is one word.

    >>> sorted(tokens("div[2]#mainColumn.post-share[role=main]"))
    ['column', 'main', 'post', 'role=main', 'share']
    """
    plain = _PLAIN.fullmatch(step)
    if plain:
        found = _WORD.findall(plain[2])
        return {word.lower() for word in found if _MIN_WORD <= len(word) <= _MAX_WORD}
    return {
        word.lower()
        for name in _names(step)
        for word in ([name] if "=" in name else _WORD.findall(name))
        if _MIN_WORD <= len(word) <= _MAX_WORD or "=" in word
    }


def _of_tag(tag: str) -> bytes:
    """One number each for `ELEMENTS` and `AROUND`: whether an element is that."""
    kind = "h" if _HEADING.fullmatch(tag) else tag
    return np.array([kind == one for one in (*ELEMENTS, *AROUND)], dtype=np.float64).tobytes()


_NO_TAG = _of_tag("")
_TAGS = {tag: _of_tag(tag) for tag in (*ELEMENTS, *AROUND, *(f"h{n}" for n in range(10)))}
# A name with a number is one element's own: `#post-1515`, `.comment-3`.
_NUMBERED = re.compile(r"[#.][A-Za-z_-]*[0-9][A-Za-z0-9_-]*")
# What a name may say, as the sum of these; and the numbers that each sum stands for.
_LISTS = {1: _PROMISING, 2: _UNLIKELY, 4: _CONSENT}
_SAID = [
    np.array([said & one > 0 for one in _LISTS], dtype=np.float64).tobytes() for said in range(8)
]


@cache
def _promises() -> ahocorasick.Automaton:
    """What finds the words of all lists in one pass."""
    automaton = ahocorasick.Automaton()
    for at, words in _LISTS.items():
        for word in words.split():
            automaton.add_word(word, at | automaton.get(word, 0))
    automaton.make_automaton()
    return automaton


@lru_cache(maxsize=1 << 16)
def element(step: str) -> bytes:
    """What one step of a path says, of its tag, then of its names, as a row of float64.

    One number each for `ELEMENTS` and `AROUND`, and whether its names promise text, promise
    none, or are a consent dialog's.
    """
    plain = _PLAIN.fullmatch(step)
    if plain:
        tag, names = plain.groups()
    else:
        found = _TAG.match(step)
        tag, names = found[0] if found else "", ".".join(_names(step))
    said = 0
    for _, one in _promises().iter(names.lower()):
        said |= one
    return _TAGS.get(tag, _NO_TAG) + _SAID[said]


def bare(step: str) -> str:
    """A step without its number among its like.

    >>> bare("div[12]#page[role=main]"), bare("div[role=main]")
    ('div#page[role=main]', 'div[role=main]')
    """
    cut, end = step.find("[") + 1, step.find("]")
    if not cut or not step[cut:end].isdecimal():
        return step
    return step[: cut - 1] + step[end + 1 :]


@lru_cache(maxsize=1 << 16)
def template(step: str) -> str:
    """What a step shares with those of other elements that were made by the same template.

    >>> template("li#post-1515.reply.even-2"), template("h2.title")
    ('li.reply', 'h2.title')
    """
    return _NUMBERED.sub("", step)
