"""TEI P5: one `teiCorpus`, a `TEI` a document (https://www.tei-c.org/release/doc/tei-p5-doc/).

The header has what the page says of itself; the body has `head`, `p`, `list`, `table`, `quote` and
`ab` from the structure. A heading opens a `div`, and its level is the `n` of it. An empty corpus
is no valid one: TEI asks for a text at least.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, BinaryIO

from archiver.export.columns import Column
from archiver.export.mending import NO_XML, mended
from archiver.export.paragraphs import Paragraph, runs, stored

# A reader of XML makes a line feed of every other line end, and a blank of any in an attribute.
_IN_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_IN_ATTRIBUTE = {**_IN_TEXT, **str.maketrans({'"': "&quot;", "\t": "&#9;", "\n": "&#10;"})}
# What `when` may hold (W3C XML Schema part 2, date and dateTime).
_WHEN = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII)
_BEGIN = """<?xml version="1.0" encoding="UTF-8"?>
<teiCorpus xmlns="http://www.tei-c.org/ns/1.0">
<teiHeader><fileDesc>
<titleStmt><title>News corpus</title></titleStmt>
<publicationStmt><p>Exported from an archive of news pages.</p></publicationStmt>
<sourceDesc><p>News pages, each named in the header of its text.</p></sourceDesc>
</fileDesc></teiHeader>
"""
_END = "</teiCorpus>\n"

_Said = Callable[[str], str]


def _texts(changes: Counter[str]) -> tuple[_Said, _Said]:
    """What writes a text, and what writes the value of an attribute."""

    def said(text: str) -> str:
        return mended(text, NO_XML, changes).translate(_IN_TEXT)

    def attribute(text: str) -> str:
        return mended(text, NO_XML, changes).translate(_IN_ATTRIBUTE)

    return said, attribute


def _date(value: str, said: _Said, attribute: _Said, kind: str = "") -> str:
    when = f' when="{attribute(value)}"' if _WHEN.fullmatch(value) else ""
    of = f' type="{kind}"' if kind else ""
    return f"<date{of}{when}>{said(value)}</date>"


def _header(row: Mapping[str, Any], said: _Said, attribute: _Said) -> Iterator[str]:
    title = f"<title>{said(row['title'] or '')}</title>"
    authors = "".join(f"<author>{said(one)}</author>" for one in row["authors"])
    yield f"<teiHeader><fileDesc>\n<titleStmt>{title}{authors}</titleStmt>\n"
    yield f"<publicationStmt><publisher>{said(row['site'])}</publisher>"
    yield f'<idno type="document">{row["id"]}</idno>'
    if row["licence"]:
        yield f"<availability><licence>{said(row['licence'])}</licence></availability>"
    yield f"</publicationStmt>\n<sourceDesc><bibl>{title}"
    yield f'<publisher>{said(row["site"])}</publisher><ptr target="{attribute(row["url"])}"/>'
    for kind in ("published", "modified"):
        if row[kind]:
            yield _date(row[kind], said, attribute, kind)
    yield _date(row["fetched_at"].isoformat(), said, attribute, "fetched")
    yield "</bibl></sourceDesc>\n</fileDesc>\n"
    language, script = attribute(row["language"]), said(row["script"])
    yield f'<profileDesc><langUsage><language ident="{language}">{script}</language></langUsage>'
    keywords = [("section", [row["section"]] if row["section"] else []), ("tags", row["tags"])]
    if any(words for _, words in keywords):
        yield "<textClass>"
        for name, words in keywords:
            if words:
                terms = "".join(f"<term>{said(word)}</term>" for word in words)
                yield f'<keywords n="{name}">{terms}</keywords>'
        yield "</textClass>"
    yield "</profileDesc></teiHeader>\n"


def _list(run: Sequence[Paragraph], said: _Said) -> str:
    pieces: list[str] = []
    kinds: list[str] = []  # of the open lists, each with an item open in it

    def close(depth: int) -> None:
        while len(kinds) > depth:
            kinds.pop()
            pieces.append("</item></list>")

    for kind, number, text in run:
        if kind == "+":
            pieces.append(f"<p>{said(text)}</p>")
            continue
        depth = min(number or 1, len(kinds) + 1)  # an item of an item that was cut
        close(depth)
        if len(kinds) == depth and kinds[-1] != kind:
            close(depth - 1)
        if len(kinds) == depth:
            pieces.append("</item>\n")
        else:
            rend = "numbered" if kind == "ol" else "bulleted"
            pieces.append(f'<list rend="{rend}">')
            kinds.append(kind)
        pieces.append(f"<item><p>{said(text)}</p>")
    close(0)
    return "".join(pieces)


def _table(run: Sequence[Paragraph], said: _Said) -> str:
    rows: list[list[str]] = []
    for kind, number, text in run:
        if kind == "+":
            rows[-1][-1] += f"<p>{said(text)}</p>"
            continue
        if kind != "td" or not rows:
            rows.append([])
        rows[-1] += [""] * (number - 1 - len(rows[-1])) + [f"<p>{said(text)}</p>"]
    cells = ("".join(f"<cell>{cell}</cell>" for cell in row) for row in rows)
    return "<table>" + "\n".join(f"<row>{row}</row>" for row in cells) + "</table>"


def _quote(run: Sequence[Paragraph], said: _Said) -> str:
    return "<quote>" + "".join(f"<p>{said(one.text)}</p>" for one in run) + "</quote>"


def _preformatted(run: Sequence[Paragraph], said: _Said) -> str:
    lines = "<lb/>".join(said(one.text) for one in run)
    return f'<ab type="preformatted" xml:space="preserve">{lines}</ab>'


def _plain(run: Sequence[Paragraph], said: _Said) -> str:
    return f"<p>{said(run[0].text)}</p>"


_WRITERS = {
    "p": _plain,
    "list": _list,
    "table": _table,
    "quote": _quote,
    "pre": _preformatted,
}


def _body(shown: Sequence[Paragraph], said: _Said) -> Iterator[str]:
    yield "<text><body>\n"
    if not shown:
        yield "<p/>\n"  # a body holds something
    divided = False
    for kind, run in runs(shown):
        if kind != "h":
            yield _WRITERS[kind](run, said) + "\n"
            continue
        level = f' n="{run[0].number}"' if run[0].number else ""
        yield "</div>\n" if divided else ""
        yield f"<div{level}><head>{said(run[0].text)}</head>\n"
        divided = True
    yield "</div>\n" if divided else ""
    yield "</body></text>\n"


def write(
    rows: Iterable[Mapping[str, Any]],
    out: BinaryIO,
    columns: Sequence[Column],  # noqa: ARG001 - a header has places for these and no others
    changes: Counter[str],
) -> int:
    """Write to a stream; how many texts. Rows need every column."""
    said, attribute = _texts(changes)
    body = partial(_body, said=said)
    out.write(_BEGIN.encode())
    count = 0
    for row in rows:
        out.write(f'<TEI xml:id="d{row["id"]}" xml:lang="{attribute(row["language"])}">\n'.encode())
        out.writelines(piece.encode() for piece in _header(row, said, attribute))
        out.writelines(piece.encode() for piece in body(stored(row["text"], row["structure"])))
        out.write(b"</TEI>\n")
        count += 1
    out.write(_END.encode())
    return count
