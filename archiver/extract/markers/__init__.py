"""Independent opinions on which blocks are the article; each marker is one file with `vote`.

The cheap ones speak first. Each of the others is asked only where the evidence before it leaves a
doubt: trafilatura costs more than all the rest of the way from the bytes to the text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from selectolax.lexbor import LexborHTMLParser

from archiver.extract.markers import article_body, resiliparse, trafilatura
from archiver.extract.markers.placing import Field, Vote
from archiver.model import Block


def to_ask(
    html: str, tree: LexborHTMLParser, blocks: Sequence[Block]
) -> dict[str, Callable[[], Vote]]:
    """The markers by name, in the order in which they are asked."""
    field = Field(blocks)
    return {
        "json-ld": partial(article_body.vote, html, tree, blocks),
        "resiliparse": partial(resiliparse.vote, html, field),
        "trafilatura": partial(trafilatura.vote, html, field),
    }
