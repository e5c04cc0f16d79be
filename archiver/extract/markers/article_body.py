"""Which blocks stand in the text that the page states for machines: JSON-LD ``articleBody``.

It is cut short too often to be the text (.889 beside .942 of F1 where it is present), so it only
speaks for the blocks that stand in it.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Sequence

from selectolax.lexbor import LexborHTMLParser

from archiver.extract.markers.placing import Vote
from archiver.model import Block
from archiver.text import normal

# A shorter stretch of letters stands in any long text by chance.
_MIN_LETTERS = 25
_TAG = re.compile(r"<[^<>]*>")
_CONTROL = re.compile(r"[\x00-\x1f]")
_MAX_DEPTH = 8


def _bodies(value: object, depth: int = 0) -> Iterator[str]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, dict):
        body = value.get("articleBody")
        if isinstance(body, str):
            yield body
        for inner in value.values():
            if isinstance(inner, (dict, list)):
                yield from _bodies(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _bodies(inner, depth + 1)


def _stated(tree: LexborHTMLParser) -> str:
    """The letters of the longest body that the page states."""
    found = [""]
    for script in tree.css('script[type*="ld+json"]'):
        raw = script.text(deep=True) or ""
        if "articleBody" in raw:
            try:
                value = json.loads(_CONTROL.sub(" ", raw), strict=False)
            except (ValueError, RecursionError):
                continue
            found.extend(_bodies(value))
    # Often escaped twice, with the tags of the page inside.
    plain = html.unescape(html.unescape(max(found, key=len)))
    return normal.skeleton(_TAG.sub(" ", plain))


def vote(tree: LexborHTMLParser, blocks: Sequence[Block]) -> Vote:
    """The blocks, long enough not to stand there by chance, whose letters the body has."""
    stated = _stated(tree)
    if not stated:
        return Vote(frozenset())
    keys = ((at, normal.skeleton(block.text)) for at, block in enumerate(blocks))
    return Vote(frozenset(at for at, key in keys if len(key) >= _MIN_LETTERS and key in stated))
