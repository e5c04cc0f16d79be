"""Documents back from the files that exports write, and from corpora of that shape.

A path in; rows out, one by one, each with its place, and with its place what is no row. JSON Lines
(plain, gzip, zstd) and Parquet, in our own shape or one of `SHAPES`. Memory is flat: a line is held
at a time, of Parquet some rows.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import orjson

from archiver.export.columns import COLUMNS
from archiver.export.parquet import arrow
from archiver.export.shapes import SHAPES

SUFFIXES = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet")
SIDE = ".provenance.jsonl"  # how the file beside an export ends, which has no texts
MAX_LINE = 64 * 1024 * 1024  # bytes; no document of text has them, and a broken file may
_PIECE = 256 * 1024
# zstandard has no bound on output, but a block of 128 KiB needs 4 bytes (RFC 8878, 3.1.1.2):
# so much at a time gives at most 32 MiB.
_ZSTD_SLICE = 1024
_ZSTD_WINDOW = 128 * 1024 * 1024  # what `zstd --long` asks for
_ROWS = 100  # of Parquet, made values of at a time
_MARK = b"\xef\xbb\xbf"  # some editors begin a file of UTF-8 with it
# Our name of each name that another shape has for it.
_OURS = {new: ours for shape in SHAPES.values() for ours, new in shape.renamed.items()}


class Read(NamedTuple):
    """A row, flat, by our names where it has them; or why there is none."""

    place: str  # "line 7", "row 12", "line 812 and on"
    row: dict[str, Any] | None
    fault: str = ""


class _Broken(Exception):
    """The file ends too early, or is not what its name says."""


def is_rows(path: Path) -> bool:
    """Whether a file's name is that of rows.

    >>> is_rows(Path("c.jsonl.zst")), is_rows(Path("c.provenance.jsonl")), is_rows(Path("c.json"))
    (True, False, False)
    """
    name = path.name.lower()
    return name.endswith(SUFFIXES) and not name.endswith(SIDE)


def is_parquet(path: Path) -> bool:
    """Whether a file's name is that of Parquet."""
    return path.name.lower().endswith(".parquet")


def read(path: Path) -> Iterator[Read]:
    """Every row of a file. Raises OSError where it cannot be read, BadInput without pyarrow."""
    if is_parquet(path):
        yield from _parquet(path)
        return
    with path.open("rb") as file:
        yield from _json_lines(_pieces(file, path.name.lower()))


def flat(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A row of any of the shapes by our names; what has none keeps its own. What is null goes.

    >>> flat({"id": "7", "text": "t", "metadata": {"url": "u"}, "added": "2026-03-01"})
    {'url': 'u', 'id': '7', 'text': 't', 'fetched_at': '2026-03-01'}
    """
    inner = raw.get("metadata")
    found = {**inner, **raw} if isinstance(inner, dict) else dict(raw)
    if isinstance(inner, dict):
        del found["metadata"]
    for new, ours in _OURS.items():
        if new not in COLUMNS and new in found and found.get(ours) is None:
            found[ours] = found.pop(new)
    return {name: value for name, value in found.items() if value is not None and value != []}


def _pieces(file: BinaryIO, name: str) -> Iterator[bytes]:
    """The bytes of a file, decompressed, some at a time. Raises _Broken."""
    if name.endswith(".zst"):
        yield from _zstd(file)
    elif name.endswith(".gz"):
        try:
            with gzip.GzipFile(fileobj=file) as packed:
                yield from iter(lambda: packed.read(_PIECE), b"")
        except (EOFError, zlib.error, gzip.BadGzipFile) as fault:
            raise _Broken(f"the gzip is broken, or ends in the middle ({fault})") from fault
    else:
        yield from iter(lambda: file.read(_PIECE), b"")


def _zstd(file: BinaryIO) -> Iterator[bytes]:
    """Undo zstd frames in a row (RFC 8878, 3); one that ends in the middle is no end of file."""
    import zstandard  # noqa: PLC0415 - of all the formats one has it

    codec = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    frame = None
    for piece in iter(lambda: file.read(_ZSTD_SLICE), b""):
        rest = piece
        while rest:
            frame = frame or codec.decompressobj()
            try:
                yield frame.decompress(rest)
            except zstandard.ZstdError as fault:
                raise _Broken(f"the zstd is broken ({fault})") from fault
            rest = frame.unused_data if frame.eof else b""
            frame = None if frame.eof else frame
    if frame is not None:
        raise _Broken("the zstd ends in the middle")


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes | None]:
    """Lines without their ends; None for one of more than `MAX_LINE` bytes."""
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        for at, part in enumerate(piece.split(b"\n")):
            if at:
                yield b"".join(held) if size <= MAX_LINE else None
                held, size = [], 0
            size += len(part)
            if size <= MAX_LINE:
                held.append(part)
            else:
                held.clear()
    if size:
        yield b"".join(held) if size <= MAX_LINE else None


def _json_lines(pieces: Iterable[bytes]) -> Iterator[Read]:
    number = 0
    try:
        for number, line in enumerate(_lines(pieces), 1):
            if line is None:
                fault = f"the line is longer than {MAX_LINE // 1024**2} MiB"
                yield Read(f"line {number}", None, fault)
                continue
            raw = line.removeprefix(_MARK) if number == 1 else line
            if not raw.isspace() and raw:
                yield _row(f"line {number}", raw)
    except _Broken as fault:
        yield Read(f"line {number + 1} and on", None, f"cannot be read: {fault}")


def _row(place: str, raw: bytes) -> Read:
    try:
        found = _json(raw)
    except json.JSONDecodeError as fault:
        return Read(place, None, f"no JSON: {fault.msg} at character {fault.pos + 1}")
    except UnicodeDecodeError as fault:
        return Read(place, None, f"no UTF-8 at byte {fault.start + 1}")
    except (ValueError, RecursionError):  # a number of thousands of digits, lists in lists
        return Read(place, None, "JSON that no document has: endless numbers, or lists in lists")
    if not isinstance(found, dict):
        return Read(place, None, "no JSON object")
    return Read(place, flat(found))


def _json(raw: bytes) -> object:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:  # halves of surrogate pairs, which our own exports may escape
        return json.loads(raw.decode())


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    """A value with times of Python alone: where pandas is installed, Arrow gives times of its."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, datetime) and type(value) is not datetime:
        return datetime.fromisoformat(value.isoformat(timespec="microseconds"))
    return value


def _parquet(path: Path) -> Iterator[Read]:
    pa, pq = arrow()
    number = 0
    try:
        with pq.ParquetFile(path) as file:
            named = file.schema_arrow.names
            if "text" not in named or not {"url", "metadata"} & {*named}:
                shown = ", ".join(named[:20]) or "none"
                fault = f"it has no columns text and url (or text and metadata), but {shown}"
                yield Read("its columns", None, fault)
                return
            for batch in file.iter_batches(batch_size=_ROWS):
                for number, row in enumerate(batch.to_pylist(), number + 1):  # noqa: B020 - goes on
                    yield Read(f"row {number}", flat(_plain(row)))
    except (pa.ArrowException, UnicodeDecodeError, ValueError, OverflowError) as fault:
        said = " ".join(str(fault).split())[:200]
        yield Read(f"row {number + 1} and on", None, f"cannot be read: {said}")
