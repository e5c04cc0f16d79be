"""A page's text in, the tree out that lxml's users would make of it, but cheaper to walk.

``lxml.html`` asks a Python function for the class of every element that comes to light, a fifth
of trafilatura's time. Here every element is a plain `HtmlElement`, which is told in C; the classes
for forms and their inputs, which differ by what they offer to fill a form in, are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lxml import etree
from lxml.html import HtmlComment, HtmlElement, HtmlEntity, HtmlProcessingInstruction, fromstring

_CLASSES = etree.ElementDefaultClassLookup(
    element=HtmlElement, comment=HtmlComment, pi=HtmlProcessingInstruction, entity=HtmlEntity
)


def parser(**options: Any) -> etree.HTMLParser:  # noqa: ANN401 - lxml's own
    """A parser with lxml's `options`, for `tree`."""
    made = etree.HTMLParser(**options)
    made.set_element_class_lookup(_CLASSES)
    return made


def tree(
    text: str,
    by: etree.HTMLParser,
    is_dubious: Callable[[str], bool],
    repair: Callable[[str, str], str],
) -> HtmlElement | None:
    """What a library parses of `text`, given its own two functions for doubt and repair.

    None where the library would not take the first tree that comes of it: leave that to it.
    """
    beginning = text[:50].lower()
    try:
        found: HtmlElement = fromstring(repair(text, beginning), parser=by)
    except (ValueError, etree.LxmlError):
        return None
    return found if len(found) > int(is_dubious(beginning)) else None
