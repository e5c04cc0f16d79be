"""A text and the codes of its structure in, paragraphs out, alone or in runs. Pure.

`docs/archive.md` lists the codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_CODE = re.compile(r"([a-z]+|\+)(\d*)")
_ITEMS = ("li", "ol")
_CELLS = ("table", "tr", "td")
# The kinds that stand together, by what they are together.
_RUNS = {
    **dict.fromkeys(_ITEMS, "list"),
    **dict.fromkeys(_CELLS, "table"),
    "quote": "quote",
    "pre": "pre",
}


class Paragraph(NamedTuple):
    """A paragraph with its code in two parts; 0 where the code has no number."""

    kind: str
    number: int
    text: str


def paragraphs(text: str, structure: Sequence[str]) -> list[Paragraph]:
    r"""The paragraphs of a text; plain ones without codes. Raises ValueError for too few or many.

    >>> paragraphs("Rain\n\nIt fell.", ("h2", "p"))
    [Paragraph(kind='h', number=2, text='Rain'), Paragraph(kind='p', number=0, text='It fell.')]
    """
    shown = text.split("\n\n") if text else []
    found = []
    for code, paragraph in zip(structure or ["p"] * len(shown), shown, strict=True):
        parts = _CODE.fullmatch(code)
        kind, number = (parts[1], int(parts[2] or 0)) if parts else ("p", 0)
        found.append(Paragraph(kind, number, paragraph))
    return found


def stored(text: str, structure: Sequence[str]) -> list[Paragraph]:
    """As `paragraphs`; all plain where the codes are those of another text."""
    try:
        return paragraphs(text, structure)
    except ValueError:
        return paragraphs(text, ())


def runs(shown: Sequence[Paragraph]) -> Iterator[tuple[str, list[Paragraph]]]:
    r"""What is written together: ``list``, ``table``, ``quote``, ``pre``; alone ``h`` and ``p``.

    >>> [kind for kind, _ in runs(paragraphs("a\n\nb\n\nc", ("li", "+", "p")))]
    ['list', 'p']
    """
    run: list[Paragraph] = []
    last = ""
    for one in shown:
        goes_on = one.kind == "+" and last in {"list", "table"}
        kind = last if goes_on else _RUNS.get(one.kind, "h" if one.kind == "h" else "p")
        if run and (kind != last or kind in {"h", "p"} or one.kind == "table"):
            yield last, run
            run = []
        last = kind
        run.append(one)
    if run:
        yield last, run
