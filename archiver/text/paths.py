"""Paths of blocks: their elements, told by tag and names; the same from page to page. Pure.

A path is ``/html/body/div[2]#page.site/article#post-4711.post/p[3]``. What changes from one page
to the next is left out of an element's *sign*: its number among its like, and names that count or
are hashed (``#post-4711``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from functools import lru_cache

from archiver.text.prose import MIN_PARAGRAPH, ends_sentence

_TAG = re.compile(r"[a-z][a-z0-9:_-]*")
_NAME = re.compile(r"[#.][A-Za-z0-9_-]+|\[[a-z0-9-]+=[A-Za-z0-9_-]+\]")
_NTH = re.compile(r"\[\d+\]")
# `col-md-8` and `h2` name a kind; so many digits count or hash.
_COUNTING = 3
# Steps with more names than fit in so much are a theme's settings: they tell nothing of a place.
_MAX_SIGN = 200
_MAX_LINKED = 0.5  # of a line; more, and it is a link


def _counts(name: str) -> bool:
    return sum(map(str.isdigit, name)) >= _COUNTING


def signed(tag: str | None, names: Iterable[str]) -> str:
    """The sign of an element: its tag and, sorted, its lasting names (``#id``, ``.class``, ...)."""
    tag = tag or ""
    sign = tag + "".join(sorted([name for name in names if not _counts(name)]))
    return sign if len(sign) <= _MAX_SIGN else tag


@lru_cache(maxsize=1 << 15)
def parted(step: str) -> tuple[str, frozenset[str]]:
    """The tag and all names of one step of a path or of a selector of the kind that is learned.

    >>> tag, names = parted("div[2]#page.site[role=main]")
    >>> tag, sorted(names)
    ('div', ['#page', '.site', '[role=main]'])
    """
    found = _TAG.match(step)
    if found is None:
        return step, frozenset()
    return found[0], frozenset(_NAME.findall(_NTH.sub("", step[found.end() :], count=1)))


@lru_cache(maxsize=1 << 15)
def sign(step: str) -> str:
    """What a step of a path is on every page.

    >>> sign("article[3]#post-4711.type-post.post")
    'article.post.type-post'
    """
    return signed(*parted(step))


@lru_cache(maxsize=1 << 15)
def place(path: str) -> str:
    """The signs of a path, or of a part of one.

    >>> place("div.text/p[14]")
    'div.text/p'
    """
    return "/".join(map(sign, path.split("/"))) if path else ""


@lru_cache(maxsize=1 << 10)
def chain(selector: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """The elements that ``body > div.site > article`` asks for, each a child of the one before.

    Raises ValueError for any other kind of selector.
    """
    steps = selector.split(" > ")
    found = tuple(map(parted, steps))
    for step, (tag, names) in zip(steps, found, strict=True):
        if _TAG.fullmatch(tag) is None or len(step) != len(tag) + sum(map(len, names)):
            raise ValueError(f"{step!r} is no element like div#page.site[role=main]")
    if found[0][0] != "body" or len(found) < 2:  # noqa: PLR2004 - the body is no container
        raise ValueError("a container's selector leads from the body down: body > main > article")
    return found


def fits(steps: Iterable[str], wanted: Iterable[tuple[str, frozenset[str]]]) -> bool:
    """Whether each step has the tag and the names that are wanted of it; as many of both."""
    pairs = zip(map(parted, steps), wanted, strict=True)
    return all(own[0] == tag and names <= own[1] for own, (tag, names) in pairs)


def holds(above: str, path: str) -> bool:
    """Whether the element with the path `above` is, or holds, the one with `path`.

    >>> holds("/html/body/div", "/html/body/div/p"), holds("/html/body/div", "/html/body/div[2]")
    (True, False)
    """
    return path.startswith(above) and path[len(above) : len(above) + 1] in {"", "/"}


def kind(text: str, linked: int, *, hidden: bool) -> str:
    """What a line is besides its place: ``:hidden``, ``:linked``, ``:label``, or a sentence.

    >>> kind("Read more", 9, hidden=False), kind("Photo", 0, hidden=False)
    (':linked', ':label')
    """
    if hidden:
        return ":hidden"
    if linked > len(text) * _MAX_LINKED:
        return ":linked"
    return ":label" if len(text) < MIN_PARAGRAPH and not ends_sentence(text) else ""


def covering(place: str, kind: str, places: AbstractSet[str]) -> str:
    """Which of some places a line belongs to: its own, or ``head/*`` of an element around it.

    Empty where it belongs to none.

    >>> covering("div.more/ul/li", ":linked", {"div.more/*"})
    'div.more/*'
    """
    if place + kind in places:
        return place + kind
    steps = place.split("/")
    heads = ("/".join(steps[:end]) + "/*" for end in range(1, len(steps) + 1))
    return next((head for head in heads if head in places), "")


def long(lines: Iterable[str]) -> int:
    """The letters of those lines that are as long as a paragraph."""
    return sum(len(line) for line in lines if len(line) >= MIN_PARAGRAPH)
