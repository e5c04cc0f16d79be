"""What an export reads: rows of the view `corpus` as of one moment, and where each comes from."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import pairwise
from typing import Any, BinaryIO

from sqlalchemy import Connection, Engine

from archiver.archive import corpus
from archiver.archive import engine as archive
from archiver.export.jsonl import line
from archiver.export.markdown import markdown as as_markdown
from archiver.export.paragraphs import stored
from archiver.model import Mark
from archiver.work.telling import Tell, silent

Source = Callable[[Connection], Sequence[int]]  # the documents that are read, ascending


def rows(
    engine: Engine,
    columns: Sequence[str],
    source: Source,
    *,
    markdown: bool = False,
    side: BinaryIO | None = None,
    tell: Tell = silent,
) -> Generator[dict[str, Any], None, None]:
    """Every row that `source` names, as of one moment, as a mapping of these columns.

    With `markdown` its text is Markdown; its structure stays that of the plain text. With `side`
    a line of provenance is written there for each.
    """
    read = {*columns, "text", "structure"} if markdown or side else {*columns}
    count = 0
    with archive.read(engine) as c:
        for page in corpus.rows(c, sorted(read), source(c)):
            if side is not None:
                for record in _provenance(c, page):
                    side.write(line(record))
            for row in page:
                if markdown:
                    row["text"] = as_markdown(row["text"], _codes(row))
                yield row
            count += len(page)
            tell(f"{count} documents written", passing=True)


def _codes(row: dict[str, Any]) -> Sequence[str]:
    """The codes of a row's paragraphs, none where they are those of another text."""
    return row["structure"] if len(row["structure"]) == row["text"].count("\n\n") + 1 else ()


def _provenance(c: Connection, page: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    texts = {row["id"]: row for row in page}
    for told in corpus.provenance(c, sorted(texts)):
        row = texts[told["id"]]
        marks: tuple[Mark, ...] = told.pop("marks")
        yield {
            "id": told.pop("id"),
            "attributes": _attributes(row, told, marks),
            "metadata": {**told, "marks": [tuple(mark) for mark in marks]},
        }


def _attributes(
    row: dict[str, Any], told: dict[str, Any], marks: Sequence[Mark]
) -> dict[str, list[tuple[int, int, float]]]:
    """Spans of the exported text with a score, as the Dolma toolkit has attributes.

    What is known of the document as a whole is one span over all of it: the characters that each
    kind of chrome took of the page, and the share of the page that is kept. Paragraphs that are
    not plain are a span each, by their code.
    """
    length = len(row["text"])
    seen = told["kept_chars"] + told["removed_chars"]
    found: dict[str, list[tuple[int, int, float]]] = {
        "archiver__kept_share": [(0, length, told["kept_chars"] / seen if seen else 0.0)]
    }
    for mark in marks:
        name = f"archiver__removed__{mark.kind}"
        ((_, _, chars),) = found.get(name, [(0, 0, 0.0)])
        found[name] = [(0, length, chars + mark.end - mark.start)]
    shown = stored(row["text"], row["structure"])
    starts = [0]
    for one in shown:
        starts.append(starts[-1] + len(one.text) + len("\n\n"))
    for one, (start, after) in zip(shown, pairwise(starts), strict=True):
        if one.kind != "p":
            code = one.kind + str(one.number or "")
            name = f"archiver__paragraph__{'more' if code == '+' else code}"
            found.setdefault(name, []).append((start, after - len("\n\n"), 1.0))
    return found
