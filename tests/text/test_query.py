"""What people type to search: words, phrases, prefixes, minus; what does not read is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.text.query import MAX_WORDS, Query, Term, parse
from tests.text.test_words import any_text


def test_a_plain_query_is_all_its_words() -> None:
    assert parse("दिल्ली  Metro") == Query((Term(("दिल्ली",)), Term(("metro",))))


@pytest.mark.parametrize("quoted", ['"नई दिल्ली"', "“नई दिल्ली”", "«नई, दिल्ली»"])
def test_a_phrase_is_words_in_a_row(quoted: str) -> None:
    assert parse(quoted) == Query((Term(("नई", "दिल्ली")),))


def test_a_star_makes_the_beginning_of_a_word() -> None:
    first, second = parse("फ़िल्* कुतुब-मी*").wanted
    assert first == Term(("फिल्",), prefix=True)
    assert second == Term(("कुतुब", "मी"), prefix=True)


def test_a_minus_leaves_a_word_or_a_phrase_out() -> None:
    assert parse('a -b -"c d" e-f').unwanted == (Term(("b",)), Term(("c", "d")))
    assert parse("a e-f").wanted == (Term(("a",)), Term(("e", "f")))


def test_signs_without_a_word_are_blanks() -> None:
    assert parse("a — b , ।") == parse("a b")
    assert parse("AND OR NOT NEAR(") == parse("and or not near")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no word to look for"),
        ('।, ""', "no word to look for"),
        ("-a", "without a minus"),
        ('"a b', "quotation mark too many"),
        ('a "b" "', "quotation mark too many"),
        ("a -,", "a minus leaves out"),
        ("*", "a star stands behind"),
        ("k*t", "a star stands behind"),
        ("**a", "a star stands behind"),
        ("w " * (MAX_WORDS + 1), "more than"),
    ],
)
def test_what_does_not_read_is_said(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse(text)


@given(any_text | st.text("ab\"*- (){}[]:^+\\'\x00|&!<>%_", max_size=30))
def test_every_line_reads_or_is_refused(text: str) -> None:
    try:
        query = parse(text)
    except ValueError:
        return
    assert query.wanted
    for term in (*query.wanted, *query.unwanted):
        assert term.words
        assert not set("".join(term.words)) & set("\"'\\*()&|!:<> \t\n")
