"""A text and the codes of its paragraphs in, Markdown out; and documents of it in one stream.

CommonMark (https://spec.commonmark.org/0.31.2/) with the tables of GitHub's dialect
(https://github.github.com/gfm/#tables-extension-). What would read as markup is escaped, so that
a reader of Markdown shows every character of every paragraph.

In a stream each document has its metadata in front, between two lines of ``---``: YAML whose
values are JSON. `lines` there is how many lines of Markdown follow the blank one below it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, BinaryIO

from archiver.export.columns import Column, as_json
from archiver.export.mending import NO_NUL, mended
from archiver.export.paragraphs import Paragraph, paragraphs, runs, stored

# Wherever they stand: escapes, code, emphasis, links, tags, struck text. `_` inside an ASCII word
# and `~` after a slash mean nothing and are common in addresses; `&` does before an entity only.
_ANYWHERE = re.compile(
    r"[\\`*\[\]<]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|(?<!/)~|&(?=#?[A-Za-z0-9]{1,32};)"
)
# At the head of a paragraph: headings, items, rules, quotes; and numbers of items.
_HEAD = re.compile(r"#{1,6}(?=\s|$)|[+-](?=\s|$)|-(?=[-\s]*$)|>")
_NUMBER = re.compile(r"(\d{1,9})([.)])(?=\s|$)", re.ASCII)
# A line's end inside a paragraph, and blanks at its ends, which a reader would drop.
# Controls, which some readers call no valid entity, are none of them.
_BLANK = re.compile(r"[\n\r\f]|\A[^\S\v\x1c-\x1f\x85]+|[^\S\v\x1c-\x1f\x85]+\Z")
# What a scalar of YAML may not hold as it is (YAML 1.2.2, 5.1), and its further line ends.
_NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_TICKS = re.compile("`+")
# Of a heading by its looks, which states no level: below the usual one of headings in an article.
_LEVEL = 3
# Columns that a list in an item is moved in by: within what CommonMark takes for one.
_INDENT = 4


def _inline(text: str) -> str:
    r"""Escape what means something anywhere in a line.

    >>> print(_inline("5 * 4 < snake_case"))
    5 \* 4 \< snake_case
    """
    return _blanks(_ANYWHERE.sub(r"\\\g<0>", text))


def _blanks(text: str) -> str:
    return _BLANK.sub(_entities, text)


def _entities(blanks: re.Match[str]) -> str:
    return "".join(f"&#{ord(one)};" for one in blanks[0])


def _line(text: str) -> str:
    r"""Escape a paragraph.

    >>> print(_line("2024. A year"), _line("# 1"), _line("-5 degrees"), sep=" / ")
    2024\. A year / \# 1 / -5 degrees
    """
    shown = _inline(text)
    return "\\" + shown if _HEAD.match(shown) else _NUMBER.sub(r"\1\\\2", shown, count=1)


def _heading(run: Sequence[Paragraph]) -> str:
    (one,) = run
    shown = _blanks(_ANYWHERE.sub(r"\\\g<0>", one.text).replace("#", r"\#"))
    return "#" * (one.number or _LEVEL) + " " + shown


def _plain(run: Sequence[Paragraph]) -> str:
    (one,) = run
    return _line(one.text)


def _quote(run: Sequence[Paragraph]) -> str:
    return "\n>\n".join("> " + _line(one.text) for one in run)


def _preformatted(run: Sequence[Paragraph]) -> str:
    lines = "\n".join(one.text for one in run)
    fence = "`" * max(3, *(len(ticks) + 1 for ticks in ("", *_TICKS.findall(lines))))
    return f"{fence}\n{lines}\n{fence}"


def _list(run: Sequence[Paragraph]) -> str:
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


def _table(run: Sequence[Paragraph]) -> str:
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


_Writer = Callable[[Sequence[Paragraph]], str]
_WRITERS: dict[str, _Writer] = {
    "h": _heading,
    "p": _plain,
    "list": _list,
    "quote": _quote,
    "pre": _preformatted,
    "table": _table,
}


def _document(shown: Sequence[Paragraph]) -> str:
    return "\n\n".join(_WRITERS[kind](run) for kind, run in runs(shown))


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
    return _document(paragraphs(text, structure))


def write(
    rows: Iterable[Mapping[str, Any]],
    out: BinaryIO,
    columns: Sequence[Column],
    changes: Counter[str],
) -> int:
    """Write documents to a stream; how many. Rows need `structure`, asked for or not."""
    count = 0
    for row in rows:
        text = mended(row["text"], NO_NUL, changes)
        body = _document(stored(text, row["structure"]))
        if row["title"]:
            title = mended(row["title"], NO_NUL, changes)
            body = _heading([Paragraph("h", 1, title)]) + "\n\n" + body
        out.write(f"---\n{_front(row, columns, body, changes)}---\n\n{body}\n\n".encode())
        count += 1
    return count


def _front(
    row: Mapping[str, Any], columns: Sequence[Column], body: str, changes: Counter[str]
) -> str:
    lines = []
    for column in columns:
        value = row[column.name]
        if column.name in {"text", "structure"}:
            continue
        if isinstance(value, str):
            value = mended(value, NO_NUL, changes)
        told = _NOT_IN_YAML.sub(lambda one: f"\\u{ord(one[0]):04x}", as_json(value))
        lines.append(f"{column.name}: {told}\n")
    count = body.count("\n") + 1
    return "".join(lines) + f"lines: {count}\n"
