"""Snippets: what is marked is what the page has, whatever its spelling, and nothing is cut in two."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from archiver.text.graphemes import graphemes
from archiver.text.query import parse
from archiver.text.snippets import WIDTH, hits, snippet, spans
from archiver.text.words import word_spans
from tests.text.test_words import any_text

FILLER = "यहाँ कुछ और लिखा है। " * 60


def marked(text: str, query: str) -> list[str]:
    return [text[start:end] for start, end in spans(text, parse(query))]


def test_a_hit_is_marked_as_the_page_spells_it() -> None:
    assert marked("एक फ़िल्म और उत्\u200dसव", "फिल्म उत्सव") == ["फ़िल्म", "उत्\u200dसव"]


def test_phrases_prefixes_and_words_are_marked() -> None:
    text = "नई दिल्ली में नई किताबें, पुरानी दिल्ली"
    assert marked(text, '"नई दिल्ली"') == ["नई दिल्ली"]
    assert marked(text, "किता* -पुरानी") == ["किताबें"]
    assert marked(text, '"नई दिल्ली" दिल्ली') == ["नई दिल्ली", "दिल्ली"]


def test_the_stretch_with_most_terms_is_shown() -> None:
    text = f"किताब। {FILLER}किताब और कलम मिली। {FILLER}कलम।"
    shown = snippet(text, parse("किताब कलम"))
    assert [shown.text[a:b] for a, b in shown.hits] == ["किताब", "कलम"]
    assert shown.text.startswith("यहाँ कुछ और लिखा है। किताब और कलम मिली।")
    assert (shown.cut_before, shown.cut_after) == (True, True)


def test_without_a_hit_the_beginning_is_shown() -> None:
    shown = snippet(FILLER, parse("किताब"))
    assert (shown.start, shown.hits, shown.cut_before, shown.cut_after) == (0, (), False, True)


def test_a_short_text_is_shown_whole() -> None:
    shown = snippet("एक किताब\nमिली", parse("किताब"))
    assert (shown.text, shown.hits) == ("एक किताब मिली", ((3, 8),))
    assert not shown.cut_before
    assert not shown.cut_after


def test_a_phrase_longer_than_the_stretch_is_shown_whole() -> None:
    words = [f"w{number}" for number in range(60)]
    shown = snippet(" ".join(["x"] * 300 + words), parse(f'"{" ".join(words)}"'), width=40)
    assert [shown.text[a:b] for a, b in shown.hits] == [" ".join(words)]


@given(any_text, any_text, st.integers(10, 40))
@example("0:0", "0:0", 10)  # hits that overlap from end to end
def test_a_snippet_is_a_stretch_of_the_text_with_its_hits(text: str, said: str, width: int) -> None:
    try:
        query = parse(said[:5])
    except ValueError:
        return
    long = f"{text} {said} {text}"
    shown = snippet(long, query, width)
    assert shown.text == long[shown.start : shown.start + len(shown.text)].replace("\n", " ")
    words = set(word_spans(long))
    starts, ends = {start for start, _ in words}, {end for _, end in words}
    for start, end in shown.hits:
        assert start + shown.start in starts
        assert end + shown.start in ends
    if hits(long, query):
        assert shown.hits
    else:
        assert len(graphemes(shown.text)) <= WIDTH
