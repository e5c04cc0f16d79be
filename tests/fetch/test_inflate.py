"""Content codings, undone within bounds."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from functools import partial

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from archiver.fetch.inflate import FREE, MAX_RATIO, Broken, TooLong, codings, inflated

LIMIT = 1 << 20


def bare_deflate(body: bytes) -> bytes:
    """Deflate without the zlib frame, as some servers send it."""
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return stream.compress(body) + stream.flush()


CODECS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", bare_deflate),
    ("br", partial(brotli.compress, quality=5)),
    ("zstd", zstandard.ZstdCompressor().compress),
]


def chunks(body: bytes, size: int) -> Iterator[bytes]:
    """Cut `body` as the network might."""
    return (body[at : at + size] for at in range(0, len(body), size))


@pytest.mark.parametrize(("name", "pack"), CODECS)
@given(
    body=st.binary(min_size=1, max_size=5000), size=st.integers(1, 700), copies=st.integers(1, 40)
)
def test_what_was_packed_comes_back_however_it_is_cut(
    name: str, pack: Callable[[bytes], bytes], body: bytes, size: int, copies: int
) -> None:
    """Chunks of any size, bodies of any bytes."""
    body *= copies
    assert b"".join(inflated(chunks(pack(body), size), [name], LIMIT)) == body


@pytest.mark.parametrize(("name", "pack"), CODECS)
def test_a_bomb_costs_the_limit_and_no_more(name: str, pack: Callable[[bytes], bytes]) -> None:
    """The first bytes are given, then TooLong; memory stays within a few pieces."""
    bomb = pack(b" " * (24 << 20))
    sizes: list[int] = []
    pieces = inflated(chunks(bomb, 65536), [name], LIMIT)
    tracemalloc.start()
    with pytest.raises(TooLong):
        sizes.extend(map(len, pieces))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(sizes) == LIMIT
    assert peak < 16 << 20


@pytest.mark.parametrize(("name", "pack"), CODECS)
def test_a_body_cut_short_is_broken(name: str, pack: Callable[[bytes], bytes]) -> None:
    """The end of the coding is missed, not only the end of the connection."""
    packed = pack(bytes(range(256)) * 40)
    with pytest.raises(Broken):
        list(inflated(iter([packed[: len(packed) // 2]]), [name], LIMIT))


@pytest.mark.parametrize("name", ["gzip", "br", "zstd"])
def test_plain_html_under_a_coding_is_broken(name: str) -> None:
    """A label that lies is said so, not guessed around."""
    with pytest.raises(Broken):
        list(inflated(iter([b"<!doctype html><p>plain"]), [name], LIMIT))


def test_gzip_members_and_zstd_frames_follow_each_other() -> None:
    """Members join; what is behind them and is no member is left out."""
    two = gzip.compress(b"one ") + gzip.compress(b"two")
    assert b"".join(inflated(chunks(two + b"\0\0junk", 7), ["gzip"], LIMIT)) == b"one two"
    pack = zstandard.ZstdCompressor().compress
    assert b"".join(inflated(iter([pack(b"one ") + pack(b"two")]), ["zstd"], LIMIT)) == b"one two"


def test_codings_are_undone_from_the_last_to_the_first() -> None:
    """``gzip, br`` was gzipped first."""
    packed = brotli.compress(gzip.compress(b"text"))
    assert b"".join(inflated(iter([packed]), codings("gzip, br"), LIMIT)) == b"text"


def test_an_inner_stage_that_gives_nothing_is_bounded_too() -> None:
    """A gzip of ever so many empty gzip members ends at the limit."""
    bomb = gzip.compress(gzip.compress(b"") * (4 * LIMIT // 20))
    with pytest.raises(TooLong):
        list(inflated(iter([bomb]), ["gzip", "gzip"], LIMIT))


def test_exactly_the_limit_is_not_too_long() -> None:
    """One byte more is."""
    assert b"".join(inflated(iter([b"x" * 10]), [], 10)) == b"x" * 10
    with pytest.raises(TooLong):
        list(inflated(iter([b"x" * 11]), [], 10))


@pytest.mark.parametrize("header", ["compress", "gzip, dcz", "gzip, gzip, gzip, gzip"])
def test_foreign_or_too_many_codings_are_broken(header: str) -> None:
    """They are named in the message."""
    with pytest.raises(Broken, match="content coding"):
        codings(header)


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("UTF-8", []),
        ("none", []),
        ("aws-chunked", []),
        ("binary", []),
        ("rot13, \0", []),
        ("aws-chunked,gzip", ["gzip"]),
        ("gzip;q=1", ["gzip"]),
    ],
)
def test_what_names_no_coding_changes_nothing(header: str, named: list[str]) -> None:
    """As in browsers: servers put charsets and other words there."""
    assert codings(header) == named


@given(st.binary(max_size=300), st.sampled_from(["gzip", "deflate", "br", "zstd"]))
def test_noise_is_broken_or_bytes(noise: bytes, name: str) -> None:
    """No bytes can raise anything else."""
    try:
        list(inflated(iter([noise]), [name], LIMIT))
    except (Broken, TooLong):
        return


@pytest.mark.parametrize(("name", "pack"), CODECS)
def test_what_is_out_of_proportion_is_too_long(name: str, pack: Callable[[bytes], bytes]) -> None:
    """A small body of one repeated line is taken; a large one is a bomb below any limit."""
    small = b" " * FREE
    assert b"".join(inflated(iter([pack(small)]), [name], 8 * LIMIT)) == small
    given: list[bytes] = []
    with pytest.raises(TooLong, match="times its coded size"):
        given.extend(inflated(iter([pack(small * 4)]), [name], 8 * LIMIT))
    assert sum(map(len, given)) <= FREE + MAX_RATIO * len(pack(small * 4))


def test_the_proportion_is_that_of_the_bytes_that_came() -> None:
    """Codings in each other do not hide it; a text that shortens well is below it."""
    bomb = brotli.compress(gzip.compress(b" " * 4 * FREE))
    with pytest.raises(TooLong):
        list(inflated(iter([bomb]), ["gzip", "br"], 8 * LIMIT))
    lines = "".join(f"<url><loc>https://news.example/{n}</loc></url>" for n in range(60_000))
    assert b"".join(inflated(iter([gzip.compress(lines.encode())]), ["gzip"], 8 * LIMIT))
