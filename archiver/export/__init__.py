"""Exports: rows of the view `corpus` in, a file, a folder or a stream out; one module a format.

A file or folder appears under its name only when it is whole. A format's module is imported when
it is first used: most commands write JSON Lines and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from archiver.export.columns import COLUMNS


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format: `write` takes rows, a binary stream, columns, what it changed, and its options.

    Where it is no stream, `write` takes a path instead, and `beside` names a second file.
    """

    write: Callable[..., int]
    streams: bool = True
    beside: Callable[[Path], Path] | None = None
    options: frozenset[str] = frozenset()
    needs: tuple[str, ...] = ()  # columns that it reads beside those that are asked for
    fixed: bool = False  # it has places for certain columns and no others
    plain: bool = False  # it shows the structure in its own way: no texts as Markdown


def _of(file: str, function: str = "write") -> Callable[..., Any]:
    """A function of a format's module."""

    def call(*values: object, **options: object) -> Any:  # noqa: ANN401 - what the function gives
        return getattr(import_module(f"archiver.export.{file}"), function)(*values, **options)

    return call


_LIKE = frozenset({"like"})
_STRUCTURE = ("structure",)
FORMATS = {
    "jsonl": Format(write=_of("jsonl"), options=_LIKE),
    "jsonl.zst": Format(write=_of("jsonl", "write_zst"), options=_LIKE),
    "parquet": Format(write=_of("parquet"), options=_LIKE),
    "sqlite": Format(write=_of("sqlite"), streams=False, beside=_of("sqlite", "beside")),
    "sql": Format(write=_of("sql"), options=frozenset({"dialect"})),
    "csv": Format(write=_of("csvfile"), options=frozenset({"bom", "raw"})),
    "markdown": Format(write=_of("markdown"), needs=_STRUCTURE, plain=True),
    "tei": Format(write=_of("tei"), needs=tuple(COLUMNS), fixed=True, plain=True),
    "vert": Format(write=_of("vert"), needs=_STRUCTURE, plain=True),
    "txt": Format(write=_of("txt"), needs=("text",), fixed=True),
}
