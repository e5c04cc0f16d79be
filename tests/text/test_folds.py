"""What must hold of every script of South Asia, over all of its Unicode blocks.

Nothing of a text is lost, and spellings that Unicode or an orthography knows as one are one.
"""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.text import normal, search
from archiver.text.words import words_and_gaps
from tests.each import each

# Blocks.txt: Arabic and its supplements and forms; Thaana; the scripts of India, Nepal, Sri Lanka,
# Bangladesh and their neighbours in the order of their code points.
BLOCKS = (
    *((0x0600, 0x06FF), (0x0750, 0x07BF), (0x0870, 0x08FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFF)),
    *((first, first + 0x7F) for first in range(0x0900, 0x0E00, 0x80)),
    *((0x0F00, 0x0FFF), (0x1000, 0x109F), (0x1900, 0x194F), (0x1C00, 0x1C7F), (0x1CD0, 0x1CFF)),
    *((0xA800, 0xA82F), (0xA840, 0xA8FF), (0xAAE0, 0xAAFF), (0xABC0, 0xABFF), (0x10D00, 0x10D3F)),
    *((0x11000, 0x1124F), (0x11280, 0x1137F), (0x11400, 0x114DF), (0x11600, 0x116CF)),
    *((0x11800, 0x1184F), (0x119A0, 0x119FF), (0x11B00, 0x11B0A), (0x11D00, 0x11DAF)),
    *((0x16A40, 0x16A6F), (0x1E4D0, 0x1E4FF), (0x1EE00, 0x1EEFF)),
)
JOINERS = "\u200c\u200d"
LETTERS = [
    "".join(chr(code) for code in range(first, last + 1) if unicodedata.category(chr(code)) != "Cn")
    for first, last in BLOCKS
]
JOINERS = "\u200c\u200d"
# Of one block, as words are, with joiners, blanks and stops between.
texts = st.one_of(
    *(st.text(st.sampled_from(of + JOINERS + " .,।-0a"), max_size=40) for of in LETTERS if of)
)


@given(texts)
def test_normal_forms_are_reached_at_once(text: str) -> None:
    for form in (normal.nfc, normal.collapse):
        assert form(form(text)) == form(text)
    for one in search.forms(text):
        assert search.fold(one) == (one,)


@given(texts)
def test_tokens_joined_are_the_text(text: str) -> None:
    assert "".join(piece for piece, _ in words_and_gaps(text)) == text


@given(texts)
def test_joiners_survive_and_part_no_word(text: str) -> None:
    kept = normal.collapse(text)
    assert [one for one in kept if one in JOINERS] == [one for one in text if one in JOINERS]
    assert all(word or not set(piece) & set(JOINERS) for piece, word in words_and_gaps(text))


@given(texts)
def test_a_key_does_not_know_how_a_text_was_composed(text: str) -> None:
    text = normal.nfc(text)
    apart = unicodedata.normalize("NFD", text)
    assert normal.key(normal.nfc(apart)) == normal.key(text)
    assert search.forms(apart) == search.forms(text)


VIRAMAS = [
    chr(code)
    for first, last in BLOCKS
    for code in range(first, last + 1)
    if unicodedata.combining(chr(code)) == 9
]


def _letter_of(mark: str) -> str:
    """The consonant that stands nearest before a mark in its block."""
    code = next(
        code
        for code in range(ord(mark), 0, -1)
        if unicodedata.category(chr(code)) == "Lo" and unicodedata.name(chr(code)).endswith("A")
    )
    return chr(code)


@each("virama", VIRAMAS)
def test_a_joiner_behind_any_virama_makes_no_other_word(virama: str) -> None:
    """But where ZWJ writes a chillu of Malayalam, whose words stand below."""
    letter = _letter_of(virama)
    bare = f"{letter}{letter}{virama}{letter}"
    shaped = [f"{letter}{letter}{virama}{joiner}{letter}" for joiner in JOINERS]
    assert len({search.fold(one) for one in (bare, *shaped)}) == 1
    assert len({normal.key(one) for one in (bare, *shaped)}) == 1


NUKTAS = [
    chr(code)
    for code in range(0x110000)
    if unicodedata.combining(chr(code)) == 7
    and "NUKTA" in unicodedata.name(chr(code))
    and any(first <= code <= last for first, last in BLOCKS)
]


@each("nukta", NUKTAS)
def test_a_nukta_may_be_left_out(nukta: str) -> None:
    letter = _letter_of(nukta)
    assert search.fold(letter * 2 + nukta + letter) == search.fold(letter * 3)
    assert normal.key(letter * 2 + nukta + letter) == normal.key(letter * 3)


WITH_NUKTA = [
    chr(code)
    for first, last in BLOCKS
    for code in range(first, last + 1)
    if set(unicodedata.normalize("NFD", chr(code))) & set(NUKTAS)
    and len(unicodedata.normalize("NFD", chr(code))) > 1
]


@each("letter", WITH_NUKTA)
def test_a_letter_with_nukta_is_one_composed_decomposed_and_without(letter: str) -> None:
    base = unicodedata.normalize("NFD", letter)
    forms = {search.fold(f"{one}{base[0]}") for one in (letter, base, base[0])}
    assert len(forms) == 1
    assert len({normal.key(normal.nfc(one)) for one in (letter, base, base[0])}) == 1


DIGITS = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Nd"]


def test_digits_of_every_script_are_one() -> None:
    wrong = [one for one in DIGITS if search.fold(one) != (str(unicodedata.decimal(one)),)]
    assert wrong == []


SPELLINGS = (
    """
می{N}روم مي{N}روم میروم
كتاب کتاب
علی على علي
ہے هے ھے
সৎ সত্{J} সত্
উৎসব উত্{J}সব উত্সব
র{J}্যাম র্{J}যাম র্যাম
കണ്{J}ണട കൺണട
അവന്{J} അവൻ
എന്{J}റെ എൻറെ എന്റെ
१२ ১২ ੧੨ ૧૨ ୧୨ ௧௨ ౧౨ ೧೨ ൧൨ ෧෨ ۱۲ ١٢ ༡༢ ꯱꯲ ᱑᱒ 12
""".replace("{N}", "\u200c")
    .replace("{J}", "\u200d")
    .strip()
    .splitlines()
)


@pytest.mark.parametrize("spellings", SPELLINGS)
def test_spellings_of_one_word_are_one(spellings: str) -> None:
    assert len({search.fold(one) for one in spellings.split()}) == 1


@pytest.mark.parametrize("spellings", SPELLINGS[:-1])
def test_spellings_of_one_word_have_one_match_key(spellings: str) -> None:
    """But digits, which it keeps: a rule may ask for those of one script."""
    assert len({normal.key(normal.nfc(one)) for one in spellings.split()}) == 1


@each("stop", "।॥৷|෴۔؟،؛᱾᱿꯫꫰་།༎၊။")
def test_a_danda_of_any_script_is_no_part_of_a_word(stop: str) -> None:
    assert search.forms(f"किताब{stop}") == search.forms("किताब")
