"""Scripts: what Unicode says of every letter."""

from __future__ import annotations

import unicodedata

from hypothesis import given

from archiver.text import scripts
from tests.each import each
from tests.strategies import texts

# Of the languages that the archive is for; by Unicode's names.
SCRIPTS = {
    "DEVANAGARI": "Deva", "BENGALI": "Beng", "GURMUKHI": "Guru", "GUJARATI": "Gujr",
    "ORIYA": "Orya", "TAMIL": "Taml", "TELUGU": "Telu", "KANNADA": "Knda", "MALAYALAM": "Mlym",
    "SINHALA": "Sinh", "ARABIC": "Arab", "THAANA": "Thaa", "OL CHIKI": "Olck",
    "MEETEI MAYEK": "Mtei", "LATIN": "Latn", "CHAKMA": "Cakm", "TIBETAN": "Tibt",
    "MYANMAR": "Mymr", "LEPCHA": "Lepc", "LIMBU": "Limb", "SYLOTI NAGRI": "Sylo",
    "NEWA": "Newa", "KAITHI": "Kthi", "TIRHUTA": "Tirh", "TAKRI": "Takr", "DOGRA": "Dogr",
    "MODI": "Modi", "SHARADA": "Shrd", "KHUDAWADI": "Sind", "WARANG CITI": "Wara",
    "SAURASHTRA": "Saur",
}  # fmt: skip
# Letters of mathematics and phonetic signs that are named after a script.
RARE = {"Latn": 0x10000, "Arab": 0x10EC0}


@each("name", SCRIPTS)
def test_every_letter_has_its_script(name: str) -> None:
    code = SCRIPTS[name]
    wrong = []
    for point in range(RARE.get(code, 0x20000)):
        letter = chr(point)
        named = unicodedata.name(letter, "")
        if named.startswith((f"{name} LETTER", f"{name} VOWEL SIGN", f"{name} SIGN VIRAMA")):
            unseen = unicodedata.category(letter) == "Cf"
            wrong += [hex(point)] if not unseen and scripts.of(letter) != code else []
    assert wrong == []


def test_signs_that_every_script_shares_are_no_evidence() -> None:
    for sign in "।॥०९৪௫۴5٣.,—\u200c\u200d 😀\ud800\U0010ffff":
        assert scripts.of(sign) == scripts.UNKNOWN
    assert scripts.main("१२३ ।") == scripts.UNKNOWN


@given(texts)
def test_counts_are_those_of_each_letter(text: str) -> None:
    found = scripts.counts(text)
    for script in found:
        assert found[script] == sum(scripts.of(letter) == script for letter in text)
    assert found.total() == sum(scripts.of(letter) != scripts.UNKNOWN for letter in text)


def test_kana_beside_han_is_japanese() -> None:
    assert scripts.counts("日本のニュース") == {"Jpan": 7}


def test_ascii_is_told_without_a_table_as_with_it() -> None:
    for sign in map(chr, range(128)):
        assert scripts.main(sign) == max(scripts.counts(sign), default=scripts.UNKNOWN)
