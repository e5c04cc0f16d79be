"""Vertical text, a token a line, as Sketch Engine, NoSketch Engine and the CWB compile it.

https://www.sketchengine.eu/documentation/preparing-corpus-text/: ``<doc>`` with the columns as
attributes, ``<p>`` with its code, ``<s>``, and ``<g/>`` where no blank stood between two tokens.
``& < > "`` are written as entities. Which blanks stood there the format does not say: every run of
them reads back as one, and those at the ends of a paragraph are gone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from archiver.export.columns import Column, flat
from archiver.export.mending import NO_XML, mended
from archiver.export.paragraphs import stored
from archiver.text.sentences import sentences
from archiver.text.words import words_and_gaps

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
_SPECIAL = re.compile('[&<>"]')
# Between words: blanks, or a sign, together with more of the same ("...", "!!").
_SIGNS = re.compile(r"\s+|(\S)\1*")


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES) if _SPECIAL.search(text) else text


def tokens(sentence: str) -> Iterator[tuple[str, bool]]:
    """The tokens, words and signs, each with whether a blank or nothing stands before it.

    >>> [token if apart else f"+{token}" for token, apart in tokens("वह आया।  “हाँ...”")]
    ['वह', 'आया', '+।', '“', '+हाँ', '+...', '+”']
    """
    apart = True
    for piece, is_word in words_and_gaps(sentence):
        # A word may hold a blank that a mark was typed on.
        for found in re.finditer(r"\s+|\S+", piece) if is_word else _SIGNS.finditer(piece):
            if found[0].isspace():
                apart = True
            else:
                yield found[0], apart
                apart = False


def _paragraph(text: str) -> Iterator[str]:
    blank = True  # at the end of the sentence before
    for sentence in sentences(text):
        lines: list[str] = []
        for token, apart in tokens(sentence):
            if not (apart and (lines or blank or sentence[0].isspace())):
                lines.append("<g/>")
            lines.append(_escaped(token))
        if lines:
            yield "<s>\n" + "\n".join(lines) + "\n</s>\n"
        blank = sentence[-1].isspace() or (blank and not lines)


def _attributes(
    row: Mapping[str, Any], columns: Sequence[Column], changes: Counter[str]
) -> Iterator[str]:
    for column in columns:
        if column.name in {"text", "structure"}:
            continue
        # Several values of an attribute, as Sketch Engine parts them where MULTISEP says so.
        several = column.kind == "list"
        value = "|".join(row[column.name]) if several else flat(column, row[column.name])
        if value is not None:
            text = " ".join(mended(str(value), NO_XML, changes).split())
            yield f' {column.name}="{_escaped(text)}"'


def write(
    rows: Iterable[Mapping[str, Any]],
    out: BinaryIO,
    columns: Sequence[Column],
    changes: Counter[str],
) -> int:
    """Write to a stream; how many documents. Rows need `structure`, asked for or not."""
    count = 0
    for row in rows:
        out.write(f"<doc{''.join(_attributes(row, columns, changes))}>\n".encode())
        text = mended(row["text"], NO_XML, changes)
        for kind, number, words in stored(text, row["structure"]):
            out.write(f'<p type="{kind}{number or ""}">\n'.encode())
            out.writelines(lines.encode() for lines in _paragraph(words))
            out.write(b"</p>\n")
        out.write(b"</doc>\n")
        count += 1
    return count
