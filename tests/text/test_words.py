"""Words, letters and sentences: nothing of a text is lost between them, no joiner parts from its word."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archiver.text import prose
from archiver.text.graphemes import graphemes
from archiver.text.sentences import sentences
from archiver.text.words import word_spans, words_and_gaps
from tests.each import each
from tests.spellings import WORDS
from tests.strategies import texts

# The Unicode blocks of all scripts of South Asia, with what stands between their words.
BLOCKS = (
    (0x0600, 0x077F),
    (0x08A0, 0x0DFF),
    (0x0F00, 0x0FFF),
    (0x1000, 0x109F),
    (0x1C50, 0x1C7F),
    (0x1CD0, 0x1CFF),
    (0xA8E0, 0xA8FF),
    (0xAAE0, 0xAAFF),
    (0xABC0, 0xABFF),
    (0xFB50, 0xFDFF),
    (0x11100, 0x1134F),
)
south_asian = st.text(
    st.one_of(
        *(st.characters(min_codepoint=first, max_codepoint=last) for first, last in BLOCKS),
        st.sampled_from("\u200c\u200d\u200b\u00ad .,।\n\"'-0a"),
    ),
    max_size=60,
)
any_text = texts | south_asian


@given(any_text)
def test_words_and_gaps_joined_are_the_text(text: str) -> None:
    pieces = list(words_and_gaps(text))
    assert "".join(piece for piece, _ in pieces) == text
    assert all(piece for piece, _ in pieces)
    assert [piece for piece, is_word in pieces if is_word] == [
        text[a:b] for a, b in word_spans(text)
    ]


@given(any_text)
@example("\u09f7")
def test_every_letter_mark_and_joiner_is_in_a_word(text: str) -> None:
    """The numerator four of Bengali currency is none of them: it is typed for a danda."""
    for piece, is_word in words_and_gaps(text):
        letters = piece.replace("\u09f7", "")
        assert any(prose.is_word_character(one) for one in letters) <= is_word


@given(any_text)
def test_no_word_is_cut_before_a_mark_or_a_joiner(text: str) -> None:
    for _, end in word_spans(text):
        after = text[end : end + 1]
        assert after not in {"\u200c", "\u200d"}
        assert not after or unicodedata.category(after)[0] != "M"


@given(any_text)
def test_letters_joined_are_the_text(text: str) -> None:
    assert "".join(graphemes(text)) == text


@given(any_text)
def test_sentences_joined_are_the_text(text: str) -> None:
    assert "".join(sentences(text)) == text


def test_a_word_in_any_spelling_is_one_word() -> None:
    for said in (spelling for word in WORDS for spelling in word.spellings):
        assert word_spans(said) == [(0, len(said))]


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("प्रत्येक", ["प्र", "त्ये", "क"]),
        ("র\u200d্যাব", ["র\u200d্যা", "ব"]),
        ("கௌ", ["கௌ"]),
        ("അവൻ", ["അ", "വ", "ൻ"]),
        ("ਸ੍ਰੀ", ["ਸ੍", "ਰੀ"]),  # no conjunct linker by Unicode: Gurmukhi writes both letters
        ("👩\u200d👩\u200d👧", ["👩\u200d👩\u200d👧"]),
    ],
)
def test_letters_are_what_a_reader_counts(text: str, letters: list[str]) -> None:
    assert graphemes(text) == letters


def test_what_has_no_blanks_is_words_of_one_letter() -> None:
    assert [text for text, is_word in words_and_gaps("他来了。ไทย ၂၀၂၅") if is_word] == [
        "他", "来", "了", "ไ", "ท", "ย", "၂၀၂၅",
    ]  # fmt: skip


def test_a_zero_width_space_parts_words_and_a_soft_hyphen_does_not() -> None:
    assert len(word_spans("कि\u200bताब")) == 2
    assert len(word_spans("कि\u00adताब")) == 1


# Of each language of the phrase tables, by its script; two sentences each.
TWO = """
वे आए। फिर गए।|তারা এল। পরে গেল।|उन्होंने कहा: “चलो।” सब गए।|ਉਹ ਆਏ। ਫਿਰ ਗਏ।|તેઓ આવ્યા. પછી ગયા.
ସେ ଆସିଲେ। ପରେ ଗଲେ।|அவர் வந்தார். பிறகு சென்றார்.|వారు వచ్చారు. తర్వాత వెళ్లారు.|ಅವರು ಬಂದರು. ನಂತರ ಹೋದರು.
അവർ വന്നു. പിന്നെ പോയി.|ඔවුහු ආවෝය. පසුව ගියෝය.|වදාළ සේක෴ මෙසේ අසන ලදී.|وہ آئے۔ پھر گئے۔|کیا وہ آئے؟ ہاں۔
جاؤوا. ثم ذهبوا؟|آمدند. سپس رفتند.|هغوی راغلل. بیا لاړل.|هو آيا. پوءِ ويا۔|ئەوان هاتن. پاشان ڕۆیشتن.|သူတို့လာသည်။ ပြီးတော့သွားသည်။
他们来了。然后走了！|来た。行った。|그들이 왔다. 그리고 갔다.|They came. Then they left.|Kamen sie? Ja.|Они пришли. Потом ушли.
वयं गतः॥ पुनः आगतः॥|তেওঁলোক আহিল। পিছত গ'ল।|वह आया| फिर गया।|ᱩᱱᱠᱩ ᱦᱮᱡ ᱮᱱᱟ᱾ ᱛᱟᱭᱚᱢ᱾|ꯃꯈꯣꯏ ꯂꯥꯛꯏ꯫ ꯆꯠꯈꯤ꯫
""".strip().replace("\n", "|")


@each("text", TWO.replace("आया| ", "आया¦ ").split("|"))
def test_every_script_s_stops_end_a_sentence(text: str) -> None:
    assert len(sentences(text.replace("¦", "|"))) == 2


@pytest.mark.parametrize(
    "text",
    ["डॉ. सिंह आए", "पी. चिदंबरम ने कहा", "Mr. Modi spoke", "A. R. Rahman sang", "3.5 lakh", "बिहार | खबर",
     "e.g. this one", "U.S. officials"],
)  # fmt: skip
def test_a_point_that_ends_no_sentence(text: str) -> None:
    assert sentences(text) == [text]


def test_a_long_line_of_points_or_blanks_takes_no_long_time() -> None:
    """Each of them would take minutes if a look-back were as long as the text."""
    for text in ("a. " * 100_000, " " * 200_000, "क" * 200_000 + '"', '"' * 100_000):
        assert "".join(sentences(text)) == text
