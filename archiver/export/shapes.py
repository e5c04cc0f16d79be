"""Rows as other corpora have them: the same values under the names that their tools read.

- ``dolma``: what the Dolma toolkit reads (https://github.com/allenai/dolma,
  docs/data-format.md: id, text, source, added, created, metadata).
- ``fineweb``: the columns of FineWeb and FineWeb-2 that an archive can fill, ours beside them
  (https://huggingface.co/datasets/HuggingFaceFW/fineweb-2: text, id, date, url, language,
  language_script); no dump, file_path, scores or counts of tokens.
- ``hf``: what datatrove writes and reads (text, id, metadata;
  https://github.com/huggingface/datatrove, src/datatrove/data.py).

Ids are texts in all three. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from archiver.export.columns import Column

Reshape = Callable[[Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """New names by ours, in their order; `nests` puts the rest into `metadata`."""

    renamed: Mapping[str, str]
    nests: bool
    optional: frozenset[str] = frozenset()  # new names that are left out rather than null

    def columns(self, columns: Sequence[Column]) -> tuple[Column, ...]:
        """The columns of reshaped rows."""
        ours = {column.name: column for column in columns}
        told = [
            replace(ours[name], name=new, kind="text" if name == "id" else ours[name].kind)
            for name, new in self.renamed.items()
        ]
        rest = tuple(column for name, column in ours.items() if name not in self.renamed)
        if not self.nests:
            return (*told, *rest)
        said = "the other columns"
        return (
            *told,
            Column(name="metadata", kind="row", meaning=said, required=True, inner=rest),
        )

    def row(self, columns: Sequence[Column]) -> Reshape:
        """What reshapes a row of these columns."""
        rest = [column.name for column in columns if column.name not in self.renamed]

        def reshape(row: Mapping[str, Any]) -> dict[str, Any]:
            told = {
                new: row[name]
                for name, new in self.renamed.items()
                if row[name] is not None or new not in self.optional
            }
            told["id"] = str(told["id"])
            others = {name: row[name] for name in rest}
            return {**told, "metadata": others} if self.nests else {**told, **others}

        return reshape


SHAPES = {
    "dolma": Shape(
        renamed={
            "id": "id",
            "text": "text",
            "site": "source",
            "fetched_at": "added",
            "published": "created",
        },
        nests=True,
        optional=frozenset({"created"}),  # a text where it is there, says the format
    ),
    "fineweb": Shape(
        renamed={
            "text": "text",
            "id": "id",
            "url": "url",
            "fetched_at": "date",
            "language": "language",
            "script": "language_script",
        },
        nests=False,
    ),
    "hf": Shape(renamed={"text": "text", "id": "id"}, nests=True),
}
