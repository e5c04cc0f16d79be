"""Which blocks resiliparse's main-content heuristics choose.

Rules over the tree in compiled code, a tenth of trafilatura's cost: the cheap second opinion.
"""

from __future__ import annotations

from resiliparse.extract.html2text import extract_plain_text

from archiver.extract.markers.placing import Field, Vote, place


def vote(html: str, field: Field) -> Vote:
    """Give resiliparse's choice among the blocks of `field`."""
    text = extract_plain_text(
        html,
        main_content=True,
        list_bullets=False,
        alt_texts=False,
        links=False,
        form_fields=False,
        noscript=False,
        comments=False,
    )
    return place(text.split("\n"), field)
