"""Plain text: lines are blocks; and the page as a whole."""

from __future__ import annotations

import pytest
from hypothesis import given

from archiver.extract import plain
from archiver.extract.page import extractor_id
from archiver.text import normal
from tests.extract.laid import page
from tests.strategies import texts

PROSE = "The bridge over the river was opened again on Wednesday, two winters after the flood. "


def test_every_line_that_shows_something_is_a_block() -> None:
    assert [(block.path, block.text) for block in plain.blocks("a\r\n\r\n \u00a0 \n b  c\u2028d")] == [
        ("/line[1]", "a"), ("/line[4]", "b c"), ("/line[5]", "d"),
    ]  # fmt: skip


@given(texts)
def test_lines_lose_white_space_only(text: str) -> None:
    together = "".join(normal.skeleton(block.text) for block in plain.blocks(text))
    assert together == normal.skeleton(normal.nfc(text))


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (f"Local\n\nThe old bridge opens again\n\n{PROSE}", "The old bridge opens again"),
        (f"{PROSE}\n{PROSE}", None),
        ("One\nTwo words\nThree", None),
        (f"Bridge\n{PROSE}", None),
        (f"Opening\n\nपुल फिर खुल गया\n\n{'पुल खुलने से लोगों को राहत मिली है। ' * 4}", "पुल फिर खुल गया"),
        (f"रायपुर / Outlet / पुल की मरम्मत पूरी हुई\n\n{'पुल खुलने से लोगों को राहत मिली है। ' * 4}", "पुल की मरम्मत पूरी हुई"),
        ("", None),
    ],
)  # fmt: skip
def test_the_headline_is_the_longest_line_of_the_main_script_above_the_text(
    text: str, title: str | None
) -> None:
    assert plain.headline(plain.blocks(text)) == title


def test_a_text_file_is_a_page_without_votes() -> None:
    got = page(f"A new bridge opens\n\n{PROSE}", "text/plain; charset=utf-8")
    assert (got.media_type, got.language, got.script) == ("text/plain", "en", "Latn")
    assert got.metadata.title == "A new bridge opens"
    assert not any(block.votes for block in got.blocks)


def test_the_extractor_is_named_by_what_it_does() -> None:
    one = extractor_id({"a": ("x", "y"), "b": ()})
    assert one == extractor_id({"b": (), "a": ("y", "x")})
    assert one != extractor_id({"a": ("x",), "b": ()})
    assert len(one) == 16
