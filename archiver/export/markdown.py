"""A text and the codes of its paragraphs in, Markdown out. Pure.

CommonMark (https://spec.commonmark.org/0.31.2/) with the tables of GitHub's dialect
(https://github.github.com/gfm/#tables-extension-). What would read as markup is escaped, so that
a reader of Markdown shows every character of every paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

# Wherever they stand: escapes, code, emphasis, links, tags, struck text. `_` inside an ASCII word
# and `~` after a slash mean nothing and are common in addresses; `&` does before an entity only.
_ANYWHERE = re.compile(
    r"[\\`*\[\]<]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|(?<!/)~|&(?=#?[A-Za-z0-9]{1,32};)"
)
# At the head of a paragraph: headings, items, rules, quotes; and numbers of items.
_HEAD = re.compile(r"#{1,6}(?=\s|$)|[+-](?=\s|$)|-(?=[-\s]*$)|>")
_NUMBER = re.compile(r"(\d{1,9})([.)])(?=\s|$)", re.ASCII)
_CODE = re.compile(r"([a-z]+|\+)(\d*)")
_TICKS = re.compile("`+")
# Of a heading by its looks, which states no level: below the usual one of headings in an article.
_LEVEL = 3
# Columns that a list in an item is moved in by: within what CommonMark takes for one.
_INDENT = 4


class _Paragraph(NamedTuple):
    """A paragraph with its code in two parts; 0 where the code has no number."""

    kind: str
    number: int
    text: str


def _inline(text: str) -> str:
    r"""Escape what means something anywhere in a line.

    >>> print(_inline("5 * 4 < snake_case"))
    5 \* 4 \< snake_case
    """
    return _ANYWHERE.sub(r"\\\g<0>", text)


def _line(text: str) -> str:
    r"""Escape a paragraph.

    >>> print(_line("2024. A year"), _line("# 1"), _line("-5 degrees"), sep=" / ")
    2024\. A year / \# 1 / -5 degrees
    """
    shown = _inline(text)
    return "\\" + shown if _HEAD.match(shown) else _NUMBER.sub(r"\1\\\2", shown, count=1)


def _heading(run: Sequence[_Paragraph]) -> str:
    (one,) = run
    return "#" * (one.number or _LEVEL) + " " + _inline(one.text).replace("#", r"\#")


def _plain(run: Sequence[_Paragraph]) -> str:
    (one,) = run
    return _line(one.text)


def _quote(run: Sequence[_Paragraph]) -> str:
    return "\n>\n".join("> " + _line(one.text) for one in run)


def _preformatted(run: Sequence[_Paragraph]) -> str:
    lines = "\n".join(one.text for one in run)
    fence = "`" * max(3, *(len(ticks) + 1 for ticks in ("", *_TICKS.findall(lines))))
    return f"{fence}\n{lines}\n{fence}"


def _list(run: Sequence[_Paragraph]) -> str:
    lines: list[str] = []
    open_lists: list[tuple[str, int]] = []  # kind and number of the last item, from the outermost
    within = ""
    for kind, number, text in run:
        if kind == "+":
            lines += ["", within + _line(text)]
            continue
        depth = min(number or 1, len(open_lists) + 1)  # an item of an item that was cut
        before = open_lists[depth - 1 : depth]
        count = before[0][1] + 1 if before and before[0][0] == kind else 1
        open_lists[depth - 1 :] = [(kind, count)]
        head = " " * _INDENT * (depth - 1) + (f"{count}. " if kind == "ol" else "- ")
        within = " " * len(head)
        lines.append(head + _line(text))
    return "\n".join(lines)


def _table(run: Sequence[_Paragraph]) -> str:
    """The first row is the head: the dialect asks for one. Only it is filled up to the width."""
    rows: list[list[str]] = []
    for kind, number, text in run:
        cell = _inline(text).replace("|", r"\|")
        if kind == "+":
            rows[-1][-1] += "<br>" + cell
            continue
        if kind != "td" or not rows:
            rows.append([])
        rows[-1] += [""] * (number - 1 - len(rows[-1])) + [cell]
    rows[0] += [""] * (max(map(len, rows)) - len(rows[0]))
    rows.insert(1, ["---"] * len(rows[0]))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


_Writer = Callable[[Sequence[_Paragraph]], str]
_WRITERS: dict[str, _Writer] = {
    "h": _heading,
    "li": _list,
    "ol": _list,
    "quote": _quote,
    "pre": _preformatted,
    "table": _table,
    "tr": _table,
    "td": _table,
}
_RUNS = {_list, _quote, _preformatted, _table}  # what takes the paragraphs that follow too


def _runs(paragraphs: Sequence[_Paragraph]) -> Iterator[tuple[_Writer, list[_Paragraph]]]:
    """The paragraphs that are written together, with what writes them."""
    run: list[_Paragraph] = []
    writer: _Writer = _plain
    for one in paragraphs:
        goes_on = one.kind == "+" and writer in {_list, _table}
        wanted = writer if goes_on else _WRITERS.get(one.kind, _plain)
        if run and (wanted is not writer or wanted not in _RUNS or one.kind == "table"):
            yield writer, run
            run = []
        writer = wanted
        run.append(one)
    if run:
        yield writer, run


def markdown(text: str, structure: Sequence[str]) -> str:
    r"""Markdown of a document's `text`, whose paragraphs are what the codes of `structure` say.

    Without codes every paragraph is a plain one. Raises ValueError for a wrong number of codes.

    >>> print(markdown("Rain\n\nIt fell on:\n\nPune\n\nThane", ("h2", "p", "li", "li")))
    ## Rain
    <BLANKLINE>
    It fell on:
    <BLANKLINE>
    - Pune
    - Thane
    """
    shown = text.split("\n\n") if text else []
    paragraphs = []
    for code, paragraph in zip(structure or ["p"] * len(shown), shown, strict=True):
        parts = _CODE.fullmatch(code)
        kind, number = (parts[1], int(parts[2] or 0)) if parts else ("p", 0)
        paragraphs.append(_Paragraph(kind, number, paragraph))
    return "\n\n".join(writer(run) for writer, run in _runs(paragraphs))
