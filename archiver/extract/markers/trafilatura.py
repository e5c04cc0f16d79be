"""Which blocks trafilatura chooses.

The slowest of the markers, so it is asked only where the cheap ones do not agree.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

from lxml import etree

from archiver.extract import elements
from archiver.extract.markers.placing import Field, Vote, place

# trafilatura logs each page that it gives up on; our record of that is the page's flag.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

# Elements of trafilatura's output that stand inside a line.
_INLINE = frozenset(["hi", "ref", "del", "graphic"])
# With the options of trafilatura's own parser.
_PARSER = elements.parser(
    collect_ids=False,
    default_doctype=False,
    encoding="utf-8",
    remove_comments=True,
    remove_pis=True,
)


def _lines(body: etree._Element) -> Iterator[str]:
    """The runs of trafilatura's output tree, cut where its block elements begin and end."""
    pieces: list[str] = []
    for event, element in etree.iterwalk(body, events=("start", "end")):
        inline = element.tag in _INLINE
        if not inline and pieces:
            yield "".join(pieces)
            pieces = []
        text = element.text if event == "start" else element.tail
        if text and (event == "start" or element is not body):
            pieces.append(text)
    if pieces:
        yield "".join(pieces)


def vote(html: str, field: Field) -> Vote:
    """Give trafilatura's choice among the blocks of `field`. No choice at all is an empty vote.

    ``fast=True``, at 0.72 of the cost, leaves out its comparison with other extractors.
    """
    # A tenth of a second to import, and most pages are decided without it: so not before.
    import trafilatura  # noqa: PLC0415
    from trafilatura.utils import is_dubious_html, repair_faulty_html  # noqa: PLC0415

    tree = elements.tree(html, _PARSER, is_dubious_html, repair_faulty_html)
    # `deduplicate` stays off: it depends on the order of pages. Of the formats ``xml`` is the one
    # for which no text is made of the tree, which is all that is asked for.
    found = trafilatura.bare_extraction(
        html if tree is None else tree,
        fast=True,
        include_comments=False,
        include_tables=True,
        deduplicate=False,
        output_format="xml",
    )
    if found is None or isinstance(found, dict) or found.body is None:
        return Vote(frozenset())
    return place(list(_lines(found.body)), field)
