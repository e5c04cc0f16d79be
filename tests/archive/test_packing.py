"""Packing loses nothing, and equal values give equal bytes."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.archive.packing import (
    pack_marks,
    pack_page,
    page_paths,
    page_texts,
    page_words,
    sound,
    squeeze,
    to_json,
    unpack_marks,
    unpack_page,
    unsqueeze,
)
from archiver.errors import Damaged
from archiver.model import Block, Mark, Metadata, Page, Span

from .values import PAGE

T = TypeVar("T")
TEXT = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=30)
COUNT = st.integers(0, 2**31)
WORDS = st.lists(TEXT, max_size=3).map(tuple)
MARKS = st.lists(st.builds(Mark, COUNT, COUNT, COUNT, TEXT, TEXT), max_size=20).map(tuple)
TAKES = {"str": TEXT, "str | None": TEXT | st.none(), "int": COUNT, "bool": st.booleans()} | {
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "tuple[str, ...]": WORDS,
    "datetime | None": st.none() | st.datetimes(timezones=st.just(UTC)),
}


def every_field(kind: type[T], **own: st.SearchStrategy[Any]) -> st.SearchStrategy[T]:
    """Build values of all fields, also of those that the model gets later."""
    takes = {
        name: TAKES[str(getattr(said, "__forward_arg__", said))]  # a named tuple's are references
        for name, said in kind.__annotations__.items()
        if name not in own
    }
    return st.builds(kind, **takes, **own)


SPANS = st.lists(every_field(Span), max_size=2).map(tuple)
PAGES = every_field(
    Page,
    media_type=st.sampled_from(("text/html", "text/plain")),
    blocks=st.lists(every_field(Block, spans=SPANS), max_size=5).map(tuple),
    metadata=every_field(Metadata),
)
ANY_TEXT = st.text(st.characters(exclude_categories=()))  # lone surrogates and U+0000 too


@given(MARKS)
def test_marks_come_back_in_their_order(marks: tuple[Mark, ...]) -> None:
    assert unpack_marks(pack_marks(marks), "these") == marks


@given(PAGES)
def test_a_page_comes_back(page: Page) -> None:
    assert unpack_page(pack_page(page), "this") == page


def test_joiners_come_back() -> None:
    page = unpack_page(pack_page(PAGE), "this")
    assert page is not None
    assert "ক\u200dখ" in page.blocks[1].text


@given(PAGES, ANY_TEXT)
def test_a_page_with_strings_that_no_database_holds_is_mended(page: Page, text: str) -> None:
    bad = replace(page, blocks=(*page.blocks, Block(text, text, votes=(text,))))
    good = replace(
        page, blocks=(*page.blocks, Block(sound(text), sound(text), votes=(sound(text),)))
    )
    assert unpack_page(pack_page(bad), "this") == good


@given(PAGES)
def test_equal_pages_give_equal_bytes(page: Page) -> None:
    again = unpack_page(pack_page(page), "this")
    assert again is not None
    assert pack_page(again) == pack_page(page)


@given(ANY_TEXT)
def test_sound_text_keeps_its_length_and_can_be_encoded(text: str) -> None:
    mended = sound(text)
    assert len(mended) == len(text)
    assert b"\0" not in mended.encode()
    assert sound(mended) == mended


@given(ANY_TEXT)
def test_sound_changes_nothing_else(text: str) -> None:
    changed = {was for was, now in zip(text, sound(text), strict=True) if was != now}
    assert all(was == "\0" or "\ud800" <= was <= "\udfff" for was in changed)


@given(st.dictionaries(TEXT, st.lists(TEXT | COUNT | st.none() | st.booleans())))
def test_json_is_compact_sorted_and_plain(value: dict[str, list[object]]) -> None:
    text = to_json(value)
    assert json.loads(text) == value
    assert text == to_json(dict(reversed(value.items())))


def test_json_mends_strings_however_deep() -> None:
    assert to_json({"a": [("\0", "\ud800\\u0000")]}) == '{"a":[["\ufffd","\ufffd\\\\u0000"]]}'


@given(st.binary(), st.data())
def test_a_flipped_bit_is_found_or_harmless(data: bytes, draw: st.DataObject) -> None:
    frame = bytearray(squeeze(data))
    at = draw.draw(st.integers(0, len(frame) * 8 - 1))
    frame[at // 8] ^= 1 << at % 8
    with suppress(Damaged):
        assert unsqueeze(bytes(frame), "page 7") == data  # a bit of the header may mean nothing


PACKED = pack_page(PAGE)
END = 4 + int.from_bytes(PACKED[:4], "big")  # of the words
REST = json.loads(unsqueeze(PACKED[END:], "the rest"))


@pytest.mark.parametrize(
    "rest",
    [
        b"[]",
        b"{}",
        b"no json",
        b"null",
        to_json({**REST, "page": {**REST["page"], "shape": "new"}}).encode(),
        to_json({**REST, "page": {**REST["page"], "fetched_at": "once"}}).encode(),
        to_json({**REST, "choices": []}).encode(),
        to_json({**REST, "blocks": {**REST["blocks"], "score": [1.0]}}).encode(),
        to_json({**REST, "blocks": {**REST["blocks"], "spans": [[99, 0, 1, "b"]]}}).encode(),
    ],
)
def test_a_page_of_another_shape_is_none(rest: bytes) -> None:
    assert unpack_page(PACKED[:END] + squeeze(rest), "this") is None


def test_a_page_of_one_frame_is_of_another_shape() -> None:
    """As it was packed once; its bytes must be whole all the same."""
    frame = squeeze(to_json(asdict(PAGE)).encode())
    for read in (unpack_page, page_words, page_texts, page_paths):
        assert read(frame, "this") is None
    for read in (unpack_page, page_words, page_texts):
        with pytest.raises(Damaged, match="this"):
            read(frame[:-1], "this")


@given(PAGES)
def test_parts_of_a_page_are_read_without_the_rest(page: Page) -> None:
    packed = pack_page(page)
    texts = [block.text for block in page.blocks]
    assert page_texts(packed, "this") == texts
    assert page_words(packed, "this") == "".join(f"{text}\0" for text in texts)
    paths = [block.path for block in page.blocks]
    paths += [span.path for block in page.blocks for span in block.spans]
    assert page_paths(packed, "this") == paths


def test_a_flipped_bit_of_a_page_is_found() -> None:
    for at in range(len(PACKED) * 8):
        frame = bytearray(PACKED)
        frame[at // 8] ^= 1 << at % 8
        for read, whole in ((unpack_page, PAGE), (page_texts, [b.text for b in PAGE.blocks])):
            with suppress(Damaged):
                assert read(bytes(frame), "page 7") == whole  # such a bit may mean nothing


def test_damage_names_its_owner() -> None:
    with pytest.raises(Damaged, match="document 7"):
        unpack_marks(b"no frame", "document 7")
