"""Phrases of many rules found at once: the same places as one phrase after another would give."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from archiver.clean.lines import AROUND, Line
from archiver.clean.phrases import Found, Matcher
from archiver.text import normal
from archiver.text.prose import is_word_character
from tests.clean.cleaned import rule

# Few letters, so that phrases meet lines: a vowel sign, the joiners, edges, wildcards.
letters = st.text(st.sampled_from("abक\u093f\u200d\u200c :-."), min_size=1, max_size=6)
phrases = st.lists(letters.filter(lambda text: any(map(is_word_character, text))), max_size=5)


def find(text: str, kind: str, *words: str) -> Found:
    return Matcher((rule(kind, *words),)).find([Line("above"), Line(text), Line("below")])


def bare(text: str) -> str:
    return normal.key(text).strip(AROUND)


@given(letters, phrases)
def test_a_phrase_fills_the_line_that_it_is(text: str, words: list[str]) -> None:
    found = find(text, "line", *words).fills["t"]
    assert (1 in found) == any(bare(word) and bare(word) == bare(text) for word in words)


@given(letters, phrases)
def test_a_phrase_opens_the_line_that_begins_with_it_and_no_longer_word(
    text: str, words: list[str]
) -> None:
    line = Line(text)
    ends = find(text, "prefix", *words).opens["t"]
    for word in words:
        key = normal.key(word).lstrip(AROUND)
        head, tail = key.rstrip(AROUND), key[len(key.rstrip(AROUND)) :].strip()
        rest = line.key[line.lead :]
        if not head or not rest.startswith(head):
            continue
        if not tail and not line.cuts_word(line.lead + len(head)):
            assert ends[1] >= line.lead + len(head)
    if 1 in ends:
        assert not line.cuts_word(ends[1])


@given(letters, phrases)
def test_a_phrase_closes_the_line_that_ends_with_it_and_no_longer_word(
    text: str, words: list[str]
) -> None:
    line = Line(text)
    starts = find(text, "suffix", *words).closes["t"]
    expected = [
        line.lead + len(line.body) - len(bare(word))
        for word in words
        if bare(word) and line.body.endswith(bare(word))
    ]
    expected = [start for start in expected if not line.cuts_word(start)]
    assert starts.get(1) == min(expected, default=None)


@given(letters, phrases)
def test_a_phrase_stands_in_a_line_as_words(text: str, words: list[str]) -> None:
    line = Line(text)
    told = set(find(text, "sentence", *words).stands["t"].get(1, []))
    expected = {
        (line.lead + at, line.lead + at + len(bare(word)))
        for word in words
        for at in range(len(line.body))
        if bare(word) and line.body.startswith(bare(word), at)
    }
    assert told == {
        (start, end)
        for start, end in expected
        if not line.cuts_word(start) and not line.cuts_word(end)
    }


@given(st.lists(phrases, max_size=4), st.lists(letters, max_size=4))
def test_rules_asked_together_say_what_each_says_alone(
    of_rules: list[list[str]], of_page: list[str]
) -> None:
    kinds = ["line", "prefix", "suffix", "sentence"]
    rules = [rule(kinds[n % 4], *words, id=f"r{n}") for n, words in enumerate(of_rules)]
    page = [Line(text) for text in of_page]
    together = Matcher(rules).find(page)
    for one in rules:
        alone = Matcher((one,)).find(page)
        for name in ("fills", "opens", "closes", "stands"):
            assert getattr(together, name)[one.id] == getattr(alone, name)[one.id]


def test_wildcards_stand_for_sixty_characters_and_for_a_number() -> None:
    assert 1 in find("Photo: A. Khan", "line", "Photo: {}").fills["t"]
    assert 1 not in find("Photo: " + "x" * 80, "line", "Photo: {}").fills["t"]
    assert 1 in find("१२ टिप्पणियाँ", "line", "{#} टिप्पणियाँ").fills["t"]
    assert 1 not in find("सब टिप्पणियाँ", "line", "{#} टिप्पणियाँ").fills["t"]


def test_a_name_takes_endings_and_a_latin_one_none() -> None:
    assert 1 in find("ఇది ట్విటర్‌లో ఉంది", "platform", "ట్విటర్").stands["t"]
    assert 1 in find("TWITTERਅਤੇ YouTube", "platform", "Twitter").stands["t"]
    assert 1 not in find("An apple a day", "platform", "app").stands["t"]


def test_a_pattern_of_a_users_rule_is_found_where_its_kind_looks() -> None:
    for kind, place in (("line", "fills"), ("prefix", "opens"), ("suffix", "closes"), ("sentence", "stands")):  # fmt: skip
        acting = rule(kind, pattern="news/[a-z]+")
        found = Matcher((acting,)).find([Line("NEWS/abc"), Line("old news")])
        assert list(getattr(found, place)["t"]) == [0]
