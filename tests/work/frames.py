"""What the zstd frames hold that stand somewhere in bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import zstandard


def read(frame: bytes, dictionaries: Iterable[bytes]) -> Iterator[bytes]:
    """What a zstd frame gives, as far as it goes, with any of these as dictionary or none."""
    for known in (b"", *dictionaries):
        raw = zstandard.ZstdCompressionDict(known, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        reader = zstandard.ZstdDecompressor(raw if known else None)
        try:
            with reader.stream_reader(frame) as stream:
                yield stream.read(1 << 20)
        except zstandard.ZstdError:
            continue


MAGIC = b"\x28\xb5\x2f\xfd"


def blobs(data: bytes, dictionaries: list[bytes]) -> Iterator[bytes]:
    """The bytes, and what every zstd frame in them holds."""
    yield data
    at = data.find(MAGIC)
    while at >= 0:
        yield from read(data[at : at + (1 << 20)], dictionaries)
        at = data.find(MAGIC, at + 1)
