"""Sentence ends, words, digits; and scripts."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given

from archiver.text import prose, scripts
from tests.each import each
from tests.strategies import texts


@pytest.mark.parametrize(
    "line",
    ["बारिश हुई।", "বৃষ্টি হলো।", "بارش ہوئی۔", "هل نزل المطر؟", "It rained.", "It rained.”", "हाँ!)", "ཆར་པ།", "वर्षा हुई |"],
)  # fmt: skip
def test_a_stop_of_any_script_ends_a_sentence(line: str) -> None:
    assert prose.ends_sentence(line)


@pytest.mark.parametrize("line", ["और पढ़ें", "Related Articles", "Tags:", "", "14 नवंबर 2025"])
def test_a_label_ends_no_sentence(line: str) -> None:
    assert not prose.ends_sentence(line)


@given(texts)
def test_words_stand_in_the_text_in_order(text: str) -> None:
    at = 0
    for word in prose.words(text):
        at = text.index(word, at) + len(word)
        assert all(prose.is_word_character(character) for character in word)


@pytest.mark.parametrize("word", ["कि", "उपाध्\u200dयक्ष", "کتب\u200cخانہ", "ශ්\u200dරී", "লক্ষ্য"])
def test_vowel_signs_and_joiners_cut_no_word(word: str) -> None:
    assert prose.words(f"{word}, {word}।") == [word, word]


@pytest.mark.parametrize("digits", ["२०२५", "২০২৫", "௨௦௨௫", "۲۰۲۵", "٢٠٢٥", "૨૦૨૫", "੨੦੨੫", "୨୦୨୫", "౨౦౨౫", "೨೦೨೫", "൨൦൨൫", "๒๐๒๕", "၂၀၂၅"])  # fmt: skip
def test_digits_of_every_script_are_digits(digits: str) -> None:
    assert prose.ascii_digits(digits) == "2025"


@given(texts)
def test_ascii_digits_change_no_length(text: str) -> None:
    """Spans found after it are spans of the text."""
    assert len(prose.ascii_digits(text)) == len(text)


def test_numbers_that_are_no_decimal_digits_stay() -> None:
    assert prose.ascii_digits("½²௰") == "½²௰"


@each(
    ("text", "script"),
    [
        ("हिन्दी में 2025", "Deva"), ("বাংলা", "Beng"), ("தமிழ்", "Taml"), ("اردو", "Arab"),
        ("සිංහල", "Sinh"), ("ਪੰਜਾਬੀ", "Guru"), ("ગુજરાતી", "Gujr"), ("ଓଡ଼ିଆ", "Orya"),
        ("తెలుగు", "Telu"), ("ಕನ್ನಡ", "Knda"), ("മലയാളം", "Mlym"), ("नया app", "Deva"),
        ("ひらがな漢字", "Jpan"), ("", "Zyyy"), ("2025 — 14:30 ।", "Zyyy"), ("\u200d", "Zyyy"),
    ],
)  # fmt: skip
def test_the_script_of_most_letters(text: str, script: str) -> None:
    assert scripts.main(text) == script


def test_the_table_of_blocks_is_sorted_and_disjoint() -> None:
    table = scripts._BLOCKS
    assert all(first <= last for first, last, _ in table)
    assert all(one[1] < other[0] for one, other in pairwise(table))


@given(texts)
def test_no_script_counts_more_than_the_text_has(text: str) -> None:
    assert sum(scripts.counts(text).values()) <= len(text)
