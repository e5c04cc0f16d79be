"""Parquet: one file, or a folder `data/LANGUAGE/MONTH/` as the Hugging Face Hub lays data out.

Needs pyarrow (`pip install 'archiver[parquet]'`). Rows go out in row groups of bounded size, in
the order in which they come, so that the same rows give the same bytes under one pyarrow version.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

from archiver.errors import BadInput
from archiver.export.columns import Column
from archiver.export.mending import unicode_only
from archiver.export.shapes import SHAPES
from archiver.export.whole import whole_folder

LEVEL = 3  # of zstd
# A row group: what a reader holds at once, and what the Hub's viewer reads (it advises 100 to 300
# MB uncompressed at most). Code points of text, and rows where texts are short.
GROUP = 8 * 1024 * 1024
GROUP_ROWS = 50_000
# Of a folder: code points that wait in all, and files open at once.
_HELD = 4 * GROUP
_OPEN = 128
_LOW = ("site", "source", "language", "script", "language_script", "section")  # worth a dictionary
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])(?!\d)", re.ASCII)
_TAG = re.compile(r"[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)  # BCP 47
UNDATED = "undated"


def arrow() -> tuple[ModuleType, ModuleType]:
    """Import pyarrow and its Parquet. Raises BadInput where it is missing."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra, and only this format needs it
        from pyarrow import parquet as pq  # noqa: PLC0415
    except ImportError as fault:
        raise BadInput("Parquet needs pyarrow; run: pip install 'archiver[parquet]'") from fault
    return pa, pq


def _kind(pa: ModuleType, column: Column) -> Any:  # noqa: ANN401 - a type of pyarrow's
    if column.kind == "row":
        return pa.struct([_field(pa, one) for one in column.inner])
    return {
        "integer": pa.int64(),
        "text": pa.string(),
        "list": pa.list_(pa.string()),
        "codes": pa.list_(pa.string()),
        "time": pa.timestamp("us", tz="UTC"),
    }[column.kind]


def _field(pa: ModuleType, column: Column) -> Any:  # noqa: ANN401
    told = {"description": column.meaning}
    return pa.field(column.name, _kind(pa, column), not column.required, told)


class _Writer:
    """A Parquet file that is open; what comes together is one row group."""

    def __init__(self, out: BinaryIO | Path, columns: Sequence[Column]) -> None:
        """Write the head."""
        self.pa, pq = arrow()
        self.columns = columns
        self.schema = self.pa.schema([_field(self.pa, column) for column in columns])
        low = [column.name for column in columns if column.name in _LOW]
        self.file = pq.ParquetWriter(
            str(out) if isinstance(out, Path) else out,
            self.schema,
            compression="zstd",
            compression_level=LEVEL,
            use_dictionary=low,
        )

    def put(self, rows: Sequence[Mapping[str, Any]], changes: Counter[str]) -> None:
        """Write a row group."""
        arrays = []
        for column, field in zip(self.columns, self.schema, strict=True):
            values = [row.get(column.name) for row in rows]
            try:
                arrays.append(self.pa.array(values, field.type))
            except UnicodeEncodeError:
                mended = [_mended(value, changes) for value in values]
                arrays.append(self.pa.array(mended, field.type))
        batch = self.pa.RecordBatch.from_arrays(arrays, schema=self.schema)
        self.file.write_batch(batch, row_group_size=len(rows))


def _mended(value: Any, changes: Counter[str]) -> Any:  # noqa: ANN401 - of any kind
    if isinstance(value, str):
        return unicode_only(value, changes)
    if isinstance(value, list):
        return [_mended(one, changes) for one in value]
    if isinstance(value, dict):
        return {name: _mended(one, changes) for name, one in value.items()}
    return value


def _reshaped(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[Column], like: str
) -> tuple[Iterator[Mapping[str, Any]], Sequence[Column]]:
    if not like:
        return iter(rows), columns
    shape = SHAPES[like]
    return map(shape.row(columns), rows), shape.columns(columns)


def write(
    rows: Iterable[Mapping[str, Any]],
    out: BinaryIO,
    columns: Sequence[Column],
    changes: Counter[str],
    *,
    like: str = "",
) -> int:
    """Write one file to a stream; how many rows. Raises BadInput where pyarrow is missing."""
    shaped, columns = _reshaped(rows, columns, like)
    writer = _Writer(out, columns)
    group: list[Mapping[str, Any]] = []
    count = size = 0
    for row in shaped:
        group.append(row)
        size += len(row["text"])
        count += 1
        if size >= GROUP or len(group) >= GROUP_ROWS:
            writer.put(group, changes)
            group, size = [], 0
    if group:
        writer.put(group, changes)
    writer.file.close()
    return count


def part_name(row: Mapping[str, Any]) -> str:
    """The folder that a row belongs to; by language, and by month of publication.

    >>> part_name({"language": "hi", "published": "2025-11-20T08:00:00+05:30"})
    'hi/2025-11'
    >>> part_name({"language": "../x", "published": None})
    'und/undated'
    """
    language, published = row["language"], row["published"] or ""
    month = _MONTH.match(published)
    known = _TAG.fullmatch(language)
    return f"{language if known else 'und'}/{month[0] if month else UNDATED}"


def write_folder(
    rows: Iterable[Mapping[str, Any]],
    path: Path,
    columns: Sequence[Column],
    changes: Counter[str],
    *,
    like: str = "",
) -> int:
    """Write a folder of files; how many rows. Raises what `whole_folder` does, and BadInput.

    What waits is bounded: when it grows too large, the partition that has most of it writes a
    row group. A partition whose file had to be closed goes on in another.
    """
    arrow()  # before anything is made
    _, shaped_columns = _reshaped((), columns, like)
    reshape = SHAPES[like].row(columns) if like else None
    with whole_folder(path) as part:
        folder = _Folder(part / "data", shaped_columns, changes)
        count = 0
        for row in rows:
            shown = row if reshape is None else reshape(row)
            folder.put(part_name(row), shown, len(row["text"]))
            count += 1
        folder.close()
    return count


class _Folder:
    """The partitions of a folder: rows that wait, files that are open."""

    def __init__(self, top: Path, columns: Sequence[Column], changes: Counter[str]) -> None:
        """Start with none."""
        self.top = top
        self.columns = columns
        self.changes = changes
        self.waiting: dict[str, list[Mapping[str, Any]]] = {}
        self.sizes: Counter[str] = Counter()
        self.held = 0
        self.files: OrderedDict[str, _Writer] = OrderedDict()  # the longest unused first
        self.begun: Counter[str] = Counter()
        top.mkdir()

    def put(self, name: str, row: Mapping[str, Any], size: int) -> None:
        """Take a row, and write what is too much to hold."""
        size += 1000  # of the row itself, or short texts would wait by the million
        self.waiting.setdefault(name, []).append(row)
        self.sizes[name] += size
        self.held += size
        if self.sizes[name] >= GROUP:
            self._write(name)
        elif self.held >= _HELD:
            self._write(max(self.sizes, key=lambda one: (self.sizes[one], one)))

    def _write(self, name: str) -> None:
        self._file(name).put(self.waiting.pop(name), self.changes)
        self.held -= self.sizes.pop(name)

    def _file(self, name: str) -> _Writer:
        if name not in self.files:
            if len(self.files) >= _OPEN:
                self.files.popitem(last=False)[1].file.close()
            place = self.top / name
            place.mkdir(parents=True, exist_ok=True)
            file = place / f"{self.begun[name]:05}.parquet"
            self.files[name] = _Writer(file, self.columns)
            self.begun[name] += 1
        self.files.move_to_end(name)
        return self.files[name]

    def close(self) -> None:
        """Write what waits."""
        for name in sorted(self.waiting):
            self._write(name)
        for writer in self.files.values():
            writer.file.close()
