"""The search form: the spellings of a word are one, other words are others, places lead back."""

from __future__ import annotations

import sys
import unicodedata
from collections import Counter, defaultdict
from hashlib import sha256

from hypothesis import example, given
from hypothesis import strategies as st

from archiver.text import search
from archiver.text.normal import nfc
from archiver.text.search import fold
from tests.each import each
from tests.spellings import WORDS
from tests.text.test_words import BLOCKS, any_text, south_asian


def test_all_spellings_of_a_word_have_one_form() -> None:
    forms = {word.spellings: {fold(spelling) for spelling in word.spellings} for word in WORDS}
    assert [spellings for spellings, found in forms.items() if len(found) > 1] == []


def test_no_other_word_has_the_form_of_any() -> None:
    """Of the other words either, among which some look alike but for a vowel sign."""
    owners: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for word in WORDS:
        for spelling in word.spellings:
            owners[fold(spelling)].add(word.spellings[0])
        for other in word.others:
            owners[fold(other)].add(f"not {word.spellings[0]}, but {other}")
    shared = [names for names in owners.values() if len(names) > 1]
    assert [names for names in shared if not all(one.startswith("not ") for one in names)] == []


def test_there_are_enough_words_of_enough_scripts() -> None:
    scripts = Counter(word.script for word in WORDS)
    assert len(WORDS) >= 200
    assert len(scripts) >= 10
    assert min(scripts.values()) >= 20


@given(any_text)
@example("ھےۂۓ")
@example("ন\u09bc\u09cd\u200dত")
def test_a_form_is_its_own_form(text: str) -> None:
    """An index of forms can be asked with forms."""
    for form in search.forms(text):
        assert fold(form) == (form,)


@given(any_text)
def test_normal_forms_do_not_matter(text: str) -> None:
    text = nfc(text)
    assert search.forms(unicodedata.normalize("NFD", text)) == search.forms(text)


@given(south_asian)
def test_a_form_holds_nothing_that_parts_words_or_is_not_seen(text: str) -> None:
    for form in search.forms(text):
        assert not form.isspace()
        assert not any(unicodedata.category(one) in {"Cf", "Me", "Cc", "Zs"} for one in form)
        assert not set(form) & set("\"'\\-* ")
        assert len(form) <= search.MAX_WORD


@given(any_text)
def test_places_lead_back_to_words_of_that_form(text: str) -> None:
    places = search.places(text)
    assert [form for form, _, _ in places] == search.forms(text)
    for form, start, end in places:
        assert form in fold(text[start:end])
    starts = [start for _, start, _ in places]
    assert starts == sorted(starts)


# Independent vowels and marks of the scripts of India and Sri Lanka; harakat are none of these.
SIGNS = [
    chr(code)
    for code in range(0x0900, 0x0E00)
    if unicodedata.category(chr(code)) in {"Mn", "Mc"}
    and "NUKTA" not in unicodedata.name(chr(code))
]


@each("sign", SIGNS)
def test_no_vowel_sign_and_no_other_mark_is_dropped(sign: str) -> None:
    """But nuktas: with a mark a word is another than without."""
    block = ord(sign) & ~0x7F
    consonant = chr(block + (0x15 if block != 0x0D80 else 0x1A))
    assert fold(consonant + sign) != fold(consonant)


def test_digits_of_all_scripts_are_one() -> None:
    told = "२०२५ ২০২৫ ੨੦੨੫ ૨૦૨૫ ୨୦୨୫ ௨௦௨௫ ౨౦౨౫ ೨೦೨೫ ൨൦൨൫ ۲۰۲۵ ٢٠٢٥ ၂၀၂၅ ２０２５ 2025"
    assert set(search.forms(told)) == {"2025"}


def test_a_very_long_word_is_cut_the_same_in_text_and_query() -> None:
    assert fold("क" * 5000) == ("क" * search.MAX_WORD,)
    assert fold("x" * 5000) == ("x" * search.MAX_WORD,)


def test_a_ligature_of_words_is_its_words() -> None:
    assert list(fold("ﷺ")) == search.forms("صلى الله عليه وسلم")


def test_the_form_has_the_name_that_indexes_were_made_under() -> None:
    """Whoever changes a form must turn its number, or old indexes answer with old forms.

    Over what Unicode 3.2 had already, so that a newer Python says the same.
    """
    old = unicodedata.ucd_3_2_0
    said = sha256()
    for first, last in ((0x20, 0x5FF), *BLOCKS):
        for code in range(first, last + 1):
            if old.category(chr(code)) != "Cn":
                said.update("\t".join(["क", *fold(chr(code)), *fold(f"न्{chr(code)}")]).encode())
    for word in WORDS:
        said.update(" ".join(fold(word.spellings[0])).encode())
    assert (search.FORM.partition(" ")[0], said.hexdigest()[:16]) == (
        "search-2",
        "5fa105a5fb14b156",
    )
    assert search.FORM.endswith(unicodedata.unidata_version)


@given(st.integers(0, sys.maxunicode))
def test_no_character_fails(code: int) -> None:
    search.forms(f"क{chr(code)}ख {chr(code)}")
