"""Which blocks stand in the text that the page states for machines: JSON-LD ``articleBody``.

It is cut short too often to be the text (.889 beside .942 of F1 where it is present), so it only
speaks for the blocks that stand in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape

from selectolax.lexbor import LexborHTMLParser

from archiver.extract.markers.placing import Vote
from archiver.extract.statements import linked_data
from archiver.model import Block
from archiver.text import normal

# A shorter stretch of letters stands in any long text by chance.
_MIN_LETTERS = 25
_TAG = re.compile(r"<[^<>]*>")


def _stated(tree: LexborHTMLParser) -> str:
    """The letters of the longest body that the page states."""
    found = [""]
    for script in tree.css('script[type*="ld+json"]'):
        if "articleBody" in (script.text(deep=True) or ""):
            bodies = (node.get("articleBody") for node in linked_data(script))
            found.extend(body for body in bodies if isinstance(body, str))
    # Often escaped twice, with the tags of the page inside.
    plain = unescape(unescape(max(found, key=len)))
    return normal.skeleton(_TAG.sub(" ", plain))


def vote(html: str, tree: LexborHTMLParser, blocks: Sequence[Block]) -> Vote:
    """The blocks, long enough not to stand there by chance, whose letters the body has."""
    stated = _stated(tree) if "articleBody" in html else ""
    if not stated:
        return Vote(frozenset())
    keys = ((at, normal.skeleton(block.text)) for at, block in enumerate(blocks))
    return Vote(frozenset(at for at, key in keys if len(key) >= _MIN_LETTERS and key in stated))
