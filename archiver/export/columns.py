"""What a row of an export has: names, kinds, meanings; and the words that no format may lose.

Nothing comes in; the columns of every format that has columns go out, in their order. The meanings
stand in schemas and side files, where a researcher meets them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

Kind = Literal["integer", "text", "list", "codes", "time", "row"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a kind.

    `list` and `codes` are lists of texts, in these without blanks; `time` is an aware datetime,
    `row` a mapping of the `inner` columns.
    """

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    inner: tuple[Column, ...] = ()


_ALL = (
    Column(name="id", kind="integer", meaning="number of the document", required=True),
    Column(name="url", kind="text", meaning="canonical URL of the page", required=True),
    Column(name="site", kind="text", meaning="host that the page is of", required=True),
    Column(name="title", kind="text", meaning="headline"),
    Column(name="authors", kind="list", meaning="names, perhaps none", required=True),
    Column(
        name="published",
        kind="text",
        meaning="ISO 8601, with a time or zone only where the page states one",
    ),
    Column(name="modified", kind="text", meaning="when it was changed last, as published"),
    Column(name="tags", kind="list", meaning="the page's own, perhaps none", required=True),
    Column(name="image", kind="text", meaning="URL of the page's picture"),
    Column(name="licence", kind="text", meaning="URL or name of a licence, as stated"),
    Column(name="section", kind="text", meaning="section of the site"),
    Column(
        name="language", kind="text", meaning="BCP 47; und where it is not known", required=True
    ),
    Column(
        name="script", kind="text", meaning="ISO 15924; Zyyy where there is none", required=True
    ),
    Column(
        name="text",
        kind="text",
        meaning="the clean text, paragraphs joined by a blank line",
        required=True,
    ),
    Column(
        name="structure",
        kind="codes",
        meaning="a code for each paragraph of the text: p, h2, li, ...",
        required=True,
    ),
    Column(
        name="fetched_at",
        kind="time",
        meaning="when the page was first fetched as it is, UTC",
        required=True,
    ),
)
COLUMNS = {column.name: column for column in _ALL}
# What is asked for by name. The rest is lean: what nearly every use of a corpus reads.
EXTRA = ("modified", "tags", "image", "licence", "structure")
LEAN = tuple(name for name in COLUMNS if name not in EXTRA)


def chosen(extra: Iterable[str] = ()) -> tuple[Column, ...]:
    """The lean columns and the extra ones that are asked for, in the order of the view `corpus`.

    >>> [column.name for column in chosen(["tags"])][:6]
    ['id', 'url', 'site', 'title', 'authors', 'published']
    """
    asked = {*LEAN, *extra}
    return tuple(column for column in _ALL if column.name in asked)


def names(columns: Sequence[Column]) -> list[str]:
    """What they are called."""
    return [column.name for column in columns]


def flat(column: Column, value: Any) -> int | str | None:  # noqa: ANN401 - of any kind of column
    """A value for a format of numbers and texts: lists as JSON, codes with blanks, times ISO 8601.

    >>> flat(COLUMNS["tags"], ["রঙ"]), flat(COLUMNS["structure"], ["h2", "p"])
    ('["রঙ"]', 'h2 p')
    """
    if value is None or column.kind in {"integer", "text"}:
        return value  # type: ignore[no-any-return]
    if column.kind == "time":
        return str(value.isoformat())
    return " ".join(value) if column.kind == "codes" else as_json(value)


def as_json(value: object) -> str:
    """Compact JSON, for what stands inside another format; half a surrogate pair is escaped."""
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        return json.dumps(value, separators=(",", ":"))
