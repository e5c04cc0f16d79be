"""Kept blocks in, one code a block out: what each paragraph of the text is. Pure.

========  ==================================================================
code      the paragraph
========  ==================================================================
`p`       a plain one
`h1`–`h6` a heading element of that level
`h`       a heading by its looks: a line in bold over a paragraph
`li`      an item of a list; `li2` of a list in an item, and so on
`ol`      an item of an ordered list; `ol2`, ...
`quote`   of a block quote
`pre`     a line of preformatted text
`table`   the first cell of a table
`tr`      the first cell of a further row
`td`      a further cell of a row
`+`       goes on with the item or the cell before
========  ==================================================================

`table`, `tr` and `td` bear the number of their column, from 1, where the cells before it are
empty: ``td4``.

Elements are believed only where they hold what they are for, because many pages are laid out with
them: one that holds most of the article is a frame around it, and so are an item and a table that
hold headings.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from archiver.clean.decide import is_heading, is_linked
from archiver.model import Block
from archiver.text.prose import SENTENCES, is_running_text

_STEP = re.compile(
    r"/(h[1-6]|[ou]l|li|blockquote|pre|table|tr|t[dh])(?:\[(\d+)\])?(?=[/#.\[]|$)[^/]*"
)
_QUESTION = re.compile(r"[?؟？][\"'”’»›)\]]*$")
# A cell with more paragraphs of running text than this is a part of the page, not of a table.
_MAX_CELL_PARAGRAPHS = 1
# No page for people has a tenth of so many elements; about 300 bytes each.
_MAX_ELEMENTS = 200_000


@dataclass(slots=True, eq=False)
class _Element:
    """An element that tells what a text is, in such elements; and what it holds in all."""

    tag: str
    nth: int  # among those of its tag beside it
    around: _Element | None
    size: int = 0  # code points
    paragraphs: int = 0  # of running text
    divided: bool = False  # by headings or tables: it is a section of the page
    frame: bool = False

    def way(self) -> Iterator[_Element]:
        """The element and those around it, outwards."""
        at: _Element | None = self
        while at is not None:
            yield at
            at = at.around

    def nearest(self, tag: str) -> _Element | None:
        """The element of this tag that it is or stands in."""
        return next((one for one in self.way() if one.tag == tag), None)

    def divides(self) -> bool:
        """Whether what stands around it is a section, no item and no value."""
        return self.tag == "table" or self.is_heading()

    def is_heading(self) -> bool:
        """Whether it is one of the six."""
        return self.tag[0] == "h"


def _lay(blocks: Sequence[Block]) -> tuple[list[_Element], list[_Element | None]]:
    """Every element once, those around it first; and for each block the innermost.

    No element at all where there are more than `_MAX_ELEMENTS`.
    """
    found: dict[tuple[_Element | None, str], _Element] = {}
    known: dict[str, tuple[_Element | None, int]] = {"": (None, 0)}  # and where its step ends
    for block in blocks:
        above = block.path.rpartition("/")[0]
        for path, start in ((above, ""), (block.path, above)):  # siblings share what is above
            if path in known:
                continue
            inner, at = known[start]
            for step in _STEP.finditer(path, len(start)):
                key = (inner, path[at : step.end()])
                at = step.end()
                if key not in found:
                    found[key] = _Element(step[1], int(step[2] or 1), inner)
                inner = found[key]
            known[path] = (inner, at)
        if len(found) > _MAX_ELEMENTS:
            return [], [None] * len(blocks)
    return list(found.values()), [known[block.path][0] for block in blocks]


def _weigh(
    blocks: Sequence[Block], elements: Sequence[_Element], inner: Sequence[_Element | None]
) -> None:
    """Fill in what elements hold, and which of them are frames."""
    for block, element in zip(blocks, inner, strict=True):
        if element is not None:
            element.size += len(block.text)
            element.paragraphs += is_running_text(block.text)
    for element in reversed(elements):
        if element.around is not None:
            element.around.size += element.size
            element.around.paragraphs += element.paragraphs
            element.around.divided |= element.divided or element.divides()
    whole = sum(len(block.text) for block in blocks)
    for element in elements:
        section = element.divided and element.tag in {"li", "td", "th"}
        element.frame = section or element.size * 2 > whole


def _tables(elements: Sequence[_Element]) -> set[_Element]:
    """Tables that hold data: a row of two cells or more, and no cell that is a part of a page."""
    cells: Counter[_Element | None] = Counter()
    wide: set[_Element] = set()
    layout: set[_Element] = set()
    for element in elements:
        table = element.nearest("table") if element.tag in {"td", "th"} else None
        if table is None:
            continue
        cells[element.around] += 1
        if cells[element.around] > 1:
            wide.add(table)
        if element.frame or element.paragraphs > _MAX_CELL_PARAGRAPHS:
            layout.add(table)
    return wide - layout


@dataclass(slots=True)
class _Reading:
    """What came last, on the way through the blocks."""

    held: _Element | None = None  # the item or the cell
    table: _Element | None = None
    row: _Element | None = None
    column: int = 0
    numbers: dict[str, int] = field(default_factory=dict)  # of a row's last cells, by tag

    def cell(self, cell: _Element, table: _Element) -> str:
        """The code of a cell that begins."""
        code = "td"
        if cell.around is not self.row:
            code = "tr" if table is self.table else "table"
            self.table, self.row, self.column, self.numbers = table, cell.around, 0, {}
        # Cells are numbered by tag: in a row of both, those of the other tag stand before.
        before = sum(last for tag, last in self.numbers.items() if tag != cell.tag)
        self.numbers[cell.tag] = cell.nth
        expected = self.column + 1
        self.column = max(cell.nth + before, expected)
        return code if self.column == expected else f"{code}{self.column}"


def _item(item: _Element) -> str:
    """The code of a list item: of what list, and how deep."""
    kind = next((one.tag for one in item.way() if one.tag in {"ol", "ul"}), "ul")
    depth = sum(one.tag == "li" and not one.frame for one in item.way())
    return ("ol" if kind == "ol" else "li") + (str(depth) if depth > 1 else "")


def _is_prose(text: str) -> bool:
    """Whether a text is no heading, whatever its element: several sentences that end in a stop.

    Standfirsts are often set as headings; a question of two sentences heads an answer.
    """
    several = sum(map(bool, SENTENCES.findall(text))) > 1
    return several and is_running_text(text) and not _QUESTION.search(text)


def _told(element: _Element, tables: set[_Element]) -> tuple[_Element | None, _Element | None]:
    """The element that says what a text in `element` is, if any does; of a cell the table too."""
    preformatted = said = None
    for one in element.way():
        if one.tag in {"td", "th"}:
            table = one.nearest("table")
            if table in tables:
                return one, table
        elif one.tag == "pre":
            preformatted = one
        elif (
            said is None and not one.frame and (one.tag in {"li", "blockquote"} or one.is_heading())
        ):
            said = one
    return preformatted or said, None


def _codes(blocks: Sequence[Block]) -> Iterator[str]:
    """The code that the elements around each block tell."""
    elements, inner = _lay(blocks)
    _weigh(blocks, elements, inner)
    tables = _tables(elements)
    told = {element: _told(element, tables) for element in set(inner) if element is not None}
    last = _Reading()
    for block, element in zip(blocks, inner, strict=True):
        said, table = told[element] if element is not None else (None, None)
        holds = said is not None and (table is not None or said.tag == "li")
        goes_on = holds and said is last.held
        last.held = said if holds else None
        if said is None:
            yield "p"
        elif goes_on:
            yield "+"
        elif table is not None:
            yield last.cell(said, table)
        elif said.tag == "li":
            yield _item(said)
        elif said.tag == "blockquote":
            yield "quote"
        else:
            yield "p" if said.is_heading() and _is_prose(block.text) else said.tag


def _stands_out(block: Block) -> bool:
    """Whether a paragraph looks like a heading: a line in bold, no sentence of the text."""
    return is_heading(block) and not is_running_text(block.text) and not is_linked(block)


def structure(blocks: Sequence[Block]) -> tuple[str, ...]:
    """The code of each kept block, in page order; the module's docstring lists the codes.

    >>> structure((Block("/p", "x" * 9), Block("/ul/li", "y"), Block("/ul/li[2]", "z")))
    ('p', 'li', 'li')
    """
    codes = list(_codes(blocks))
    bold = [code == "p" and _stands_out(block) for code, block in zip(codes, blocks, strict=True)]
    for at in range(1, len(codes) - 1):
        if bold[at] and not bold[at - 1] and not bold[at + 1]:
            codes[at] = "h"
    return tuple(codes)
