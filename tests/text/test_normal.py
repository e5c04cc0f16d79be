"""The normal form, and the match key with its way back."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archiver.text import normal
from tests.strategies import texts

JOINERS = "\u200c\u200d"


def joiners(text: str) -> list[str]:
    return [character for character in text if character in JOINERS]


@given(texts)
def test_nfc_twice_is_nfc_once(text: str) -> None:
    once = normal.nfc(text)
    assert normal.nfc(once) == once
    assert unicodedata.is_normalized("NFC", once)


@given(texts)
@example("\x0c a \x0c")
@example(" \u200b \u00a0a\u0301 ")
def test_collapse_twice_is_collapse_once(text: str) -> None:
    once = normal.collapse(text)
    assert normal.collapse(once) == once


@given(texts)
def test_joiners_are_letters_and_stay(text: str) -> None:
    """Neither the normal form nor collapsing nor trimming takes a joiner."""
    assert joiners(normal.nfc(text)) == joiners(text)
    assert joiners(normal.collapse(text)) == joiners(text)
    assert joiners(normal.trim(text)) == joiners(text)


@given(texts)
def test_collapse_loses_white_space_only(text: str) -> None:
    """What the skeleton shares, collapsing keeps."""
    assert normal.skeleton(normal.collapse(text)) == normal.skeleton(normal.nfc(text))


def test_a_form_feed_is_white_space() -> None:
    assert normal.collapse("a\x0cb") == "a b"


def test_what_no_file_can_hold_is_replaced() -> None:
    assert normal.nfc("a\x00b\x0b\ud800c\x9f") == "a\ufffdb\ufffd\ufffdc\ufffd"
    assert normal.nfc("a\tb\r\n\x85") == "a\tb\r\n\ufffd"


def test_nukta_letters_decompose() -> None:
    """Bengali and Devanagari nukta letters have one spelling after NFC."""
    assert normal.nfc("\u09dc\u0958") == "\u09a1\u09bc\u0915\u093c"


@given(texts)
@example("İ  ß")
@example("\u200d \u200b x \u00ad")
def test_offsets_of_the_key_are_valid_and_never_fall(text: str) -> None:
    text = normal.nfc(text)
    key, offsets = normal.key(text), normal.offsets(text)
    assert len(offsets) == len(key) + 1
    assert offsets[-1] == len(text)
    assert offsets == sorted(offsets)
    assert all(0 <= at < len(text) for at in offsets[:-1])
    assert "  " not in key
    assert key == key.strip(" ")


@given(texts)
def test_a_stretch_of_the_key_leads_back_to_a_text_of_that_key(text: str) -> None:
    """Cut anywhere between letters of the text, the two parts have the two parts' keys."""
    text = normal.nfc(text)
    key, offsets = normal.key(text), normal.offsets(text)
    for at in range(1, len(key)):
        if offsets[at] > offsets[at - 1] and " " not in key[at - 1 : at + 1]:
            assert normal.key(text[: offsets[at]]) == key[:at]
            assert normal.key(text[offsets[at] :]) == key[at:]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Also Read", "ALSO  READ"),
        ("كتاب", "کتاب"),
        ("هي", "ہی"),
        ("What’s – “this”", 'what\'s - "this"'),
        ("क्\u200dष", "क्ष"),
        ("a\u00a0b", "a b"),
        ("यह भी पढ़ें", "यह भी पढें"),
        ("वाचा: दुसऱ्या", "वाचा: दुसर्\u200dया"),
        ("വാർത്തകൾ", "വാര്\u200dത്തകള്\u200d"),
        ("র\u200d্যাব", "র্যাব"),
        ("হঠাৎ", "হঠাত্\u200d"),
    ],
)
def test_spellings_of_one_word_have_one_key(one: str, other: str) -> None:
    assert normal.key(normal.nfc(one)) == normal.key(normal.nfc(other))


def test_different_words_keep_different_keys() -> None:
    assert normal.key("पढ़े") != normal.key("पढ़ें")
    assert normal.key("किताब") != normal.key("कुतुब")
    assert normal.key("ငါး") != normal.key("ငါ့")  # a tone, with the combining class of nuktas


def test_no_letter_is_missing_where_a_text_is_folded_at_once() -> None:
    """Of the BMP: what is left out or becomes two letters is so in the key and on the way back."""
    text = "a".join(chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000)
    assert len(normal.offsets(text)) == len(normal.key(text)) + 1


@given(texts)
def test_the_skeleton_has_no_joiner_and_no_blank(text: str) -> None:
    bare = normal.skeleton(text)
    assert not joiners(bare)
    assert not any(character.isspace() for character in bare)


def test_every_blank_and_every_format_character_is_folded() -> None:
    """Of all Unicode, as this Python has it."""
    one = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    blanks = "".join(c for c in one if c.isspace())
    formats = "".join(c for c in one if unicodedata.category(c) == "Cf")
    assert normal.key(f"a{blanks}b{formats}C") == "a bc"


@given(st.lists(texts | st.text(max_size=8), max_size=6))
def test_the_keys_of_many_texts_are_those_of_each(many: list[str]) -> None:
    assert normal.keys(many) == [normal.key(one) for one in many]
