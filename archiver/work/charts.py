"""Bar charts as SVG: labels and numbers in, text out. Pure; equal numbers give equal bytes.

Written by hand: a plotting library would be a large dependency whose pictures change with its
version. Labels may be anybody's words, and are escaped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

from archiver.export.mending import NO_XML, mended
from archiver.text.terminal import safe

WIDTH = 720  # of all, in the units of an SVG, which are pixels unless it is scaled
_LABEL = 200  # of a label
_NUMBER = 80  # of a number behind a bar
_ROW = 22
_HEAD = 34
_SHOWN = 28  # signs of a label
_BLUE, _GREY = "#3b6ea5", "#c9c9c9"

Row = tuple[str, int, int]  # label, and two numbers: the second is stacked on the first


def _said(text: str, size: int = _SHOWN) -> str:
    """Words of a page or a site, harmless in SVG, cut to a label."""
    text = mended(safe(" ".join(text.split())), NO_XML, Counter())
    return escape(text if len(text) <= size else f"{text[: size - 1]}…")


def bars(title: str, rows: Sequence[Row], *, shares: bool = False) -> str:
    """A chart of horizontal bars, a row each; with `shares` each is as long as the others.

    The number behind a bar is the first, or with `shares` its part of both in percent.

    >>> bars("By language", [("hi", 3, 0)]).count("<rect")
    2
    """
    most = max((first + second for _, first, second in rows), default=0) or 1
    room = WIDTH - _LABEL - _NUMBER
    height = _HEAD + _ROW * len(rows) + 10
    size = f'width="{WIDTH}" height="{height}"'
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">',
        f'<rect {size} fill="#ffffff"/>',
        f'<text x="10" y="20" font-size="14">{_said(title, 90)}</text>',
    ]
    for place, (label, first, second) in enumerate(rows):
        top = _HEAD + place * _ROW
        both = (first + second) or 1
        scale = both if shares else most
        long, more = first * room // scale, second * room // scale
        number = f"{100 * first / both:.1f} %" if shares else f"{first:,}"
        drawn.append(
            f'<text x="{_LABEL - 8}" y="{top + 14}" text-anchor="end">{_said(label)}</text>'
            f'<rect x="{_LABEL}" y="{top + 3}" width="{long}" height="15" fill="{_BLUE}"/>'
        )
        if more:
            drawn.append(
                f'<rect x="{_LABEL + long}" y="{top + 3}" width="{more}" height="15"'
                f' fill="{_GREY}"/>'
            )
        drawn.append(f'<text x="{_LABEL + long + more + 6}" y="{top + 14}">{number}</text>')
    return "\n".join([*drawn, "</svg>", ""])
